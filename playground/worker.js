/** The thread that computes: it runs a race at the pace that the page asks for, and posts frames of it. */

import { frameOf, isReached } from "./frame.js";
import { readDigits } from "./method/digits.js";
import { advance, position, startRace } from "./method/race.js";
import { bestAmount } from "./method/scout.js";
import { metronome } from "./pace.js";

/** @typedef {import("./method/race.js").Race} Race */

const TURN = 24; // milliseconds of work before messages are read again

/** @param {{postMessage: (message: any) => void, onmessage: ((event: MessageEvent) => void) | null}} scope */
export function startWorker(scope) {
  const tempo = metronome();
  /** @type {Race["digits"]} */ let digits;
  /** @type {Race} */ let race;
  /** @type {Float32Array | null} */ let drawn = null;
  let number = 0;
  let view = { kind: "", layer: 0, goal: "digits" };
  let running = false;
  let waiting = false; // for the next turn, of which there is one at a time
  let frameEvery = 0;
  let lastFrame = 0;

  const soon = new MessageChannel(); // unlike a timeout, it does not make us wait
  soon.port1.onmessage = turn;

  function goOn() {
    if (waiting || !running) return;
    waiting = true;
    const rest = tempo.rest(position(race).phase);
    if (rest) setTimeout(turn, rest);
    else soon.port2.postMessage(null);
  }

  function turn() {
    waiting = false;
    if (!running) return;
    const { phase } = position(race);
    const [first, end] = [race.step, performance.now() + TURN];
    const due = tempo.due(phase);
    const mayGoOn = () => race.step - first < Math.floor(due) && performance.now() < end;
    while (mayGoOn() && position(race).phase === phase && !isReached(race, view)) advance(race);
    tempo.took(race.step - first);
    running = !isReached(race, view);
    if (!running || performance.now() - lastFrame >= frameEvery) postFrame();
    goOn();
  }

  function postFrame() {
    lastFrame = performance.now();
    scope.postMessage({ frame: frameOf(race, view, drawn, { race: number, running, speed: tempo.speed() }) });
  }

  /** @type {Record<string, (message: any) => void>} */
  const answers = {
    /** The images, once. */
    digits({ text, learned }) {
      digits = readDigits(text, learned);
    },
    /** A new race, taken in silence to where another was. */
    start({ settings, upTo, ...message }) {
      number = message.number;
      race = startRace(settings, digits);
      while (race.step < upTo && !position(race).over) advance(race);
      postFrame();
    },
    play(wish) {
      frameEvery = wish.frameEvery;
      tempo.set(wish.pace);
      if (running) return;
      running = !isReached(race, view);
      tempo.begin();
      postFrame();
      goOn();
    },
    pause() {
      running = false;
      postFrame();
    },
    step() {
      running = false;
      if (!isReached(race, view)) advance(race);
      postFrame();
    },
    view({ kind, layer, goal }) {
      view = { kind, layer, goal };
      if (race) postFrame();
    },
    guess({ image }) {
      drawn = image && digits.scaled(image);
      postFrame();
    },
    scout({ settings }) {
      scope.postMessage({ stopsAt: bestAmount(settings, digits) });
    },
  };
  scope.onmessage = ({ data }) => answers[data.ask](data);
}
