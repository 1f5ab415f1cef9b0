/** What a network answers, and how often it is right. */

import { activities, softmax } from "./network.js";

/** @typedef {import("./network.js").Network} Network */

/**
 * Class probabilities for each of some inputs.
 * @param {Network} network @param {Float32Array} inputs @param {number} size how many
 */
export function probabilities(network, inputs, size) {
  const classes = network.sizes[network.sizes.length - 1];
  return softmax(/** @type {Float32Array} */ (activities(network, inputs, size).pop()), classes);
}

/**
 * The share of examples whose likeliest class is their label.
 * @param {Network} network @param {import("./digits.js").Examples} examples
 */
export function accuracy(network, { inputs, labels, size }) {
  const found = probabilities(network, inputs, size);
  const classes = found.length / size;
  let right = 0;
  for (let row = 0; row < size; row++) {
    const answer = found.subarray(row * classes, (row + 1) * classes);
    if (answer.indexOf(Math.max(...answer)) === labels[row]) right += 1;
  }
  return right / size;
}
