// The train view.

/** @typedef {import("./studio.js").Studio} Studio @typedef {import("./studio.js").View} View */

/** @param {HTMLElement} root @param {Studio} studio @returns {View} */
export function trainView(root, studio) {
  return { show() { root.textContent = studio.opening.view; } };
}
