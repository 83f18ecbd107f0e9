// Predict first: of a screen's lines one waits for its result, those after it are not there yet.

export class Predict {
  /** @param {HTMLElement} screen @param {HTMLInputElement} tick @param {HTMLButtonElement} reveal */
  constructor(screen, tick, reveal) {
    this.screen = screen;
    this.tick = tick;
    this.reveal = reveal;
    /** @type {Set<string>} the lines that have been revealed */
    this.opened = new Set();
    tick.addEventListener("change", () => {
      this.opened.clear();
      this.cover();
    });
    tick.addEventListener("click", ({ detail }) => {
      if (detail) tick.blur();  // ticked with the mouse: the space bar reveals
    });
    reveal.addEventListener("click", () => this.open());
    screen.addEventListener("click", ({ target }) => {
      if (target instanceof Element && target.closest(".waiting")) this.open();
    });
  }

  get lines() { return [...this.screen.querySelectorAll(".body .lines > .line")]; }

  get waits() { return !this.reveal.hidden; }

  /** Hold back what is not revealed yet; after every drawing, which knows nothing of it. */
  cover() {
    const on = this.tick.checked, lines = this.lines;
    const covered = on ? lines.filter(({ id }) => !this.opened.has(id)) : [];
    this.screen.classList.toggle("predicting", on);
    for (const line of lines) {
      line.classList.toggle("open", on && !covered.includes(line));
      line.classList.toggle("waiting", line === covered[0]);
    }
    const unknown = new Set(covered.map(({ id }) => id));
    for (const text of this.screen.querySelectorAll("[data-of]"))
      text.classList.toggle("unknown", unknown.has(text.getAttribute("data-of") ?? ""));
    this.reveal.hidden = covered.length === 0;
    this.reach();
  }

  /** A line too long for the screen is moved sideways, so the keyboard has to reach it. */
  reach() {
    for (const line of this.lines)
      if (line instanceof HTMLElement) line.tabIndex = line.scrollWidth > line.clientWidth ? 0 : -1;
  }

  /** Reveal the next result, or all up to that of a line.
   * @param {string} [id] */
  open(id) {
    const lines = this.lines, place = lines.findIndex((line) => line.id === id);
    const next = lines.findIndex((line) => !this.opened.has(line.id));
    for (const line of lines.slice(0, (id === undefined ? next : place) + 1)) this.opened.add(line.id);
    this.cover();
  }
}
