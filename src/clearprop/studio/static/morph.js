// Changes what is shown in place: elements that stay keep their focus, their selection, their scroll.

/** Make the children of an element those of a text of HTML or SVG that a renderer wrote.
 * @param {Element} element @param {string} html */
export function fill(element, html) {
  const copy = /** @type {Element} */ (element.cloneNode(false));
  copy.innerHTML = html;
  morph(element, copy);
}

/** Make an element what another of the same name is: attributes, then children one by one.
 * @param {Element} element @param {Element} wanted */
export function morph(element, wanted) {
  children(element, wanted);
}

/** @param {Element} now @param {Element} wanted */
function children(now, wanted) {
  const old = [...now.childNodes], fresh = [...wanted.childNodes];
  fresh.forEach((node, place) => {
    const there = old[place];
    if (!there) now.append(node);
    else if (!alike(there, node)) there.replaceWith(node);
    else if (there instanceof Element) become(there, /** @type {Element} */ (node));
    else if (there.nodeValue !== node.nodeValue) there.nodeValue = node.nodeValue;
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

/** @param {Node} one @param {Node} other */
function alike(one, other) {
  if (one.nodeType !== other.nodeType || one.nodeName !== other.nodeName) return false;
  return !(one instanceof Element && other instanceof Element) || one.id === other.id;
}

/** @param {Element} now @param {Element} wanted */
function become(now, wanted) {
  for (const { name } of [...now.attributes])
    if (!wanted.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes])
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  children(now, wanted);
}
