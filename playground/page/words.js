/** What is going on, in words: for those who listen to the page, and for everybody. */

import { KINDS, titleOf } from "../method/kinds.js";
import { BATCH } from "../method/race.js";

/** @typedef {import("../worker.js").Frame} Frame */

const count = new Intl.NumberFormat("en");

/** @param {Frame} frame @param {import("./state.js").State} state */
export function inWords(frame, state) {
  const { phase, taken, step, reached, running } = frame;
  if (step === 0 && !running) return "Ready. Nothing has been learned yet.";
  const told = Object.entries(frame.runners).map(([kind, { curves }]) => {
    const { angle, loss, accuracy } = curves[phase === "digits" && taken > 0 ? "digits" : "noise"];
    const name = titleOf(KINDS[kind], state.rule), now = `${Math.round(angle[angle.length - 1])} degrees`;
    if (accuracy.length) return `${name} is right on ${Math.round(accuracy[accuracy.length - 1] * 100)} %`;
    const learned = loss.length > 1 && loss[loss.length - 1] !== null;
    return !learned ? `${name} waits at ${now}` : `${name} went from ${Math.round(angle[0])} to ${now}`;
  });
  return `${where(frame, state)}${reached ? ", done" : running ? "" : ", paused"}: ${told.join("; ")}.`;
}

/** How far a race is. @param {Frame} frame @param {import("./state.js").State} state */
export function where({ phase, taken, steps, at }, state) {
  if (phase === "noise" || taken === 0 && state.amount) {
    const seen = phase === "noise" ? taken * BATCH : steps.noise * BATCH;
    return `${count.format(seen)} of ${count.format(state.amount)} noise images`;
  }
  const rounds = (taken / steps.digits) * state.epochs;
  return `Round ${Math.min(state.epochs, Math.floor(rounds) + (at.digits.length ? 1 : 0))} of ${state.epochs} through the digits`;
}
