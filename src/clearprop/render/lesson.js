
"use strict";
// One screen at a time. The address says which: #step-3, or the id of a line on it, #dL/dw3.
const screens = [...document.querySelectorAll("main > section")];
const part = (id) => document.getElementById(id);
const [controls, slider, where, reveal, predict] =
  ["controls", "slider", "where", "reveal", "predict"].map(part);
let now = 0;

// What drawings share is written once; here each gets its own, to be clicked and focused.
document.querySelectorAll("use").forEach((use) => {
  const own = part(use.getAttribute("href").slice(1)).cloneNode(true);
  own.removeAttribute("id");
  own.querySelectorAll("[id]").forEach((inner) => inner.removeAttribute("id"));
  use.replaceWith(own);
});

function show(number) {
  now = Math.max(0, Math.min(screens.length - 1, number));
  screens.forEach((screen, place) => screen.classList.toggle("current", place === now));
  const title = screens[now].querySelector("h2").textContent;
  slider.value = now;
  slider.setAttribute("aria-valuetext", `${now} of ${screens.length - 1}: ${title}`);
  where.value = now ? `Step ${now} of ${screens.length - 1}` : "Given";
  part("back").disabled = now === 0;
  part("next").disabled = now === screens.length - 1;
  cover();
  const figure = screens[now].querySelector("figure"), lit = figure.querySelector(".lit");
  if (lit) {  // on a narrow screen the drawing is moved to what the step is about
    const [frame, box] = [figure, lit].map((element) => element.getBoundingClientRect());
    figure.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }
}

function go(number) {
  show(number);  // at once: the address is followed a moment later, and keys may come faster
  location.hash = screens[now].id;
}

function named() {
  try {
    return part(decodeURIComponent(location.hash.slice(1)));
  } catch {  // an address that was cut off within a letter
    return null;
  }
}

function follow() {
  const target = named() || screens[0];
  show(screens.findIndex((screen) => screen.contains(target)));
  document.querySelectorAll(".line.found").forEach((line) => line.classList.remove("found"));
  if (!target.classList.contains("line")) return scrollTo(0, 0);
  for (let line = target; line && !line.classList.contains("open"); line = line.previousElementSibling)
    line.classList.add("open");
  cover();
  target.classList.add("found");
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

// Predict first: of a screen's lines one waits for its result, those after it are not there yet.
const covered = () => screens[now].querySelectorAll(".lines > .line:not(.open)");

function cover() {
  document.body.classList.toggle("predicting", predict.checked);
  const waiting = predict.checked ? [...covered()] : [];
  document.querySelectorAll(".waiting, .unknown").forEach((found) =>
    found.classList.remove("waiting", "unknown"));
  if (waiting.length) waiting[0].classList.add("waiting");
  const ids = new Set(waiting.map((line) => line.id));
  screens[now].querySelectorAll("[data-of]").forEach((text) =>
    text.classList.toggle("unknown", ids.has(text.dataset.of)));
  reveal.hidden = !waiting.length;
  reach();
}

// A line too long for the screen is moved sideways, so the keyboard has to reach it.
function reach() {
  screens[now].querySelectorAll(".line").forEach((line) => {
    line.tabIndex = line.scrollWidth > line.clientWidth ? 0 : -1;
  });
}

function open() {
  const line = covered()[0];
  if (line) line.classList.add("open");
  cover();
}

const keys = {
  ArrowRight: () => go(now + 1), ArrowLeft: () => go(now - 1),
  Home: () => go(0), End: () => go(screens.length - 1),
};
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target === slider) return;
  const pressed = event.target.closest("button, input, a");
  const action = event.key === " " && !pressed && !reveal.hidden ? open : keys[event.key];
  if (!action) return;
  event.preventDefault();
  predict.blur();  // the space bar is for revealing
  action();
});
document.addEventListener("click", (event) => {
  if (event.target.closest(".waiting")) open();
});
part("back").addEventListener("click", () => go(now - 1));
part("next").addEventListener("click", () => go(now + 1));
slider.addEventListener("input", () => show(Number(slider.value)));
slider.addEventListener("change", () => go(Number(slider.value)));
reveal.addEventListener("click", open);
predict.addEventListener("change", () => {
  document.querySelectorAll(".line.open").forEach((line) => line.classList.remove("open"));
  cover();
});
predict.addEventListener("click", (event) => event.detail && predict.blur());
addEventListener("hashchange", follow);
addEventListener("resize", reach);
addEventListener("toggle", reach, true);
slider.max = screens.length - 1;
controls.hidden = false;
document.body.classList.add("live");
follow();
