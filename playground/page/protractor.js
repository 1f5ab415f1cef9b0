/** Protractors: the angle between what goes forward and what comes back, for every neuron a needle. */

import { paint } from "./canvas.js";
import { make } from "./elements.js";

const [X, Y, RADIUS] = [100, 96, 86];

/** @param {number} degrees @param {number} radius */
const tip = (degrees, radius) => {
  const radians = (degrees * Math.PI) / 180;
  return `${(X + radius * Math.cos(radians)).toFixed(1)} ${(Y - radius * Math.sin(radians)).toFixed(1)}`;
};

/** A half circle with a needle for every neuron and a strong one for their mean; 90 degrees, chance, points up. */
export function protractor() {
  const ticks = Array.from({ length: 13 }, (_, number) => number * 15).map(
    (degrees) => `M${tip(degrees, RADIUS)}L${tip(degrees, RADIUS - (degrees % 45 ? 4 : 8))}`,
  );
  const arc = `M${tip(180, RADIUS)}A${RADIUS} ${RADIUS} 0 0 1 ${tip(0, RADIUS)}Z`;
  const needles = make("path", { class: "needles" });
  const mean = make("path", { class: "mean" });
  const wedge = make("path", { class: "wedge" });
  const drawing = make(
    "svg",
    { viewBox: "0 0 200 100", class: "protractor", "aria-hidden": "true" },
    wedge,
    make("path", { class: "dial", d: arc + ticks.join("") }),
    needles,
    mean,
    make("circle", { cx: X, cy: Y, r: 3.5, class: "hub" }),
  );
  return {
    drawing,
    /** @param {Float32Array} angles @param {number} average */
    show(angles, average) {
      needles.setAttribute("d", Array.from(angles, (degrees) => `M${X} ${Y}L${tip(degrees, RADIUS - 12)}`).join(""));
      mean.setAttribute("d", `M${X} ${Y}L${tip(average, RADIUS - 6)}`);
      wedge.setAttribute("d", `M${X} ${Y}L${tip(0, 34)}A34 34 0 0 0 ${tip(average, 34)}Z`);
    },
  };
}

/**
 * A small one under a neuron's column.
 * @param {CanvasRenderingContext2D} context @param {number} x of its middle @param {number} y of its base
 * @param {number} radius @param {number} degrees @param {string} kind whose colour the needle has
 */
export function drawDial(context, x, y, radius, degrees, kind) {
  const radians = (degrees * Math.PI) / 180;
  context.lineWidth = 1;
  context.strokeStyle = paint("soft", 0.45);
  context.beginPath();
  context.arc(x, y, radius, Math.PI, 0);
  context.stroke();
  context.lineWidth = 1.8;
  context.strokeStyle = paint(`kind-${kind}`);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + radius * Math.cos(radians), y - radius * Math.sin(radians));
  context.stroke();
}
