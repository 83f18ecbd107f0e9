"""How fast the studio shows a training: frames drawn in a second, and from a click to the panel.

A 2-8-8-1 network learns the spirals, at some speeds, in Chromium without a window, whose screen has
60 frames a second; as fast as it goes the training takes a core for itself. A frame counts when the
page shows another step; a click on a weight counts until the side panel shows how its update came
about.

A part of the suite: `python -m benchmarks studio`.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
SECONDS, CLICKS = 10.0, 60
SPEEDS = {"100": "100 steps a second", "1000": "1,000 steps a second", "0": "as fast as it goes"}
LEAST_FRAMES, MOST_MILLISECONDS = 55, 40
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


@dataclass(frozen=True)
class Seen:
    """How a training is seen at a speed.

    steps    taken in a second        frames   drawn in a second
    click    milliseconds from a click to the panel, the median; `ninth`: nine of ten are within
    """

    speed: str
    steps: int
    frames: float
    click: float
    ninth: float

    def json(self) -> dict[str, object]:
        """Return the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"studio, {self.speed} ({self.steps:,} were taken): {self.frames:.1f} frames a second;"
            f" from a click to the panel {self.click:.0f} ms (median), nine of ten within"
            f" {self.ninth:.0f} ms"
        )


def missing() -> str | None:
    """Return what is missing to drive a browser, None for nothing."""
    if shutil.which("chromium") is None:
        return "Chromium is not installed (apt-get install chromium)"
    lacks = [name for name in ("playwright", "uvicorn") if not importlib.util.find_spec(name)]
    return f"{lacks[0]} is not installed (pip install -e '.[dev]')" if lacks else None


def studios(seconds: float = SECONDS, clicks: int = CLICKS) -> Iterator[Seen]:
    """Yield how the training is seen at each speed; nothing where no browser can be driven."""
    if lack := missing():
        print(f"studio: not measured, {lack}")
        return
    for speed in SPEEDS:
        yield seen(speed, seconds, clicks)


def seen(speed: str, seconds: float, clicks: int) -> Seen:
    """Return how the training is seen at a speed."""
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
    return Seen(SPEEDS[speed], round(steps), frames, median(times), quantiles(times, n=10)[-1])
