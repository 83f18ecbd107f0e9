// The studio as a widget of a notebook: its kernel answers, and the address is its own.
import { Asker } from "./server.js";
import { mount } from "./studio.js";

/**
 * @typedef {(content: {answer?: string, frame?: number}, buffers: DataView[]) => void} Hear
 * @typedef {{
 *   send: (content: object) => void,
 *   on: (name: "msg:custom", hear: Hear) => void,
 *   off: (name: "msg:custom", hear: Hear) => void,
 * }} Model   what anywidget gives
 */

const MANY = 2 ** 40;

class NotebookServer extends Asker {
  /** @param {Model} model */
  constructor(model) {
    super(Math.floor(MANY * Math.random()));  // a widget that is shown twice hears both answers
    this.model = model;
    /** @type {Hear} */
    this.hear = (content, buffers) => {
      if (typeof content.answer === "string") this.answered(JSON.parse(content.answer));
      else if (content.frame) this.arrived(buffers[0]);
    };
    model.on("msg:custom", this.hear);
    model.send({ watch: true });
  }

  /** @param {import("./server.js").Message} message */
  send(message) { this.model.send(message); }

  close() {
    this.model.off("msg:custom", this.hear);
    this.model.send({ watch: false });
  }
}

/** @typedef {import("./studio.js").Frame} Frame */

/** An address that is not the notebook's: what a view writes there is kept for as long as it is shown.
 * @implements {Frame} */
class OwnAddress extends EventTarget {
  constructor() {
    super();
    const change = () => this.dispatchEvent(new Event("hashchange"));
    let hash = "";
    this.location = {
      get hash() { return hash; },
      set hash(/** @type {string} */ text) {
        if (text === hash) return;
        hash = text;
        change();
      },
    };
    const write = (/** @type {unknown} */ _, /** @type {string} */ __, /** @type {string} */ text) => { hash = text; };
    this.history = { replaceState: write, pushState: write };
  }
}

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  el.classList.add("clearprop-notebook");
  const root = el.appendChild(document.createElement("div"));
  const server = new NotebookServer(model);
  mount(root, server, new OwnAddress());
  // keys are the studio's here, not JupyterLab's, which asks the element that has the focus
  const key = (/** @type {Event} */ { target }) => {
    if (target instanceof HTMLElement || target instanceof SVGElement)
      if (el.contains(target)) target.dataset.lmSuppressShortcuts = "true";
  };
  window.addEventListener("keydown", key, true);
  return () => {
    window.removeEventListener("keydown", key, true);
    server.close();
  };
}

export default { render };
