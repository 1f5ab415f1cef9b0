/** The guided tour: one stop at a time, with a button for each. */

import { byId, make, say } from "./elements.js";
import { STOPS } from "./stops.js";

/** Puts the tour into the page; the function that comes back shows a stop. @param {(stop: number) => void} onStop */
export function makeTour(onStop) {
  const dots = STOPS.map(({ title }, number) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", "aria-label": `Stop ${number + 1}: ${title}`, title, click: () => onStop(number + 1) },
        String(number + 1),
      ),
    ),
  );
  byId("stops").append(...dots);
  let shown = -1;
  byId("back").addEventListener("click", () => onStop(shown - 1));
  byId("next").addEventListener("click", () => onStop(shown < STOPS.length ? shown + 1 : 0));
  byId("leave").addEventListener("click", () => onStop(0));
  byId("begin").addEventListener("click", () => onStop(1));

  return (/** @type {number} */ stop) => {
    if (stop === shown) return;
    const moved = shown !== -1;
    shown = stop;
    byId("tour").hidden = stop === 0;
    byId("begin").hidden = stop !== 0;
    if (stop === 0) return;
    const { title, text, watch } = STOPS[stop - 1];
    say(byId("stop-title"), title);
    byId("stop-text").replaceChildren(...text.map((paragraph) => make("p", {}, paragraph)));
    say(byId("stop-watch"), watch);
    dots.forEach((dot, number) => {
      if (number + 1 === stop) dot.firstChild.setAttribute("aria-current", "step");
      else dot.firstChild.removeAttribute("aria-current");
    });
    byId("back").disabled = stop === 1;
    say(byId("next"), stop < STOPS.length ? "Next" : "Explore on your own");
    if (moved) byId("stop-title").focus({ preventScroll: true });
  };
}
