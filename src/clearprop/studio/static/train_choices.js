// What is chosen for a training: the form on the left, and the same in the address.
import { numberOf, packed, unpacked } from "./address.js";

/**
 * @typedef {Record<string, any>} Chosen   only what was chosen; the rest is chosen by the server
 * @typedef {{name: string, about: string, noise: number | null, rows: number | null}} DataSet
 * @typedef {{data: DataSet[], uploaded: string[], activations: string[], losses: string[],
 *   optimizers: string[], features: string[]}} Offer
 */

const NUMBERS = ["noise", "data_seed", "test_size", "rate", "momentum", "weight_decay", "batch_size", "seed"];
const LISTS = ["features", "axes"];
const TEXTS = ["data", "target", "activation", "loss", "optimizer"];
const OF_THE_DATA = ["noise", "data_seed", "test_size", "target", "features", "axes", "loss", "points"];
const WITH_MOMENTUM = ["momentum", "nesterov"];
const MOST_LAYERS = 6;
export const DRAWN = "drawn", RUN = "run";
const CLASSES = "ABC";  // of points that are drawn

/** @param {URLSearchParams} given @returns {Chosen} */
export function chosenFrom(given) {
  /** @type {Chosen} */
  const chosen = {};
  for (const name of TEXTS) if (given.has(name)) chosen[name] = given.get(name);
  for (const name of NUMBERS) if (given.has(name)) chosen[name] = numberOf(given.get(name) ?? "") ?? given.get(name);
  for (const name of LISTS) if (given.has(name)) chosen[name] = given.get(name)?.split(",").filter(Boolean).map(named);
  if (given.has("hidden")) chosen.hidden = given.get("hidden")?.split(",").filter(Boolean).map((units) => numberOf(units) ?? units);
  const points = given.get("points");
  if (points !== null) chosen.points = pointsOf(unpacked(points) ?? "");
  return chosen;
}

/** The points of a text; what is no list of points is none.
 * @param {string} text @returns {Chosen["points"]} */
function pointsOf(text) {
  try {
    const points = JSON.parse(text);
    return Array.isArray(points) && points.every(Array.isArray) ? points : [];
  } catch {
    return [];
  }
}

/** @param {Chosen} chosen @returns {Record<string, string>} */
export function addressOf(chosen) {
  /** @type {Record<string, string>} */
  const given = {};
  for (const [name, value] of Object.entries(chosen))
    if (name === "points") given.points = packed(JSON.stringify(value));
    else given[name] = Array.isArray(value) ? value.map(listed).join(",") : String(value);
  return given;
}

/** A name in a list of an address: a column may have a comma in its own.
 * @param {unknown} name */
const listed = (name) => String(name).replace(/[%,]/g, encodeURIComponent);

