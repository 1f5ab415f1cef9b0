/** A frame: all that the page shows of a race at one moment. */

import { probabilities } from "./method/accuracy.js";
import { angles, forwardAndFeedback } from "./method/alignment.js";
import { PIXELS } from "./method/digits.js";
import { position } from "./method/race.js";

/** @typedef {import("./method/race.js").Race} Race */
/** @typedef {import("./method/race.js").Runner} Runner */

/**
 * @typedef {object} View What the reader has chosen to see.
 * @property {string} kind of the network that is looked into @property {number} layer of it, from 0
 * @property {string} goal the phase at whose end the race stops
 */

/** @typedef {{curves: Runner["curves"], angles: Float32Array, waits: boolean}} Shown of one network */

/**
 * @typedef {object} Inside One layer of the network that is looked into.
 * @property {string} kind @property {number} layer from 0 @property {Float32Array} angles
 * @property {Float32Array} forward @property {Float32Array} back @property {number} above @property {number} neurons
 */

/**
 * @typedef {object} Frame
 * @property {number} race which one
 * @property {import("./method/race.js").Phase} phase @property {number} taken in it @property {number} step in all
 * @property {boolean} running @property {boolean} reached whether the goal is @property {number} speed steps a second
 * @property {Race["steps"]} steps @property {Race["at"]} at
 * @property {Record<string, Shown>} runners by their kind
 * @property {Inside} inside
 * @property {Race["seen"]} seen the phase of the batch
 * @property {{inputs: Float32Array, labels: Uint8Array}} batch the first images of the last one
 * @property {Record<string, Float32Array> | null} guesses class probabilities of the image that was drawn
 */

const IMAGES_SHOWN = 16;

/** Whether a race is where the reader wants it to stop. @param {Race} race @param {View} view */
export const isReached = (race, view) =>
  position(race).over || (view.goal === "noise" && position(race).phase === "digits");

/**
 * @param {Race} race @param {View} view
 * @param {Float32Array | null} drawn the image to be guessed
 * @param {{race: number, running: boolean, speed: number}} how it runs
 * @returns {Frame}
 */
export function frameOf(race, view, drawn, how) {
  const { runners, steps, at, step, seen, batch } = race;
  const { phase, taken } = position(race);
  const looked = runners.find(({ kind }) => kind === view.kind) ?? runners[0];
  const layer = Math.min(view.layer, looked.network.feedback.length - 1);
  const anglesOf = (/** @type {Runner} */ { network, rules }) => angles(network, rules.digits, layer);
  const shown = (/** @type {Runner} */ runner) => ({
    curves: runner.curves,
    angles: anglesOf(runner),
    waits: phase === "noise" && !runner.rules.noise,
  });
  return {
    ...how,
    ...{ phase, taken, step, steps, at, seen },
    reached: isReached(race, view),
    runners: Object.fromEntries(runners.map((runner) => [runner.kind, shown(runner)])),
    inside: {
      kind: looked.kind,
      layer,
      angles: anglesOf(looked),
      ...forwardAndFeedback(looked.network, looked.rules.digits, layer),
    },
    batch: { inputs: batch.inputs.slice(0, IMAGES_SHOWN * PIXELS), labels: batch.labels.slice(0, IMAGES_SHOWN) },
    guesses: drawn && Object.fromEntries(runners.map(({ kind, network }) => [kind, probabilities(network, drawn, 1)])),
  };
}
