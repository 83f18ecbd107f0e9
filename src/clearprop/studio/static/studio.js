// The studio: its three views, the address that says which is shown, light and dark, what went wrong.
import { hashOf, placeOf } from "./address.js";
import { checkView } from "./check.js";
import { stepView } from "./step.js";
import { trainView } from "./train.js";

/**
 * @typedef {import("./server.js").Server} Server
 * @typedef {{
 *   server: Server,
 *   keys: EventTarget,
 *   address: (given: Record<string, string>, replace?: boolean) => void,
 *   go: (view: string, given?: Record<string, string>) => void,
 *   say: (sentence: string, kind?: "error" | "news") => void,
 *   opening: {view: string, lesson: string | null, run: string | null, data: string | null},
 * }} Studio   keys: hears the keys that are the studio's; address: write what the view shows
 *   into the address; go: show another view
 * @typedef {{
 *   location: {hash: string},
 *   history: Pick<History, "replaceState" | "pushState">,
 *   addEventListener: (type: "hashchange", listener: () => void) => void,
 *   document?: Document,
 * }} Frame
 * @typedef {{show: (given: URLSearchParams) => void, settle?: () => void, hide?: () => void,
 *   connected?: () => void}} View   settle: write into the address at once what waits to be written
 */

const VIEWS = [
  { name: "step", title: "Step", make: stepView },
  { name: "train", title: "Train", make: trainView },
  { name: "check", title: "Check", make: checkView },
];
const THEMES = ["auto", "light", "dark"];

const SHELL = `
<header class="bar">
  <h1 class="brand">clearprop</h1>
  <nav aria-label="Views">${VIEWS.map(({ name, title }) =>
    `<a href="#${name}" data-view="${name}">${title}</a>`).join("")}</nav>
  <button type="button" class="theme" aria-label="Colours: as the system">◐</button>
</header>
<p class="saying" role="status" aria-live="polite"></p>
${VIEWS.map(({ name, title }) =>
  `<main class="view ${name}" data-view="${name}" aria-label="${title}" hidden></main>`).join("")}`;

/** Build the studio in an element; `frame` has the address that says what is shown: the window's, or
 * in a notebook one of its own.
 * @param {Element} root @param {Server} server @param {Frame} frame */
export function mount(root, server, frame) {
  root.classList.add("studio");
  root.innerHTML = SHELL;
  /** @type {Map<string, View>} */
  const views = new Map();
  let now = "";
  let saying = 0;

  /** @type {Studio} */
  const studio = {
    server,
    keys: frame.document ?? root,
    opening: { view: "step", lesson: null, run: null, data: null },
    address(given, replace = true) {
      const hash = hashOf({ view: now, given: new URLSearchParams(given) });
      const { view } = placeOf(frame.location.hash);  // another one: it is about to be shown
      if (hash === frame.location.hash || VIEWS.some(({ name }) => name === view && name !== now)) return;
      frame.history[replace ? "replaceState" : "pushState"](null, "", hash);
    },
    go(view, given = {}) {
      frame.location.hash = hashOf({ view, given: new URLSearchParams(given) });
    },
    say(sentence, kind = "error") {
      const place = part(root, ".saying");
      place.textContent = sentence;
      place.dataset.kind = kind;
      clearTimeout(saying);
      if (kind === "news") saying = setTimeout(() => { place.textContent = ""; }, 4000);
    },
  };

  function follow() {
    const place = placeOf(frame.location.hash);
    const entry = VIEWS.find(({ name }) => name === place.view) ??
      VIEWS.find(({ name }) => name === studio.opening.view) ?? VIEWS[0];
    if (now && now !== entry.name) views.get(now)?.hide?.();
    if (now !== entry.name) studio.say("", "news");
    now = entry.name;
    for (const element of root.querySelectorAll("main"))
      element.hidden = element.dataset.view !== now;
    for (const link of root.querySelectorAll("nav a"))
      if (link instanceof HTMLElement && link.dataset.view === now) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    const element = part(root, `main.${now}`);
    const view = views.get(now) ?? entry.make(element, studio);
    views.set(now, view);
    view.show(place.given);
  }

  // a link to a view opens it as it was left
  /** @type {Map<string, string>} */
  const left = new Map();
  root.querySelector("nav")?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link) return;
    event.preventDefault();
    const view = link.dataset.view ?? "step";
    if (view === now) return;
    views.get(now)?.settle?.();
    left.set(now, frame.location.hash);
    frame.location.hash = left.get(view) ?? `#${view}`;
  });

  themes(root);
  server.onConnection((connected) => {
    root.classList.toggle("lost", !connected);
    if (!connected) studio.say("The connection to the studio is lost; trying again …");
    else if (now) {
      studio.say("", "news");
      views.get(now)?.connected?.();
    }
  });
  server.ask("hello").then(({ opening }) => {
    studio.opening = opening;
    frame.addEventListener("hashchange", follow);
    follow();
  }).catch((error) => studio.say(error.message));
}

/** An element that the shell or a view has.
 * @param {ParentNode} root @param {string} selector */
export function part(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`there is no ${selector}`);
  return found;
}

/** The button that goes through the colours: as the system, light, dark.
 * @param {Element} root */
function themes(root) {
  const button = part(root, ".theme");
  const words = { auto: "as the system", light: "light", dark: "dark" };
  const signs = { auto: "◐", light: "☀", dark: "☾" };
  const put = (/** @type {string} */ theme) => {
    root.setAttribute("data-theme", theme);
    button.textContent = signs[/** @type {"auto"} */ (theme)];
    button.setAttribute("aria-label", `Colours: ${words[/** @type {"auto"} */ (theme)]}`);
  };
  put(keptTheme());
  button.addEventListener("click", () => {
    const theme = THEMES[(THEMES.indexOf(root.getAttribute("data-theme") ?? "auto") + 1) % THEMES.length];
    keepTheme(theme);
    put(theme);
  });
}

// a notebook's output may be a frame that may keep nothing
/** @param {string} theme */
function keepTheme(theme) {
  try {
    localStorage.setItem("clearprop-theme", theme);
  } catch { /* it is the system's again next time */ }
}

function keptTheme() {
  try {
    const kept = localStorage.getItem("clearprop-theme");
    return kept !== null && THEMES.includes(kept) ? kept : "auto";
  } catch {
    return "auto";
  }
}
