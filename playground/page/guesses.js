/** What every network takes the drawn digit for: a row of ten bars each, and its answer. */

import { CLASSES } from "../method/digits.js";
import { KINDS, titleOf } from "../method/kinds.js";
import { byId, make } from "./elements.js";
import { percent } from "./units.js";

/** @param {import("../frame.js").Frame} frame @param {import("./state.js").State} state */
export function drawGuesses({ guesses, runners }, state) {
  const rows = Object.keys(runners).map((kind) => rowOf(kind, titleOf(KINDS[kind], state.rule), guesses?.[kind]));
  byId("guess-rows").replaceChildren(...rows);
}

/** @param {string} kind @param {string} title @param {Float32Array | undefined} shares of the ten answers, if any */
function rowOf(kind, title, shares) {
  const best = shares ? shares.indexOf(Math.max(...shares)) : -1;
  const bars = Array.from({ length: CLASSES }, (_, digit) => {
    const bar = make("span", { class: "bar" });
    bar.style.setProperty("--share", String(shares?.[digit] ?? 0));
    return make("td", { class: digit === best ? "bar-cell best" : "bar-cell", "aria-hidden": "true" }, bar);
  });
  const name = make("span", { class: "named" }, make("span", { class: `dot kind-${kind}` }), make("span", {}, title));
  return make(
    "tr",
    { class: `kind-${kind}` },
    make("th", { scope: "row" }, name),
    make(
      "td",
      { class: "answer" },
      make("b", {}, shares ? String(best) : "–"),
      shares ? ` ${percent(shares[best])}` : "",
    ),
    ...bars,
  );
}
