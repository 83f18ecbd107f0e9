// The Train view: a network is trained, and any moment of it can be looked at and asked why.
import { numberOf } from "./address.js";
import { frameOf } from "./train_frame.js";
import { addressOf, chosenFrom, Choices, DRAWN, enough, RUN, textOf, trained } from "./train_choices.js";
import { Curves } from "./train_curves.js";
import { fill } from "./morph.js";
import { NetworkDrawing } from "./train_network.js";
import { showFigures, sizesTable } from "./train_sizes.js";
import { HINT, put, ways } from "./train_panel.js";
import { LARGEST, tableOf } from "./train_table.js";
import { Plane } from "./train_plane.js";
import { part } from "./studio.js";

/**
 * @typedef {import("./studio.js").Studio} Studio
 * @typedef {import("./studio.js").View} View
 * @typedef {import("./train_frame.js").Frame} Frame
 * @typedef {import("./train_network.js").Part} Part
 * @typedef {Part | {kind: "row"}} Asked
 */

const SPEEDS = [[1, "1 step/s"], [10, "10 steps/s"], [100, "100 steps/s"], [1000, "1,000 steps/s"],
  [10000, "10,000 steps/s"], [0, "as fast as it goes"]];
const REST = 120;  // milliseconds that the slider rests before the panel follows it
const SIZES = 100;  // and between two looks at the sizes per layer
const LOOK = 250;  // milliseconds between looks at the curve while it plays
const BELOW = matchMedia("(max-width: 72rem)");  // the panel stands below the drawings (train.css)
const START = { data: "spirals", hidden: [8, 8] };
const POINTS = "Draw at least two points of each of two classes; the training begins then.";

const PAGE = `
<form class="choices" aria-label="What is trained"></form>
<section class="stage" aria-label="The training" aria-busy="true">
  <div class="play" role="toolbar" aria-label="Play">
    <button type="button" data-do="reset" aria-keyshortcuts="r">⟲ Reset</button>
    <button type="button" data-do="play" class="first" aria-keyshortcuts="Space">▶ Play</button>
    <button type="button" data-do="step" aria-keyshortcuts="s">+ 1 step</button>
    <button type="button" data-do="epoch" aria-keyshortcuts="e">+ 1 epoch</button>
    <label>Speed <select name="speed">${SPEEDS.map(([value, text]) => `<option value="${value}">${text}</option>`).join("")}</select></label>
  </div>
  <div class="time">
    <label>Moment <input type="range" name="moment" min="0" max="0" value="0" step="1"></label>
    <button type="button" data-do="newest" disabled>Newest</button>
  </div>
  <dl class="figures" aria-live="off">${[["step", "Step"], ["epoch", "Epoch"], ["loss", "Training loss"], ["held-out", "Held-out loss"], ["score", "Score"]]
    .map(([name, title]) => `<div class="${name}"><dt>${title}</dt><dd>–</dd></div>`).join("")}</dl>
  <ul class="sentences" aria-live="polite"></ul>
  <div class="drawings">
    <div class="network-drawing"></div><p class="points-wanted" role="status"></p>
    <div class="plane-holder"><div class="plane"></div>
      <form class="row-choice"><label>Row or name <input name="row" size="7" value="0" title="a row's number, or a weight, bias or unit by its name: W1[3,7], b1[0], a1[4]"></label> <button>Explain</button></form></div>
  </div>
  <div class="charts"><div class="curves"></div><div class="sizes" tabindex="0" role="region" aria-label="Sizes per layer"></div></div>
</section>
<aside class="panel work" aria-label="Explanation" tabindex="0">${HINT}</aside>
<p class="explained unseen" role="status"></p>`;

