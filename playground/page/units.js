/** Numbers as people read them. */

const counted = new Intl.NumberFormat("en");
const shortened = new Intl.NumberFormat("en", { notation: "compact" });

export const count = (/** @type {number} */ value) => counted.format(value);
export const short = (/** @type {number} */ value) => shortened.format(value);
export const degrees = (/** @type {number} */ value) => `${Math.round(value)}°`;
export const nats = (/** @type {number} */ value) => value.toFixed(2);
export const percent = (/** @type {number} */ value) => `${Math.round(value * 100)} %`;
