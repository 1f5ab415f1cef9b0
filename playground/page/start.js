/** The page: reads its address, makes its parts, and keeps state, engine and parts in step. */

import { PIXELS, readDigits } from "../method/digits.js";
import { KINDS } from "../method/kinds.js";
import { drawBar, makeBar } from "./bar.js";
import { drawCards } from "./cards.js";
import { makeControls, markAmount } from "./controls.js";
import { drawCurves } from "./curves.js";
import { byId, say } from "./elements.js";
import { startEngine } from "./engine.js";
import { drawGuesses } from "./guesses.js";
import { drawImages } from "./images.js";
import { drawInside, makeInside } from "./inside.js";
import { makePad } from "./pad.js";
import { CONTROLS, fromAddress, initialState, restarts, toAddress } from "./state.js";
import { makeTour } from "./tour.js";

/** @typedef {import("../frame.js").Frame} Frame */
/** @typedef {import("./state.js").State} State */

const FRAMES = { full: 33, reduced: 500 }; // milliseconds between two of them
const AMOUNTS = /** @type {number[]} */ (CONTROLS.find(({ name }) => name === "amount")?.values);

export function startPage() {
  for (const [kind, { colour, dark, dash }] of Object.entries(KINDS)) {
    document.documentElement.style.setProperty(`--kind-${kind}`, `light-dark(${colour}, ${dark})`);
    document.documentElement.style.setProperty(`--dash-${kind}`, dash || "none");
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const digits = { text: byId("digits").textContent, learned: Number(byId("digits").dataset.learned) };

  let state = fromAddress(location.hash);
  let playing = false; // what the reader asked for; the race itself may have reached its goal
  /** @type {Frame | null} */ let frame = null;
  /** @type {number | null} */ let stopsAt = null;

  const engine = startEngine(byId("program").textContent, digits, draw, (found) => {
    stopsAt = found;
    markAmount(found);
    if (frame) drawCurves(frame, state, stopsAt);
  });
  const showControls = makeControls((name, value) => change({ [name]: value }));
  const showStop = makeTour((stop) => change(initialState(stop), true));
  const showLayers = makeInside((layer) => change({ layer }));
  const pad = makePad(byId("pad"), byId("preview"), engine.guess);
  makeBar({ onPlay, onStep, onReset: () => change({}, true) });

  /**
   * The one way in which the state changes.
   * @param {State} changes @param {boolean} anew whether the race begins again
   */
  function change(changes, anew = false) {
    const before = state;
    state = { ...state, ...changes };
    if (!state.kinds.includes(state.look)) state.look = state.kinds[state.kinds.length - 1];
    history.replaceState(null, "", toAddress(state));
    showControls(state);
    showStop(state.stop);
    showLayers(state);
    engine.view({ kind: state.look, layer: Math.min(state.layer, state.depth) - 1, goal: state.goal });
    if (anew || restarts(before, state)) begin(0);
    else if (String(before.kinds) !== String(state.kinds)) begin(frame?.step ?? 0);
    playing &&= !anew;
    if (playing) play();
    else engine.pause();
  }

  /** A new race, or the same with other networks, taken to where it was. @param {number} upTo */
  function begin(upTo) {
    const settings = /** @type {any} */ ({ ...state });
    engine.start(settings, upTo);
    engine.scout({ ...settings, amount: AMOUNTS[AMOUNTS.length - 1] });
  }

  const play = () => engine.play({ pace: state.pace, frameEvery: still.matches ? FRAMES.reduced : FRAMES.full });

  function onPlay() {
    playing = !frame?.running;
    if (playing && frame?.reached) begin(0);
    if (playing) play();
    else engine.pause();
  }

  function onStep() {
    playing = false;
    engine.step();
  }

  /** @param {Frame} found */
  function draw(found) {
    frame = found;
    playing &&= !found.reached;
    drawBar(found, state);
    drawCards(found, state, (look) => change({ look }));
    drawInside(found, state);
    drawImages(found);
    drawCurves(found, state, stopsAt);
    drawGuesses(found, state);
  }

  byId("defaults").addEventListener("click", () => change(initialState(state.stop), true));
  byId("link").addEventListener("click", async () => {
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    say(byId("copied"), copied ? "Link copied." : "The link is in the address bar.");
  });
  const { test } = readDigits(digits.text, digits.learned);
  byId("clear").addEventListener("click", () => pad.clear());
  byId("example").addEventListener("click", () => {
    const number = Math.floor(Math.random() * test.size);
    pad.clear(test.raw.slice(number * PIXELS, (number + 1) * PIXELS));
  });

  let width = 0;
  const redraw = () => {
    width = document.body.clientWidth;
    pad.draw();
    if (frame) draw(frame);
  };
  new ResizeObserver(() => void (width !== document.body.clientWidth && redraw())).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("hashchange", () => change(fromAddress(location.hash), true));
  change({}, true);
}
