/** Inside one network: the images that stream in, and for every neuron its weights out, its feedback and its angle. */

import { CLASSES, PIXELS } from "../method/digits.js";
import { KINDS, titleOf } from "../method/kinds.js";
import { cleared, paint } from "./canvas.js";
import { byId, make, say } from "./elements.js";
import { drawHeatmap, inkColours, weightColours } from "./heatmap.js";
import { drawDial } from "./protractor.js";

/** @typedef {import("../frame.js").Frame} Frame */

const GUTTER = 22,
  GAP = 8,
  NARROWEST = 14,
  WIDEST = 26,
  CALM = 200; // pixels, and milliseconds between images
const SIDE = Math.sqrt(PIXELS);
let imagesAt = -Infinity;

/** The choice of a layer; the function that comes back shows a state in it. @param {(layer: number) => void} onLayer */
export function makeInside(onLayer) {
  const choice = byId("layer");
  choice.addEventListener("change", () => onLayer(Number(choice.value)));
  return (/** @type {import("./state.js").State} */ { layer, depth }) => {
    const layers = Array.from({ length: depth }, (_, below) => below + 1);
    choice.replaceChildren(...layers.map((number) => make("option", { value: number }, `hidden layer ${number}`)));
    choice.value = String(Math.min(layer, depth));
    choice.parentElement.hidden = depth === 1;
  };
}

/** @param {Frame} frame @param {import("./state.js").State} state */
export function drawInside(frame, state) {
  say(byId("inside-name"), titleOf(KINDS[frame.inside.kind], state.rule));
  drawMatrices(frame);
  drawImages(frame);
}

/** W over B over a dial, a column for each neuron; in several rows where there is no room. @param {Frame} frame */
function drawMatrices({ inside }) {
  const { forward, back, above, neurons, angles, kind } = inside;
  const canvas = byId("matrices"),
    width = canvas.clientWidth,
    room = width - GUTTER;
  let perBlock = neurons;
  while (room / perBlock < NARROWEST && perBlock > 8) perBlock /= 2;
  const cell = Math.min(WIDEST, room / perBlock),
    high = Math.min(above * 8, 112),
    dial = cell / 2 - 1;
  const block = 2 * high + GAP + dial + 2 * GAP,
    blocks = Math.ceil(neurons / perBlock);
  const context = cleared(canvas, width, blocks * block + (blocks - 1) * GAP);
  const left = GUTTER + (room - cell * perBlock) / 2;

  context.font = "600 13px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (let number = 0; number < blocks; number++) {
    const part = { from: number * perBlock, to: Math.min(neurons, (number + 1) * perBlock) },
      top = number * (block + GAP);
    const place = { x: left, y: top, width: cell * (part.to - part.from), height: high };
    drawHeatmap(context, forward, neurons, part, place, weightColours(forward));
    drawHeatmap(context, back, neurons, part, { ...place, y: top + high + GAP }, weightColours(back));
    context.strokeStyle = paint("paper");
    context.lineWidth = 1;
    context.beginPath();
    for (let column = 1; column < part.to - part.from; column++) {
      context.moveTo(left + column * cell, top);
      context.lineTo(left + column * cell, top + 2 * high + GAP);
    }
    context.stroke();
    context.fillStyle = paint("ink");
    context.fillText("W", left - GUTTER, top + high / 2);
    context.fillText("B", left - GUTTER, top + high + GAP + high / 2);
    for (let neuron = part.from; neuron < part.to; neuron++)
      drawDial(context, left + (neuron - part.from + 0.5) * cell, top + block - 2, dial, angles[neuron], kind);
  }
  const mean = angles.reduce((sum, angle) => sum + angle, 0) / neurons;
  canvas.setAttribute(
    "aria-label",
    `Forward weights W above feedback weights B of ${neurons} neurons, each into ${above}; ` +
      `under every neuron the angle between the two, on average ${Math.round(mean)} degrees.`,
  );
  say(
    byId("columns"),
    `One column is one of ${neurons} neurons. W: its weights to ${
      above === CLASSES ? "the ten answers, 0 to 9" : `the ${above} neurons of the next layer`
    }. B: the way its errors come back. Green is above zero, brown below.`,
  );
}

/**
 * The first images of the batch, with the labels that the network is told; a few times a second.
 * @param {Frame} frame
 */
function drawImages({ batch, seen, running }) {
  if (running && performance.now() - imagesAt < CALM) return;
  imagesAt = performance.now();
  const canvas = byId("images"),
    width = canvas.clientWidth,
    side = 50,
    gap = 9;
  const shown = Math.min(batch.labels.length, Math.floor((width + gap) / (side + gap)));
  const context = cleared(canvas, width, side + 20);
  const look = seen === "noise" ? inkColours(-2.2, 2.2) : inkColours(-0.8, 1.9);
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  for (let number = 0; number < shown; number++) {
    const image = batch.inputs.subarray(number * PIXELS, (number + 1) * PIXELS),
      x = number * (side + gap);
    drawHeatmap(context, image, SIDE, { from: 0, to: SIDE }, { x, y: 0, width: side, height: side }, look);
    context.fillStyle = paint("soft");
    context.fillText(String(batch.labels[number]), x + side / 2, side + 15);
  }
  canvas.setAttribute(
    "aria-label",
    seen === "noise" ? "Images of noise, with labels drawn from a hat" : "Handwritten digits, with their labels",
  );
  say(
    byId("stream-title"),
    seen === "noise"
      ? "What it sees: noise, and labels drawn from a hat"
      : "What it sees: handwritten digits, and what they are",
  );
}
