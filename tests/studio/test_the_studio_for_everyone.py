"""axe-core finds nothing amiss with the views, light and dark, on a desk and on a phone."""

import pytest

from studio.test_training_in_the_browser import SPIRALS, click_weight, ready, wait_for_step
from studio.waiting import until

pytestmark = pytest.mark.browser
LOOKS = [("light", "desk"), ("dark", "phone")]


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_a_training_with_its_panel(studio, axe, scheme, size):
    page = studio(SPIRALS, color_scheme=scheme, size=size)
    ready(page)
    page.locator("[data-do=epoch]").click()
    wait_for_step(page, 12)
    click_weight(page, 1, 2, 1)
    assert axe(page) == []


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_a_step_from_its_start_to_its_end(studio, axe, scheme, size):
    page = studio("step", color_scheme=scheme, size=size)
    page.locator(".step .network").wait_for()
    for key in ("Home", "ArrowRight", "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        assert axe(page) == []


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_a_solution_with_a_mistake_and_a_worksheet(studio, axe, scheme, size):
    page = studio("check", color_scheme=scheme, size=size)
    page.get_by_role("button", name="A mistake on the way back").click()
    page.locator(".check .wrong").first.wait_for()
    assert axe(page) == []
    page.get_by_text("A worksheet", exact=True).click()
    page.locator(".check input").first.wait_for()
    until(page, "!document.querySelector('.check .waiting, .check .stale')")
    assert axe(page) == []
