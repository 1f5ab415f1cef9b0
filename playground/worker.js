/** The thread that computes: it runs a race at the pace that the page asks for, and posts frames of it. */

import { probabilities } from "./method/accuracy.js";
import { angles, forwardAndFeedback } from "./method/alignment.js";
import { PIXELS, readDigits } from "./method/digits.js";
import { advance, position, startRace } from "./method/race.js";
import { smallestAngle } from "./method/stopping.js";

/** @typedef {import("./method/race.js").Race} Race */
/** @typedef {import("./method/race.js").Settings} Settings */

/** Steps a second in each phase. An epoch of digits has so few steps that they are taken more slowly. */
export const PACES = {
  slow: { noise: 20, digits: 5 },
  medium: { noise: 300, digits: 40 },
  fast: { noise: Infinity, digits: Infinity },
};

const TURN = 24; // milliseconds of work before messages are read again
const IMAGES_SHOWN = 16;

/** @typedef {import("./method/race.js").Runner["curves"]} Curves */
/** @typedef {{curves: Curves, angles: Float32Array, waits: boolean}} Shown of one network */

/**
 * @typedef {object} Frame All that the page shows of a race at one moment.
 * @property {number} race which one
 * @property {import("./method/race.js").Phase} phase @property {number} taken in it @property {number} step in all
 * @property {boolean} running @property {boolean} reached whether the goal is @property {number} speed steps a second
 * @property {Race["steps"]} steps @property {Race["at"]} at
 * @property {Record<string, Shown>} runners
 * @property {{kind: string, layer: number, forward: Float32Array, back: Float32Array, above: number, neurons: number,
 *   angles: Float32Array}} inside one layer of the network that is looked into
 * @property {Race["seen"]} seen the phase of the batch
 * @property {{inputs: Float32Array, labels: Uint8Array}} batch the first images of the last one
 * @property {Record<string, Float32Array> | null} guesses class probabilities of the image that was drawn
 */

/** @param {{postMessage: (message: any) => void, onmessage: ((event: MessageEvent) => void) | null}} scope */
export function startWorker(scope) {
  /** @type {Race["digits"]} */ let digits;
  /** @type {Race} */ let race;
  let running = false,
    frameEvery = 33,
    lastFrame = 0,
    lastTurn = 0,
    owed = 0,
    speed = 0;
  let number = 0,
    pace = PACES.fast,
    view = { kind: "", layer: 0, goal: "digits" };
  /** @type {Float32Array | null} */ let drawn = null;

  const soon = new MessageChannel();
  soon.port1.onmessage = () => turn();

  const reached = () => position(race).over || (view.goal === "noise" && position(race).phase === "digits");

  /** As many steps as the pace allows until now, for one turn at most. */
  function turn() {
    if (!running) return;
    const now = performance.now(),
      allowed = pace[position(race).phase];
    owed = allowed === Infinity ? Infinity : Math.min(owed + (allowed * (now - lastTurn)) / 1000, allowed / 5 + 1);
    const before = race.step,
      began = lastTurn;
    lastTurn = now;
    while (owed >= 1 && !reached() && performance.now() - now < TURN) {
      const { phase } = position(race);
      advance(race);
      owed -= 1;
      if (phase !== position(race).phase) owed = 0;
    }
    const share = Math.min(1, (now - began) / 500); // a mean over the last half second or so
    if (now > began) speed += share * (((race.step - before) * 1000) / Math.max(performance.now() - began, 1) - speed);
    running = !reached();
    if (!running || performance.now() - lastFrame >= frameEvery) postFrame();
    if (!running) return;
    if (allowed === Infinity) soon.port2.postMessage(null);
    else setTimeout(turn, Math.max(4, 1000 / allowed / 2));
  }

  function postFrame() {
    lastFrame = performance.now();
    const { phase, taken } = position(race),
      { runners, steps, at, step, seen, batch } = race;
    const inside = runners.find(({ kind }) => kind === view.kind) ?? runners[0];
    const layer = Math.min(view.layer, inside.network.feedback.length - 1);
    /** @type {Frame} */
    const frame = {
      race: number,
      phase,
      taken,
      step,
      steps,
      at,
      seen,
      running,
      speed,
      reached: reached(),
      runners: Object.fromEntries(
        runners.map(({ kind, curves, network, rules }) => [
          kind,
          { curves, waits: phase === "noise" && !rules.noise, angles: angles(network, rules.digits, layer) },
        ]),
      ),
      inside: {
        kind: inside.kind,
        layer,
        ...forwardAndFeedback(inside.network, inside.rules.digits, layer),
        angles: angles(inside.network, inside.rules.digits, layer),
      },
      batch: { inputs: batch.inputs.slice(0, IMAGES_SHOWN * PIXELS), labels: batch.labels.slice(0, IMAGES_SHOWN) },
      guesses:
        drawn &&
        Object.fromEntries(
          runners.map(({ kind, network }) => [kind, probabilities(network, /** @type {Float32Array} */ (drawn), 1)]),
        ),
    };
    scope.postMessage({ frame });
  }

  /** @type {Record<string, (message: any) => void>} */
  const answers = {
    /** The images, once. */
    digits({ text, learned }) {
      digits = readDigits(text, learned);
    },
    /** A new race, taken in silence to where another was. */
    start(/** @type {{settings: Settings, upTo: number, number: number}} */ { settings, upTo, ...wish }) {
      number = wish.number;
      race = startRace(settings, digits);
      while (race.step < upTo && !position(race).over) advance(race);
      postFrame();
    },
    play(wish) {
      frameEvery = wish.frameEvery;
      pace = PACES[/** @type {keyof typeof PACES} */ (wish.pace)];
      const already = running;
      running = !reached();
      if (already) return;
      [lastTurn, owed, speed] = [performance.now(), 1, 0];
      if (running) turn();
      else postFrame();
    },
    pause() {
      running = false;
      postFrame();
    },
    step() {
      running = false;
      if (!reached()) advance(race);
      postFrame();
    },
    view({ kind, layer, goal }) {
      view = { kind, layer, goal };
      if (race) postFrame();
    },
    guess({ image }) {
      drawn = image && digits.scaled(image);
      postFrame();
    },
    /** Where `stop="aligned"` would stop, within the largest amount of noise. */
    scout(/** @type {{settings: Settings}} */ { settings }) {
      const scouted = startRace({ ...settings, kinds: ["noise"] }, digits);
      const { angle } = scouted.runners[0].curves.noise;
      while (position(scouted).phase === "noise" && !smallestAngle(scouted.at.noise, angle, settings.rate).settled)
        advance(scouted);
      scope.postMessage({ stopsAt: smallestAngle(scouted.at.noise, angle, settings.rate).at });
    },
  };
  scope.onmessage = ({ data }) => answers[data.ask](data);
}
