/** The quantiles of the normal distribution. */

/** @param {number[]} coefficients from the highest power down @param {number} x */
const polynomial = (coefficients, x) => coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

/** @param {[number[], number[]]} rational @param {number} x */
const ratio = ([above, below], x) => polynomial(above, x) / polynomial(below, x);

/** @type {[number[], number[]]} */
const CENTRE = [
  [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  [
    5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
    687.1870074920579083, 42.313330701600911252, 1,
  ],
];
/** @type {[number[], number[]]} */
const SIDES = [
  [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
];

/**
 * The number below which a standard normal number falls with this probability (Wichura, Algorithm AS 241, 1988; his
 * outermost branch, beyond 6.7 deviations, is left out).
 * @param {number} probability between 1e-11 and 1 - 1e-11
 */
export function normalQuantile(probability) {
  const middle = probability - 0.5;
  if (Math.abs(middle) <= 0.425) return middle * ratio(CENTRE, 0.180625 - middle * middle);
  const tail = Math.sqrt(-Math.log(Math.min(probability, 1 - probability)));
  return Math.sign(middle) * ratio(SIDES, tail - 1.6);
}
