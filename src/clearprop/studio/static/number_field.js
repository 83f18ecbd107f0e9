// A field for a number: free text, which the server reads; Enter or leaving it commits, arrows step.

/**
 * @typedef {{
 *   commit: (text: string, joined: boolean) => Promise<void>,
 *   entered?: () => void,
 *   cancelled?: () => void,
 *   step?: number,
 * }} Use   commit rejects with the sentence that says what is wrong; joined: one change with the last
 */

/** @param {HTMLInputElement} input @param {Use} use */
export function numberField(input, { commit, entered, cancelled, step = 0.1 }) {
  let stepped = false;
  Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });

  /** @param {boolean} joined */
  async function put(joined) {
    const text = input.value;
    if (text === input.dataset.shown) return true;
    input.dataset.shown = text;
    wait(input, 1);
    try {
      await commit(text, joined);
      if (input.value === text) mark(input, "");
      return true;
    } catch (error) {
      mark(input, error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      wait(input, -1);
    }
  }

  input.addEventListener("input", () => { mark(input, ""); stepped = false; });
  input.addEventListener("focus", () => { stepped = false; });
  input.addEventListener("blur", () => put(false));
  input.addEventListener("keydown", async (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      if (await put(false)) entered?.();
      input.select();
    } else if (event.key === "Escape") {
      reset(input);
      cancelled?.();
    } else if (way) {
      event.preventDefault();
      const next = moved(input.value, way * step);
      if (next === null) return;
      input.value = next;
      const joined = stepped;
      stepped = true;
      await put(joined);
    }
  });
}

/** Count the numbers of a field that are being put into the lesson.
 * @param {HTMLInputElement} input @param {number} more */
function wait(input, more) { input.dataset.waiting = String(waiting(input) + more); }

/** @param {HTMLInputElement} input */
function waiting(input) { return Number(input.dataset.waiting ?? 0); }

/** Show a number that the lesson has, unless something else is being typed or on its way there.
 * @param {HTMLInputElement} input @param {number} value */
export function showNumber(input, value) {
  const text = numeral(value), typed = input.value !== (input.dataset.shown ?? "") || !input.validity.valid;
  input.dataset.kept = text;
  if (typed || waiting(input) > 1) return;
  if (document.activeElement === input && Number(plain(input.value)) === value) return;
  input.value = input.dataset.shown = text;
}

/** @param {HTMLInputElement} input @param {string} sentence what is wrong, or nothing */
export function mark(input, sentence) {
  input.setCustomValidity(sentence);
  if (sentence) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** Show again what the lesson has.
 * @param {HTMLInputElement} input */
export function reset(input) {
  mark(input, "");
  input.value = input.dataset.shown = input.dataset.kept ?? "";
}

/** @param {number} value */
function numeral(value) { return String(value).replace("-", "−").replace("e−", "e-"); }

/** @param {string} text */
function plain(text) { return text.trim().replaceAll("−", "-").replace(",", "."); }

/** A number as text, moved by a step, with no more decimals than either has.
 * @param {string} text @param {number} by */
function moved(text, by) {
  const value = Number(plain(text));
  if (!plain(text) || !Number.isFinite(value)) return null;
  const decimals = Math.max(...[text, String(by)].map((one) => (one.split(".")[1] ?? "").length));
  return numeral(Number((value + by).toFixed(Math.min(decimals, 17))));
}
