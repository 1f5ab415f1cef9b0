/** The race at a glance: for every network a card with its protractor, its mean angle and its score. */

import { KINDS, titleOf } from "../method/kinds.js";
import { byId, make, say } from "./elements.js";
import { degrees, nats, percent } from "./units.js";
import { curvesOfNow } from "./words.js";
import { protractor } from "./protractor.js";

/** @typedef {import("../frame.js").Frame} Frame */

const NAMES = ["angle", "loss", "right"];

/** @type {Map<string, {show: (runner: Frame["runners"][string], rule: string) => void, card: HTMLElement}>} */
const cards = new Map();

/** @param {string} kind @param {(kind: string) => void} onLook */
function cardOf(kind, onLook) {
  const { drawing, show } = protractor();
  const title = make("span", { class: "title" });
  const figures = NAMES.map(() => make("b"));
  const card = make(
    "li",
    { class: `card kind-${kind}` },
    make("button", { type: "button", class: "look", click: () => onLook(kind) }, make("span", { class: "dot" }), title),
    drawing,
    make(
      "dl",
      {},
      ...NAMES.map((name, place) => make("div", {}, make("dt", {}, name), make("dd", {}, figures[place]))),
    ),
    make("p", { class: "note" }, KINDS[kind].meaning),
  );
  return {
    card,
    /** @param {Frame["runners"][string]} runner @param {string} rule */
    show({ curves, angles, waits }, rule) {
      const { angle, loss, accuracy } = curvesOfNow(curves);
      const texts = [shown(angle, degrees), shown(loss, nats), shown(accuracy, percent)];
      texts.forEach((text, place) => say(figures[place], text));
      say(title, titleOf(KINDS[kind], rule));
      card.classList.toggle("waits", waits);
      show(angles, angles.reduce((sum, value) => sum + value, 0) / angles.length);
    },
  };
}

/** @param {Frame} frame @param {import("./state.js").State} state @param {(kind: string) => void} onLook */
export function drawCards(frame, state, onLook) {
  const kinds = Object.keys(frame.runners);
  for (const kind of kinds) if (!cards.has(kind)) cards.set(kind, cardOf(kind, onLook));
  const list = byId("cards");
  const wanted = kinds.map((kind) => /** @type {any} */ (cards.get(kind)).card);
  const same = list.children.length === wanted.length && wanted.every((card, place) => list.children[place] === card);
  if (!same) list.replaceChildren(...wanted);
  for (const kind of kinds) {
    const { card, show } = /** @type {any} */ (cards.get(kind));
    show(frame.runners[kind], state.rule);
    card.querySelector("button").setAttribute("aria-pressed", String(kind === frame.inside.kind));
  }
}

/**
 * The last of some values as a text, or a dash.
 * @param {(number | null)[]} values @param {(value: number) => string} text
 */
function shown(values, text) {
  const last = values[values.length - 1];
  return last === undefined || last === null ? "–" : text(last);
}
