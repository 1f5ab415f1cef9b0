/** A network: forward weights and biases, and beside them the feedback weights that carry errors back. */

import { timesRows } from "./matrix.js";
import { normals } from "./noise.js";
import { seedWords } from "./random_bits.js";

/**
 * @typedef {object} Network Layers of ReLU neurons under a softmax read-out.
 * @property {number[]} sizes inputs, hidden layers, classes
 * @property {Float32Array[]} weights of each layer, outputs x inputs
 * @property {Float32Array[]} biases of each layer
 * @property {Float32Array[]} feedback into each hidden layer, in the shape of the weights out of it
 */

const FORWARD = 1;
const FEEDBACK = 2;

/**
 * He-normal W and B, N(0, 2 / inputs), drawn apart; biases zero.
 * @param {number[]} sizes @param {number} seed @param {boolean} direct feedback from the read-out to every layer
 * @returns {Network}
 */
export function randomNetwork(sizes, seed, direct = false) {
  const shapes = sizes.slice(1).map((outputs, layer) => [outputs, sizes[layer]]);
  return {
    sizes,
    weights: heNormal(seedWords(seed, FORWARD), shapes),
    biases: shapes.map(([outputs]) => new Float32Array(outputs)),
    feedback: heNormal(seedWords(seed, FEEDBACK), feedbackShapes(sizes, direct)),
  };
}

/** @param {number[]} sizes @param {boolean} direct */
export function feedbackShapes(sizes, direct) {
  return sizes.slice(1, -1).map((neurons, layer) => [direct ? sizes[sizes.length - 1] : sizes[layer + 2], neurons]);
}

/** @param {import("./random_bits.js").Seed} seed @param {number[][]} shapes */
function heNormal(seed, shapes) {
  return shapes.map(([outputs, inputs], layer) =>
    normals(seed, 0, layer, outputs * inputs).map((number) => number * Math.sqrt(2 / inputs)),
  );
}

/**
 * The inputs, every hidden layer's activity, and last the read-out before its softmax, each size x neurons.
 * @param {Network} network @param {Float32Array} inputs @param {number} size how many inputs
 */
export function activities({ sizes, weights, biases }, inputs, size) {
  const found = [inputs];
  for (let layer = 0; layer < weights.length; layer++) {
    const neurons = sizes[layer + 1];
    const hidden = layer + 1 < weights.length;
    const activity = timesRows(found[layer], weights[layer], size, neurons, sizes[layer]);
    for (let i = 0; i < activity.length; i++) {
      const sum = activity[i] + biases[layer][i % neurons];
      activity[i] = hidden && sum < 0 ? 0 : sum;
    }
    found.push(activity);
  }
  return found;
}

/**
 * Turns read-outs into class probabilities, in place.
 * @param {Float32Array} readouts size x classes @param {number} classes
 */
export function softmax(readouts, classes) {
  for (let from = 0; from < readouts.length; from += classes) {
    const row = readouts.subarray(from, from + classes);
    const largest = Math.max(...row);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += row[i] = Math.exp(row[i] - largest);
    for (let i = 0; i < classes; i++) row[i] /= sum;
  }
  return readouts;
}
