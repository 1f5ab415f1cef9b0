/** A race: some networks learn side by side, first those that pretrain from noise, then all from the digits. */

import { accuracy } from "./accuracy.js";
import { adam } from "./adam.js";
import { meanAngle } from "./alignment.js";
import { CLASSES, PIXELS, dataBatch, stepsPerEpoch } from "./digits.js";
import { KINDS, ruleOf } from "./kinds.js";
import { learn, lossAndGradients } from "./learning.js";
import { randomNetwork } from "./network.js";
import { noiseBatch, normals } from "./noise.js";
import { seedWords } from "./random_bits.js";

/** @typedef {import("./noise.js").Batch} Batch */
/** @typedef {import("./rules.js").Rule} Rule */

/**
 * @typedef {object} Settings
 * @property {string[]} kinds @property {string} rule @property {number} seed
 * @property {number} width @property {number} depth @property {number} rate
 * @property {number} amount examples of noise @property {string} distribution @property {number} scale
 * @property {number} epochs of digits
 */

/** @typedef {{angle: number[], loss: (number | null)[], accuracy: number[]}} Curves of one network in one phase */

/**
 * @typedef {object} Runner One network in the race.
 * @property {string} kind
 * @property {import("./network.js").Network} network @property {import("./adam.js").Adam} optimiser
 * @property {{noise?: Rule, digits: Rule}} rules what it learns with in each phase; without one it waits
 * @property {Record<Phase, Curves>} curves
 * @property {number} lossSum since the last look
 */

/** @typedef {"noise" | "digits"} Phase */

/**
 * @typedef {object} Race
 * @property {Settings} settings @property {ReturnType<import("./digits.js").readDigits>} digits
 * @property {Runner[]} runners
 * @property {number} step taken so far, of both phases together
 * @property {Record<Phase, number>} steps in each phase
 * @property {Record<Phase, number>} lookEvery so many steps
 * @property {Record<Phase, number[]>} at times of measurement: examples of noise, epochs of digits
 * @property {number} lookedAt the step of the last measurement
 * @property {Phase} seen which phase the batch is of
 * @property {Batch} batch the last one that was seen, or the first
 */

export const BATCH = 64;
const NOISE_LOOKS = 100;
const LOOKS_PER_EPOCH = 4;
const NOISE_SEED = 3;
const ORDER_SEED = 4;

/** @param {Settings} settings @param {Race["digits"]} digits @returns {Race} */
export function startRace(settings, digits) {
  const perEpoch = stepsPerEpoch(digits.train, BATCH);
  const steps = { noise: Math.ceil(settings.amount / BATCH), digits: perEpoch * settings.epochs };
  /** @type {Race} */
  const race = {
    settings,
    digits,
    steps,
    runners: settings.kinds.map((kind) => startRunner(kind, settings)),
    step: 0,
    lookEvery: { noise: Math.max(1, Math.round(steps.noise / NOISE_LOOKS)), digits: perEpoch / LOOKS_PER_EPOCH },
    at: { noise: [], digits: [] },
    seen: steps.noise ? "noise" : "digits",
    batch: batchAt(settings, digits, steps.noise ? "noise" : "digits", 0),
    lookedAt: 0,
  };
  look(race, "noise", 0);
  if (steps.noise === 0) look(race, "digits", 0);
  return race;
}

/** @param {string} name @param {Settings} settings @returns {Runner} */
function startRunner(name, settings) {
  const { width, depth, seed, rule, rate } = settings;
  const kind = KINDS[name];
  const data = ruleOf(kind, rule);
  const sizes = [PIXELS, ...Array(depth).fill(width), CLASSES];
  const network = randomNetwork(sizes, seed, data.direct);
  if (kind.zeroReadout) network.weights[depth].fill(0);
  return {
    kind: name,
    network,
    optimiser: adam(rate),
    lossSum: 0,
    rules: { noise: kind.noise?.(data), digits: data },
    curves: { noise: noCurves(), digits: noCurves() },
  };
}

/** @returns {Curves} */
const noCurves = () => ({ angle: [], loss: [], accuracy: [] });

/**
 * @param {Settings} settings @param {Race["digits"]} digits @param {Phase} phase @param {number} step
 * @returns {Batch}
 */
function batchAt(settings, digits, phase, step) {
  if (phase === "digits") return dataBatch(digits.train, seedWords(settings.seed, ORDER_SEED), step, BATCH);
  return noiseBatch(settings, seedWords(settings.seed, NOISE_SEED), step, BATCH, PIXELS, CLASSES);
}

/** Which phase the next step belongs to, and how many steps of it have been taken. @param {Race} race */
export function position({ step, steps }) {
  /** @type {Phase} */
  const phase = step < steps.noise ? "noise" : "digits";
  return { phase, taken: phase === "noise" ? step : step - steps.noise, over: step >= steps.noise + steps.digits };
}

/**
 * One step of every network that learns in this phase, and a look at all of them when it is time.
 * @param {Race} race
 */
export function advance(race) {
  const { phase, taken, over } = position(race);
  const { settings } = race;
  if (over) return;
  race.seen = phase;
  race.batch = batchAt(settings, race.digits, phase, taken);
  const mirrorSeed = seedWords(settings.seed, phase === "noise" ? NOISE_SEED : ORDER_SEED);
  for (const runner of race.runners) {
    const rule = runner.rules[phase];
    if (!rule) continue;
    const draw = (/** @type {number} */ layer, /** @type {number} */ count) => normals(mirrorSeed, taken, layer, count);
    runner.lossSum += learn(runner.network, runner.optimiser, race.batch, rule, draw);
  }
  race.step += 1;
  const done = taken + 1;
  const { lookEvery, steps } = race;
  if (Math.floor(done / lookEvery[phase]) > Math.floor(taken / lookEvery[phase]) || done === steps[phase])
    look(race, phase, done);
  if (phase === "noise" && done === steps.noise) {
    for (const runner of race.runners) runner.optimiser = adam(settings.rate); // each phase has a fresh one
    look(race, "digits", 0);
  }
}

/**
 * Measure every network, so many steps into a phase: its loss is the mean since the last look, or at the start that of
 * the first batch before it is learned from.
 * @param {Race} race @param {Phase} phase @param {number} taken
 */
function look(race, phase, taken) {
  const { settings, digits } = race;
  race.at[phase].push(phase === "noise" ? taken * BATCH : taken / stepsPerEpoch(digits.train, BATCH));
  const sinceLast = race.step - race.lookedAt;
  for (const { rules, network, curves, ...runner } of race.runners) {
    const rule = rules[phase];
    const { angle, loss, accuracy: right } = curves[phase];
    if (!rule) loss.push(null);
    else if (taken === 0) loss.push(lossAndGradients(network, batchAt(settings, digits, phase, 0), rule).loss);
    else loss.push(runner.lossSum / sinceLast);
    angle.push(meanAngle(network, rules.digits));
    if (phase === "digits") right.push(accuracy(network, digits.test));
  }
  for (const runner of race.runners) runner.lossSum = 0;
  race.lookedAt = race.step;
}
