/** Adam, with its usual constants (Kingma and Ba, 2015). */

const KEEP_MEAN = 0.9;
const KEEP_SQUARE = 0.999;
const SMALLEST = 1e-8;

/**
 * @typedef {object} Adam What the optimiser remembers: running means of every gradient and of its square.
 * @property {number} rate
 * @property {number} steps taken so far
 * @property {Map<Float32Array, {mean: Float32Array, square: Float32Array}>} memory of each array that is moved
 */

/** @param {number} rate @returns {Adam} */
export const adam = (rate) => ({ rate, steps: 0, memory: new Map() });

/**
 * Moves arrays in place along their gradients.
 * @param {Adam} state @param {Float32Array[]} moved @param {Float32Array[]} gradients one for each
 */
export function move(state, moved, gradients) {
  state.steps += 1;
  const unbiasedMean = 1 / (1 - KEEP_MEAN ** state.steps);
  const unbiasedSquare = 1 / (1 - KEEP_SQUARE ** state.steps);
  moved.forEach((values, number) => {
    const gradient = gradients[number];
    let memory = state.memory.get(values);
    if (!memory) {
      memory = { mean: new Float32Array(values.length), square: new Float32Array(values.length) };
      state.memory.set(values, memory);
    }
    const { mean, square } = memory;
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i];
      const average = (mean[i] = KEEP_MEAN * mean[i] + (1 - KEEP_MEAN) * slope);
      const power = (square[i] = KEEP_SQUARE * square[i] + (1 - KEEP_SQUARE) * slope * slope);
      values[i] -= (state.rate * average * unbiasedMean) / (Math.sqrt(power * unbiasedSquare) + SMALLEST);
    }
  });
}
