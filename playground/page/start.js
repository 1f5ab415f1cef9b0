/** The page: reads its address, makes its parts, and keeps state, engine and parts in step. */

import { KINDS, titleOf } from "../method/kinds.js";
import { PIXELS, readDigits } from "../method/digits.js";
import { drawCards } from "./cards.js";
import { makeControls, markAmount } from "./controls.js";
import { drawCurves } from "./curves.js";
import { byId, make, say } from "./elements.js";
import { startEngine } from "./engine.js";
import { drawGuesses } from "./guesses.js";
import { drawImages, drawInside } from "./inside.js";
import { makePad } from "./pad.js";
import { CONTROLS, fromAddress, initialState, restarts, toAddress } from "./state.js";
import { makeTour } from "./tour.js";
import { inWords, where } from "./words.js";

/** @typedef {import("../worker.js").Frame} Frame */
/** @typedef {import("./state.js").State} State */

const FRAMES = { full: 33, reduced: 500 }; // milliseconds between two of them
const SPEAK_EVERY = 5000; // milliseconds between two spoken summaries
const MOST_NOISE = Math.max(.../** @type {number[]} */ (CONTROLS.find(({ name }) => name === "amount")?.values));

export function startPage() {
  for (const [kind, { colour, dark, dash }] of Object.entries(KINDS)) {
    document.documentElement.style.setProperty(`--kind-${kind}`, `light-dark(${colour}, ${dark})`);
    document.documentElement.style.setProperty(`--dash-${kind}`, dash || "none");
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const digits = { text: byId("digits").textContent, learned: Number(byId("digits").dataset.learned) };
  const { test } = readDigits(digits.text, digits.learned);

  let state = fromAddress(location.hash), frame = /** @type {Frame | null} */ (null);
  let stopsAt = /** @type {number | null} */ (null), spokenAt = -Infinity, wasRunning = false, asked = false;

  const engine = startEngine(byId("program").textContent, digits, onFrame, (found) => {
    stopsAt = found;
    markAmount(found);
    if (frame) drawCurves(frame, state, stopsAt);
  });
  const showControls = makeControls((name, value) => change({ [name]: value }));
  const showStop = makeTour((stop) => change(initialState(stop), true));
  const pad = makePad(byId("pad"), byId("preview"), engine.guess);

  const wish = () => ({ goal: state.goal, pace: state.pace, frameEvery: still.matches ? FRAMES.reduced : FRAMES.full });
  const settings = () => /** @type {any} */ (Object.fromEntries(CONTROLS.map(({ name }) => [name, state[name]])));

  /** The one way in which the state changes. @param {State} changes @param {boolean} anew whether the race begins again */
  function change(changes, anew = false) {
    const before = state, goesOn = asked && !anew;
    state = { ...state, ...changes };
    if (!state.kinds.includes(state.look)) state.look = state.kinds[state.kinds.length - 1];
    history.replaceState(null, "", toAddress(state));
    show();
    engine.look(state.look, Math.min(state.layer, state.depth) - 1);
    if (anew || restarts(before, state)) begin(0);
    else if (String(before.kinds) !== String(state.kinds)) begin(frame?.step ?? 0);
    asked = goesOn;
    if (asked) engine.play(wish());
    else engine.pause();
  }

  /** @param {number} upTo */
  function begin(upTo) {
    engine.start(settings(), upTo);
    engine.scout({ ...settings(), amount: MOST_NOISE });
  }

  function show() {
    showControls(state);
    showStop(state.stop);
    byId("layer").replaceChildren(...Array.from({ length: state.depth }, (_, layer) => make("option", { value: layer + 1 }, `hidden layer ${layer + 1}`)));
    byId("layer").value = String(Math.min(state.layer, state.depth));
    byId("layer").parentElement.hidden = state.depth === 1;
  }

  /** @param {Frame} found */
  function onFrame(found) {
    frame = found;
    asked = asked && !found.reached;
    drawCards(found, state, (look) => change({ look }));
    drawInside(found);
    say(byId("inside-name"), titleOf(KINDS[found.inside.kind], state.rule));
    drawImages(found);
    drawCurves(found, state, stopsAt);
    drawGuesses(found, state);
    const total = (state.goal === "noise" ? 0 : found.steps.digits) + found.steps.noise;
    const [noise, digits] = byId("progress").children, seen = found.steps.noise;
    [noise.hidden, digits.hidden] = [seen === 0, state.goal === "noise"];
    noise.style.setProperty("--done", String(Math.min(1, found.step / seen)));
    digits.style.setProperty("--done", String(Math.max(0, found.step - seen) / found.steps.digits));
    say(byId("where"), where(found, state));
    say(byId("speed"), found.running ? `${Math.round(found.speed).toLocaleString("en")} steps a second` : "");
    const button = byId("play");
    say(button, found.running ? "Pause" : found.reached && total ? "Play again" : found.step ? "Go on" : "Play");
    button.dataset.running = String(found.running);
    byId("step").disabled = found.reached;
    document.documentElement.dataset.state = found.running ? "running" : found.reached ? "reached" : "waiting";
    if (found.running === wasRunning && performance.now() - spokenAt < SPEAK_EVERY) return;
    [wasRunning, spokenAt] = [found.running, performance.now()];
    say(byId("words"), inWords(found, state));
  }

  byId("play").addEventListener("click", () => {
    if (frame?.running) return void engine.pause(), void (asked = false);
    if (frame?.reached) begin(0);
    asked = true;
    engine.play(wish());
  });
  byId("step").addEventListener("click", () => {
    asked = false;
    spokenAt = -Infinity;
    engine.step(state.goal);
  });
  byId("reset").addEventListener("click", () => change({}, true));
  byId("defaults").addEventListener("click", () => change(initialState(state.stop), true));
  byId("layer").addEventListener("change", () => change({ layer: Number(byId("layer").value) }));
  byId("clear").addEventListener("click", () => pad.clear());
  byId("example").addEventListener("click", () => {
    const number = Math.floor(Math.random() * test.size);
    pad.clear(test.raw.slice(number * PIXELS, (number + 1) * PIXELS));
  });
  byId("link").addEventListener("click", async () => {
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    say(byId("copied"), copied ? "Link copied." : "The link is in the address bar.");
  });
  addEventListener("hashchange", () => change(fromAddress(location.hash), true));
  const redraw = () => {
    pad.draw();
    if (frame) onFrame({ ...frame });
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(redraw).observe(document.body);
  change({}, true);
  pad.draw();
}
