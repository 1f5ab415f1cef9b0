/** One step of learning: forward, the error back by a rule, and the optimiser's move. */

import { move } from "./adam.js";
import { timesRows, transposed } from "./matrix.js";
import { activities, softmax } from "./network.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./noise.js").Batch} Batch */
/** @typedef {import("./rules.js").Rule} Rule */

/**
 * Mean cross-entropy of the batch, and the direction in which the rule would have every weight and bias move.
 * @param {Network} network @param {Batch} batch @param {Rule} rule
 */
export function lossAndGradients(network, batch, rule) {
  const { sizes } = network;
  const { size, labels } = batch;
  const classes = sizes[sizes.length - 1];
  const found = activities(network, batch.inputs, size);
  const ofReadout = softmax(/** @type {Float32Array} */ (found.pop()), classes);
  let loss = 0;
  for (let row = 0; row < size; row++) {
    const place = row * classes + labels[row];
    loss -= Math.log(Math.max(ofReadout[place], 1e-38)) / size;
    ofReadout[place] -= 1;
  }
  for (let i = 0; i < ofReadout.length; i++) ofReadout[i] /= size;

  /** @type {Float32Array[]} */
  const weights = [];
  const /** @type {Float32Array[]} */ biases = [];
  let error = ofReadout;
  for (let layer = network.weights.length - 1; layer >= 0; layer--) {
    const inputs = sizes[layer];
    const outputs = sizes[layer + 1];
    const errorOfNeurons = transposed(error, size, outputs);
    weights[layer] = timesRows(errorOfNeurons, transposed(found[layer], size, inputs), outputs, inputs, size);
    biases[layer] = sumsOfRows(errorOfNeurons, outputs, size);
    if (layer > 0) {
      const carrier = rule.carrier(network.weights[layer], network.feedback[layer - 1], inputs);
      const above = rule.direct ? classes : outputs;
      error = timesRows(rule.direct ? ofReadout : error, transposed(carrier, above, inputs), size, inputs, above);
      for (let i = 0; i < error.length; i++) if (found[layer][i] <= 0) error[i] = 0;
    }
  }
  return { loss, weights, biases };
}

/**
 * Learn from one batch, in place; the loss is that before the step.
 * @param {Network} network @param {import("./adam.js").Adam} optimiser @param {Batch} batch @param {Rule} rule
 * @param {import("./rules.js").Draw} draw
 */
export function learn(network, optimiser, batch, rule, draw) {
  const { loss, weights, biases } = lossAndGradients(network, batch, rule);
  move(optimiser, [...network.weights, ...network.biases], [...weights, ...biases]);
  rule.afterwards?.(network, draw);
  return loss;
}

/** @param {Float32Array} matrix @param {number} rows @param {number} length */
function sumsOfRows(matrix, rows, length) {
  const sums = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += matrix[row * length + i];
    sums[row] = sum;
  }
  return sums;
}
