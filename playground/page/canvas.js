/** A canvas as sharp as the screen, drawn in the colours of the page. */

/**
 * Clears a canvas, fits its pixels to the screen's, and hands back its context in units of the page.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height
 */
export function cleared(canvas, width, height) {
  const density = globalThis.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== wide || canvas.height !== high) {
    [canvas.width, canvas.height] = [wide, high];
    canvas.style.height = `${height}px`;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** @type {Map<string, number[]>} */
const known = new Map();

/**
 * A colour of the style sheet as red, green and blue, on the ground of now.
 * @param {string} name
 * @returns {number[]}
 */
export function colour(name) {
  const key = `${name} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
  const before = known.get(key);
  if (before) return before;
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const rgb = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
  probe.remove();
  known.set(key, rgb);
  return rgb;
}

/** @param {string} name @param {number} opacity */
export const paint = (name, opacity = 1) => `rgb(${colour(name).join(" ")} / ${opacity})`;
