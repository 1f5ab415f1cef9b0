/** How much noise `stop="aligned"` would use. */

import { advance, position, startRace } from "./race.js";
import { smallestAngle } from "./stopping.js";

/**
 * The amount of noise after which the angle is smallest, as the stopping rule finds it within that of the settings.
 * @param {import("./race.js").Settings} settings @param {import("./race.js").Race["digits"]} digits
 */
export function bestAmount(settings, digits) {
  const race = startRace({ ...settings, kinds: ["noise"] }, digits);
  const { angle } = race.runners[0].curves.noise;
  const found = () => smallestAngle(race.at.noise, angle, settings.rate);
  while (position(race).phase === "noise" && !found().settled) advance(race);
  return found().at;
}
