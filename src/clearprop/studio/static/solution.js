// A worked solution, marked while it is typed: the text, its marks beside it, the right line of what is wrong.
import { packed, solvingGiven, solvingOf } from "./address.js";
import { Editor } from "./editor.js";
import { keep, kept, stepLesson } from "./kept.js";
import { Marks } from "./marks.js";
import { fill } from "./morph.js";
import { part } from "./studio.js";

/** @typedef {import("./studio.js").Studio} Studio @typedef {import("./check.js").Part} Part */

const PAUSE = 400;  // milliseconds without a key after which it is marked
const SIGNS = { right: "✓", wrong: "✗", unread: "?", nothing: "" };

const PART = `
<div class="tools">
  <select class="examples" aria-label="Begin with an example"><option value="">Begin with …</option></select>
  <button type="button" class="open">Open a file …</button>
  <label>Held against <select class="held">
    <option value="text">the numbers in the text</option>
    <option value="step">the lesson of the Step view</option>
    <option value="file" hidden></option>
    <option value="choose">a lesson file …</option>
  </select></label>
  <label>Names <input class="names" placeholder="net_h1=z_h1, …" autocomplete="off" spellcheck="false" size="12"
    title="Whose names are meant, where they are not matched as they should be: theirs=ours"></label>
  <input type="file" class="solution-file" hidden><input type="file" class="lesson-file" accept=".toml" hidden>
</div>
<div class="verdict nothing"><span class="sign" aria-hidden="true"></span>
  <div><p class="sentence" role="status"></p>
    <div class="told-of"><p class="counts"></p><details class="understood" hidden></details>
      <button type="button" class="to-step" hidden>open it in the Step view</button></div></div>
  <button type="button" class="to-first" hidden>Go to the mistake</button>
  <progress hidden aria-label="marking"></progress>
</div>
<div class="panes">
  <div class="editor"></div>
  <div class="marks" tabindex="-1">
    <div class="start"><h2>Begin with an example</h2><div></div></div>
    <table class="marked"><caption class="unseen">The solution with its marks</caption>
      <thead class="unseen"><tr><th scope="col">line</th><th scope="col">mark</th><th scope="col">solution</th></tr></thead>
      <tbody></tbody></table>
    <dl class="facts legend"></dl>
  </div>
</div>`;

