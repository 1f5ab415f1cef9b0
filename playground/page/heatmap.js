/** A matrix as an image: one cell a number, stretched over a rectangle without blur. */

import { colour } from "./canvas.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} values rows after rows @param {number} columns
 * @param {{from: number, to: number}} part the columns that are shown
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {(value: number) => {towards: string, share: number}} look a colour of the page, and how much of it
 */
export function drawHeatmap(context, values, columns, { from, to }, place, look) {
  const shown = to - from;
  const rows = values.length / columns;
  const ground = colour("matrix-zero");
  const image = new ImageData(shown, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < shown; column++) {
      const { towards, share } = look(values[row * columns + from + column]);
      const end = colour(towards);
      const at = 4 * (row * shown + column);
      for (let part = 0; part < 3; part++) image.data[at + part] = ground[part] + (end[part] - ground[part]) * share;
      image.data[at + 3] = 255;
    }
  }
  const small = new OffscreenCanvas(shown, rows);
  /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d")).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, place.x, place.y, place.width, place.height);
}

/**
 * Weights: one colour below zero, another above, fullest at two deviations of all of them.
 * @param {Float32Array} values
 */
export function weightColours(values) {
  const most = 2 * Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length) || 1;
  return (/** @type {number} */ value) => ({
    towards: value < 0 ? "matrix-below" : "matrix-above",
    share: Math.min(1, Math.abs(value) / most),
  });
}

/** Pixels: from paper to ink. @param {number} least @param {number} most */
export const inkColours = (least, most) => (/** @type {number} */ value) => ({
  towards: "ink",
  share: Math.min(1, Math.max(0, (value - least) / (most - least))),
});
