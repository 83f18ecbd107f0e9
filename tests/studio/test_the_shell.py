"""The studio's shell: its views, its address, its colours."""

import pytest

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