/** @param {HTMLElement} root @param {Studio} studio @returns {Part} */
export function solutionPart(root, studio) {
  root.innerHTML = PART;
  const verdict = part(root, ".verdict"), understood = part(root, ".understood");
  const toFirst = part(root, ".to-first"), toStep = part(root, ".to-step"), progress = part(root, "progress"), pane = part(root, ".marks");
  const held = /** @type {HTMLSelectElement} */ (part(root, ".held"));
  const names = /** @type {HTMLInputElement} */ (part(root, ".names"));
  const examples = /** @type {HTMLSelectElement} */ (part(root, ".examples"));
  /** @type {Editor} */
  const editor = new Editor(part(root, ".editor"), later, (line) => marks.here(line));
  /** @type {Marks} */
  const marks = new Marks(pane, studio.server, (line) => editor.go(line));
  const file = { name: "", text: "" };
  let timer = 0, busy = false, again = false, first = 0;

  /** @returns {import("./address.js").Solving} */
  const solving = () => ({
    text: editor.text, held: /** @type {"text" | "step" | "file"} */ (held.value), lesson: file.text,
    names: names.value.trim(),
  });

  function later() {
    clearTimeout(timer);
    timer = setTimeout(now, PAUSE);
  }

  /** Write down what is shown, and have it marked. */
  function now() {
    clearTimeout(timer);
    timer = 0;
    keep("solution", editor.text);
    studio.address(solvingGiven(solving()));
    mark();
  }

  /** One ask at a time; of what was typed meanwhile only the newest is asked for. */
  async function mark() {
    again = busy;
    if (busy) return;
    busy = true;
    const waiting = setTimeout(() => { progress.hidden = false; }, PAUSE);
    do {
      again = false;
      try {
        const given = { solution: editor.text, lesson: lesson(), names: named(names.value) };
        const answer = editor.text.trim() ? await studio.server.ask("check.mark", given) : NOTHING;
        if (!again) show(answer);
      } catch (error) {
        if (!again) refuse(/** @type {Error} */ (error).message);
      }
    } while (again);
    clearTimeout(waiting);
    progress.hidden = true;
    busy = false;
  }

  function lesson() {
    return held.value === "text" ? null : held.value === "step" ? stepLesson(studio) : file.text;
  }

  /** @param {import("./server.js").Message} answer */
  function show(answer) {
    say(answer.outcome, answer.verdict, answer.counts);
    first = answer.first ?? 0;
    toFirst.hidden = !first;
    understood.hidden = !answer.understood;
    fill(understood, answer.understood);
    toStep.hidden = answer.lesson === null;
    marks.show(answer.lines, answer.lesson);
    editor.mark(marks.signs());
    part(root, ".start").hidden = Boolean(answer.lines);
    pane.classList.remove("stale");
  }

  /** @param {string} sentence */
  function refuse(sentence) {
    say("unread", sentence, "");
    toFirst.hidden = toStep.hidden = true;
    pane.classList.add("stale");
  }

  /** @param {string} outcome @param {string} sentence @param {string} counts */
  function say(outcome, sentence, counts) {
    verdict.className = `verdict ${outcome}`;
    part(verdict, ".sign").textContent = SIGNS[/** @type {"right"} */ (outcome)] ?? "";
    part(verdict, ".sentence").textContent = sentence;
    part(verdict, ".counts").textContent = counts;
  }

  toFirst.addEventListener("click", () => {
    if (marks.scrolls) editor.go(first);
    marks.here(first);
    if (!marks.scrolls) marks.rows()[first - 1]?.scrollIntoView({ block: "start" });
  });
  toStep.addEventListener("click", () => studio.go("step", { lesson: packed(marks.lesson ?? "") }));
  names.addEventListener("change", now);
  examples.addEventListener("change", () => {
    begin(examples.value);
    examples.value = "";
  });
  part(root, ".start").addEventListener("click", ({ target }) => {
    if (target instanceof HTMLButtonElement) begin(target.value);
  });

  /** Put an example in the place of the text.
   * @param {string} name */
  async function begin(name) {
    try {
      editor.replace((await studio.server.ask("check.example", { name, lesson: lesson() })).text);
      now();
    } catch (error) {
      studio.say(/** @type {Error} */ (error).message);
    }
  }
  held.addEventListener("change", () => {
    if (held.value !== "choose") return now();
    held.value = file.name ? "file" : "text";
    chooser(".lesson-file").click();
  });
  part(root, ".open").addEventListener("click", () => chooser(".solution-file").click());

  /** @param {string} selector */
  const chooser = (selector) => /** @type {HTMLInputElement} */ (part(root, selector));
  read(chooser(".solution-file"), (_, text) => editor.replace(text));
  read(chooser(".lesson-file"), hold);

  /** @param {string} name @param {string} text */
  function hold(name, text) {
    Object.assign(file, { name, text });
    const option = held.querySelector("option[value=file]");
    if (option instanceof HTMLOptionElement) {
      option.hidden = !text;
      option.textContent = name;
    }
    held.value = "file";
  }

  /** Read the file that an input is given.
   * @param {HTMLInputElement} input @param {(name: string, text: string) => void} take */
  function read(input, take) {
    input.addEventListener("change", async () => {
      const [chosen] = input.files ?? [];
      if (!chosen) return;
      take(chosen.name, await chosen.text());
      input.value = "";
      now();
    });
  }

  following(editor, marks, pane);
  studio.server.ask("check.example").then((answer) => {
    for (const { name, title } of answer.examples) examples.add(new Option(title, name));
    fill(part(root, ".start > div"), answer.buttons);
    fill(part(root, ".legend"), answer.legend);
  }).catch((error) => studio.say(error.message));
  return {
    show(given) {
      const found = solvingOf(given, kept("solution") ?? "");
      editor.text = found.text;
      names.value = found.names;
      if (found.held === "file") hold(file.text === found.lesson ? file.name : "the lesson of the address", found.lesson);
      else held.value = found.held;
      mark();
    },
    given: () => solvingGiven(solving()),
    settle() { if (timer) now(); },
    connected: mark,
  };
}

const NOTHING = {
  outcome: "nothing", verdict: "Nothing is written yet. Each line is marked as you type.",
  counts: "", first: null, understood: "", lines: "", lesson: null,
};

/** The names of `net_h1=z_h1, out=h`.
 * @param {string} text */
function named(text) {
  const pairs = text.split(/[,;\n]/).filter((pair) => pair.trim()).map((pair) => {
    const [theirs, ours, ...more] = pair.split("=").map((name) => name.trim());
    if (!theirs || !ours || more.length)
      throw new Error(`names take theirs=ours, as in net_h1=z_h1, not '${pair.trim()}'`);
    return [theirs, ours];
  });
  return Object.fromEntries(pairs);
}

/** Of text and marks, the one that is scrolled leads and the other follows.
 * @param {Editor} editor @param {Marks} marks @param {HTMLElement} pane */
function following(editor, marks, pane) {
  let leader = editor.root;
  for (const element of [editor.root, pane])
    for (const event of ["pointerenter", "focusin", "wheel", "touchstart"])
      element.addEventListener(event, () => { leader = element; }, { passive: true });
  editor.root.addEventListener("scroll", () => { if (leader === editor.root) marks.top = editor.top; });
  pane.addEventListener("scroll", () => { if (leader === pane) editor.top = marks.top; });
}
