// Figures as they are written beside a training, and the sizes per layer.

/** The sizes per layer, as a table.
 * @param {import("./train_frame.js").Frame["sizes"]} sizes */
export function sizesTable({ weights, gradient, update }) {
  const rows = [...weights].map((w, k) => {
    const cells = [w, gradient[k], update[k], update[k] / w].map((value) => `<td>${figure(value)}</td>`).join("");
    return `<tr><th scope="row">${k + 1}</th>${cells}</tr>`;
  });
  return `<table><caption>Sizes per layer, of the next update</caption>
      <thead><tr><th scope="col">Layer</th><th scope="col">weights</th><th scope="col">gradient</th><th scope="col">update</th><th scope="col">ratio</th></tr></thead>
      <tbody>${rows.join("")}</tbody></table>`;
}

/** A figure of four digits.
 * @param {number} value */
export function figure(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(2) : value.toPrecision(4);
  return text.replace("-", "−");
}
