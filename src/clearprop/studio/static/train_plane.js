// The plane: the decision surface, the rows of the data on it, and points that are drawn by hand.
import { part } from "./studio.js";
import { Cross } from "./train_cross.js";
import { colourIn, css, diverging, mixed, palette, shape, towards } from "./colours.js";

/**
 * @typedef {import("./train_frame.js").Frame} Frame
 * @typedef {{columns: [string, string], bounds: [[number, number], [number, number]],
 *   points: [number, number, number, number, boolean][]}} Board   points: row, x, y, value, held out
 */

const NEAR = 12, SIZE = 4;  // of a point, in pixels
/** @type {Board} before anything is trained on */
const BLANK = { columns: ["x1", "x2"], bounds: [[-1, 1], [-1, 1]], points: [] };

export class Plane {
  /** @param {HTMLElement} root @param {{pick: (row: number) => void, draw: (x: number, y: number, away: boolean) => void}} events */
  constructor(root, events) {
    root.innerHTML = `<canvas class="surface" aria-hidden="true"></canvas>
      <canvas class="points" role="application" tabindex="0"></canvas>
      <output class="unseen"></output>
      <span class="across"></span><span class="up"></span>`;
    const canvas = (/** @type {string} */ name) => /** @type {HTMLCanvasElement} */ (root.querySelector(name));
    this.surface = canvas(".surface");
    this.points = canvas(".points");
    this.across = part(root, ".across");
    this.up = part(root, ".up");
    this.root = root;
    /** @type {Board | null} */
    this.board = null;
    this.classes = 0;
    this.drawing = false;
    /** @type {number | null} */
    this.chosen = null;
    /** @type {Frame | null} */
    this.frame = null;
    this.points.addEventListener("click", (event) => {
      const box = this.points.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      if (this.drawing) {
        const [x, y] = this.inside(px, py);
        return events.draw(x, y, event.shiftKey || event.altKey);
      }
      const row = this.nearest(px, py);
      if (row !== null) events.pick(row);
    });
    this.cross = new Cross(this, part(root, "output"), events);
    new ResizeObserver(() => this.resize()).observe(root);
  }

  /** @param {Board | null} board @param {number} classes 0 for numbers @param {boolean} drawing */
  show(board, classes, drawing) {
    this.board = board;
    this.classes = classes;
    this.drawing = drawing;
    this.root.hidden = board === null;
    this.root.classList.toggle("drawing", drawing);
    this.points.setAttribute("aria-label", `The data and the decision surface: arrow keys move a cross, Enter ${
      drawing ? "draws a point there, Delete takes the nearest away" : "explains the row nearest to it"}`);
    if (board) {
      this.across.textContent = `${board.columns[0]} →`;
      this.up.textContent = `${board.columns[1]} →`;
    }
    this.cross.tell();
    this.recolour();
  }

  /** Show points that are drawn, and not yet trained on.
   * @param {[number, number, string][]} points */
  showDrawn(points) {
    const shown = points.map(([x, y, label], k) =>
      /** @type {Board["points"][number]} */ ([k, x, y, "ABC".indexOf(label), false]));
    this.show({ ...BLANK, points: shown }, 3, true);
  }

  /** Take the colours of the theme anew. */
  recolour() {
    this.colours = diverging(this.root);
    this.shades = towards(this.root);
    this.palette = palette(this.root);
    this.drawPoints();
    if (this.frame) this.drawSurface(this.frame);
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    const { width, height } = this.points.getBoundingClientRect();
    this.points.width = Math.round(width * ratio);
    this.points.height = Math.round(height * ratio);
    this.drawPoints();
  }

  /** One pixel for each cell; the browser makes it as large as the plane.
   * @param {Frame} frame */
  drawSurface(frame) {
    this.frame = frame;
    const context = this.surface.getContext("2d"), { side, planes } = frame;
    const { colours, shades } = this;
    if (!context || !planes.length || !colours || !shades) return;
    if (this.surface.width !== side) this.surface.width = this.surface.height = side;
    const image = context.createImageData(side, side), pixels = new Uint32Array(image.data.buffer);
    const [values, shares] = planes;
    colourIn(pixels, side, shares ? (cell) => shades[values[cell] % 10][shares[cell]] : (cell) => colours[values[cell]]);
    context.putImageData(image, 0, 0);
  }

  drawPoints() {
    const context = this.points.getContext("2d");
    if (!context || !this.palette) return;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.points.width, this.points.height);
    if (!this.board) return;
    const { paper, classes, less, more } = this.palette;
    const ink = getComputedStyle(this.root).color;
    const size = this.board.points.length > 600 ? SIZE - 1 : SIZE;
    for (const [row, x, y, value, heldOut] of this.board.points) {
      const [px, py] = this.place(x, y);
      const kind = this.classes ? Math.round(value) : 0;
      const colour = this.classes ? classes[kind % classes.length] : mixed(less, more, value);
      shape(context, kind, px, py, size);
      context.lineWidth = heldOut ? 2 : 1;
      context.fillStyle = heldOut ? css(paper) : css(colour);
      context.strokeStyle = heldOut ? css(colour) : css(paper);
      context.fill();
      context.stroke();
      if (row === this.chosen) {
        context.beginPath();
        context.arc(px, py, size + 5, 0, 2 * Math.PI);
        context.lineWidth = 2.5;
        context.strokeStyle = ink;
        context.stroke();
      }
    }
    this.cross?.draw(context, ink, css(paper));
  }

  /** @param {number | null} row */
  choose(row) {
    this.chosen = row;
    this.drawPoints();
  }

  /** Where a point of the data lies on the canvas.
   * @param {number} x @param {number} y */
  place(x, y) {
    const { width, height } = this.points.getBoundingClientRect();
    const [[left, right], [low, high]] = this.board?.bounds ?? [[0, 1], [0, 1]];
    return [(x - left) / (right - left) * width, (high - y) / (high - low) * height];
  }

  /** The point of the data at a place of the canvas.
   * @param {number} px @param {number} py */
  inside(px, py) {
    const { width, height } = this.points.getBoundingClientRect();
    const [[left, right], [low, high]] = this.board?.bounds ?? [[0, 1], [0, 1]];
    return [left + px / width * (right - left), high - py / height * (high - low)];
  }

  /** The row nearest to a place, null where none is near.
   * @param {number} px @param {number} py @param {number} within pixels */
  nearest(px, py, within = NEAR) {
    let [best, found] = [within ** 2, /** @type {number | null} */ (null)];
    for (const [row, x, y] of this.board?.points ?? []) {
      const [qx, qy] = this.place(x, y);
      const distance = (qx - px) ** 2 + (qy - py) ** 2;
      if (distance < best) [best, found] = [distance, row];
    }
    return found;
  }
}
