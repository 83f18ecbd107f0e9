"""How fast the studio shows a training: frames drawn in a second, and from a click to the panel.

A 2-8-8-1 network learns the spirals, at some speeds, in Chromium without a window, whose screen has
60 frames a second; as fast as it goes the training takes a core for itself. A frame counts when the
page shows another step; a click on a weight counts until the side panel shows how its update came
about.

    python -m benchmarks.studio [seconds] [clicks]
"""

from __future__ import annotations

import shutil
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
SECONDS, CLICKS = 10.0, 60
SPEEDS = {"100": "at 100 steps a second", "1000": "at 1,000", "0": "as fast as it goes"}
PLACE = "train?data=spirals&hidden=8,8"

FRAMES = """seconds => new Promise((done) => {
  let count = 0;
  const seen = new MutationObserver(() => count++);
  const all = { childList: true, characterData: true, subtree: true };
  seen.observe(document.querySelector(".figures .step dd"), all);
  const begun = performance.now();
  setTimeout(() => {
    seen.disconnect();
    done(count / (performance.now() - begun) * 1000);
  }, 1000 * seconds);
})"""
CLICK = """place => new Promise((done) => {
  const panel = document.querySelector(".panel"), begun = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => done(performance.now() - begun));
  });
  seen.observe(panel, { childList: true, characterData: true, subtree: true });
  setTimeout(() => done(null), 5000);
  const weights = document.querySelectorAll(".network-drawing .hit");
  weights[place % weights.length].dispatchEvent(new MouseEvent("click", { bubbles: true }));
})"""


def served() -> AbstractContextManager[str]:
    """Return a studio on a port of its own, as the tests have it."""
    sys.path.insert(0, str(ROOT / "tests"))
    from studio.serving import served

    return served()  # type: ignore[no-any-return]


def measured(speed: str, seconds: float, clicks: int) -> tuple[float, list[float], int]:
    """Return frames drawn in a second, the milliseconds of each click, the steps in a second."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{address}#{PLACE}")
        page.locator(".stage[aria-busy=false]").wait_for(timeout=120_000)
        page.select_option("[name=speed]", speed)
        page.locator("[data-do=play]").click()
        page.wait_for_timeout(2_000)

        def step() -> int:
            return int(page.locator(".figures .step dd").inner_text().replace(",", ""))

        before = step()
        frames = page.evaluate(FRAMES, seconds)
        steps = (step() - before) / seconds
        times = []
        for place in range(clicks):
            if (taken := page.evaluate(CLICK, 5 * place)) is None:
                sys.exit("a click was not answered within five seconds")
            times.append(taken)
            page.wait_for_timeout(100)
        browser.close()
    return frames, times, round(steps)


def main(arguments: list[str]) -> None:
    """Print what was measured."""
    seconds = float(arguments[0]) if arguments else SECONDS
    clicks = int(arguments[1]) if len(arguments) > 1 else CLICKS
    for speed, words in SPEEDS.items():
        frames, times, steps = measured(speed, seconds, clicks)
        ordered = sorted(times)
        print(
            f"{words} ({steps:,} were taken): {frames:.1f} frames a second; from a click to the"
            f" panel {median(times):.0f} ms (median), nine of ten within"
            f" {ordered[int(0.9 * len(ordered))]:.0f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
