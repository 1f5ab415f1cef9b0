/** How far the forward weights have turned towards the feedback that must stand in for them. */

import { timesRows, transposed } from "./matrix.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./rules.js").Rule} Rule */

/**
 * For a hidden layer, the forward weights out of its neurons and the feedback into them, each above x neurons. Direct
 * feedback is compared with the product of all weights above; of backpropagation, which uses no feedback, with the
 * feedback that it leaves alone.
 * @param {Network} network @param {Rule} rule @param {number} layer from 0
 */
export function forwardAndFeedback({ sizes, weights, feedback }, rule, layer) {
  const neurons = sizes[layer + 1];
  if (!rule.direct) {
    const back = rule.name === "bp" ? feedback[layer] : rule.carrier(weights[layer + 1], feedback[layer], neurons);
    return { forward: weights[layer + 1], back, above: sizes[layer + 2], neurons };
  }
  const classes = sizes[sizes.length - 1];
  let forward = weights[weights.length - 1];
  for (let below = weights.length - 2; below > layer; below--) {
    const turned = transposed(weights[below], sizes[below + 1], sizes[below]);
    forward = timesRows(forward, turned, classes, sizes[below], sizes[below + 1]);
  }
  return { forward, back: feedback[layer], above: classes, neurons };
}

/**
 * The angle of every neuron of a hidden layer between its outgoing forward and its feedback weights: degrees, 90 is
 * chance, 0 is backpropagation; of weights that are all zero, 90.
 * @param {Network} network @param {Rule} rule @param {number} layer from 0
 */
export function angles(network, rule, layer) {
  const { forward, back, above, neurons } = forwardAndFeedback(network, rule, layer);
  return Float32Array.from({ length: neurons }, (_, neuron) => {
    let product = 0;
    let ofForward = 0;
    let ofBack = 0;
    for (let place = neuron; place < above * neurons; place += neurons) {
      product += forward[place] * back[place];
      ofForward += forward[place] ** 2;
      ofBack += back[place] ** 2;
    }
    const cosine = product / (Math.sqrt(ofForward * ofBack) || 1);
    return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
  });
}

/**
 * Mean over all hidden neurons, in degrees.
 * @param {Network} network @param {Rule} rule
 */
export function meanAngle(network, rule) {
  const all = network.feedback.flatMap((_, layer) => [...angles(network, rule, layer)]);
  return all.reduce((sum, angle) => sum + angle, 0) / all.length;
}
