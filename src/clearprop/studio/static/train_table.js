// A file that is opened in the browser -> a table as the server takes it: a name and a text.

/** @typedef {{name: string, text: string, bytes?: boolean}} Table   bytes: each letter is a byte */

export const LARGEST = 10_000_000;  // bytes
const BINARY = 65_536;  // bytes of what is no text, which is refused by its beginning

/** What is not Unicode goes as bytes: the server tells what it is as for any file.
 * @param {File} file @returns {Promise<Table>} */
export async function tableOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer()), { name } = file;
  const marks = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return { name, text: new TextDecoder(marks, { fatal: true }).decode(bytes) };
  } catch {
    const sent = bytes.includes(0) ? bytes.subarray(0, BINARY) : bytes;
    return { name, text: Array.from(sent, (byte) => String.fromCharCode(byte)).join(""), bytes: true };
  }
}
