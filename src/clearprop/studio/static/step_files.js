// Lessons come from files and go into files.

const LARGEST = 10_000_000;  // bytes

/** The text of the file that was chosen, null where none was.
 * @param {HTMLInputElement} input @returns {Promise<string | null>} */
export async function openFile(input) {
  const file = input.files?.[0];
  if (!file) return null;
  const text = file.size > LARGEST ? null : await file.text();
  input.value = "";
  if (text === null)
    throw new Error(`${file.name} is too large for a lesson; up to ${LARGEST / 1e6} MB are read`);
  return text;
}

/** Save a text as a file, as the browser saves what it has loaded.
 * @param {Object<string, any>} answer its `text`, the `name` of the file, and the `type` of what it holds */
export function saveFile({ text, name, type }) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
