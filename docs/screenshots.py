"""Makes the pictures of the studio from the real thing: `python docs/screenshots.py`.

It needs the extras [studio] and [test], and Chromium.
"""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
SIZE = {"width": 1280, "height": 720}


def main() -> None:
    """Write docs/studio-train.png, docs/studio-step.png and docs/studio-check.png."""
    from playwright.sync_api import sync_playwright

    from studio.serving import served

    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, hash, work in (
            ("train", "train?data=spirals&hidden=8,8", trained),
            ("step", "step?at=6", stepped),
            ("check", "check", checked),
        ):
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(f"{address}#{hash}")
            work(page)
            page.wait_for_timeout(1_500)
            page.screenshot(path=HERE / f"studio-{name}.png")
            page.close()
        browser.close()


def trained(page) -> None:
    """Train until step 3,000, and ask why a weight changes."""
    page.locator(".stage[aria-busy=false]").wait_for(timeout=120_000)
    page.evaluate("location.hash += '&at=3000'")
    page.locator(".figures .step dd", has_text="3,000").wait_for(timeout=60_000)
    page.locator(".hit").nth(20).dispatch_event("click")
    page.locator(".panel .facts").wait_for()


def stepped(page) -> None:
    """Wait for the drawing."""
    page.locator(".step .network").wait_for()


def checked(page) -> None:
    """Mark an example with a mistake on the way back."""
    page.get_by_role("button", name="A mistake on the way back").click()
    page.get_by_role("button", name="Go to the mistake").click(timeout=30_000)


main()
