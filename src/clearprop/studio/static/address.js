// The state in the address: #train?data=spirals&hidden=8,8 names a view and what it shows.

/** @typedef {{view: string, given: URLSearchParams}} Place */

/** @param {string} hash @returns {Place} */
export function placeOf(hash) {
  const [view, given] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return { view, given: new URLSearchParams(given ?? "") };
}

/** @param {Place} place */
export function hashOf({ view, given }) {
  const text = given.toString();
  return text ? `#${view}?${text}` : `#${view}`;
}

/** A text for the address, as base64 without the signs that an address gives a meaning.
 * @param {string} text */
export function packed(text) {
  const bytes = new TextEncoder().encode(text);
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text that was packed, null where it is none.
 * @param {string} given */
export function unpacked(given) {
  try {
    const letters = atob(given.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
  } catch {
    return null;
  }
}

/** A number as people write it, null for what is none.
 * @param {string} text */
export function numberOf(text) {
  const plain = text.trim().replaceAll("−", "-").replace(",", ".");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : null;
}

const LONGEST_TEXT = 4000;  // letters of a packed text that the address still takes

/** @typedef {{text: string, held: "text" | "step" | "file", lesson: string, names: string}} Solving
 *   a solution, and what it is held against: the numbers in it, the Step view's lesson, a file's */

/** A solution for the address; a text that is too long for it is left to the tab to keep.
 * @param {Solving} solving @returns {Record<string, string>} */
export function solvingGiven({ text, held, lesson, names }) {
  const given = /** @type {Record<string, string>} */ ({}), short = packed(text);
  if (text && short.length <= LONGEST_TEXT) given.text = short;
  if (held === "step") given.held = held;
  if (held === "file") given.lesson = packed(lesson);
  if (names) given.names = names;
  return given;
}

/** The solution of an address, or with the text that the tab has kept.
 * @param {URLSearchParams} given @param {string} kept @returns {Solving} */
export function solvingOf(given, kept) {
  const lesson = unpacked(given.get("lesson") ?? "") ?? "";
  return {
    text: unpacked(given.get("text") ?? "") || kept,
    held: lesson ? "file" : given.get("held") === "step" ? "step" : "text",
    lesson, names: given.get("names") ?? "",
  };
}

/** @typedef {{sheet: string, hidden: string, output: string, loss: string, rate: string, biases: string, seed: string}} Sheet
 *   what a worksheet is of: layers as 2-2-1, or "step" for the Step view's lesson */

/** @type {Sheet} */
export const FIRST_SHEET = {
  sheet: "2-1-1", hidden: "sigmoid", output: "sigmoid", loss: "squared_error", rate: "0.5", biases: "no", seed: "1",
};

/** A worksheet for the address: its network, and what else is not as at first.
 * @param {Sheet} sheet @returns {Record<string, string>} */
export function sheetGiven(sheet) {
  return Object.fromEntries(Object.entries(sheet).filter(([name, value]) =>
    name === "sheet" || value !== FIRST_SHEET[/** @type {keyof Sheet} */ (name)]));
}

/** @param {URLSearchParams} given @returns {Sheet} */
export function sheetOf(given) {
  const found = { ...FIRST_SHEET };
  for (const name of /** @type {(keyof Sheet)[]} */ (Object.keys(FIRST_SHEET)))
    found[name] = given.get(name) ?? found[name];
  return { ...found, sheet: found.sheet.replaceAll(",", "-") };
}
