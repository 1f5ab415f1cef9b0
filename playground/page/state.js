/** The state of the page: every control is a row of one table, from which address, reset and defaults follow. */

import { KINDS } from "../method/kinds.js";
import { RULES } from "../method/rules.js";
import { PACES } from "../pace.js";
import { STOPS } from "./stops.js";

/**
 * @typedef {object} Control
 * @property {string} name as in the address
 * @property {"slider" | "choice" | "number" | "several" | "none"} type how it is shown; none: not among the settings
 * @property {readonly (string | number)[]} values that it can have
 * @property {any} initial a value, or for `several` an array of them
 * @property {string} label
 * @property {string} [unit]
 * @property {Record<string, string>} [words] what values are called, where not as in the address
 * @property {boolean} [restarts] a change begins the race anew
 */

/** @typedef {Record<string, any>} State a value for every control, by its name */

/** @type {Control[]} */
export const CONTROLS = [
  {
    name: "kinds",
    type: "several",
    label: "Networks in the race",
    initial: ["fa", "noise"],
    values: Object.keys(KINDS),
  },
  {
    name: "amount",
    type: "slider",
    label: "Noise images",
    restarts: true,
    initial: 128000,
    values: [0, 3200, 6400, 16000, 32000, 64000, 128000, 256000, 512000, 1024000],
  },
  {
    name: "distribution",
    type: "choice",
    label: "Noise drawn from",
    restarts: true,
    initial: "normal",
    values: ["normal", "uniform"],
    words: { normal: "a normal distribution", uniform: "a uniform distribution" },
  },
  {
    name: "scale",
    type: "slider",
    label: "Strength of the noise",
    restarts: true,
    initial: 1,
    values: [0.25, 0.5, 1, 2, 4],
  },
  {
    name: "rule",
    type: "choice",
    label: "How errors come back",
    restarts: true,
    initial: "fa",
    values: Object.keys(RULES),
    words: {
      fa: "fa: fixed random weights",
      bp: "bp: the forward weights",
      dfa: "dfa: from the read-out to every layer",
      usf: "usf: signs of the forward weights",
      mirror: "mirror: random weights that learn",
    },
  },
  {
    name: "width",
    type: "slider",
    label: "Neurons in a layer",
    restarts: true,
    initial: 32,
    values: [8, 16, 32, 64, 128],
  },
  { name: "depth", type: "slider", label: "Hidden layers", restarts: true, initial: 1, values: [1, 2, 3] },
  {
    name: "rate",
    type: "choice",
    label: "Learning rate",
    restarts: true,
    initial: 0.001,
    values: [0.0001, 0.0003, 0.001, 0.003],
  },
  {
    name: "epochs",
    type: "slider",
    label: "Rounds through the digits",
    restarts: true,
    initial: 20,
    values: [5, 10, 20, 50, 100],
  },
  {
    name: "seed",
    type: "number",
    label: "Seed of chance",
    restarts: true,
    initial: 0,
    values: Array.from({ length: 1000 }, (_, seed) => seed),
  },
  {
    name: "goal",
    type: "choice",
    label: "Run until the end of",
    initial: "digits",
    values: ["noise", "digits"],
    words: { noise: "the noise", digits: "the digits" },
  },
  { name: "pace", type: "choice", label: "Pace", initial: "medium", values: Object.keys(PACES) },
  { name: "look", type: "none", label: "Look inside", initial: "noise", values: Object.keys(KINDS) },
  { name: "layer", type: "none", label: "Hidden layer", initial: 3, values: [1, 2, 3] },
  {
    name: "stop",
    type: "none",
    label: "Stop of the tour",
    initial: 1,
    values: [0, ...STOPS.map((_, number) => number + 1)],
  },
];

/** @param {Control} control @param {string} text @returns {any} the value, or undefined where it is none */
function read({ type, values }, text) {
  const found = text.split(",").map((part) => values.find((value) => String(value) === part));
  if (found.some((value) => value === undefined)) return undefined;
  if (type === "several") return values.filter((value) => found.includes(value));
  return found.length === 1 ? found[0] : undefined;
}

/** What every control is at a stop of the tour, or in free play at 0. @param {number} stop @returns {State} */
export function initialState(stop) {
  const table = Object.fromEntries(CONTROLS.map(({ name, initial }) => [name, initial]));
  return { ...table, ...STOPS[stop - 1]?.state, stop };
}

/**
 * The state of an address; whatever it does not name, or names wrongly, is as it is at its stop.
 * @param {string} hash
 */
export function fromAddress(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const found = CONTROLS.map((control) => [control.name, read(control, given.get(control.name) ?? "")]);
  const known = Object.fromEntries(found.filter(([, value]) => value !== undefined));
  const { stop } = CONTROLS.reduce((state, { name, initial }) => ({ [name]: initial, ...state }), known);
  return { ...initialState(stop), ...known };
}

/** The address of a state: only what differs from its stop, and the stop. @param {State} state */
export function toAddress(state) {
  const initial = initialState(state.stop);
  const named = CONTROLS.filter(({ name }) => name === "stop" || String(state[name]) !== String(initial[name]));
  return "#" + named.map(({ name }) => `${name}=${state[name]}`).join("&");
}

/** Whether a change begins the race anew. @param {State} before @param {State} after */
export const restarts = (before, after) =>
  CONTROLS.some(({ name, restarts }) => restarts && before[name] !== after[name]);
