// The network in training: weights as lines, and in each unit a picture of what it responds to.
import { colourIn, css, diverging, palette } from "./colours.js";

/**
 * @typedef {import("./train_frame.js").Frame} Frame
 * @typedef {{kind: "weight" | "bias" | "unit", layer: number, unit: number, source?: number}} Part
 * @typedef {{line: SVGPathElement, hit: SVGPathElement, place: number, part: Part, width: number, colour: string}} Edge
 */

const SVG = "http://www.w3.org/2000/svg";
const MOST = 12;        // units of a layer that are drawn, and have a picture in a frame
const SEEN = 0.15;      // pixels: what a line is thinner or thicker by before anybody sees it
const LARGEST = 36, SMALLEST = 20, GAP = 8, TOP = 24, NAMES = 78;  // pixels
/** @type {Record<string, number[]>} layers and units to go on by */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class NetworkDrawing {
  /** @param {HTMLElement} root @param {(part: Part) => void} pick */
  constructor(root, pick) {
    this.root = root;
    this.pick = pick;
    this.pictures = document.createElement("canvas");  // of all units, behind the drawing
    this.pictures.setAttribute("aria-hidden", "true");
    this.sheet = document.createElement("canvas");  // all of them below each other, a pixel for each cell
    /** @type {Edge[]} */
    this.edges = [];
    /** @type {{layer: number, unit: number, picture: number, element: SVGGElement, x: number, y: number}[]} */
    this.units = [];
    /** @type {Part | null} */
    this.chosen = null;
    /** @type {Frame | null} */
    this.frame = null;
    this.size = LARGEST;
    root.addEventListener("keydown", (event) => this.move(event));
    this.width = 0;
    new ResizeObserver(() => {
      if (Math.abs(root.clientWidth - this.width) > 4 && this.layers && this.inputs) this.show(this.layers, this.inputs);
    }).observe(root);
  }

  /** @param {number[]} layers @param {string[]} inputs */
  show(layers, inputs) {
    const [chosen, before] = [this.chosen, this.units.findIndex(({ element }) => element === document.activeElement)];
    this.layers = layers;
    this.inputs = inputs;
    this.width = Math.max(260, this.root.clientWidth);
    const shown = layers.map((count) => Math.min(count, MOST));
    const most = Math.max(...shown);
    this.size = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(0.42 * innerHeight / most) - GAP));
    const top = TOP + (most < Math.max(...layers) ? 14 : 0);  // room for how many are left out
    const row = this.size + GAP, height = top + most * row;
    const column = (this.width - NAMES - this.size - 10) / (layers.length - 1);
    const at = (/** @type {number} */ layer, /** @type {number} */ unit) => [
      Math.round(NAMES + layer * column), Math.round(top + (most - shown[layer]) * row / 2 + unit * row + GAP / 2),
    ];
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    svg.setAttribute("width", String(this.width));
    svg.setAttribute("height", String(height));
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "The network; arrow keys go from unit to unit, Enter explains one");
    this.edges = [];
    this.units = [];
    const lines = svg.appendChild(document.createElementNS(SVG, "g"));
    lines.setAttribute("aria-hidden", "true");
    let start = 0, pictures = 0;
    for (let layer = 1; layer < layers.length; layer++) {
      for (let unit = 0; unit < shown[layer]; unit++)
        for (let source = 0; source < shown[layer - 1]; source++)
          this.edges.push(this.edge(lines, at(layer - 1, source), at(layer, unit), {
            place: start + unit * layers[layer - 1] + source,
            part: { kind: "weight", layer, unit, source },
          }));
      start += layers[layer] * layers[layer - 1] + layers[layer];
    }
    for (let layer = 0; layer < layers.length; layer++) {
      const first = pictures;
      for (let unit = 0; unit < shown[layer]; unit++)
        this.units.push(this.unit(svg, at(layer, unit), layer, unit,
          layer ? first + unit : -1, layer ? "" : inputs[unit]));
      if (layer) pictures += shown[layer];
      const [x] = at(layer, 0);
      const name = layer === 0 ? "inputs" : layer === layers.length - 1 ? "output" : `layer ${layer}`;
      const last = layer === layers.length - 1, head = last ? "head last" : "head";
      const middle = last ? this.width - 1 : x + this.size / 2;
      this.text(svg, middle, 12, name, head);
      if (layers[layer] > shown[layer]) this.text(svg, middle, 26, `${shown[layer]} of ${layers[layer]}`, head);
    }
    const ratio = devicePixelRatio || 1;
    this.pictures.width = Math.round(this.width * ratio);
    this.pictures.height = Math.round(height * ratio);
    this.pictures.style.width = `${this.width}px`;
    this.pictures.style.height = `${height}px`;
    this.root.replaceChildren(this.pictures, svg);
    (this.units[before] ?? this.units[0])?.element.setAttribute("tabindex", "0");
    this.units[before]?.element.focus();
    this.recolour();
    this.choose(chosen);
  }

  /** @param {SVGGElement} group @param {number[]} from @param {number[]} to
   * @param {{place: number, part: Part}} what @returns {Edge} */
  edge(group, [x1, y1], [x2, y2], what) {
    const half = this.size / 2, middle = (x1 + x2 + this.size) / 2;
    const d = `M${x1 + this.size} ${y1 + half}C${middle} ${y1 + half} ${middle} ${y2 + half} ${x2} ${y2 + half}`;
    const [line, hit] = ["line", "hit"].map((kind) => {
      const path = group.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("class", kind);
      path.setAttribute("d", d);
      return path;
    });
    hit.dataset.part = JSON.stringify(what.part);
    hit.addEventListener("click", () => this.pick(what.part));
    return { line, hit, width: 0, colour: "", ...what };
  }

  /** @param {SVGSVGElement} svg @param {number[]} at @param {number} layer @param {number} unit
   * @param {number} picture @param {string} name */
  unit(svg, [x, y], layer, unit, picture, name) {
    const group = svg.appendChild(document.createElementNS(SVG, "g"));
    group.setAttribute("class", "unit");
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    group.setAttribute("aria-label", layer ? `Unit ${unit + 1} of layer ${layer}` : `Input ${name}`);
    group.dataset.layer = String(layer);
    group.dataset.unit = String(unit);
    const box = group.appendChild(document.createElementNS(SVG, "rect"));
    for (const [key, value] of Object.entries({ x, y, width: this.size, height: this.size, rx: 4 }))
      box.setAttribute(key, String(value));
    if (!layer) {
      const label = this.text(group, x - 6, y + this.size / 2 + 4, short(name), "name");
      label.appendChild(document.createElementNS(SVG, "title")).textContent = name;
    }
    const part = /** @type {Part} */ ({ kind: "unit", layer, unit });
    group.addEventListener("click", () => this.pick(part));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.pick(part);
    });
    return { layer, unit, picture, element: group, x, y };
  }

  /** @param {Element} parent @param {number} x @param {number} y @param {string} words @param {string} kind */
  text(parent, x, y, words, kind) {
    const text = parent.appendChild(document.createElementNS(SVG, "text"));
    text.setAttribute("x", String(x));
    text.setAttribute("y", String(y));
    text.setAttribute("class", kind);
    text.textContent = words;
    return text;
  }

  recolour() {
    this.colours = diverging(this.root);
    const { less, more } = palette(this.root);
    this.signs = [css(less), css(more)];
    if (this.frame) this.draw(this.frame);
  }

  /** @param {Frame} frame */
  draw(frame) {
    this.frame = frame;
    if (!this.signs || !this.colours) return;
    let most = 0;
    for (const { place } of this.edges) most = Math.max(most, Math.abs(frame.parameters[place]));
    const scale = most > 0 && Number.isFinite(most) ? 1 / most : 0;
    for (const edge of this.edges) {
      const weight = frame.parameters[edge.place];
      const width = Number.isFinite(weight) ? 0.4 + 3.6 * Math.abs(weight) * scale : 0.4;
      const colour = this.signs[weight < 0 ? 0 : 1], { style } = edge.line;
      if (Math.abs(width - edge.width) > SEEN) style.strokeWidth = String(edge.width = Number(width.toFixed(1)));
      if (colour === edge.colour) continue;
      style.stroke = edge.colour = colour;
      style.strokeDasharray = weight < 0 ? "5 3" : "none";
    }
    const side = frame.unitSide, ratio = devicePixelRatio || 1;
    const all = this.pictures.getContext("2d"), sheet = this.sheet.getContext("2d");
    const table = this.colours, count = frame.units.length;
    if (!all || !sheet || !side || !count) return;
    if (this.sheet.width !== side || this.sheet.height !== count * side) {
      this.sheet.width = side;
      this.sheet.height = count * side;
    }
    const image = sheet.createImageData(side, count * side), pixels = new Uint32Array(image.data.buffer);
    frame.units.forEach((bytes, k) => colourIn(pixels, side, (cell) => table[bytes[cell]], k * side * side));
    sheet.putImageData(image, 0, 0);
    for (const { picture, x, y } of this.units) {
      if (!frame.units[picture]) continue;
      const [left, top, width] = [x + 2, y + 2, this.size - 4].map((value) => value * ratio);
      all.drawImage(this.sheet, 0, picture * side, side, side, left, top, width, width);
    }
  }

  /** Mark what the panel is about.
   * @param {Part | null} part */
  choose(part) {
    this.chosen = part;
    for (const { element, layer, unit } of this.units)
      element.classList.toggle("chosen", part?.kind !== "weight" && part?.layer === layer && part.unit === unit);
    for (const { line, part: own } of this.edges)
      line.classList.toggle("chosen", part?.kind === "weight" && own.layer === part.layer &&
        own.unit === part.unit && own.source === part.source);
  }

  /** Arrow keys go from unit to unit.
   * @param {KeyboardEvent} event */
  move(event) {
    const now = this.units.find(({ element }) => element === document.activeElement);
    if (!now) return;
    const [across, along] = ARROWS[event.key] ?? [0, 0];
    if (!across && !along) return;
    event.preventDefault();
    const column = this.units.filter(({ layer }) => layer === now.layer + across);
    const next = column[across ? Math.min(now.unit, column.length - 1) : now.unit + along];
    if (!next) return;
    now.element.setAttribute("tabindex", "-1");
    next.element.setAttribute("tabindex", "0");
    next.element.focus();
  }
}

/** @param {string} name */
const short = (name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name);
