// A worksheet to fill in: an exercise with an input for each blank, marked as each is left.
import { FIRST_SHEET, numberOf, sheetGiven, sheetOf } from "./address.js";
import { keep, kept, stepLesson } from "./kept.js";
import { fill } from "./morph.js";
import { words } from "./step_page.js";
import { part } from "./studio.js";

/** @typedef {import("./studio.js").Studio} Studio @typedef {import("./check.js").Part} Part */
/** @typedef {{typed: Record<string, string>, revealed: string[]}} Work   what was typed, and what was shown */

const PART = `
<form class="tools">
  <label>Network <select name="sheet"></select></label>
  <label class="drawn">Hidden units <select name="hidden"></select></label>
  <label class="drawn">Outputs <select name="output"></select></label>
  <label class="drawn">Loss <select name="loss"></select></label>
  <label class="drawn">Rate <input name="rate" type="number" min="0" step="any" size="6" required></label>
  <label class="drawn tick"><input name="biases" type="checkbox" value="yes"> biases</label>
  <label>Numbers <input name="seed" type="number" min="0" max="999999" step="1" placeholder="its own" title="The seed that the numbers are drawn from"></label>
  <button type="button" class="first fresh">New numbers</button>
  <button type="button" class="print">Print</button>
</form>
<div class="score"><p role="status"></p><progress value="0" max="1" aria-label="filled in"></progress></div>
<p class="trouble" role="alert" hidden></p>
<article class="exercise" aria-label="The exercise"></article>`;

