// Colours of classes and of signs, each with a shape or a line of its own: never by colour alone.

/** @typedef {[number, number, number]} Colour */

/** @type {Record<"light" | "dark", {paper: Colour, less: Colour, more: Colour, classes: Colour[]}>} */
const PALETTES = {
  light: {
    paper: [246, 248, 251], less: [222, 106, 26], more: [35, 105, 205],
    classes: [[222, 106, 26], [35, 105, 205], [30, 140, 90], [150, 80, 180], [200, 50, 90],
      [120, 130, 20], [20, 140, 160], [130, 85, 50], [230, 100, 170], [95, 105, 120]],
  },
  dark: {
    paper: [28, 34, 43], less: [240, 140, 70], more: [95, 160, 255],
    classes: [[240, 140, 70], [95, 160, 255], [80, 200, 140], [195, 140, 225], [240, 110, 140],
      [180, 190, 80], [80, 200, 220], [190, 145, 105], [250, 150, 205], [155, 165, 180]],
  },
};

/** The colours of an element, whose scheme may be the system's.
 * @param {Element} element */
export function palette(element) {
  const theme = element.closest(".studio")?.getAttribute("data-theme") ?? "auto";
  const dark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  return PALETTES[dark ? "dark" : "light"];
}

/** @param {Colour} one @param {Colour} other @param {number} share of the other @returns {Colour} */
export function mixed(one, other, share) {
  return /** @type {Colour} */ (one.map((value, k) => value + (other[k] - value) * share));
}

/** @param {Colour} colour */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** A colour as the pixels of an image hold it.
 * @param {Colour} colour */
const pixel = (colour) => {
  const [r, g, b] = colour.map(Math.round);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
};

/** A table of 256 pixels from less through paper to more.
 * @param {Element} element */
export function diverging(element) {
  const { paper, less, more } = palette(element);
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    const share = (byte - 127.5) / 127.5;
    return pixel(mixed(paper, share < 0 ? less : more, 0.66 * Math.abs(share) ** 0.9));
  });
}

/** For each class a table of 256 pixels from paper to its colour.
 * @param {Element} element */
export function towards(element) {
  const { paper, classes } = palette(element);
  return classes.map((colour) => Uint32Array.from({ length: 256 }, (_, byte) => pixel(mixed(paper, colour, 0.75 * byte / 255))));
}

/** Colour a picture whose cells come row by row from below into an image, whose rows go from above.
 * @param {Uint32Array} pixels @param {number} side @param {(cell: number) => number} colour */
export function colourIn(pixels, side, colour, first = 0) {
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      pixels[first + row * side + column] = colour((side - 1 - row) * side + column);
}

/** Draw the shape of a class, around a place. Each class has its own.
 * @param {CanvasRenderingContext2D} context @param {number} kind
 * @param {number} x @param {number} y @param {number} size */
export function shape(context, kind, x, y, size) {
  context.beginPath();
  if (kind % 5 === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind % 5 === 1) context.rect(x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size);
  else {
    const corners = [0, 0, 3, 4, 5][kind % 5];
    const turn = -Math.PI / 2;
    for (let k = 0; k < corners; k++) {
      const angle = turn + (2 * Math.PI * k) / corners;
      context.lineTo(x + 1.25 * size * Math.cos(angle), y + 1.25 * size * Math.sin(angle));
    }
    context.closePath();
  }
}
