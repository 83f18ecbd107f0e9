// The lessons before this one and those taken back: undo and redo over their texts.
import { keep, kept } from "./kept.js";

const MOST_KEPT = 1e6;  // letters: a browser keeps a few million of a tab

export class History {
  constructor() {
    /** @type {string | null} */
    this.now = null;
    /** @type {string[]} */
    this.past = [];
    /** @type {string[]} */
    this.future = [];
  }

  /** Take up a lesson; `joined` makes one change of it and the one before.
   * @param {string} text */
  put(text, joined = false) {
    if (text === this.now) return;
    if (this.now !== null && !joined) this.past.push(this.now);
    this.now = text;
    this.future = [];
  }

  /** Keep it for a reload: of the lessons before this one the newest, for which there is room. */
  keep() {
    const { now, past, future } = this;
    let from = past.length, room = MOST_KEPT - JSON.stringify(future).length;
    while (from > 0 && room > past[from - 1].length) room -= past[--from].length;
    keep("history", JSON.stringify({ now, past: past.slice(from), future }));
  }

  /** Take up what was kept before a reload, where it leads to this lesson.
   * @param {string} text */
  recall(text) {
    const found = JSON.parse(kept("history") ?? "{}");
    if (found.now === text) Object.assign(this, found);
  }

  undo() { return this.move(this.past, this.future); }

  redo() { return this.move(this.future, this.past); }

  /** @param {string[]} from @param {string[]} to @returns {boolean} whether there was one */
  move(from, to) {
    const text = from.pop();
    if (text === undefined || this.now === null) return false;
    to.push(this.now);
    this.now = text;
    return true;
  }
}
