/** The images that stream in, each with the label that the network is told. */

import { PIXELS } from "../method/digits.js";
import { cleared, paint } from "./canvas.js";
import { byId, say } from "./elements.js";
import { drawHeatmap, inkColours } from "./heatmap.js";

const CALM = 200; // milliseconds between two looks
const SIZE = 50;
const GAP = 9;
const SIDE = Math.sqrt(PIXELS);

/** What is said of the images, and from which number to which they go from paper to ink. */
const SEEN = {
  noise: {
    title: "What it sees: noise, and labels drawn from a hat",
    label: "Images of noise, with labels drawn from a hat",
    look: inkColours(-2.2, 2.2),
  },
  digits: {
    title: "What it sees: handwritten digits, and what they are",
    label: "Handwritten digits, with their labels",
    look: inkColours(-0.8, 1.9),
  },
};

let drawnAt = -Infinity;

/** The first images of the last batch, as many as there is room for. @param {import("../frame.js").Frame} frame */
export function drawImages({ batch, seen, running }) {
  if (running && performance.now() - drawnAt < CALM) return;
  drawnAt = performance.now();
  const { title, label, look } = SEEN[seen];
  const canvas = byId("images");
  const width = canvas.clientWidth;
  const context = cleared(canvas, width, SIZE + 20);
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  const shown = Math.min(batch.labels.length, Math.floor((width + GAP) / (SIZE + GAP)));
  for (let number = 0; number < shown; number++) {
    const image = batch.inputs.subarray(number * PIXELS, (number + 1) * PIXELS);
    const x = number * (SIZE + GAP);
    drawHeatmap(context, image, SIDE, { from: 0, to: SIDE }, { x, y: 0, width: SIZE, height: SIZE }, look);
    context.fillStyle = paint("soft");
    context.fillText(String(batch.labels[number]), x + SIZE / 2, SIZE + 15);
  }
  canvas.setAttribute("aria-label", label);
  say(byId("stream-title"), title);
}
