// The small editor right at a part of the drawing: a number, the rules of a unit's layer, the loss.
import { numberField, reset, showNumber } from "./number_field.js";
import { words } from "./step_page.js";

/**
 * @typedef {import("./step.js").Part} Part
 * @typedef {import("./step.js").Shown} Shown
 * @typedef {{
 *   edit: (change: object, joined?: boolean) => Promise<void>,
 *   undo: () => void,
 *   link: (target: string) => SVGAElement | HTMLAnchorElement | null,
 * }} Uses   link: the part of the drawing, or the number that is given, that links to a line
 */

export class Editor {
  /** @param {HTMLElement} screen what it lies in @param {Uses} uses */
  constructor(screen, uses) {
    this.screen = screen;
    this.uses = uses;
    /** @type {HTMLElement | null} */
    this.box = null;
    /** @type {HTMLInputElement | null} */
    this.input = null;
    this.target = "";
    this.changed = false;
    /** @type {Promise<void>} a change that is under way */
    this.pending = Promise.resolve();
  }

  /** Open it at the part that links to a line.
   * @param {string} target @param {Part} part @param {Shown} shown */
  open(target, part, shown) {
    this.close();
    this.target = target;
    this.changed = false;
    this.part = part;
    const box = this.box = element("div", { className: `editor ${part.kind}` });
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", part.shown);
    box.append(...{ number: () => this.number(part), unit: () => this.unit(part, shown), loss: () => this.loss(shown) }[part.kind]());
    if (part.why) {
      const link = element("a", { href: `#${part.why}`, className: "why", textContent: `How ${part.about} comes about →` });
      box.append(element("p", {}, link));
    }
    box.addEventListener("focusout", ({ relatedTarget }) => this.left(relatedTarget));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.back();
    });
    this.screen.append(box);
    this.place();
    const first = box.querySelector("input, select, button, a");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
    this.input?.select();
    box.scrollIntoView({ block: "nearest" });
  }

  /** After a change: show what is there now, where its part is now; close where it is gone.
   * @param {Shown} shown */
  follow(shown) {
    if (!this.box || !this.part) return;
    const was = this.part;
    const same = Object.entries(shown.parts).find(([target, part]) => target === this.target && part.name === was.name) ??
      Object.entries(shown.parts).find(([target, part]) => part.kind === was.kind && this.uses.link(target) &&
        (was.layer === undefined ? part.name === was.name : part.layer === was.layer && part.unit === was.unit));
    if (!same || !this.uses.link(same[0])) return this.close();
    const focused = this.box.ownerDocument.activeElement;
    if (same[1].shown !== was.shown || was.kind !== "number") {
      const place = [...this.box.querySelectorAll("input, select, button, a")].indexOf(/** @type {Element} */ (focused));
      this.open(same[0], same[1], shown);
      const again = [...this.box.querySelectorAll("input, select, button, a")][place];
      if (again instanceof HTMLElement) again.focus({ preventScroll: true });
      return;
    }
    [this.target, this.part] = same;
    if (this.input && this.part.value !== undefined) showNumber(this.input, this.part.value);
    this.place();
  }

  /** @param {Part} part @returns {HTMLElement[]} */
  number(part) {
    const input = this.input = element("input", { size: 7 });
    showNumber(input, part.value ?? 0);
    const wrong = element("p", { className: "wrong" });
    numberField(input, {
      commit: async (text, joined) => {
        wrong.textContent = "";
        try {
          await (this.pending = this.uses.edit({ kind: "set", name: part.name, value: text }, joined || this.changed));
          this.changed = true;
        } catch (error) {
          wrong.textContent = error instanceof Error ? error.message : String(error);
          throw error;
        }
      },
      entered: () => this.back(),
      cancelled: () => {
        if (this.changed) this.uses.undo();
        this.back();
      },
    });
    input.addEventListener("input", () => { wrong.textContent = ""; });
    const rows = [element("label", {}, element("b", { textContent: part.shown }), " = ", input), wrong];
    if (part.layer === undefined) return rows;
    return [...rows, this.row(
      this.button("Add an input", { kind: "add unit", layer: 0 }),
      this.button(`Remove ${part.shown}`, { kind: "remove unit", layer: 0, unit: part.unit }))];
  }

  /** @param {Part} part @param {Shown} shown @returns {HTMLElement[]} */
  unit(part, { settings, choices }) {
    const layer = part.layer ?? 1, depth = settings.layers.length - 1;
    const what = layer === depth ? "output" : "unit";
    const select = this.select("Activation", choices.activation, settings.activations[layer - 1], { kind: "activation", layer });
    const tick = element("input", { type: "checkbox", checked: settings.biases[layer - 1] });
    tick.dataset.edit = JSON.stringify({ kind: "biases", layer });
    tick.dataset.put = "on";
    const where = layer === depth ? "outputs" : `layer ${layer}`;
    return [
      element("p", { className: "head" }, element("b", { textContent: part.shown }), ` · ${where}`),
      select, element("label", { className: "tick" }, tick, " biases"),
      this.row(
        this.button(`Add ${what === "unit" ? "a unit" : "an output"}`, { kind: "add unit", layer }),
        this.button(`Remove ${part.shown}`, { kind: "remove unit", layer, unit: part.unit })),
    ];
  }

  /** @param {Shown} shown @returns {HTMLElement[]} */
  loss({ settings, choices }) {
    return [
      element("p", { className: "head" }, element("b", { textContent: "L" }), " · the loss"),
      this.select("Loss", choices.loss, settings.loss, { kind: "rule", what: "loss" }),
    ];
  }

  /** @param {HTMLElement[]} inside */
  row(...inside) { return element("div", { className: "row" }, ...inside); }

  /** @param {string} text @param {object} change */
  button(text, change) {
    const found = element("button", { type: "button", textContent: text });
    found.dataset.edit = JSON.stringify(change);
    return found;
  }

  /** @param {string} text @param {string[]} names @param {string} now @param {object} change */
  select(text, names, now, change) {
    const found = element("select", {}, ...names.map((name) => new Option(words(name), name, false, name === now)));
    found.dataset.edit = JSON.stringify(change);
    found.dataset.put = "name";
    return element("label", {}, `${text} `, found);
  }

  /** Put it at its part: a number over the number, anything else below it, inside the screen. */
  place() {
    const link = this.uses.link(this.target);
    if (!link || !this.box) return;
    const spots = link.querySelectorAll("circle, text, rect, .line");
    const spot = (spots.length ? spots[this.part?.kind === "number" ? spots.length - 1 : 0] : link).getBoundingClientRect();
    const around = this.screen.getBoundingClientRect(), size = this.box.getBoundingClientRect();
    const left = spot.left + spot.width / 2 - around.left - size.width / 2;
    const top = this.part?.kind === "number" ? spot.top - 10 : spot.bottom + 6;
    this.box.style.left = `${Math.max(0, Math.min(left, around.width - size.width))}px`;
    this.box.style.top = `${Math.max(0, top - around.top)}px`;
  }

  /** The focus left: what was typed is committed by its field, and where it fits the box closes.
   * @param {EventTarget | null} to */
  left(to) {
    if (!this.box || (to instanceof Node && this.box.contains(to))) return;
    const box = this.box;
    setTimeout(async () => {
      await this.pending.catch(() => {});
      const inside = box.contains(box.ownerDocument.activeElement);
      if (this.box === box && !inside && this.input?.validity.valid !== false) this.close();
    });
  }

  /** Close it and go back to its part. */
  back() {
    const target = this.target;
    this.close();
    this.uses.link(target)?.focus();
  }

  close() {
    const box = this.box;
    if (this.input && !this.input.validity.valid) reset(this.input);
    this.box = this.input = null;
    box?.remove();
  }
}

/** An element with its properties and what is inside.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Partial<HTMLElementTagNameMap[Name]>} properties @param {(Node | string)[]} inside
 * @returns {HTMLElementTagNameMap[Name]} */
export function element(name, properties = {}, ...inside) {
  const found = Object.assign(document.createElement(name), properties);
  found.append(...inside);
  return found;
}
