/** The race at a glance: for every network a card with its protractor, its mean angle and its score. */

import { KINDS, titleOf } from "../method/kinds.js";
import { byId, make, say } from "./elements.js";
import { protractor } from "./protractor.js";

/** @typedef {import("../worker.js").Frame} Frame */

/** @type {Map<string, {show: (runner: Frame["runners"][string], rule: string) => void, card: HTMLElement}>} */
const cards = new Map();

/** @param {string} kind @param {(kind: string) => void} onLook */
function cardOf(kind, onLook) {
  const { drawing, show } = protractor();
  const title = make("span", { class: "title" }), angle = make("b"), score = make("b"), loss = make("b"), note = make("p", { class: "note" }, KINDS[kind].meaning);
  const card = make(
    "li", { class: `card kind-${kind}` },
    make("button", { type: "button", class: "look", click: () => onLook(kind) }, make("span", { class: "dot" }), title),
    drawing,
    make("dl", {},
      make("div", {}, make("dt", {}, "angle"), make("dd", {}, angle)),
      make("div", {}, make("dt", {}, "loss"), make("dd", {}, loss)),
      make("div", {}, make("dt", {}, "right"), make("dd", {}, score))),
    note,
  );
  return {
    card,
    /** @param {Frame["runners"][string]} runner @param {string} rule */
    show({ curves, angles, waits }, rule) {
      const phase = curves.digits.angle.length > 1 || curves.noise.angle.length < 2 && curves.digits.angle.length ? curves.digits : curves.noise;
      const last = (/** @type {(number | null)[]} */ values) => values[values.length - 1] ?? null;
      const mean = /** @type {number} */ (last(phase.angle)), lossNow = last(phase.loss), right = last(phase.accuracy);
      say(title, titleOf(KINDS[kind], rule));
      say(angle, `${Math.round(mean)}°`);
      say(loss, lossNow === null ? "–" : lossNow.toFixed(2));
      say(score, right === null ? "–" : `${Math.round(right * 100)} %`);
      card.classList.toggle("waits", waits);
      show(angles, angles.reduce((sum, value) => sum + value, 0) / angles.length);
    },
  };
}

/** @param {Frame} frame @param {import("./state.js").State} state @param {(kind: string) => void} onLook */
export function drawCards(frame, state, onLook) {
  const kinds = Object.keys(frame.runners);
  for (const kind of kinds) if (!cards.has(kind)) cards.set(kind, cardOf(kind, onLook));
  const list = byId("cards"), wanted = kinds.map((kind) => /** @type {any} */ (cards.get(kind)).card);
  if (list.children.length !== wanted.length || wanted.some((card, place) => list.children[place] !== card)) list.replaceChildren(...wanted);
  for (const kind of kinds) {
    const { card, show } = /** @type {any} */ (cards.get(kind));
    show(frame.runners[kind], state.rule);
    card.querySelector("button").setAttribute("aria-pressed", String(kind === frame.inside.kind));
  }
}
