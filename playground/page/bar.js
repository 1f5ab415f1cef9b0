/** The bar: play, step and reset, how far the race is, and what is going on in words. */

import { byId, say } from "./elements.js";
import { inWords, where } from "./words.js";

const SPEAK_EVERY = 5000; // milliseconds between two spoken summaries
let spokenAt = -Infinity;
let wasRunning = false;

/** @param {{onPlay: () => void, onStep: () => void, onReset: () => void}} wishes */
export function makeBar({ onPlay, onStep, onReset }) {
  byId("play").addEventListener("click", onPlay);
  byId("reset").addEventListener("click", onReset);
  byId("step").addEventListener("click", () => {
    spokenAt = -Infinity; // a step is always told
    onStep();
  });
}

/** @param {import("../frame.js").Frame} frame @param {import("./state.js").State} state */
export function drawBar(frame, state) {
  const { running, reached, step, steps } = frame;
  const [noise, digits] = byId("progress").children;
  [noise.hidden, digits.hidden] = [steps.noise === 0, state.goal === "noise"];
  noise.style.setProperty("--done", String(Math.min(1, step / steps.noise)));
  digits.style.setProperty("--done", String(Math.max(0, step - steps.noise) / steps.digits));
  say(byId("where"), where(frame, state));
  say(byId("speed"), running ? `${Math.round(frame.speed).toLocaleString("en")} steps a second` : "");
  say(byId("play"), running ? "Pause" : reached ? "Play again" : step ? "Go on" : "Play");
  byId("step").disabled = reached;
  document.documentElement.dataset.state = running ? "running" : reached ? "reached" : "waiting";

  if (running === wasRunning && performance.now() - spokenAt < SPEAK_EVERY) return;
  [wasRunning, spokenAt] = [running, performance.now()];
  say(byId("words"), inWords(frame, state));
}
