// The cross on the plane: all that a pointer can do there, by keyboard.

/** @typedef {import("./train_plane.js").Plane} Plane */

const COARSE = 20, FINE = 200;  // steps across the plane, without and with Shift
/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ARM = 9;  // of the cross, in pixels

export class Cross {
  /** @param {Plane} plane @param {HTMLElement} said where it is told what the cross is at
   * @param {{pick: (row: number) => void, draw: (x: number, y: number, away: boolean) => void}} events */
  constructor(plane, said, events) {
    this.plane = plane;
    this.said = said;
    this.events = events;
    /** @type {[number, number] | null} a point of the data */
    this.at = null;
    const { points } = plane;
    points.addEventListener("keydown", (event) => this.key(event));
    points.addEventListener("blur", () => this.move(null));
    points.addEventListener("pointerdown", () => this.move(null));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.plane.board) return;
    const { key, shiftKey } = event, way = WAYS[key];
    if (way) this.move(this.beside(way, shiftKey ? FINE : COARSE));
    else if (key === "Escape") this.move(null);
    else if (key === "Enter" || key === " ") this.act(false);
    else if (key === "Delete" || key === "Backspace") this.act(true);
    else return;
    event.preventDefault();
    event.stopPropagation();  // Space plays elsewhere
  }

  /** The place one step away; the first step is from the middle.
   * @param {[number, number]} way @param {number} steps @returns {[number, number]} */
  beside(way, steps) {
    const { bounds } = /** @type {import("./train_plane.js").Board} */ (this.plane.board);
    const from = this.at ?? bounds.map(([low, high]) => (low + high) / 2);
    const moved = bounds.map(([low, high], k) =>
      Math.min(high, Math.max(low, from[k] + way[k] * (high - low) / steps)));
    return [moved[0], moved[1]];
  }

  /** Draw a point at the cross, or take the nearest away; where none are drawn, explain the nearest.
   * @param {boolean} away */
  act(away) {
    if (!this.at) return;
    if (this.plane.drawing) return this.events.draw(...this.at, away);
    const row = this.row();
    if (away || row === null) return;
    this.events.pick(row);
    this.said.textContent = `row ${row} is explained in the panel`;
  }

  /** The row of the data nearest to the cross. */
  row() {
    if (!this.at) return null;
    const [px, py] = this.plane.place(...this.at);
    return this.plane.nearest(px, py, Infinity);
  }

  /** @param {[number, number] | null} at */
  move(at) {
    this.at = at;
    this.plane.drawPoints();
    this.tell();
  }

  /** Say where the cross is, and what is there. */
  tell() {
    const { at } = this, { board } = this.plane, row = this.row();
    const place = at && board && at.map((value, k) => `${board.columns[k]} ${Number(value.toPrecision(3))}`).join(", ");
    this.said.textContent = place ? place + (row === null ? "" : `; nearest: row ${row}`) : "";
  }

  /** @param {CanvasRenderingContext2D} context @param {string} ink @param {string} paper */
  draw(context, ink, paper) {
    if (!this.at) return;
    const [x, y] = this.plane.place(...this.at);
    for (const [colour, width] of /** @type {[string, number][]} */ ([[paper, 5], [ink, 2]])) {
      context.beginPath();
      context.moveTo(x - ARM, y);
      context.lineTo(x + ARM, y);
      context.moveTo(x, y - ARM);
      context.lineTo(x, y + ARM);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
  }
}
