/** When noise has done what it can: the library's `stop="aligned"`. */

const PATIENCE = 1.3; // go on until it is so many times as long as it took to the smallest angle so far
const LEAST = 125_000; // and at least for so many examples, times the patience, at the library's rate
const RATE_OF_LEAST = 1e-4;

/**
 * Of angles measured after so many examples: where the smallest is, and whether it is time to stop. At a higher rate
 * of learning everything happens sooner, and so does this.
 * @param {number[]} at @param {number[]} angles @param {number} rate
 */
export function smallestAngle(at, angles, rate) {
  const best = at[angles.indexOf(Math.min(...angles))];
  const least = (LEAST * RATE_OF_LEAST) / rate;
  return { at: best, settled: at[at.length - 1] >= PATIENCE * Math.max(best, least) };
}
