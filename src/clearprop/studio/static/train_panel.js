// What the panel of the Train view says before anything is explained, and where it leads on to.

/** @typedef {import("./train_network.js").Part} Part */

const MOST = 32;  // weights of a unit

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
