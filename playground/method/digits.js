/** The embedded digits: 8 x 8 images with 17 levels of ink, four fifths to learn from, the rest to test on. */

import { shuffled } from "./random_bits.js";

/** @typedef {import("./noise.js").Batch} Batch */
/** @typedef {{raw: Uint8Array, inputs: Float32Array, labels: Uint8Array, size: number}} Examples */

export const PIXELS = 64;
export const CLASSES = 10;
export const MOST_INK = 16;
const LEVELS = MOST_INK + 1;
const FIRST = "0".charCodeAt(0);
const RADIX = 71;

/**
 * Three pixels for every two characters, then a digit a label, after a space.
 * @param {string} text
 * @param {number} learned how many images are there to learn from
 */
export function readDigits(text, learned) {
  const [pixels, names] = text.trim().split(" ");
  const raw = new Uint8Array((pixels.length / 2) * 3);
  for (let pair = 0; pair < pixels.length / 2; pair++) {
    let number = (pixels.charCodeAt(2 * pair) - FIRST) * RADIX + pixels.charCodeAt(2 * pair + 1) - FIRST;
    for (let place = 2; place >= 0; place--) {
      raw[3 * pair + place] = number % LEVELS;
      number = Math.floor(number / LEVELS);
    }
  }
  const labels = Uint8Array.from(names, Number);
  const scaled = standardised(raw.subarray(0, learned * PIXELS));
  /** @param {number} from @param {number} to @returns {Examples} */
  const part = (from, to) => {
    const images = raw.slice(from * PIXELS, to * PIXELS);
    return { raw: images, inputs: scaled(images), labels: labels.slice(from, to), size: to - from };
  };
  return { train: part(0, learned), test: part(learned, labels.length), scaled };
}

/**
 * The scaling that gives these pixels a mean of 0 and a deviation of 1, the scale of the noise.
 * @param {Uint8Array} pixels
 */
function standardised(pixels) {
  let sum = 0;
  let squares = 0;
  for (const pixel of pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const mean = sum / pixels.length;
  const deviation = Math.sqrt(squares / pixels.length - mean * mean);
  return (/** @type {Uint8Array} */ image) => Float32Array.from(image, (pixel) => (pixel - mean) / deviation);
}

/** Batches of an epoch, the last, short one included. @param {Examples} examples @param {number} size */
export const stepsPerEpoch = (examples, size) => Math.ceil(examples.size / size);

/**
 * The batch of one step: every epoch shows every example once, in a new order, and ends in its short batch.
 * @param {Examples} examples @param {import("./random_bits.js").Seed} seed @param {number} step @param {number} size
 * @returns {Batch}
 */
export function dataBatch(examples, seed, step, size) {
  const steps = stepsPerEpoch(examples, size);
  const from = (step % steps) * size;
  const rows = shuffled(seed, Math.floor(step / steps), examples.size, from, from + size);
  const inputs = new Float32Array(rows.length * PIXELS);
  rows.forEach((row, place) => inputs.set(examples.inputs.subarray(row * PIXELS, (row + 1) * PIXELS), place * PIXELS));
  return { inputs, labels: Uint8Array.from(rows, (row) => examples.labels[row]), size: rows.length };
}
