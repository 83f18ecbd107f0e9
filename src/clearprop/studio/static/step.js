// The step view: one training step of a lesson on screens, every number of which can be changed.
// The lesson, as its text, lives here and in the address; the server works it out.
import { numberOf, packed, unpacked } from "./address.js";
import { keep } from "./kept.js";
import { fill } from "./morph.js";
import { reset } from "./number_field.js";
import { Editor } from "./step_editor.js";
import { openFile, saveFile } from "./step_files.js";
import { History } from "./step_history.js";
import { Predict } from "./step_predict.js";
import { PAGE } from "./step_page.js";
import { Tools } from "./step_tools.js";
import { part } from "./studio.js";

/**
 * @typedef {import("./studio.js").Studio} Studio @typedef {import("./studio.js").View} View
 * @typedef {{kind: "number" | "unit" | "loss", name: string, shown: string, value?: number,
 *   layer?: number, unit?: number, why?: string | null, about?: string}} Part
 * @typedef {{
 *   lesson: string, title: string, verdict: string, at: number, last: number, readable: boolean, layout: string,
 *   screen: {phase: string, way: string, heading: string, picture: string, body: string},
 *   where: Record<string, number>, parts: Record<string, Part>, arrows: string,
 *   settings: {layers: number[], activations: string[], biases: boolean[], examples: number,
 *     loss: string, optimizer: string, reduction: string,
 *     constants: {name: string, shown: string, value: number}[]},
 *   choices: Record<"activation" | "loss" | "optimizer" | "reduction", string[]>,
 * }} Shown   what the server answers
 */

const ADDRESS_PAUSE = 250;  // milliseconds: a browser refuses an address that changes too often

