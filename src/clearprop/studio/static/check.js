// The check view: a worked solution marked as it is typed, or a worksheet to fill in.
import { solutionPart } from "./solution.js";
import { part } from "./studio.js";
import { worksheetPart } from "./worksheet.js";

/** @typedef {import("./studio.js").Studio} Studio @typedef {import("./studio.js").View} View */

/**
 * @typedef {{
 *   show: (given: URLSearchParams) => void,
 *   given: () => Record<string, string>,
 *   settle?: () => void,
 *   connected: () => void,
 * }} Part   given: what the address says of it
 */

const VIEW = `
<h1 class="unseen">Check</h1>
<div class="switch" role="radiogroup" aria-label="What is checked">
  <label><input type="radio" name="check-part" value="solution"><span>A solution</span></label>
  <label><input type="radio" name="check-part" value="sheet"><span>A worksheet</span></label>
</div>
<section class="solution" aria-label="A solution"></section>
<section class="worksheet" aria-label="A worksheet"></section>`;

/** @param {HTMLElement} root @param {Studio} studio @returns {View} */
export function checkView(root, studio) {
  root.innerHTML = VIEW;
  const places = { solution: part(root, ".solution"), sheet: part(root, ".worksheet") };
  /** @type {Record<string, Part>} */
  const parts = {
    solution: solutionPart(places.solution, studio),
    sheet: worksheetPart(places.sheet, studio),
  };
  const radios = [...root.querySelectorAll("input")].filter(({ name }) => name === "check-part");
  let now = "solution";

  /** @param {string} name @param {URLSearchParams} given */
  function open(name, given) {
    now = name;
    for (const [key, place] of Object.entries(places)) place.hidden = key !== name;
    for (const radio of radios) radio.checked = radio.value === name;
    parts[name].show(given);
  }

  for (const radio of radios)
    radio.addEventListener("change", () => {
      parts[now].settle?.();
      const given = parts[radio.value].given();
      studio.address(given, false);
      open(radio.value, new URLSearchParams(given));
    });
  return {
    show(given) { open(given.has("sheet") ? "sheet" : "solution", given); },
    settle() { parts[now].settle?.(); },
    connected() { parts[now].connected(); },
  };
}
