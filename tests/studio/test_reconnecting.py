"""A studio that is killed and begun anew: the page takes up the connection and what it showed."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from clearprop.studio.serving import listening
from studio.waiting import until

pytestmark = pytest.mark.browser
NOTE_BUSY = """() => new MutationObserver(() => { document.body.dataset.wasBusy = "1"; })
  .observe(document.querySelector(".stage"), { attributeFilter: ["aria-busy"] })"""


def free_port():
    """Return a port that nobody listens on at this moment."""
    with listening("127.0.0.1", 0) as listener:
        return listener.getsockname()[1]


@contextmanager
def started(port):
    """Run `clearprop studio` as a process of its own, and kill it as a crash would."""
    command = [sys.executable, "-m", "clearprop", "studio", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert f":{port}" in process.stdout.readline()
            yield
        finally:
            process.kill()


def figures(page):
    """Return the step and the losses that the page shows."""
    return page.locator(".figures dd").all_inner_texts()


def after_an_epoch(page, port):
    """Open a training and take an epoch of it; return the figures before and after."""
    page.goto(f"http://127.0.0.1:{port}/#train?data=spirals&hidden=4&seed=3")
    page.locator(".stage[aria-busy=false]").wait_for()
    at_first = figures(page)
    page.locator("[data-do=epoch]").click()
    until(page, "() => document.querySelector('.figures .step dd').innerText === '12'")
    return at_first, figures(page)


def test_a_page_comes_back_to_its_step_when_the_studio_was_killed_and_begun_anew(browser):
    port = free_port()
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        with started(port):
            at_first, before = after_an_epoch(page, port)
            assert before != at_first
        page.locator(".studio.lost").wait_for()
        assert "connection to the studio is lost" in page.locator(".saying").inner_text()
        with started(port):
            page.locator(".studio:not(.lost) .stage[aria-busy=false]").wait_for()
            until(page, "() => document.querySelector('.figures .step dd').innerText === '12'")
            assert figures(page) == before
            page.locator("[data-do=step]").click()
            until(page, "() => document.querySelector('.figures .step dd').innerText === '13'")


def test_a_training_comes_back_that_was_out_of_sight_when_the_studio_was_begun_anew(browser):
    port = free_port()
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        with started(port):
            _, before = after_an_epoch(page, port)
            page.locator("nav a[data-view=check]").click()
            page.locator("main.check").wait_for()
        page.locator(".studio.lost").wait_for()
        with started(port):
            page.locator(".studio:not(.lost)").wait_for()
            page.evaluate(NOTE_BUSY)
            page.locator("nav a[data-view=train]").click()
            page.locator("body[data-was-busy]").wait_for()
            page.locator(".stage[aria-busy=false]").wait_for()
            until(page, "() => document.querySelector('.figures .step dd').innerText === '12'")
            assert figures(page) == before
            page.locator("[data-do=step]").click()
            until(page, "() => document.querySelector('.figures .step dd').innerText === '13'")
