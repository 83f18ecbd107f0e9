// What the step view is built of, and the parts of it that follow the network.

const EXPORTS = [
  ["markdown", "Markdown"], ["latex", "LaTeX"], ["html", "HTML"], ["lesson", "Lesson page"],
  ["svg", "Image (SVG)"], ["json", "JSON"], ["python", "Python program"],
];

/** @param {[string, string][]} entries */
const options = (entries) =>
  entries.map(([value, shown]) => `<option value="${value}">${shown}</option>`).join("");

/** @param {number[]} numbers @returns {[string, string][]} */
const numbered = (numbers) => numbers.map((n) => [String(n), String(n)]);

export const PAGE = `
<h1 class="unseen">One training step</h1>
<div class="tools">
  <div class="files" role="group" aria-label="The lesson">
    <button type="button" data-do="open">Open</button>
    <input type="file" accept=".toml" class="file" aria-label="A lesson file" hidden>
    <button type="button" data-do="save">Save</button>
    <details class="menu" data-menu="export">
      <summary>Export</summary>
      <div class="sheet list">${EXPORTS.map(([format, shown]) =>
        `<button type="button" data-export="${format}">${shown}</button>`).join("")}</div>
    </details>
    <button type="button" data-do="undo" class="sign" aria-label="Undo" title="Undo (Ctrl+Z)">↶</button>
    <button type="button" data-do="redo" class="sign" aria-label="Redo" title="Redo (Ctrl+Shift+Z)">↷</button>
  </div>
  <details class="menu" data-menu="network">
    <summary>Network <b class="sizes"></b></summary>
    <div class="sheet">
      <div class="layers"></div>
      <form class="byname">
        <label>Change <input name="name" size="7" placeholder="w1" autocomplete="off" spellcheck="false"></label>
        <label>to <input name="value" size="7" inputmode="decimal" placeholder="0.5" autocomplete="off"></label>
        <button>Change</button>
      </form>
    </div>
  </details>
  <details class="settings" open>
  <summary>Rules and digits</summary>
  <div class="fields">
  <label>Loss <select data-rule="loss" data-edit='{"kind":"rule","what":"loss"}' data-put="name"></select></label>
  <label class="reduction" hidden>over examples <select data-rule="reduction" data-edit='{"kind":"rule","what":"reduction"}' data-put="name"></select></label>
  <label>Optimizer <select data-rule="optimizer" data-edit='{"kind":"rule","what":"optimizer"}' data-put="name"></select></label>
  <div class="constants" role="group" aria-label="Constants"></div>
  <label>By hand <select data-state="by_hand">${options([["", "off"], ...numbered([2, 3, 4, 5, 6])])}</select></label>
  <label>Digits <select data-state="digits">${options(numbered([2, 3, 4, 5, 6, 8, 10, 17]))}</select></label>
  </div>
  </details>
</div>
<section class="screen">
  <div class="stage"><figure></figure><p class="verdict" aria-live="polite"></p></div>
  <div class="work">
    <p class="place"><span class="number"></span> <span class="way" hidden></span></p>
    <h2></h2>
    <div class="body"></div>
  </div>
</section>
<nav class="steps" aria-label="Steps">
  <button type="button" data-do="back" aria-keyshortcuts="ArrowLeft">← Back</button>
  <input type="range" min="0" value="0" aria-label="Step">
  <output aria-live="polite"></output>
  <button type="button" class="reveal" aria-keyshortcuts="Space" hidden>Reveal</button>
  <button type="button" data-do="next" class="first" aria-keyshortcuts="ArrowRight">Next →</button>
  <label class="tick"><input type="checkbox"> Predict first</label>
</nav>`;

/** @param {object} edit */
const attribute = (edit) => JSON.stringify(edit).replaceAll("'", "&#39;");

/** @param {object} edit @param {string} sign @param {string} told */
const button = (edit, sign, told) =>
  `<button type="button" class="sign" data-edit='${attribute(edit)}' aria-label="${told}" title="${told}">${sign}</button>`;

/** The table of the network's layers, with what can be changed in each.
 * @param {{layers: number[], activations: string[], biases: boolean[], examples: number}} settings
 * @param {string[]} activations */
export function layersTable({ layers, activations: chosen, examples }, activations) {
  const depth = layers.length - 1;
  const rows = layers.map((size, layer) => {
    const [what, one] = layer === 0 ? ["inputs", "input"]
      : layer === depth ? ["outputs", "output"] : [`layer ${layer}`, `unit of layer ${layer}`];
    const rules = layer === 0 ? "<td></td><td></td>" : `
      <td><select aria-label="Activation, ${what}" data-activation="${layer}" data-put="name"
        data-edit='${attribute({ kind: "activation", layer })}'>${options(activations.map((name) => [name, words(name)]))}</select></td>
      <td><label class="tick"><input type="checkbox" data-biases="${layer}" data-put="on"
        data-edit='${attribute({ kind: "biases", layer })}' aria-label="Biases, ${what}"> biases</label></td>`;
    const gone = layer > 0 && layer < depth
      ? button({ kind: "remove layer", layer }, "×", `Remove layer ${layer}`) : "";
    return `<tr><th scope="row">${what}</th>
      <td class="count">${button({ kind: "remove unit", layer, unit: size - 1 }, "−", `Remove an ${one}`.replace("an unit", "a unit"))}
        <output>${size}</output>
        ${button({ kind: "add unit", layer }, "+", `Add an ${one}`.replace("an unit", "a unit"))}</td>${rules}<td>${gone}</td></tr>`;
  });
  return `<table><tbody>${rows.join("")}
    <tr><th scope="row">examples</th><td class="count">${button({ kind: "remove example" }, "−", "Remove the last example")}
      <output>${examples}</output>
      ${button({ kind: "add example" }, "+", "Add an example")}</td>
      <td colspan="3"><button type="button" data-edit='${attribute({ kind: "add layer" })}'>Add a layer</button></td></tr>
  </tbody></table>`;
}

/** A name of the formulas as words.
 * @param {string} name */
export function words(name) { return name.replaceAll("_", " "); }
