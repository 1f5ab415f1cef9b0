/** Keeps a pace: how many steps are due, and how many a second are really taken. */

/** @typedef {import("./method/race.js").Phase} Phase */

/** Steps a second in each phase. An epoch of digits has so few steps that they are taken more slowly. */
export const PACES = {
  slow: { noise: 20, digits: 5 },
  medium: { noise: 300, digits: 40 },
  fast: { noise: Infinity, digits: Infinity },
};

const MEMORY = 500; // milliseconds over which the speed is a mean
const MOST_LATE = 0.2; // seconds: what was not done by then is let go

export function metronome() {
  let pace = PACES.fast;
  let lastTurn = 0;
  let owed = 0;
  let speed = 0;
  return {
    /** @param {string} name */
    set: (name) => void (pace = PACES[/** @type {keyof typeof PACES} */ (name)]),
    begin: () => void ([lastTurn, owed, speed] = [performance.now(), 1, 0]),
    speed: () => speed,
    /** How many steps may be taken now. @param {Phase} phase */
    due(phase) {
      const allowed = pace[phase];
      const since = (performance.now() - lastTurn) / 1000;
      owed = allowed === Infinity ? Infinity : Math.min(owed + allowed * since, allowed * MOST_LATE + 1);
      return owed;
    },
    /** So many have been taken since the last turn. @param {number} steps */
    took(steps) {
      owed = Math.max(0, owed - steps);
      const now = performance.now();
      const passed = Math.max(now - lastTurn, 0.1);
      speed += Math.min(1, passed / MEMORY) * ((1000 * steps) / passed - speed);
      lastTurn = now;
    },
    /** Milliseconds until more may be due; 0 where there is no limit. @param {Phase} phase */
    rest: (phase) => (pace[phase] === Infinity ? 0 : Math.max(4, 500 / pace[phase])),
  };
}
