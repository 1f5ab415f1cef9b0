/** What every network takes the drawn digit for: a row of ten bars each, and its answer. */

import { KINDS, titleOf } from "../method/kinds.js";
import { byId, make } from "./elements.js";

/** @param {import("../worker.js").Frame} frame @param {import("./state.js").State} state */
export function drawGuesses({ guesses, runners }, state) {
  const rows = Object.keys(runners).map((kind) => {
    const shares = guesses?.[kind],
      best = shares ? shares.indexOf(Math.max(...shares)) : -1;
    const bars = Array.from({ length: 10 }, (_, digit) => {
      const bar = make("span", { class: "bar" });
      bar.style.height = `${shares ? Math.round(shares[digit] * 100) : 0}%`;
      return make("td", { class: digit === best ? "bar-cell best" : "bar-cell", "aria-hidden": "true" }, bar);
    });
    const answer = shares ? `${best}` : "–",
      sure = shares ? ` ${Math.round(shares[best] * 100)} %` : "";
    return make(
      "tr",
      { class: `kind-${kind}` },
      make("th", { scope: "row" }, make("span", { class: `dot kind-${kind}` }), titleOf(KINDS[kind], state.rule)),
      make("td", { class: "answer" }, make("b", {}, answer), make("span", {}, sure)),
      ...bars,
    );
  });
  byId("guess-rows").replaceChildren(...rows);
}