/** @param {HTMLElement} root @param {Studio} studio @returns {View} */
export function trainView(root, studio) {
  root.innerHTML = PAGE;
  const { server } = studio;
  /** @type {any} */
  let made = null;
  /** @type {Frame | null} */
  let frame = null;
  /** @type {Asked | null} */
  let asked = null;
  let row = 0, known = "", looking = 0, refreshing = 0, sized = 0, changes = 0;
  /** @type {number | null | undefined} the moment that is wanted, while it is asked for */
  let wished;
  /** @type {DataView | null} the latest frame: it may come before the answer that says what it is of */
  let early = null;
  /** @type {import("./train_table.js").Table | null} what was uploaded: a server begun anew has lost it */
  let table = null;
  let refused = "";
  const choices = new Choices(part(root, ".choices"), { change: (chosen) => choose(chosen), upload, say: (why) => studio.say(why) });
  const drawing = new NetworkDrawing(part(root, ".network-drawing"), (what) => explain(what));
  const plane = new Plane(part(root, ".plane"), {
    pick: (picked) => explainRow(picked),
    draw: (x, y, away) => choices.draw(x, y, away),
  });
  const curves = new Curves(part(root, ".curves"));
  const moment = /** @type {HTMLInputElement} */ (part(root, '[name="moment"]'));
  const speed = /** @type {HTMLSelectElement} */ (part(root, '[name="speed"]'));
  const panel = part(root, ".panel");
  const rowInput = /** @type {HTMLInputElement} */ (part(root, '[name="row"]'));
  speed.value = "100";

  /** Ask, and say what is wrong in the one sentence that came back.
   * @param {string} what @param {import("./server.js").Message} [given] */
  async function ask(what, given) {
    try {
      const answer = await server.ask(what, given);
      studio.say("", "news");
      return answer;
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
      studio.say(refused);
      return null;
    }
  }

  // --- what is chosen ----------------------------------------------------------------------------

  /** Have a training of what is chosen; what does not fit leaves the one that is there.
   * @param {import("./train_choices.js").Chosen} chosen @param {number | null} at the moment looked at
   * @param {boolean} anew whether the training before is forgotten */
  async function choose(chosen, at = null, anew = trained(JSON.parse(known || "{}")) !== trained(chosen)) {
    const change = ++changes;
    if (chosen.data === DRAWN && !enough(chosen.points ?? [])) return waitForPoints(chosen);
    choices.chosen = chosen;  // what is changed before the answer comes is changed in this
    const answer = await ask("train.choose", { chosen });
    if (change !== changes) return;
    if (!answer) {
      choices.chosen = known ? JSON.parse(known) : {};
      choices.refuse(refused, made);
      if (known) written();  // what was refused is not what is seen
      return;
    }
    write(chosen, at ?? (!anew && frame?.earlier ? frame.step : null));
    made = answer;
    if (answer.playing) speed.value = String(answer.per_second ?? 0);  // it was begun before a reload
    if (anew) begin();
    known = textOf(chosen);
    part(root, ".drawings").classList.remove("blank");
    part(root, ".points-wanted").textContent = "";
    choices.show(chosen, made);
    drawing.show(made.layers, made.inputs);
    plane.show(made.board, made.labels.length, chosen.data === DRAWN);
    moment.min = made.first;
    part(root, ".score dt").textContent = made.held_out ? `Held-out ${made.score}`
      : made.score[0].toUpperCase() + made.score.slice(1);
    part(root, ".figures .held-out").hidden = !made.held_out;
    part(root, ".plane-holder").classList.toggle("planeless", made.board === null);
    if (early) draw(early);
    look();
  }

  /** Forget the training before. */
  function begin() {
    asked = frame = drawing.frame = plane.frame = null;
    row = 0;
    rowInput.value = "0";
    plane.choose(null);
    hint();
  }

  /** @param {import("./train_choices.js").Chosen} chosen */
  async function waitForPoints(chosen) {
    const change = changes, before = choices.chosen;
    choices.chosen = chosen;  // the next point is drawn beside this one
    const answer = await ask("train.settings", { chosen });
    if (change !== changes) return;
    if (!answer) {
      choices.chosen = before;
      return;
    }
    write(chosen);
    if (made) server.ask("train.reset").catch(() => null);  // whose answer would take the sentence away
    made = early = null;
    begin();
    choices.wait(chosen, answer.settings);
    known = textOf(chosen);
    showFigures(root, frame, made);
    curves.show({ epochs: [], loss: [], held_out: [], score: [] }, false);
    for (const place of [".sizes", ".sentences"]) part(root, place).replaceChildren();
    part(root, ".stage").setAttribute("aria-busy", "false");
    part(root, ".drawings").classList.add("blank");
    plane.showDrawn(chosen.points ?? []);
    part(root, ".points-wanted").textContent = POINTS;
  }

  /** Write what is chosen, and the moment, into the address.
   * @param {import("./train_choices.js").Chosen} chosen */
  function write(chosen, at = /** @type {number | null} */ (null)) {
    if (root.hidden) return;  // the address is another view's
    const given = addressOf(chosen);
    studio.address(at === null ? given : { ...given, at: String(at) });
  }

  /** Write what is seen: what was made, at the moment that is looked at. */
  const written = () => write(choices.chosen, frame?.earlier ? frame.step : null);

  /** @param {File} file */
  async function upload(file) {
    if (file.size > LARGEST) return studio.say(`${file.name} is larger than the 10 MB that the studio takes; clearprop train takes files of any size.`);
    const about = part(root, ".about"), before = about.textContent, reading = `Reading ${file.name} …`;
    about.textContent = reading;
    const given = await tableOf(file), answer = await ask("train.upload", given);
    if (answer) {
      table = { ...given, name: answer.name };
      await offer();
      const wanted = choices.of(answer.name, { target: answer.target });
      await choose(wanted, null, true);  // a name may have other rows now
      if (answer.why && choices.chosen === wanted) studio.say(answer.why);
    }
    if (about.textContent === reading) about.textContent = before;
  }

  async function offer() {
    const answer = await ask("train.choices");
    if (answer) choices.offer(/** @type {any} */ (answer), studio.opening.run);
  }

  // --- playing -----------------------------------------------------------------------------------

  /** @type {Record<string, () => void>} */
  const actions = {
    play: () => frame?.plays ? ask("train.pause").then(look) : play({ per_second: Number(speed.value) }),
    step: () => play({ steps: 1 }),
    epoch: () => play({ steps: "epoch" }),
    reset: () => ask("train.reset").then(() => { write(choices.chosen); look(); }),
    newest: () => showMoment(null),
  };

  /** @param {import("./server.js").Message} given */
  async function play(given) {
    write(choices.chosen);
    if (await ask("train.play", given)) look();
  }

  /** Look at a moment; while one is on its way only the newest wish is kept.
   * @param {number | null} step */
  async function showMoment(step) {
    const first = wished === undefined;
    wished = step;
    write(choices.chosen, step);
    if (!first) return;
    while (wished !== undefined) {
      const now = /** @type {number | null} */ (wished);
      const answer = await ask("train.show", { step: now });
      if (wished === now) wished = undefined;
      if (!answer) written();
    }
  }

  /** Look at the curve and at how it stands; again and again while it plays. */
  async function look() {
    clearTimeout(looking);
    if (root.hidden || !made) return;
    const answer = await server.ask("train.curve").catch(() => null);
    if (!answer || !made) return;
    part(root, ".stage").setAttribute("aria-busy", String(!answer.ready));
    curves.show(/** @type {any} */ (answer), made.held_out > 0);
    mark();
    const compiling = !answer.ready && !answer.compiling.length ? ["Loading the training loop …"] : answer.compiling.length
      ? [`Compiling, once on this machine: ${answer.compiling.join(" and ")} … this takes up to half a minute.`] : [];
    const sentences = [...compiling, ...answer.sentences];
    part(root, ".sentences").replaceChildren(...sentences.map((text) =>
      Object.assign(document.createElement("li"), { textContent: text })));
    if (answer.playing || !answer.ready) looking = window.setTimeout(look, LOOK);
  }

  /** @param {DataView} data */
  function draw(data) {
    const found = frameOf(data);
    early = data;
    if (!found || !made || found.parameters.length !== made.parameters) return;
    const before = frame;
    frame = found;
    drawing.draw(frame);
    plane.drawSurface(frame);
    showFigures(root, frame, made);
    moment.max = String(frame.newest);
    if (document.activeElement !== moment || !frame.earlier) moment.value = String(frame.step);
    const button = part(root, '[data-do="play"]');
    button.textContent = frame.plays ? "❚❚ Pause" : "▶ Play";
    const newest = /** @type {HTMLButtonElement} */ (part(root, '[data-do="newest"]'));
    newest.disabled = !frame.earlier;
    if (!frame.plays || performance.now() - sized > SIZES) sizes();
    mark();
    if (before?.plays && !frame.plays) look();
    if (asked && !frame.plays && (before?.step !== frame.step || before.plays)) {
      clearTimeout(refreshing);  // the panel follows when the slider rests
      refreshing = window.setTimeout(() => { if (asked) explain(asked, false); }, REST);
    }
  }

  function sizes() {
    if (!frame) return;
    sized = performance.now();
    fill(part(root, ".sizes"), sizesTable(frame.sizes));
  }

  function mark() {
    curves.mark(frame?.earlier ? frame.step / made.per_epoch : null);
  }

  // --- the panel ---------------------------------------------------------------------------------

  /** @param {Asked} what @param {boolean} focus whether the panel is brought into sight */
  async function explain(what, focus = true) {
    asked = what;
    const coming = ask("train.explain", { ...what, row, at: frame?.step ?? null });
    drawing.choose(what.kind === "row" ? null : what);
    plane.choose(what.kind === "weight" || what.kind === "bias" ? null : row);
    const answer = await coming;
    if (!answer || asked !== what) return;
    const at = `after step ${answer.at.toLocaleString("en")}`;
    const html = `<h2>${answer.title}</h2><p class="at">${at}</p>${answer.html}${ways(what, made.layers)}`;
    if (focus && !panel.contains(document.activeElement)) put(panel, html);  // of something else: nothing stays
    else fill(panel, html);
    if (focus) part(root, ".explained").textContent = `${part(panel, "h2").textContent} ${at} is explained.`;
    if (focus && BELOW.matches) panel.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} picked */
  function explainRow(picked) {
    row = picked;
    rowInput.value = String(picked);
    explain({ kind: "row" });
  }

  function hint() {
    drawing.choose(null);
    panel.innerHTML = HINT;
  }

  // --- events ------------------------------------------------------------------------------------

  /** Whether a training is there, or will be soon, and does not wait for points. */
  const isMade = () => made || choices.chosen.data !== DRAWN;

  root.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("button") : null;
    if (target?.dataset.do && isMade()) actions[target.dataset.do]?.();
    if (target?.dataset.part) explain(JSON.parse(target.dataset.part));
  });
  for (const form of root.querySelectorAll("form")) form.addEventListener("submit", (event) => event.preventDefault());
  part(root, ".row-choice").addEventListener("submit", async () => {
    if (!isMade() || !made) return;
    const text = rowInput.value.trim(), wanted = Number(text);
    if (text && Number.isInteger(wanted) && wanted >= 0 && wanted < made.rows) return explainRow(wanted);
    if (!text || Number.isFinite(wanted)) return studio.say(`The data have the rows 0 to ${made.rows - 1}.`);
    const answer = await ask("train.find", { name: text });
    if (answer) explain(answer.part);
  });
  moment.addEventListener("input", () => {
    if (!frame) return;
    const step = Number(moment.value);
    if (frame.plays) ask("train.pause");
    showMoment(step >= frame.newest ? null : step);
  });
  speed.addEventListener("change", () => { if (frame?.plays) play({ per_second: Number(speed.value) }); });
  studio.keys.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    if (root.hidden || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, textarea, button, a, [role=button]")) return;
    const action = { " ": "play", s: "step", e: "epoch", r: "reset" }[event.key];
    if (!action) return;
    event.preventDefault();
    if (isMade()) actions[action]();
  });
  server.onFrame((data) => draw(data));
  const recolour = () => [plane, drawing].forEach((one) => one.recolour());
  new MutationObserver(recolour).observe(root.closest(".studio") ?? root, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

  const first = () => studio.opening.run !== null ? { data: RUN }
    : studio.opening.data !== null ? { data: studio.opening.data, hidden: [8, 8] } : START;

  return {
    async show(given) {
      if (!choices.offered) await offer();
      const at = given.get("at");
      const chosen = chosenFrom(given);
      const wanted = chosen.data ? chosen : first();
      const number = at === null ? null : numberOf(at), moment = Number.isInteger(number) ? number : null;
      if (made && !await server.ask("train.stands").catch(() => null)) await again();  // begun anew meanwhile
      if (textOf(wanted) !== known) await choose(wanted, moment);
      else look();
      if (!known) return instead();  // the address asks for what there is not
      if (known !== textOf(wanted)) return;  // refused, and said why
      if (moment === null ? frame?.earlier : moment !== frame?.step) await showMoment(moment);
      if (at !== null && moment === null) studio.say(`A step is a whole number; the address asks for ${at}.`);
    },
    hide() { clearTimeout(looking); },
    connected: again,
  };

  /** Have the training once more that was made: a server that was begun anew has lost it. */
  async function again() {
    const before = frame, chosen = choices.chosen;
    part(root, ".stage").setAttribute("aria-busy", "true");
    if (table && table.name === chosen.data) await ask("train.upload", table);
    await choose(chosen, before?.earlier ? before.step : null);
    const answer = made && await ask("train.stands");
    // it comes to where the old one was, by the same steps
    if (before && answer && answer.step < before.newest) showMoment(before.step);
  }

  /** Begin with what there is; why it is not what was asked for is still said. */
  async function instead() {
    const why = refused;
    for (const other of [first(), START]) if (!known) await choose(other);
    studio.say(why);
  }
}
