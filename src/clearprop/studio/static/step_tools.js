// The bar of the step view: rules and constants, the table of layers, digits.
import { fill } from "./morph.js";
import { numberField, showNumber } from "./number_field.js";
import { layersTable, words } from "./step_page.js";
import { part } from "./studio.js";

/** @typedef {import("./step.js").Shown} Shown */

/** @type {Record<string, string>} */
const CONSTANTS = { rate: "Rate", momentum: "Momentum", weight_decay: "Decay" };

export class Tools {
  /** @param {HTMLElement} root @param {(change: object, joined?: boolean) => Promise<void>} edit */
  constructor(root, edit) {
    this.root = root;
    this.edit = edit;
    /** @type {Map<string, HTMLInputElement>} */
    this.fields = new Map();
    this.menus();
    const wide = matchMedia("(min-width: 60rem)"), settings = this.root.querySelector("details.settings");
    const fold = () => settings?.toggleAttribute("open", wide.matches);
    wide.addEventListener("change", fold);
    fold();
  }

  /** @param {Shown} shown */
  draw({ settings, choices, readable }) {
    part(this.root, ".sizes").textContent = settings.layers.join("-");
    const table = part(this.root, ".layers");
    const focused = this.root.ownerDocument.activeElement;
    const pressed = focused && table.contains(focused) ? focused.getAttribute("data-edit") : null;
    fill(table, layersTable(settings, choices.activation));
    if (pressed !== null && !table.contains(this.root.ownerDocument.activeElement))
      for (const button of table.querySelectorAll("button"))
        if (button.dataset.edit === pressed) button.focus();
    for (const select of this.selects("[data-activation]"))
      select.value = settings.activations[Number(select.dataset.activation) - 1];
    for (const tick of table.querySelectorAll("input"))
      tick.checked = settings.biases[Number(tick.dataset.biases) - 1];
    for (const select of this.selects("[data-rule]")) {
      const rule = /** @type {"loss"} */ (select.dataset.rule);
      if (!select.options.length)
        select.append(...choices[rule].map((name) => new Option(words(name), name)));
      select.value = settings[rule];
    }
    part(this.root, ".reduction").hidden = settings.examples === 1;
    for (const select of this.selects('[data-state="by_hand"]')) select.disabled = !readable;
    this.constants(settings.constants);
  }

  /** @param {Shown["settings"]["constants"]} constants */
  constants(constants) {
    const place = part(this.root, ".constants");
    const names = new Set(constants.map(({ name }) => name));
    for (const [name, input] of this.fields)
      if (!names.has(name)) {
        this.fields.delete(name);
        input.closest("label")?.remove();
      }
    constants.forEach(({ name, shown, value }, order) => {
      const input = this.fields.get(name) ?? this.field(name, shown);
      const label = /** @type {HTMLElement} */ (input.closest("label"));
      if (place.children[order] !== label) place.insertBefore(label, place.children[order] ?? null);
      showNumber(input, value);
    });
  }

  /** @param {string} name @param {string} shown */
  field(name, shown) {
    const label = document.createElement("label"), input = document.createElement("input");
    label.append(name in CONSTANTS ? `${CONSTANTS[name]} ${shown} ` : `${shown} `, input);
    input.dataset.constant = name;
    input.size = 4;
    numberField(input, {
      step: name === "rate" ? 0.1 : 0.01,
      commit: (text, joined) => this.edit({ kind: "set", name, value: text }, joined),
    });
    this.fields.set(name, input);
    return input;
  }

  /** @param {string} selector @returns {HTMLSelectElement[]} */
  selects(selector) { return [...this.root.querySelectorAll(`select${selector}`)].map((found) => /** @type {HTMLSelectElement} */ (found)); }

  /** A menu closes on Escape, on a click elsewhere and when the focus leaves it. */
  menus() {
    for (const menu of this.root.querySelectorAll("details.menu")) {
      if (!(menu instanceof HTMLDetailsElement)) continue;
      menu.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !menu.open) return;
        menu.open = false;
        menu.querySelector("summary")?.focus();
      });
      menu.addEventListener("focusout", ({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
      });
    }
    this.root.ownerDocument.addEventListener("pointerdown", ({ target }) => {
      for (const menu of this.root.querySelectorAll("details.menu[open]"))
        if (menu instanceof HTMLDetailsElement && target instanceof Node && !menu.contains(target)) menu.open = false;
    });
    const byName = this.root.querySelector("form");
    byName?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [name, value] = ["name", "value"].map((key) => String(new FormData(byName).get(key)).trim());
      await this.edit({ kind: "set", name, value }).catch(() => {});
    });
  }
}
