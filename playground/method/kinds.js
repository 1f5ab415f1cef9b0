/** The networks that race: all start from the same weights and see the same images in the same order. */

import { RULES, weightMirror } from "./rules.js";

/** @typedef {import("./rules.js").Rule} Rule */

/**
 * @typedef {object} Kind
 * @property {string} title with FA for the rule that the reader chose
 * @property {string} meaning
 * @property {string} colour
 * @property {string} dark the same colour, a little brighter, for a dark ground
 * @property {string} dash of its line
 * @property {string} [rule] of data, where it is not the one that the reader chose
 * @property {(chosen: Rule) => Rule} [noise] the rule it learns from noise with; without, it waits for the digits
 * @property {boolean} [zeroReadout] its last layer starts at zero
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  fa: {
    title: "FA",
    meaning: "errors come back through fixed random weights",
    colour: "#D55E00",
    dark: "#F07F33",
    dash: "6 3",
  },
  noise: {
    title: "FA + noise",
    meaning: "the same, pretrained on noise",
    colour: "#0072B2",
    dark: "#4BA6E6",
    dash: "",
    noise: (chosen) => chosen,
  },
  zero: {
    title: "FA, zero read-out",
    meaning: "no noise; its last layer starts at zero",
    colour: "#E69F00",
    dark: "#F0B840",
    dash: "4 2 1 2",
    zeroReadout: true,
  },
  mirror: {
    title: "FA + mirrored noise",
    meaning: "its feedback weights learn from noise, then stay fixed",
    colour: "#009E73",
    dark: "#35C497",
    dash: "10 2",
    rule: "fa",
    noise: () => weightMirror(0.1),
  },
  bp: {
    title: "BP",
    meaning: "backpropagation: no feedback weights, the forward ones are copied",
    colour: "#7F7F7F",
    dark: "#9A9A9A",
    dash: "2 2",
    rule: "bp",
  },
};

/** The rule a kind learns data with. @param {Kind} kind @param {string} chosen */
export const ruleOf = (kind, chosen) => RULES[kind.rule ?? chosen];

/** The name of a kind where the reader chose another rule than FA. @param {Kind} kind @param {string} chosen */
export const titleOf = (kind, chosen) => (kind.rule ? kind.title : kind.title.replace("FA", chosen.toUpperCase()));
