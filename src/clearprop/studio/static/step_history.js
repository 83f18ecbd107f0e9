// The lessons before this one and those taken back: undo and redo over their texts.

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