/** @param {HTMLElement} root @param {Studio} studio @returns {Part} */
export function worksheetPart(root, studio) {
  root.innerHTML = PART;
  const form = /** @type {HTMLFormElement} */ (part(root, "form"));
  const exercise = part(root, ".exercise"), trouble = part(root, ".trouble");
  let sheet = { ...FIRST_SHEET }, lesson = "", keptAs = "", asked = 0, marking = 0;
  /** @type {Work} */
  let work = { typed: {}, revealed: [] };
  const choices = studio.server.ask("check.choices").then(choose).catch((error) => studio.say(error.message));

  /** What the work on the exercise of the settings is kept as. */
  const place = () => `sheet ${JSON.stringify(sheet)} ${sheet.sheet === "step" ? stepLesson(studio) : ""}`;
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

  /** @param {import("./server.js").Message} found */
  function choose({ layers, activations, losses }) {
    /** @param {string} name @param {string[]} values */
    const options = (name, values) => {
      const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem(name));
      for (const value of values) select.add(new Option(words(value), value));
    };
    options("sheet", layers);
    /** @type {HTMLSelectElement} */ (form.elements.namedItem("sheet")).add(new Option("the lesson of the Step view", "step"));
    options("hidden", activations);
    options("output", activations);
    options("loss", losses);
  }

  /** Show the settings in the form. */
  function put() {
    const network = /** @type {HTMLSelectElement} */ (form.elements.namedItem("sheet"));
    if (![...network.options].some(({ value }) => value === sheet.sheet))
      network.add(new Option(sheet.sheet, sheet.sheet), 0);
    for (const [name, value] of Object.entries(sheet)) {
      if (name === "biases") field(name).checked = value === "yes";
      else field(name).value = field(name).type !== "number" || numberOf(value) !== null ? value : "";
    }
    form.classList.toggle("of-step", sheet.sheet === "step");
  }

  /** What is asked for: layers to draw numbers for, or a lesson, with its own numbers where no seed is given. */
  function wanted() {
    const seed = sheet.seed === "" ? undefined : numberOf(sheet.seed) ?? sheet.seed;
    if (sheet.sheet === "step") return { lesson: stepLesson(studio), seed };
    const depth = sheet.sheet.split("-").length - 1;
    return {
      layers: sheet.sheet, loss: sheet.loss, rate: numberOf(sheet.rate) ?? sheet.rate, biases: sheet.biases === "yes", seed,
      activation: [...Array(Math.max(0, depth - 1)).fill(sheet.hidden), sheet.output].join(","),
    };
  }

  /** Ask for the exercise of the settings, and show it with what was typed before. */
  async function draw() {
    const mine = ++asked, drawn = place();
    root.classList.add("waiting");
    try {
      const answer = await studio.server.ask("check.worksheet", wanted());
      if (mine !== asked) return;
      lesson = answer.lesson;
      fill(exercise, answer.html);
      keptAs = drawn;
      work = { typed: {}, revealed: [], ...JSON.parse(kept(keptAs) ?? "{}") };
      for (const row of rows()) input(row).value = work.typed[nameOf(row)] ?? "";
      trouble.hidden = true;
      exercise.hidden = false;
      await Promise.all([mark(), ...rows().map((row) => reveal(row))]);
    } catch (error) {
      if (mine !== asked) return;
      trouble.textContent = /** @type {Error} */ (error).message;
      trouble.hidden = false;
      exercise.hidden = true;
      score({}, 0);
    }
    root.classList.remove("waiting");
  }

  const rows = () => /** @type {HTMLElement[]} */ ([...exercise.querySelectorAll(".blank")]);
  /** @param {HTMLElement} row */
  const input = (row) => /** @type {HTMLInputElement} */ (part(row, "input"));
  /** @param {HTMLElement} row */
  const nameOf = (row) => row.dataset.blank ?? "";

  /** Have all answers marked: what follows from an earlier one changes with it. */
  async function mark() {
    const mine = ++marking;
    const { marks, blanks } = await studio.server.ask("check.answers", { lesson, typed: work.typed });
    if (mine !== marking) return;
    for (const row of rows()) {
      const found = marks[nameOf(row)] ?? { mark: "", said: "", remarks: "" };
      row.dataset.mark = found.mark;
      fill(part(row, ".said"), found.said);
      fill(part(row, ".remarks"), found.remarks);
    }
    score(marks, blanks);
  }

  /** Say how far it has come.
   * @param {Record<string, {mark: string}>} marks @param {number} blanks */
  function score(marks, blanks) {
    const found = Object.values(marks).map(({ mark }) => mark.replace("-", " "));
    const counts = ["right", "rounding", "follows", "wrong", "not understood"]
      .map((mark) => [found.filter((one) => one === mark).length, mark])
      .filter(([count]) => count).map(([count, mark]) => `${count} ${mark}`);
    if (work.revealed.length) counts.push(`${work.revealed.length} shown`);
    const told = `${found.length} of ${blanks} filled in`;
    part(root, ".score p").textContent = blanks ? [told, counts.join(", ")].filter(Boolean).join(": ") : "";
    const bar = /** @type {HTMLProgressElement} */ (part(root, ".score progress"));
    bar.max = Math.max(1, blanks);
    bar.value = found.length;
    part(root, ".score").hidden = !blanks;
  }

  /** Show the answer of a row, or take it away.
   * @param {HTMLElement} row */
  async function reveal(row) {
    const shown = work.revealed.includes(nameOf(row)), button = part(row, ".reveal"), line = part(row, ".right-line");
    if (shown) fill(line, (await studio.server.ask("check.reveal", { lesson, blank: nameOf(row) })).html);
    line.hidden = !shown;
    button.textContent = shown ? "hide" : "show";
    button.setAttribute("aria-expanded", String(shown));
  }

  /** @param {() => Promise<void>} act */
  async function kindly(act) {
    keep(keptAs, JSON.stringify(work));
    try {
      await act();
    } catch (error) {
      studio.say(/** @type {Error} */ (error).message);
    }
  }

  exercise.addEventListener("input", ({ target }) => {
    const row = rowOf(target);
    if (row) row.dataset.mark = "";
  });
  exercise.addEventListener("change", ({ target }) => {
    const row = rowOf(target);
    if (!row) return;
    work.typed[nameOf(row)] = input(row).value.trim();
    kindly(mark);
  });
  exercise.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (event.key !== "Enter" || !row || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    const next = rows()[rows().indexOf(row) + 1];
    if (next) input(next).focus();
    else event.target.blur();
  });
  exercise.addEventListener("click", ({ target }) => {
    const row = rowOf(target), button = target instanceof Element ? target.closest(".reveal") : null;
    if (!row || !button) return;
    const name = nameOf(row), { revealed } = work;
    work.revealed = revealed.includes(name) ? revealed.filter((one) => one !== name) : [...revealed, name];
    kindly(async () => {
      await reveal(row);
      await mark();
    });
  });

  /** @param {Partial<typeof sheet>} changed */
  function change(changed) {
    sheet = { ...sheet, ...changed };
    put();
    studio.address(sheetGiven(sheet));
    draw();
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    const { name, value, checked, type } = /** @type {HTMLInputElement} */ (target);
    if (name === "sheet") change({ sheet: value, seed: value === "step" ? "" : sheet.seed || "1" });
    else change({ [name]: type === "checkbox" ? (checked ? "yes" : "no") : value });
  });
  part(root, ".fresh").addEventListener("click", () => change({ seed: String((numberOf(sheet.seed) ?? 0) + 1) }));
  part(root, ".print").addEventListener("click", () => window.print());

  return {
    async show(given) {
      sheet = sheetOf(given);
      await choices;
      put();
      draw();
    },
    given: () => sheetGiven(sheet),
    connected() {
      if (lesson && !exercise.hidden) kindly(mark);
      else draw();
    },
  };
}

/** The row of a blank that something happens in.
 * @param {EventTarget | null} target */
function rowOf(target) {
  const row = target instanceof Element ? target.closest(".blank") : null;
  return row instanceof HTMLElement ? row : null;
}
