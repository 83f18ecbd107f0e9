// A frame of a training, as the server packs it (frames.py).

const HEAD = 12, FIGURES = 6, FORMAT = 1;
const PLAYS = 1, EARLIER = 2, COMPILES = 4;

/**
 * @typedef {{
 *   step: number, newest: number, loss: number, heldOut: number, score: number, speed: number,
 *   plays: boolean, earlier: boolean, compiles: boolean,
 *   parameters: Float32Array, sizes: {weights: Float32Array, gradient: Float32Array, update: Float32Array},
 *   side: number, planes: Uint8Array[], unitSide: number, units: Uint8Array[],
 * }} Frame
 */

/** @param {DataView} view @returns {Frame | null} */
export function frameOf(view) {
  const { buffer, byteOffset } = view;
  const head = new Int32Array(buffer, byteOffset, HEAD);
  const [format, count, layers, side, planes, units, unitSide, flags] = head;
  if (format !== FORMAT) return null;
  let place = byteOffset + 4 * HEAD;
  const figures = new Float64Array(buffer, place, FIGURES);
  const [step, newest, loss, heldOut, score, speed] = figures;
  place += 8 * FIGURES;
  const floats = (/** @type {number} */ length) => {
    const found = new Float32Array(buffer, place, length);
    place += 4 * length;
    return found;
  };
  const pictures = (/** @type {number} */ number, /** @type {number} */ cells) =>
    Array.from({ length: number }, () => {
      const found = new Uint8Array(buffer, place, cells);
      place += cells;
      return found;
    });
  return {
    step, newest, loss, heldOut, score, speed,
    plays: (flags & PLAYS) > 0, earlier: (flags & EARLIER) > 0, compiles: (flags & COMPILES) > 0,
    parameters: floats(count),
    sizes: { weights: floats(layers), gradient: floats(layers), update: floats(layers) },
    side, planes: pictures(planes, side * side), unitSide, units: pictures(units, unitSide * unitSide),
  };
}
