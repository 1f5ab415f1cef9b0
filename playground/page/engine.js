/** The page's end of the wire to its two workers: one runs the race, the other finds out where noise should stop. */

/** @typedef {import("../frame.js").Frame} Frame */
/** @typedef {import("../method/race.js").Settings} Settings */

const MATTERS = ["distribution", "scale", "rule", "width", "depth", "rate", "seed"]; // to where noise should stop

/**
 * @param {string} program the text of this very program, which computes where there is no document
 * @param {{text: string, learned: number}} digits
 * @param {(frame: Frame) => void} onFrame @param {(stopsAt: number | null) => void} onStop
 */
export function startEngine(program, digits, onFrame, onStop) {
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const open = () => {
    const worker = new Worker(address);
    worker.postMessage({ ask: "digits", ...digits });
    return worker;
  };
  const racing = open();
  let race = 0; // frames of an earlier one, still on their way, are not shown
  racing.onmessage = ({ data }) => void (data.frame.race === race && onFrame(data.frame));
  const ask = (/** @type {Record<string, any>} */ message) => racing.postMessage(message);

  /** @type {Worker | undefined} */ let scouting;
  let scouted = "";
  return {
    /**
     * A new race, or the same with other networks, taken to where it was.
     * @param {Settings} settings @param {number} upTo
     */
    start: (settings, upTo) => ask({ ask: "start", settings, upTo, number: (race += 1) }),
    /** @param {{pace: string, frameEvery: number}} how */
    play: (how) => ask({ ask: "play", ...how }),
    pause: () => ask({ ask: "pause" }),
    step: () => ask({ ask: "step" }),
    /** What is looked into, and how far the race goes. @param {{kind: string, layer: number, goal: string}} view */
    view: (view) => ask({ ask: "view", ...view }),
    /** @param {Uint8Array | null} image */
    guess: (image) => ask({ ask: "guess", image }),
    /**
     * Look for the best amount, unless it is known or being looked for.
     * @param {Settings} settings with the largest amount
     */
    scout(settings) {
      const wanted = JSON.stringify(settings, MATTERS);
      if (wanted === scouted) return;
      scouted = wanted;
      scouting?.terminate();
      onStop(null);
      if (settings.rule === "bp") return; // there is no alignment to wait for
      scouting = open();
      scouting.onmessage = ({ data }) => {
        onStop(data.stopsAt);
        scouting?.terminate();
      };
      scouting.postMessage({ ask: "scout", settings });
    },
  };
}
