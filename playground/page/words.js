/** What is going on, in words: for those who listen to the page, and for everybody. */

import { KINDS, titleOf } from "../method/kinds.js";
import { BATCH } from "../method/race.js";
import { count, percent } from "./units.js";

/** @typedef {import("../frame.js").Frame} Frame */
/** @typedef {import("../method/race.js").Curves} Curves */

/** @param {Frame} frame @param {import("./state.js").State} state */
export function inWords(frame, state) {
  const { step, reached, running, runners } = frame;
  if (step === 0 && !running) return "Ready. Nothing has been learned yet.";
  const told = Object.entries(runners).map(([kind, { curves }]) => {
    const { angle, loss, accuracy } = curvesOfNow(curves);
    const last = angle.length - 1;
    const name = titleOf(KINDS[kind], state.rule);
    const now = `${Math.round(angle[last])} degrees`;
    if (accuracy.length) return `${name} is right on ${percent(accuracy[last])}`;
    const learns = last > 0 && loss[last] !== null;
    return learns ? `${name} went from ${Math.round(angle[0])} to ${now}` : `${name} waits at ${now}`;
  });
  return `${where(frame, state)}${reached ? ", done" : running ? "" : ", paused"}: ${told.join("; ")}.`;
}

/**
 * Those of the digits once a network has learned from some, or where there is no noise.
 * @param {Record<string, Curves>} curves
 */
export function curvesOfNow({ noise, digits }) {
  const begun = digits.angle.length > 1;
  const withoutNoise = noise.angle.length < 2 && digits.angle.length > 0;
  return begun || withoutNoise ? digits : noise;
}

/** How far a race is. @param {Frame} frame @param {import("./state.js").State} state */
export function where({ phase, taken, steps }, state) {
  if (phase === "noise" || (taken === 0 && steps.noise > 0)) {
    const seen = BATCH * (phase === "noise" ? taken : steps.noise);
    return `${count(seen)} of ${count(state.amount)} noise images`;
  }
  const round = Math.min(state.epochs, Math.floor((taken / steps.digits) * state.epochs) + 1);
  return `Round ${round} of ${state.epochs} through the digits`;
}
