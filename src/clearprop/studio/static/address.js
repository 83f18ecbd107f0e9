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