/** @param {HTMLElement} root @param {Studio} studio @returns {View} */
export function stepView(root, studio) {
  root.innerHTML = PAGE;
  const history = new History();
  const state = { at: 0, by_hand: "", digits: "4" };
  /** @type {Shown | null} */
  let shown = null;
  let drawn = -1, asked = 0, underway = 0, travels = 0, writing = 0, complained = false;
  let edits = Promise.resolve();
  const slider = /** @type {HTMLInputElement} */ (part(root, ".steps input[type=range]"));
  const screen = part(root, ".screen");
  const editor = new Editor(screen, { edit, undo: () => travel("undo"), link });
  const predict = new Predict(screen, /** @type {HTMLInputElement} */ (part(root, ".steps .tick input")),
    /** @type {HTMLButtonElement} */ (part(root, ".reveal")));
  const tools = new Tools(part(root, ".tools"), edit);

  // --- what is asked of the server ---------------------------------------------------------------

  /** @returns {Record<string, unknown>} */
  const wish = () => ({
    lesson: history.now, at: state.at, digits: Number(state.digits),
    by_hand: state.by_hand ? Number(state.by_hand) : null,
  });

  /** Show the lesson as it is now; an answer that has become old is dropped. */
  async function refresh() {
    const mine = ++asked;
    busy(1);
    try {
      const answer = await studio.server.ask("step.show", wish());
      if (mine !== asked) return;
      draw(/** @type {Shown} */ (/** @type {unknown} */ (answer)));
    } finally {
      busy(-1);
    }
  }

  /** @param {number} by how many more asks are under way */
  function busy(by) {
    underway += by;
    root.setAttribute("aria-busy", String(underway > 0));
  }

  /** Make a change, after those that are under way.
   * @param {object} change @param {boolean} joined whether it is one with the last, for undo */
  function edit(change, joined = false) {
    busy(1);
    const made = edits.then(async () => {
      const answer = await studio.server.ask("step.edit", { ...wish(), edit: change });
      history.put(answer.lesson, joined);
      await refresh();
      content();
    });
    edits = made.catch(complain).finally(() => busy(-1));
    return made;
  }

  /** @param {unknown} error */
  function complain(error) {
    complained = true;
    studio.say(error instanceof Error ? error.message : String(error));
  }

  function content() {
    if (complained) studio.say("", "news");
    complained = false;
  }
  root.addEventListener("keydown", (event) => { if (event.key === "Escape") content(); });

  /** Go a step back or forth; of several that wait in a row only where they lead is shown.
   * @param {"undo" | "redo"} way */
  function travel(way) {
    busy(1);
    travels++;
    edits = edits.then(async () => {
      history[way]();
      if (--travels) return;
      for (const input of root.querySelectorAll("input[aria-invalid]"))
        if (input instanceof HTMLInputElement) reset(input);
      await refresh();
      content();
    }).catch(complain).finally(() => busy(-1));
  }

  /** Take up another lesson; one that does not fit leaves all as it was.
   * @param {string | null} text */
  async function take(text) {
    if (text !== null) await studio.server.ask("step.show", { ...wish(), lesson: text });
    if (text !== null && history.now === null) history.recall(text);
    if (text !== null) history.put(text);
    await refresh();
    content();
  }

  // --- what is shown -----------------------------------------------------------------------------

  /** @param {Shown} answer */
  function draw(answer) {
    shown = answer;
    if (history.now === null) history.put(answer.lesson);
    state.at = answer.at;
    const document = root.ownerDocument, focused = document.activeElement;
    const target = focused && screen.contains(focused) ? focused.getAttribute("href") : null;
    if (!document.querySelector("#forward-arrow")) arrows(answer.arrows);
    part(root, "h1").textContent = answer.title;
    screen.className = `screen ${answer.screen.phase} ${answer.layout}`;
    const moved = answer.at !== drawn;
    drawn = answer.at;
    fill(part(root, "figure"), answer.screen.picture);
    if (moved) look();
    part(root, ".number").textContent = answer.at ? `Step ${answer.at} of ${answer.last}` : "Before the step";
    part(root, ".way").textContent = answer.screen.way;
    part(root, ".way").hidden = !answer.screen.way;
    part(root, "h2").textContent = answer.screen.heading;
    fill(part(root, ".body"), answer.screen.body);
    part(root, ".verdict").textContent = answer.verdict;
    Object.assign(slider, { max: String(answer.last), value: String(answer.at) });
    slider.setAttribute("aria-valuetext", `${answer.at} of ${answer.last}: ${answer.screen.heading}`);
    part(root, ".steps output").textContent = answer.at ? `Step ${answer.at} of ${answer.last}` : "Given";
    enable("back", answer.at > 0);
    enable("next", answer.at < answer.last);
    enable("undo", history.past.length > 0);
    enable("redo", history.future.length > 0);
    tools.draw(answer);
    for (const select of tools.selects("[data-state]"))
      select.value = state[/** @type {"digits"} */ (select.dataset.state)];
    predict.cover();
    editor.follow(answer);
    if (target !== null && focused?.getAttribute("href") !== target) link(target.slice(1))?.focus({ preventScroll: true });
    write();
  }

  /** On a narrow screen the drawing is moved to what the step is about. */
  function look() {
    const figure = part(root, "figure"), lit = figure.querySelector(".lit");
    if (!lit) return;
    const [frame, box] = [figure, lit].map((element) => element.getBoundingClientRect());
    figure.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }

  /** @param {string} name @param {boolean} on */
  function enable(name, on) {
    const button = /** @type {HTMLButtonElement} */ (part(root, `[data-do="${name}"]`));
    if (!on && button === root.ownerDocument.activeElement) slider.focus();
    button.disabled = !on;
  }

  /** The heads of the arrows, once for all views.
   * @param {string} inside */
  function arrows(inside) {
    const place = document.createElement("div");
    place.className = "heads";
    place.innerHTML = `<svg class="arrows" aria-hidden="true" width="0" height="0">${inside}</svg>`;
    root.before(place);
  }

  /** The link to a line, in the drawing or among what is given.
   * @param {string} target @returns {any} */
  function link(target) {
    return [...screen.querySelectorAll("figure a, a.settable")].find((found) => found.getAttribute("href") === `#${target}`) ?? null;
  }

  /** Write the state into the address, a moment later. */
  function write() {
    if (history.now !== null) keep("lesson", history.now);
    writing ||= setTimeout(written, ADDRESS_PAUSE);
  }

  function written() {
    clearTimeout(writing);
    writing = 0;
    history.keep();
    if (!root.hidden && history.now !== null) studio.address(address());
  }

  function address() {
    /** @type {Record<string, string>} */
    const given = { lesson: packed(history.now ?? "") };
    if (state.at) given.at = String(state.at);
    if (state.by_hand) given.by_hand = state.by_hand;
    if (state.digits !== "4") given.digits = state.digits;
    return given;
  }

  // --- going through the screens -----------------------------------------------------------------

  /** @param {number} at */
  function go(at) {
    state.at = Math.max(0, Math.min(shown?.last ?? 0, at));
    editor.close();
    return refresh().catch(complain);
  }

  /** Go to the line that works out a quantity.
   * @param {string} id */
  async function derive(id) {
    const at = shown?.where[id];
    if (at === undefined) return;
    await go(at);
    for (const line of screen.querySelectorAll(".line.found")) line.classList.remove("found");
    const line = [...screen.querySelectorAll(".line")].find((found) => found.id === id);
    if (!(line instanceof HTMLElement)) return;
    predict.open(id);
    line.classList.add("found");
    line.tabIndex = -1;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "center" });
  }

  // --- what is pressed ---------------------------------------------------------------------------

  /** @type {Record<string, () => unknown>} */
  const actions = {
    back: () => go(state.at - 1), next: () => go(state.at + 1),
    first: () => go(0), last: () => go(shown?.last ?? 0),
    undo: () => travel("undo"), redo: () => travel("redo"),
    open: () => /** @type {HTMLElement} */ (part(root, ".file")).click(),
    save: () => saved("toml"),
  };
  const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" };

  /** @param {string} format */
  async function saved(format) {
    await edits;
    saveFile(await studio.server.ask("step.export", { ...wish(), format }));
  }

  root.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : root;
    const pressed = at.closest("a[href^='#'], button");
    if (!pressed) return;
    const target = pressed.getAttribute("href")?.slice(1);
    const { edit: change, do: action, export: format } = /** @type {HTMLElement} */ (pressed).dataset;
    if (target !== undefined) {
      event.preventDefault();
      const found = shown?.parts[target];
      if (pressed.classList.contains("why")) derive(target);
      else if (found && shown) editor.open(target, found, shown);
      else derive(target);
    } else if (change) edit(JSON.parse(change)).catch(() => {});
    else if (action) actions[action]();
    else if (format) {
      const menu = pressed.closest("details");
      if (menu) menu.open = false;
      menu?.querySelector("summary")?.focus();
      saved(format).catch(complain);
    }
  });

  root.addEventListener("change", ({ target }) => {
    if (target === slider) go(Number(slider.value));
    else if (target instanceof HTMLInputElement && target.type === "file")
      openFile(target).then((text) => text === null ? undefined : take(text)).catch(complain);
    else if ((target instanceof HTMLSelectElement || target instanceof HTMLInputElement) && target.dataset.edit) {
      const put = target instanceof HTMLInputElement ? target.checked : target.value;
      edit({ ...JSON.parse(target.dataset.edit), [target.dataset.put ?? ""]: put })
        .catch(() => shown && draw(shown));
    } else if (target instanceof HTMLSelectElement && target.dataset.state) {
      const name = /** @type {"digits"} */ (target.dataset.state), before = state[name];
      state[name] = target.value;
      refresh().then(content).catch((error) => {
        state[name] = target.value = before;
        complain(error);
      });
    }
  });
  slider.addEventListener("input", () => go(Number(slider.value)));

  for (const event of ["resize", "toggle"])
    window.addEventListener(event, () => predict.reach(), true);

  studio.keys.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    const at = event.target instanceof Element ? event.target : root;
    if (root.hidden || event.defaultPrevented || event.altKey) return;
    const typing = at.matches("textarea, input:not([type='range'], [type='checkbox'])");
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const way = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
      if (!way || typing) return;
      event.preventDefault();
      actions[way]();
      return;
    }
    if (event.key === " " && predict.waits && !typing && !at.closest("button, a, select, summary, input")) {
      event.preventDefault();
      predict.open();
      return;
    }
    const action = keys[/** @type {"Home"} */ (event.key)];
    if (!action || typing || at.closest("select, input:not(.steps .tick *), .editor, .sheet")) return;
    event.preventDefault();
    predict.tick.blur();  // whose the space bar would be
    actions[action]();
  });

  return {
    show(given) {
      const wanted = given.get("lesson");
      const text = wanted === null ? null : unpacked(wanted), at = given.get("at") ?? "0";
      if (wanted !== null || history.now === null) {
        state.at = numberOf(at) ?? 0;
        state.by_hand = given.get("by_hand") ?? "";
        state.digits = given.get("digits") ?? "4";
      }
      take(text).then(() => {
        if (wanted !== null && text === null) complain("the address holds no lesson that can be read");
        else if (numberOf(at) === null) complain(`the address asks for step ${at}, and a step is a number`);
      }).catch(async (error) => {
        complain(error);
        Object.assign(state, { by_hand: "", digits: "4" });
        await refresh().catch(complain);
      });
    },
    settle: written,
    hide() { editor.close(); },
    connected() { refresh().catch(complain); },
  };
}
