// Figures as they are written beside a training, and the sizes per layer.
import { part } from "./studio.js";

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

/** Show where a training stands: step, epoch, losses, score; nothing of one that there is not.
 * @param {HTMLElement} root @param {import("./train_frame.js").Frame | null} frame @param {any} made */
export function showFigures(root, frame, made) {
  const epoch = frame ? frame.step / made.per_epoch : 0;
  const texts = frame ? {
    step: frame.step.toLocaleString("en"),
    epoch: (Number.isInteger(epoch) ? epoch : Math.floor(10 * epoch) / 10).toLocaleString("en"),
    loss: figure(frame.loss),
    "held-out": figure(frame.heldOut),
    score: made.score === "accuracy" ? `${(100 * frame.score).toFixed(1)} %` : figure(frame.score),
  } : { step: "–", epoch: "–", loss: "–", "held-out": "–", score: "–" };
  for (const [name, text] of Object.entries(texts)) {
    const place = part(root, `.figures .${name} dd`);
    if (place.textContent !== text) place.textContent = text;
  }
  if (frame) part(root, '[name="moment"]').setAttribute("aria-valuetext", `step ${frame.step} of ${frame.newest}`);
}
