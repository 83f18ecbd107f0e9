// The panel of the Train view: what it says at first, how it is filled, and where it leads on to.

/** @typedef {import("./train_network.js").Part} Part */

const MOST = 32;  // weights of a unit
const AT_ONCE = 8;  // parts that fill its height: title, moment, figures, table, the first lines

export const HINT = `<p class="hint">Click a weight, a unit or a point of the data, at any moment:
  its value, its gradient and its update stand here with their arithmetic.</p>`;

/** The weights and the bias of a unit, to go on to.
 * @param {Part | {kind: "row"}} what @param {number[]} layers */
export function ways(what, layers) {
  if (what.kind !== "unit" || what.layer === 0) return "";
  const { layer, unit } = what, sources = layers[layer - 1];
  const button = (/** @type {Part} */ one, /** @type {string} */ text) =>
    `<button type="button" data-part='${JSON.stringify(one)}'>${text}</button>`;
  const weights = Array.from({ length: Math.min(sources, MOST) }, (_, source) =>
    button({ kind: "weight", layer, unit, source }, `from ${layer === 1 ? "input" : "unit"} ${source + 1}`));
  return `<h3>Its weights and its bias</h3><p class="ways">${weights.join(" ")} ${button({ kind: "bias", layer, unit }, "bias")}</p>`;
}

/** Fill a panel with what is seen at once; what lies below its edge follows the next frame.
 * @param {Element} panel @param {string} html */
export function put(panel, html) {
  const whole = document.createElement("template");
  whole.innerHTML = html;
  const first = whole.content.firstChild, below = [...whole.content.children].slice(AT_ONCE);
  for (const element of below) element.remove();
  panel.replaceChildren(whole.content);
  panel.scrollTop = 0;
  requestAnimationFrame(() => setTimeout(() => {
    if (panel.firstChild === first && panel.childElementCount === AT_ONCE) panel.append(...below);
  }));
}
