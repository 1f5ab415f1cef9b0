/** What a network sees before it sees anything: inputs drawn from a distribution, labels drawn from a hat. */

import { bits } from "./random_bits.js";
import { normalQuantile } from "./normal.js";

/** @typedef {import("./random_bits.js").Seed} Seed */
/** @typedef {{inputs: Float32Array, labels: Uint8Array, size: number}} Batch What a network learns from in one step. */

const LEVELS = 2 ** 16;

/**
 * A number of mean 0 and deviation 1 for each of 65,536 equally likely levels, by the name of the distribution.
 * @type {Record<string, Float32Array>}
 */
const STANDARD = { normal: new Float32Array(LEVELS), uniform: new Float32Array(LEVELS) };
{
  const quantiles = Float64Array.from({ length: LEVELS }, (_, level) => normalQuantile((level + 0.5) / LEVELS));
  const deviation = Math.sqrt(quantiles.reduce((sum, quantile) => sum + quantile * quantile, 0) / LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    STANDARD.normal[level] = quantiles[level] / deviation;
    STANDARD.uniform[level] = ((level - (LEVELS - 1) / 2) * Math.sqrt(12)) / LEVELS;
  }
}

/**
 * Numbers of mean 0 and the given deviation: two for each random word.
 * @param {Seed} seed @param {number} step @param {number} count @param {number} stream
 * @param {string} distribution @param {number} scale
 */
function drawn(seed, step, count, stream, distribution, scale) {
  const levels = new Uint16Array(bits(seed, step, Math.ceil(count / 2), stream).buffer);
  const table = STANDARD[distribution];
  const numbers = new Float32Array(count);
  for (let place = 0; place < count; place++) numbers[place] = table[levels[place]] * scale;
  return numbers;
}

/**
 * The batch of one step.
 * @param {{distribution: string, scale: number}} noise
 * @param {Seed} seed @param {number} step @param {number} size @param {number} inputs @param {number} classes
 * @returns {Batch}
 */
export function noiseBatch(noise, seed, step, size, inputs, classes) {
  const labels = Uint8Array.from(bits(seed, step, size, 1), (word) => (word >>> 8) * classes * 2 ** -24);
  return { inputs: drawn(seed, step, size * inputs, 0, noise.distribution, noise.scale), labels, size };
}

/**
 * Standard normal numbers for a layer that needs some in this step, independent of the noise it learns from.
 * @param {Seed} seed @param {number} step @param {number} layer @param {number} count
 */
export const normals = (seed, step, layer, count) => drawn(seed, step, count, 2 + layer, "normal", 1);
