/** Inside one network: for every neuron a column with its weights out, its feedback, and the angle between the two. */

import { CLASSES } from "../method/digits.js";
import { KINDS, titleOf } from "../method/kinds.js";
import { cleared, paint } from "./canvas.js";
import { byId, make, say } from "./elements.js";
import { drawHeatmap, weightColours } from "./heatmap.js";
import { drawDial } from "./protractor.js";

/** @typedef {import("../frame.js").Frame} Frame */
/** @typedef {import("./state.js").State} State */

const GUTTER = 22; // for the letters W and B
const GAP = 8;
const NARROWEST = 14; // column, before a second row is begun
const WIDEST = 26;
const ROW = 8;
const HIGHEST = 112; // matrix

/** The choice of a layer; the function that comes back shows a state in it. @param {(layer: number) => void} onLayer */
export function makeInside(onLayer) {
  const choice = byId("layer");
  choice.addEventListener("change", () => onLayer(Number(choice.value)));
  return (/** @type {State} */ { layer, depth }) => {
    const layers = Array.from({ length: depth }, (_, below) => below + 1);
    choice.replaceChildren(...layers.map((number) => make("option", { value: number }, `hidden layer ${number}`)));
    choice.value = String(Math.min(layer, depth));
    choice.parentElement.hidden = depth === 1;
  };
}

/** @param {Frame} frame @param {State} state */
export function drawInside({ inside }, state) {
  const { above, neurons, angles } = inside;
  const canvas = byId("matrices");
  const room = canvas.clientWidth - GUTTER;
  let perRow = neurons;
  while (room / perRow < NARROWEST && perRow > 8) perRow /= 2;
  const cell = Math.min(WIDEST, room / perRow);
  const matrix = Math.min(above * ROW, HIGHEST);
  const height = 2 * matrix + 3 * GAP + cell / 2;
  const rows = neurons / perRow;
  const context = cleared(canvas, canvas.clientWidth, rows * (height + GAP) - GAP);
  const left = GUTTER + (room - cell * perRow) / 2;
  for (let row = 0; row < rows; row++) {
    const part = { from: row * perRow, to: (row + 1) * perRow };
    drawPart(context, inside, part, { left, top: row * (height + GAP), cell, matrix, height });
  }

  const mean = angles.reduce((sum, angle) => sum + angle, 0) / neurons;
  const label =
    `Forward weights W above feedback weights B of ${neurons} neurons, each into ${above}; ` +
    `under every neuron the angle between the two, on average ${Math.round(mean)} degrees.`;
  canvas.setAttribute("aria-label", label);
  const goal = above === CLASSES ? "the ten answers, 0 to 9" : `the ${above} neurons of the next layer`;
  const key = `W: its weights to ${goal}. B: the way its errors come back. Green is above zero, brown below.`;
  say(byId("columns"), `One column is one of ${neurons} neurons. ${key}`);
  say(byId("inside-name"), titleOf(KINDS[inside.kind], state.rule));
}

/**
 * Some neurons side by side: W, below it B, below it a dial for each.
 * @param {CanvasRenderingContext2D} context @param {Frame["inside"]} inside @param {{from: number, to: number}} part
 * @param {{left: number, top: number, cell: number, matrix: number, height: number}} place
 */
function drawPart(context, { forward, back, neurons, angles, kind }, part, { left, top, cell, matrix, height }) {
  const width = cell * (part.to - part.from);
  const below = top + matrix + GAP;
  context.font = "600 13px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = paint("ink");
  context.fillText("W", left - GUTTER, top + matrix / 2);
  context.fillText("B", left - GUTTER, below + matrix / 2);
  drawHeatmap(context, forward, neurons, part, { x: left, y: top, width, height: matrix }, weightColours(forward));
  drawHeatmap(context, back, neurons, part, { x: left, y: below, width, height: matrix }, weightColours(back));
  for (let neuron = part.from; neuron < part.to; neuron++) {
    const x = left + (neuron - part.from) * cell;
    context.fillStyle = paint("paper");
    if (neuron > part.from) context.fillRect(x - 0.5, top, 1, 2 * matrix + GAP);
    drawDial(context, x + cell / 2, top + height - 2, cell / 2 - 1, angles[neuron], kind);
  }
}
