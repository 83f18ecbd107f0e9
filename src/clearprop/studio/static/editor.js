// A text area that stands beside its line numbers and marks, and knows on which line its cursor is.
import { fill } from "./morph.js";
import { part } from "./studio.js";

/** @typedef {{sign: string, kind: string}} Mark */

const BREAKS = /\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]/g;  // what else ends a line where it is marked
const EDITOR = `
<div class="sheet-of-paper">
  <div class="gutter" aria-hidden="true"></div>
  <textarea class="text" wrap="off" rows="1" cols="1" spellcheck="false" autocomplete="off" autocapitalize="off"
    aria-label="The worked solution"
    placeholder="A worked solution, such as&#10;&#10;w1 = 0.5, w2 = 0.3, w3 = 0.8&#10;x1 = 1, x2 = 2, y = 1&#10;z_h = 0.5·1 + 0.3·2 = 1.1&#10;h = σ(z_h) = 0.750&#10;…"></textarea>
</div>`;

export class Editor {
  /** @param {HTMLElement} root @param {() => void} changed @param {(line: number) => void} moved */
  constructor(root, changed, moved) {
    root.innerHTML = EDITOR;
    this.root = root;
    this.gutter = part(root, ".gutter");
    this.area = /** @type {HTMLTextAreaElement} */ (part(root, "textarea"));
    this.line = 0;
    /** @type {Mark[]} */
    this.marks = [];
    this.area.addEventListener("input", () => {
      this.grow();
      changed();
    });
    document.addEventListener("selectionchange", () => {
      const line = document.activeElement === this.area ? this.lineAt(this.area.selectionStart) : this.line;
      if (line !== this.line) {
        this.line = line;
        this.number();
        moved(line);
      }
    });
    this.gutter.addEventListener("click", ({ target }) => {
      const line = target instanceof Element ? target.closest("[data-line]") : null;
      if (line instanceof HTMLElement) this.go(Number(line.dataset.line));
    });
    this.grow();
  }

  /** The text, its lines parted by line feeds alone. */
  get text() { return this.area.value.replace(BREAKS, "\n"); }

  /** Another text, as from the address; what was typed cannot be taken back then.
   * @param {string} text */
  set text(text) {
    if (text === this.text) return;
    this.area.value = text;
    this.grow();
  }

  /** Put a text in the place of all as if it were typed: the browser can take it back.
   * @param {string} text */
  replace(text) {
    this.area.focus();
    this.area.select();
    const typed = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!typed) this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.root.scrollTo(0, 0);
    this.grow();
  }

  /** Make the area as large as its text: what scrolls is the paper, numbers and text together. */
  grow() {
    const lines = this.text.split("\n");
    this.area.rows = lines.length + 1;
    this.area.cols = Math.max(20, ...lines.map((line) => line.length)) + 2;
    this.number();
  }

  /** Show the marks of the lines.
   * @param {Mark[]} marks */
  mark(marks) {
    this.marks = marks;
    this.number();
  }

  number() {
    const count = this.text.split("\n").length;
    const rows = Array.from({ length: count }, (_, place) => {
      const { sign, kind } = this.marks[place] ?? { sign: "", kind: "plain" };
      const here = place + 1 === this.line ? " here" : "";
      return `<div class="${kind}${here}" data-line="${place + 1}">${place + 1}<span class="sign">${sign}</span></div>`;
    });
    fill(this.gutter, rows.join(""));
  }

  /** @param {number} place */
  lineAt(place) { return this.area.value.slice(0, place).split("\n").length; }

  get lineHeight() { return parseFloat(getComputedStyle(this.area).lineHeight) || 24; }

  /** The line at the top of what is seen. */
  get top() { return this.root.scrollTop / this.lineHeight + 1; }

  /** @param {number} line */
  set top(line) { this.root.scrollTop = (line - 1) * this.lineHeight; }

  /** Put the cursor at the end of a line, and the line into view.
   * @param {number} line */
  go(line) {
    const lines = this.text.split("\n"), before = lines.slice(0, line - 1).join("\n").length;
    const end = before + (line > 1 ? 1 : 0) + (lines[line - 1] ?? "").length;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(end, end);
    const rows = this.root.clientHeight / this.lineHeight;
    if (line < this.top + 1 || line > this.top + rows - 2) this.top = line - rows / 3;
    this.root.scrollLeft = 0;
    this.root.scrollIntoView({ block: "nearest" });
  }
}
