/** A pad to draw a digit on, made into the kind of image that the networks know. */

import { MOST_INK, PIXELS } from "../method/digits.js";
import { cleared, paint } from "./canvas.js";
import { drawHeatmap, inkColours } from "./heatmap.js";

/** @typedef {[number, number]} Point from 0 to 1 */

const FINE = 32;
const SIDE = Math.sqrt(PIXELS);
const BLOCK = FINE / SIDE;
const PEN = 1.9;
const MARGIN = 2.2;
const KEY_STEP = 1 / 16;

/**
 * Strokes as 8 x 8 counts of ink, 0 to 16: moved and stretched to fill the height or width, then inked on a fine grid.
 * @param {Point[][]} strokes
 */
export function imageOf(strokes) {
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const stretch = (FINE - 2 * MARGIN) / Math.max(right - left, bottom - top, 0.1);
  const place = (/** @type {Point} */ [x, y]) => [
    FINE / 2 + (x - (left + right) / 2) * stretch - 0.5,
    FINE / 2 + (y - (top + bottom) / 2) * stretch - 0.5,
  ];
  const ink = new Uint8Array(PIXELS);
  const lines = strokes.map((stroke) => stroke.map(place));
  for (let y = 0; y < FINE; y++)
    for (let x = 0; x < FINE; x++)
      if (lines.some((line) => touches(line, x, y))) ink[Math.floor(y / BLOCK) * SIDE + Math.floor(x / BLOCK)] += 1;
  return ink.map((amount) => Math.min(amount, MOST_INK));
}

/**
 * Whether a pen that followed this line has inked a point.
 * @param {number[][]} line @param {number} x @param {number} y
 */
function touches(line, x, y) {
  return line.some(([endX, endY], number) => {
    const [startX, startY] = line[Math.max(0, number - 1)];
    const dx = endX - startX;
    const dy = endY - startY;
    const along = Math.min(1, Math.max(0, ((x - startX) * dx + (y - startY) * dy) / (dx * dx + dy * dy || 1)));
    return Math.hypot(x - startX - along * dx, y - startY - along * dy) <= PEN;
  });
}

/**
 * @param {HTMLCanvasElement} canvas to draw on @param {HTMLCanvasElement} preview what the networks see
 * @param {(image: Uint8Array | null) => void} onImage
 */
export function makePad(canvas, preview, onImage) {
  /** @type {Point[][]} */ let strokes = [];
  /** @type {Uint8Array | null} */ let image = null;
  /** @type {Point} */ let pen = [0.5, 0.25];
  let down = false;
  let keys = false;

  function draw() {
    const size = canvas.clientWidth;
    const context = cleared(canvas, size, size);
    [context.lineWidth, context.lineCap, context.lineJoin] = [size / 13, "round", "round"];
    context.strokeStyle = paint("ink");
    if (!image) {
      context.fillStyle = paint("soft");
      [context.font, context.textAlign] = ["14px system-ui, sans-serif", "center"];
      context.fillText("draw here", size / 2, size / 2);
    } else if (!strokes.length) {
      drawInk(context, size);
    }
    context.beginPath();
    for (const [start, ...rest] of strokes) {
      context.moveTo(start[0] * size, start[1] * size);
      for (const [x, y] of rest.length ? rest : [start]) context.lineTo(x * size, y * size);
    }
    context.stroke();
    if (keys) {
      context.fillStyle = paint(down ? "kind-noise" : "soft");
      context.beginPath();
      context.arc(pen[0] * size, pen[1] * size, 5, 0, 7);
      context.fill();
    }
    const side = preview.clientWidth;
    drawInk(cleared(preview, side, side), side);
  }

  /** The image of now, as a square. @param {CanvasRenderingContext2D} context @param {number} side */
  function drawInk(context, side) {
    drawHeatmap(
      context,
      Float32Array.from(image ?? new Uint8Array(PIXELS)),
      SIDE,
      { from: 0, to: SIDE },
      { x: 0, y: 0, width: side, height: side },
      inkColours(0, MOST_INK),
    );
  }

  function change() {
    image = strokes.length ? imageOf(strokes) : null;
    draw();
    onImage(image);
  }

  /** @param {PointerEvent} event @returns {Point} */
  function pointOf({ clientX, clientY }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    [down, keys] = [true, false];
    strokes.push([pointOf(event)]);
    change();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down || keys) return;
    strokes[strokes.length - 1].push(...(event.getCoalescedEvents?.() ?? [event]).map(pointOf));
    change();
  });
  const lift = () => void (down = keys && down);
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("keydown", (event) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [
      0, 0,
    ];
    if (event.key !== " " && !dx && !dy) return;
    event.preventDefault();
    keys = true;
    if (event.key === " ") {
      down = !down;
      if (down) strokes.push([pen]);
    } else {
      pen = [Math.min(1, Math.max(0, pen[0] + dx * KEY_STEP)), Math.min(1, Math.max(0, pen[1] + dy * KEY_STEP))];
      if (down) strokes[strokes.length - 1].push(pen);
    }
    change();
  });

  return {
    draw,
    /** An empty pad, or one with an image that was not drawn by hand. @param {Uint8Array | null} given */
    clear(given = null) {
      [strokes, image, down] = [[], given, false];
      draw();
      onImage(image);
    },
  };
}
