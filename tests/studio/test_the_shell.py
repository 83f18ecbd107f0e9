"""The studio's shell: its views, its address, its colours."""

import pytest

from studio.stepping import link, loss_said, settled
from studio.waiting import until

pytestmark = pytest.mark.browser


def test_the_views_are_reached_by_keyboard_and_the_address_says_which(studio):
    page = studio()
    assert page.locator("nav a[aria-current]").inner_text() == "Step"
    page.locator("nav a", has_text="Train").focus()
    page.keyboard.press("Enter")
    page.locator("main.train:not([hidden])").wait_for()
    assert page.url.split("#")[1].startswith("train")
    page.go_back()
    page.locator("main.step:not([hidden])").wait_for()


def test_the_colours_are_kept(studio):
    page = studio()
    page.locator(".theme").click()
    page.locator(".theme").click()
    assert page.locator(".studio").get_attribute("data-theme") == "dark"
    page.reload()
    page.locator(".studio[data-theme=dark]").wait_for()


def test_what_was_changed_just_before_another_view_is_opened_is_there_again(studio):
    page = settled(studio("step"))
    link(page, "dL/dw3").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("-2")
    page.keyboard.press("Enter")
    settled(page)
    changed = loss_said(page)
    page.locator("nav a", has_text="Check").click()
    text = page.locator("main.check textarea")
    for typed in ("w1 = 0.5", "w1 = 0.5, w2 = 0.3"):
        text.fill(typed)
        page.locator("nav a", has_text="Step").click()
        assert loss_said(settled(page)) == changed
        assert "#step" in page.url
        page.locator("nav a", has_text="Check").click()
        until(page, "document.querySelector('main.check textarea').value !== ''")
        assert text.input_value() == typed
