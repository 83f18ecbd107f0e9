// The curves: training and held-out loss by epoch, on a scale of powers of ten; the score beside them.

/** @typedef {{epochs: number[], loss: (number | null)[], held_out: (number | null)[], score: (number | null)[]}} Curve */

const WIDTH = 300, HEIGHT = 138, LEFT = 40, RIGHT = 8, TOP = 6, BOTTOM = 20;
const APART = 11;  // at least, between two numbers at the side

export class Curves {
  /** @param {HTMLElement} root */
  constructor(root) {
    root.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Loss by epoch">
      <g class="grid"></g><path class="held-out"/><path class="training"/><path class="moment"/>
      </svg><p class="legend"><span class="training">loss, training</span> <span class="held-out">held out</span></p>`;
    const one = (/** @type {string} */ selector) => /** @type {SVGElement} */ (root.querySelector(selector));
    this.svg = one("svg");
    this.grid = one(".grid");
    this.training = one("path.training");
    this.heldOut = one("path.held-out");
    this.moment = one(".moment");
    this.legend = /** @type {HTMLElement} */ (root.querySelector("span.held-out"));
    this.last = 1;
  }

  /** @param {Curve} curve @param {boolean} heldOut whether rows are held out */
  show(curve, heldOut) {
    this.legend.hidden = !heldOut;
    const shown = [...curve.loss, ...(heldOut ? curve.held_out : [])].filter((v) => v !== null && v > 0);
    const values = /** @type {number[]} */ (shown);
    this.last = Math.max(1, curve.epochs.at(-1) ?? 1);
    if (!values.length) {
      this.grid.replaceChildren();
      this.training.setAttribute("d", "");
      this.heldOut.setAttribute("d", "");
      return;
    }
    let low = Math.log10(Math.min(...values)), high = Math.log10(Math.max(...values));
    if (high - low < 0.3) [low, high] = [low - 0.15, high + 0.15];
    const x = (/** @type {number} */ epoch) => this.across(epoch);
    const y = (/** @type {number} */ value) =>
      TOP + (high - Math.log10(value)) / (high - low) * (HEIGHT - TOP - BOTTOM);
    const path = (/** @type {(number | null)[]} */ column) => {
      let text = "";
      column.forEach((value, place) => {
        if (value === null || value <= 0) return;
        text += `${text ? "L" : "M"}${x(curve.epochs[place]).toFixed(1)} ${y(value).toFixed(1)}`;
      });
      return text && !text.includes("L") ? `${text}h-5` : text;  // a single epoch is a short stroke
    };
    this.training.setAttribute("d", path(curve.loss));
    this.heldOut.setAttribute("d", heldOut ? path(curve.held_out) : "");
    this.grid.innerHTML = this.ticks(low, high, y);
    const at = (/** @type {(number | null)[]} */ column) => column.at(-1)?.toPrecision(3) ?? "unknown";
    this.svg.setAttribute("aria-label", `Loss by epoch, up to epoch ${this.last}: training ${at(curve.loss)}`
      + (heldOut ? `, held out ${at(curve.held_out)}` : ""));
  }

  /** @param {number} epoch */
  across(epoch) {
    return LEFT + epoch / this.last * (WIDTH - LEFT - RIGHT);
  }

  /** Mark the moment that is looked at.
   * @param {number | null} epoch */
  mark(epoch) {
    const x = epoch === null ? 0 : Math.min(this.across(epoch), WIDTH - RIGHT);
    this.moment.setAttribute("d", epoch === null ? "" : `M${x.toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}`);
  }

  /** @param {number} low @param {number} high @param {(value: number) => number} y */
  ticks(low, high, y) {
    const decades = high - low;
    const steps = decades > 2.5 ? [1] : decades > 1 ? [1, 3] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
    let text = "", below = HEIGHT;
    for (let power = Math.floor(low); power <= Math.ceil(high); power++)
      for (const step of steps) {
        const value = step * 10 ** power, place = Math.log10(value);
        if (place < low || place > high || below - y(value) < APART) continue;
        below = y(value);
        text += `<path d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH - RIGHT}"/>`
          + `<text class="y" x="${LEFT - 6}" y="${(y(value) + 3.5).toFixed(1)}">${Number(value.toPrecision(2))}</text>`;
      }
    const nice = niceStep(this.last / 3);
    for (let epoch = 0; epoch <= this.last; epoch += nice) {
      const x = this.across(epoch).toFixed(1);
      text += `<text class="x" x="${x}" y="${HEIGHT - 5}">${epoch.toLocaleString("en")}</text>`;
    }
    return text;
  }
}

/** The next round step: 1, 2 or 5 times a power of ten.
 * @param {number} wanted */
function niceStep(wanted) {
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= wanted) ?? 1;
}
