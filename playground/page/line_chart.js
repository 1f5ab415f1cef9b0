/** A line chart: curves of networks over the same axis, with reference lines and marks. */

import { make } from "./elements.js";

const LEFT = 44;
const RIGHT = 14;
const TOP = 16;
const BOTTOM = 38;
const HEIGHT = 160;

/**
 * @typedef {object} Chart
 * @property {string} xLabel @property {number} xMost @property {(x: number) => string} xText
 * @property {[number, number]} yRange @property {(y: number) => string} yText
 * @property {{kind: string, points: [number, number][]}[]} lines
 * @property {{y: number, text: string, left?: boolean}[]} [levels] horizontal lines
 * @property {{x: number, text: string}[]} [marks] vertical ones
 * @property {string} [empty] what is said while there is no line
 */

/** Round numbers that divide a range into about four. @param {number} least @param {number} most */
export function ticks(least, most) {
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const found = [];
  for (let number = Math.ceil(least / unit - 1e-9); number * unit <= most + unit * 1e-9; number++)
    found.push(number * unit + 0);
  return found;
}

/** @param {HTMLElement} place @param {Chart} chart @param {string} label what a screen reader says */
export function drawLineChart(place, chart, label) {
  const width = Math.max(220, place.clientWidth);
  const [least, most] = chart.yRange;
  const x = (/** @type {number} */ value) => LEFT + (value / chart.xMost) * (width - LEFT - RIGHT);
  const y = (/** @type {number} */ value) =>
    HEIGHT - BOTTOM - ((value - least) / (most - least)) * (HEIGHT - TOP - BOTTOM);
  const inside = (/** @type {number} */ value) => value >= least && value <= most;

  const parts = [
    ...ticks(least, most).flatMap((value) => [
      make("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      make("text", { x: LEFT - 7, y: y(value) + 4, class: "end" }, chart.yText(value)),
    ]),
    ...ticks(0, chart.xMost).map((value) =>
      make("text", { x: x(value), y: HEIGHT - BOTTOM + 16, class: "middle" }, chart.xText(value)),
    ),
    make("text", { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 5, class: "middle axis" }, chart.xLabel),
    ...(chart.levels ?? [])
      .filter((level) => inside(level.y))
      .flatMap((level) => [
        make("line", { class: "level", x1: LEFT, x2: width - RIGHT, y1: y(level.y), y2: y(level.y) }),
        make(
          "text",
          { x: level.left ? LEFT + 4 : width - RIGHT, y: y(level.y) + 12, class: level.left ? "note" : "end note" },
          level.text,
        ),
      ]),
    ...(chart.marks ?? [])
      .filter((mark) => mark.x <= chart.xMost)
      .flatMap((mark) => {
        const late = mark.x > chart.xMost / 2;
        return [
          make("line", { class: "mark", x1: x(mark.x), x2: x(mark.x), y1: TOP, y2: HEIGHT - BOTTOM }),
          make("text", { x: x(mark.x) + (late ? -5 : 5), y: TOP - 5, class: late ? "end note" : "note" }, mark.text),
        ];
      }),
    ...chart.lines.flatMap(({ kind, points }) => {
      const last = points[points.length - 1];
      const d = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      return [
        make("polyline", { class: `curve kind-${kind}`, points: d }),
        make("circle", { class: `head kind-${kind}`, cx: x(last[0]), cy: y(last[1]), r: 3.5 }),
      ];
    }),
  ];
  if (!chart.lines.length && chart.empty)
    parts.push(
      make(
        "text",
        { x: (LEFT + width - RIGHT) / 2, y: (TOP + HEIGHT - BOTTOM) / 2, class: "middle axis" },
        chart.empty,
      ),
    );
  place.replaceChildren(
    make(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
      ...parts,
    ),
  );
}