/** @param {string} text */
function named(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What is chosen as a text that can be compared, in whatever order it was chosen.
 * @param {Chosen} chosen */
export function textOf(chosen) {
  return JSON.stringify(Object.fromEntries(Object.entries(chosen).sort()));
}

/** What a training is of, likewise: how it is looked at makes no other one.
 * @param {Chosen} chosen */
export function trained(chosen) {
  return textOf({ ...chosen, axes: null });
}

const FORM = `
<fieldset><legend>Data</legend>
  <label>Data set <select name="data"></select></label>
  <p class="about"></p>
  <label class="button file">Open a CSV … <input type="file" accept=".csv,.tsv,.txt,text/csv"></label>
  <label data-when="generated">Noise <output></output><input type="range" name="noise" min="0" max="1" step="0.05"></label>
  <label data-when="generated">Seed of the points <input name="data_seed" inputmode="numeric" size="6"></label>
  <label data-when="uploaded">Target <select name="target"></select></label>
  <div data-when="drawn" class="drawing" role="radiogroup" aria-label="The class of the next point"></div>
  <label data-when="own">Held out <output></output><input type="range" name="test_size" min="0" max="0.5" step="0.05"></label>
  <fieldset data-when="plane" class="features"><legend>Inputs</legend></fieldset>
  <label data-when="axes">Across <select name="axis-x"></select></label>
  <label data-when="axes">Up <select name="axis-y"></select></label>
</fieldset>
<fieldset data-when="own"><legend>Network</legend>
  <div class="layers"></div>
  <label>Activation <select name="activation"></select></label>
</fieldset>
<fieldset data-when="own"><legend>Learning</legend>
  <label>Loss <select name="loss"></select></label>
  <label>Optimizer <select name="optimizer"></select></label>
  <label>Learning rate <input name="rate" inputmode="decimal" size="8"></label>
  <label data-when="momentum">Momentum <input name="momentum" inputmode="decimal" size="8"></label>
  <label>Weight decay <input name="weight_decay" inputmode="decimal" size="8"></label>
  <label>Batch size <input name="batch_size" inputmode="numeric" size="8"></label>
  <label>Seed <input name="seed" inputmode="numeric" size="8"></label>
</fieldset>`;

export class Choices {
  /** @param {HTMLElement} root
   * @param {{change: (chosen: Chosen) => void, upload: (file: File) => void, say: (why: string) => void}} events */
  constructor(root, events) {
    this.root = root;
    this.events = events;
    root.innerHTML = FORM;
    /** @type {Chosen} */
    this.chosen = {};
    this.kind = 0;  // of the next point that is drawn
    /** @type {HTMLInputElement | null} the field that was changed last */
    this.last = null;
    root.addEventListener("change", (event) => this.changed(/** @type {HTMLInputElement} */ (event.target)));
    root.addEventListener("input", (event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      input.setCustomValidity("");
      if (input.type === "range") this.say(input);
    });
    root.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) this.last = null;
      if (button?.dataset.layers) this.relayer(button.dataset.layers);
      if (button?.dataset.clear) this.put({ points: [] });
    });
  }

  /** @param {Offer} offer @param {string | null} run the name of the run that the studio has */
  offer(offer, run) {
    this.offered = offer;
    const about = offer.data.map(({ name }) => ({ value: name, text: name.replace("_", " ") }));
    const others = offer.uploaded.map((name) => ({ value: name, text: name }));
    const opened = run === null ? [] : [{ value: RUN, text: `the run ${run}` }];
    options(this.field("data"), [...opened, ...about, ...others, { value: DRAWN, text: "draw points" }]);
    for (const name of ["activation", "loss", "optimizer"])
      options(this.field(name), offer[/** @type {"losses"} */ (plural(name))].map((value) =>
        ({ value, text: value.replaceAll("_", " ") })));
  }

  /** Show what is chosen, and what the server made of it.
   * @param {Chosen} chosen @param {any} made */
  show(chosen, made) {
    this.chosen = chosen;
    const { board } = made, data = this.field("data");
    const entry = this.offered?.data.find(({ name }) => name === chosen.data);
    this.is = {
      own: chosen.data !== RUN,
      generated: entry?.noise != null,
      uploaded: !entry && ![DRAWN, RUN].includes(chosen.data),
      drawn: chosen.data === DRAWN,
      plane: board !== null && chosen.data !== RUN && board.features.length > 0,
      axes: board !== null && board.choices.length > 2 && chosen.data !== RUN,
    };
    put(data, chosen.data);
    const held = made.held_out ? `, ${made.held_out.toLocaleString("en")} held out` : "";
    this.part(".about").textContent =
      `${entry?.about ?? ""} ${made.rows.toLocaleString("en")} rows${held}.`.trim();
    put(this.field("noise"), chosen.noise ?? entry?.noise ?? 0);
    put(this.field("data_seed"), chosen.data_seed ?? 0);
    options(this.field("target"), made.columns.map((/** @type {string} */ name) => ({ value: name, text: name })));
    put(this.field("target"), made.target);
    this.features(board, chosen.features);
    this.board = board;
    this.axes(board);
    this.set(made.settings);
  }

  /** Show the settings of a training, and what there is to choose.
   * @param {any} settings */
  set(settings) {
    this.hidden = settings.hidden;
    this.is = { ...this.is, momentum: WITH_MOMENTUM.includes(settings.optimizer) };
    this.reveal();
    for (const name of ["test_size", "activation", "loss", "optimizer", "rate", "weight_decay", "batch_size", "seed"])
      put(this.field(name), settings[name]);
    put(this.field("momentum"), settings.momentum ?? 0.9);
    this.layers(settings.hidden);
    this.classes();
    for (const input of this.root.querySelectorAll("input")) {
      input.setCustomValidity("");
      if (input.type === "range") this.say(input);
    }
  }

  /** Show what there is no training of yet: points that are being drawn.
   * @param {Chosen} chosen @param {any} settings that a training of them will have */
  wait(chosen, settings) {
    this.chosen = chosen;
    this.is = { drawn: true, own: true };
    put(this.field("data"), chosen.data);
    this.part(".about").textContent = "";
    this.set(settings);
  }

  reveal() {
    const is = /** @type {Record<string, boolean>} */ (this.is ?? {});
    for (const element of this.root.querySelectorAll("[data-when]"))
      if (element instanceof HTMLElement) element.hidden = !is[element.dataset.when ?? ""];
  }

  /** @param {any} board @param {string[] | undefined} chosen */
  features(board, chosen) {
    const place = this.part(".features");
    const names = this.offered?.features ?? [], titles = board?.features.length ? board.features : names;
    const now = chosen ?? names.slice(0, 2);
    if (place.dataset.titles !== titles.join()) {
      place.dataset.titles = titles.join();
      const focused = document.activeElement instanceof HTMLInputElement && place.contains(document.activeElement)
        ? document.activeElement.value : null;
      place.innerHTML = "<legend>Inputs</legend>" + names.map((name, k) =>
        `<label><input type="checkbox" name="feature" value="${name}"> ${escape(titles[k])}</label>`).join("");
      [...place.querySelectorAll("input")].find(({ value }) => value === focused)?.focus();
    }
    for (const input of place.querySelectorAll("input")) input.checked = now.includes(input.value);
  }

  /** @param {any} board */
  axes(board) {
    if (!board) return;
    const names = board.choices.map((/** @type {string} */ name) => ({ value: name, text: name }));
    for (const [place, name] of ["axis-x", "axis-y"].entries()) {
      options(this.field(name), names);
      put(this.field(name), board.columns[place]);
    }
  }

  /** @param {number[]} hidden */
  layers(hidden) {
    const place = this.part(".layers");
    if (place.querySelectorAll("input").length !== hidden.length || !place.querySelector("button")) {
      place.innerHTML = hidden.map((_, k) =>
        `<label>Layer ${k + 1} <input type="number" name="layer" min="1" max="512" aria-label="Units of layer ${k + 1}"></label>`).join("")
        + '<div><button type="button" data-layers="more">+ layer</button> <button type="button" data-layers="less">− layer</button></div>';
    }
    place.querySelectorAll("input").forEach((input, k) => put(input, hidden[k]));
    const [more, less] = place.querySelectorAll("button");
    more.disabled = hidden.length >= MOST_LAYERS;
    less.disabled = hidden.length === 0;
  }

  classes() {
    const place = this.part(".drawing");
    if (place.childElementCount) return;
    place.innerHTML = [...CLASSES].map((name, k) =>
      `<label><input type="radio" name="class" value="${k}"${k === this.kind ? " checked" : ""}> ${name}</label>`).join("")
      + '<button type="button" data-clear="1">Clear</button>'
      + "<p>Click on the plane to draw a point; with Shift to take the nearest away. By keyboard: arrows, Enter, Delete.</p>";
  }

  /** @param {string} way */
  relayer(way) {
    const hidden = [...(this.chosen.hidden ?? this.hidden ?? [])];
    if (way === "more") hidden.push(hidden.at(-1) ?? 4);
    else hidden.pop();
    this.put({ hidden });
  }

  /** @param {HTMLInputElement} input */
  changed(input) {
    const { name, value } = input;
    this.last = input;
    input.dataset.left = value;
    if (input.type === "file") {
      if (input.files?.[0]) this.events.upload(input.files[0]);
      input.value = "";
    } else if (name === "class") this.kind = Number(value);
    else if (name === "data") this.events.change(this.of(value));
    else if (name === "feature") this.put({ features: this.ticked() });
    else if (name === "layer")
      this.put({ hidden: [...this.root.querySelectorAll('input[name="layer"]')].map((one) => Number(/** @type {HTMLInputElement} */ (one).value)) });
    else if (name.startsWith("axis")) this.turn(name);
    else if (NUMBERS.includes(name)) {
      const number = numberOf(value), title = input.closest("label")?.textContent?.trim();
      const why = `${title} must be a number, such as 0.03 or 1e-3, not '${value.trim()}'`;
      if (number !== null) this.put({ [name]: number });
      else if (!value.trim()) this.put({ [name]: undefined });  // as it is where nothing is chosen
      else {
        this.refuse(why, null);
        this.events.say(why);
      }
    } else this.put({ [name]: value });
  }

  /** What was typed and does not fit is marked; any other field shows again what there is.
   * @param {string} why @param {any} made */
  refuse(why, made) {
    if (this.last && ["text", "number"].includes(this.last.type)) this.last.setCustomValidity(why);
    else if (made) this.show(this.chosen, made);
  }

  /** Look across other columns; where both would be the same they change places.
   * @param {string} name of the field that was changed */
  turn(name) {
    const axes = [this.field("axis-x").value, this.field("axis-y").value], now = this.board.columns;
    this.put({ axes: axes[0] !== axes[1] ? axes : name === "axis-x" ? [axes[0], now[0]] : [now[1], axes[1]] });
  }

  /** What is chosen with other data: what was chosen for the old ones goes.
   * @param {string} data @returns {Chosen} */
  of(data, more = {}) {
    const kept = Object.fromEntries(Object.entries(this.chosen).filter(([name]) => !OF_THE_DATA.includes(name)));
    return { ...kept, ...(data === DRAWN ? { points: [] } : {}), ...more, data };
  }

  /** Draw a point of the class that is chosen, or take the nearest away.
   * @param {number} x @param {number} y @param {boolean} away */
  draw(x, y, away) {
    this.last = null;
    const points = [...(this.chosen.points ?? [])];
    if (away) {
      const distance = (/** @type {[number, number, string]} */ [px, py]) => Math.hypot(px - x, py - y);
      const nearest = points.reduce((best, point) => (best && distance(best) < distance(point) ? best : point), null);
      if (nearest) points.splice(points.indexOf(nearest), 1);
    } else points.push([Number(x.toFixed(3)), Number(y.toFixed(3)), CLASSES[this.kind]]);
    this.put({ points });
  }

  ticked() {
    return [...this.root.querySelectorAll('input[name="feature"]:checked')].map((one) =>
      /** @type {HTMLInputElement} */ (one).value);
  }

  /** @param {Chosen} changes */
  put(changes) {
    const chosen = Object.entries({ ...this.chosen, ...changes });
    this.events.change(Object.fromEntries(chosen.filter(([, value]) => value !== undefined)));
  }

  /** Write what a slider stands at.
   * @param {HTMLInputElement} input */
  say(input) {
    const output = input.parentElement?.querySelector("output");
    if (output) output.textContent = input.name === "test_size" ? `${Math.round(100 * Number(input.value))} %` : input.value;
  }

  /** @param {string} name @returns {HTMLInputElement | HTMLSelectElement} */
  field(name) {
    return /** @type {HTMLInputElement} */ (this.root.querySelector(`[name="${name}"]`));
  }

  /** @param {string} selector @returns {HTMLElement} */
  part(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }
}

