/**
 * Rules: how the error of a layer finds its way back to the layer below.
 *
 * A rule says through which matrix an error is carried down, and, for the mirror, what becomes of the feedback after a
 * step. The gradients of weights and biases follow and are the same for all.
 */

import { timesRows, transposed } from "./matrix.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {(layer: number, count: number) => Float32Array} Draw standard normal numbers, others in every step */

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {(weights: Float32Array, feedback: Float32Array, inputs: number) => Float32Array} carrier the matrix that
 *   carries the error of a layer down to its inputs
 * @property {boolean} [direct] every hidden layer hears the error of the read-out itself
 * @property {(network: Network, draw: Draw) => void} [afterwards] what a step does to the feedback
 */

/** @type {Rule["carrier"]} */
const throughFeedback = (weights, feedback) => feedback;

/**
 * After every step each layer answers `batch` vectors of noise, and the feedback moves at `rate` to what answers to
 * what: of white noise y and the answer W y the mean of (W y) y' is W.
 * @param {number} rate @param {number} batch
 * @returns {Rule}
 */
export function weightMirror(rate = 1e-3, batch = 64) {
  return {
    name: "mirror",
    carrier: throughFeedback,
    afterwards({ sizes, weights, feedback }, draw) {
      for (let layer = 0; layer < feedback.length; layer++) {
        const inputs = sizes[layer + 1];
        const outputs = sizes[layer + 2];
        const noise = draw(layer, batch * inputs);
        const answers = timesRows(weights[layer + 1], noise, outputs, batch, inputs);
        const met = timesRows(answers, transposed(noise, batch, inputs), outputs, inputs, batch);
        for (let i = 0; i < met.length; i++) feedback[layer][i] += rate * (met[i] / batch - feedback[layer][i]);
      }
    },
  };
}

/** @type {Record<string, Rule>} */
export const RULES = {
  fa: { name: "fa", carrier: throughFeedback },
  bp: { name: "bp", carrier: (weights) => weights },
  dfa: { name: "dfa", carrier: throughFeedback, direct: true },
  usf: {
    name: "usf",
    carrier: (weights, _, inputs) => weights.map((weight) => Math.sqrt(2 / inputs) * Math.sign(weight)),
  },
  mirror: weightMirror(),
};
