/** The four charts: angle and loss while there is noise, accuracy and angle while there are digits. */

import { KINDS, titleOf } from "../method/kinds.js";
import { byId } from "./elements.js";
import { drawLineChart, ticks } from "./line_chart.js";
import { count, degrees, nats, percent, short } from "./units.js";

/** @typedef {import("../frame.js").Frame} Frame */
/** @typedef {import("../method/race.js").Phase} Phase */

const CHANCE = 90;
const NO_OPINION = Math.log(10);

/** @type {{id: string, title: string, phase: Phase, quantity: "angle" | "loss" | "accuracy"}[]} */
const CHARTS = [
  { id: "noise-angle", title: "Angle between W and B", phase: "noise", quantity: "angle" },
  { id: "noise-loss", title: "Loss on noise", phase: "noise", quantity: "loss" },
  { id: "digits-accuracy", title: "Right on new digits", phase: "digits", quantity: "accuracy" },
  { id: "digits-angle", title: "Angle between W and B", phase: "digits", quantity: "angle" },
];

/** @param {Frame} frame @param {import("./state.js").State} state @param {number | null} stopsAt */
export function drawCurves(frame, state, stopsAt) {
  byId("noise-charts").hidden = state.amount === 0;
  byId("digits-charts").hidden = byId("draw").hidden = state.goal === "noise";
  for (const { id, title, phase, quantity } of CHARTS) {
    if (byId(`${phase}-charts`).hidden) continue;
    const lines = Object.entries(frame.runners).flatMap(([kind, { curves }]) => {
      const points = curves[phase][quantity].flatMap((value, look) =>
        value === null ? [] : [/** @type {[number, number]} */ ([frame.at[phase][look], value])],
      );
      return points.length ? [{ kind, points }] : [];
    });
    const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
    const { range, text, levels } = AXES[quantity];
    const ends = lines.map(({ kind, points }) => {
      const [, value] = points[points.length - 1];
      return `${titleOf(KINDS[kind], state.rule)} ${text(value)}`;
    });
    const marks = id === "noise-angle" && stopsAt !== null ? [{ x: stopsAt, text: "stop here" }] : [];
    const time =
      phase === "noise"
        ? { xLabel: "noise images", xMost: state.amount, xText: short }
        : { xLabel: "rounds through the digits", xMost: state.epochs, xText: count, empty: "when the noise is over" };
    const label = `${title}. ${ends.join("; ") || "Nothing yet"}.`;
    drawLineChart(byId(id), { ...time, yRange: range(values), yText: text, levels, lines, marks }, label);
  }
}

/** How each quantity is shown; the range grows with the values so that no curve leaves it. */
const AXES = {
  angle: {
    range: (/** @type {number[]} */ values) => rounded(Math.min(60, ...values), Math.max(100, ...values)),
    text: degrees,
    levels: [{ y: CHANCE, text: "chance" }],
  },
  loss: {
    range: (/** @type {number[]} */ values) => rounded(Math.min(2.2, ...values), Math.max(3, ...values)),
    text: nats,
    levels: [{ y: NO_OPINION, text: "no opinion", left: true }],
  },
  accuracy: {
    range: () => /** @type {[number, number]} */ ([0, 1]),
    text: percent,
    levels: [],
  },
};

/** A range widened to its ticks. @param {number} least @param {number} most @returns {[number, number]} */
function rounded(least, most) {
  const found = ticks(least, most);
  const unit = found[1] - found[0];
  return [Math.floor(least / unit + 1e-9) * unit, Math.ceil(most / unit - 1e-9) * unit];
}
