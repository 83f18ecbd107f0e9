// The marked lines of a solution: which of them the cursor is on, and the right lines that are unfolded.
import { morph } from "./morph.js";
import { part } from "./studio.js";

/** @typedef {import("./server.js").Server} Server */

export class Marks {
  /** @param {HTMLElement} root @param {Server} server @param {(line: number) => void} go */
  constructor(root, server, go) {
    this.root = root;
    this.server = server;
    this.body = part(root, "tbody");
    this.html = "";
    /** @type {string | null} */
    this.lesson = null;
    this.line = 0;
    /** @type {Set<string>} quantities whose right line is shown, each with its place among its like */
    this.open = new Set();
    /** @type {Map<string, string>} */
    this.known = new Map();
    root.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button?.matches(".mark")) go(Number(button.dataset.line));
      if (button?.matches(".ask")) this.toggle(button.dataset.key ?? "");
    });
  }

  /** @param {string} html @param {string | null} lesson */
  show(html, lesson) {
    if (lesson !== this.lesson) this.known.clear();
    this.html = html;
    this.lesson = lesson;
    this.draw();
  }

  /** Show the lines, with what is unfolded among them. */
  draw() {
    const wanted = /** @type {HTMLElement} */ (this.body.cloneNode(false));
    wanted.innerHTML = this.html;
    const count = /** @type {Map<string, number>} */ (new Map());
    for (const button of wanted.querySelectorAll("button")) {
      const { quantity = "", digits = "4" } = button.dataset;
      if (!button.matches(".ask")) continue;
      count.set(quantity, (count.get(quantity) ?? 0) + 1);
      button.dataset.key = `${quantity} ${count.get(quantity)}`;
      if (this.open.has(button.dataset.key)) this.unfold(button, quantity, Number(digits));
    }
    wanted.querySelector(`tr[data-line="${this.line}"]`)?.classList.add("here");
    morph(this.body, wanted);
  }

  /** @param {HTMLElement} button @param {string} quantity @param {number} digits */
  unfold(button, quantity, digits) {
    const key = `${digits} ${quantity}`, html = this.known.get(key);
    if (html === undefined) {
      this.ask(key, quantity, digits);
      return;
    }
    const place = /** @type {HTMLElement} */ (button.nextElementSibling);
    place.innerHTML = html;
    place.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const shown = this.body.querySelector(`button[data-key="${CSS.escape(button.dataset.key ?? "")}"] + div details`);
    if (shown?.hasAttribute("open")) place.querySelector("details")?.setAttribute("open", "");
  }

  /** @param {string} key @param {string} quantity @param {number} digits */
  async ask(key, quantity, digits) {
    const { lesson } = this;
    let html;
    try {
      ({ html } = await this.server.ask("check.right", { lesson, quantity, digits }));
    } catch (error) {
      const paragraph = document.createElement("p");
      paragraph.textContent = /** @type {Error} */ (error).message;
      html = paragraph.outerHTML;
    }
    if (lesson !== this.lesson) return;
    this.known.set(key, html);
    this.draw();
  }

  /** @param {string} key */
  toggle(key) {
    if (!this.open.delete(key)) this.open.add(key);
    this.draw();
  }

  /** The sign of each line, in their order.
   * @returns {import("./editor.js").Mark[]} */
  signs() {
    return this.rows().map((row) => ({
      sign: row.querySelector(".sign")?.textContent ?? "", kind: row.className.replace(" here", ""),
    }));
  }

  /** Show on which line the cursor is.
   * @param {number} line */
  here(line) {
    this.line = line;
    for (const row of this.rows()) row.classList.toggle("here", Number(row.dataset.line) === line);
    const row = this.rows()[line - 1];
    if (!row || !this.scrolls) return;
    const { top, bottom } = row.getBoundingClientRect(), frame = this.root.getBoundingClientRect();
    if (top < frame.top) this.root.scrollTop += top - frame.top;
    else if (bottom > frame.bottom) this.root.scrollTop += Math.min(bottom - frame.bottom, top - frame.top);
  }

  /** Whether the lines scroll by themselves, not with the page as on a phone. */
  get scrolls() { return this.root.scrollHeight > this.root.clientHeight + 1; }

  rows() { return /** @type {HTMLElement[]} */ ([...this.body.children]); }

  /** The line at the top of what is seen. */
  get top() {
    const edge = this.root.getBoundingClientRect().top;
    const place = this.rows().findIndex((row) => row.getBoundingClientRect().bottom > edge + 1);
    const { top, height } = this.rows()[place]?.getBoundingClientRect() ?? { top: edge, height: 1 };
    return place < 0 ? 1 : place + 1 + (edge - top) / height;
  }

  /** @param {number} line */
  set top(line) {
    const row = this.rows()[Math.floor(line) - 1];
    if (!row) return;
    const { top, height } = row.getBoundingClientRect();
    this.root.scrollTop += top + (line % 1) * height - this.root.getBoundingClientRect().top;
  }
}
