// What this tab keeps over a reload, besides its address: long texts, answers, the lesson of the Step view.

/** @param {string} name @param {string} text */
export function keep(name, text) {
  try {
    sessionStorage.setItem(`clearprop ${name}`, text);
  } catch { /* a browser that keeps nothing shows everything all the same */ }
}

/** @param {string} name */
export function kept(name) {
  try {
    return sessionStorage.getItem(`clearprop ${name}`);
  } catch {
    return null;
  }
}

/** The lesson of the Step view as the text of its file, "" for the seed.
 * @param {{opening: {lesson: string | null}}} studio */
export function stepLesson(studio) {
  return kept("lesson") ?? studio.opening.lesson ?? "";
}