/** Whether points are enough to learn from.
 * @param {[number, number, string][]} points */
export function enough(points) {
  const counts = [...CLASSES].map((name) => points.filter(([, , label]) => label === name).length);
  return counts.filter(Boolean).length > 1 && counts.every((count) => count !== 1);
}

/** @param {string} name */
const plural = (name) => ({ activation: "activations", loss: "losses", optimizer: "optimizers" })[name] ?? name;

/** Give a select its options, where they are others.
 * @param {HTMLInputElement | HTMLSelectElement} select
 * @param {{value: string, text: string}[]} wanted */
function options(select, wanted) {
  if (!(select instanceof HTMLSelectElement)) return;
  const now = [...select.options].map(({ value }) => value).join("\n");
  if (now === wanted.map(({ value }) => value).join("\n")) return;
  const { value } = select;
  select.replaceChildren(...wanted.map(({ value, text }) => new Option(text, value)));
  if (wanted.some((one) => one.value === value)) select.value = value;  // until the answer says another
}

/** Give a field a value, unless somebody is typing there, or has typed just that.
 * @param {HTMLInputElement | HTMLSelectElement} field
 * @param {unknown} value */
function put(field, value) {
  const typed = field instanceof HTMLInputElement && document.activeElement === field;
  if (typed && (field.value !== (field.dataset.left ?? field.value) || numberOf(field.value) === value)) return;
  field.value = field.dataset.left = String(value ?? "");
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
