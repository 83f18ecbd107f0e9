"""axe-core finds nothing amiss on lesson pages: names of links, contrast, keyboard, landmarks."""

import pytest

import clearprop as cp
from clearprop.network.lesson import seed_lesson
from clearprop.network.options import lesson_from_options

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
NETWORKS = {
    "two outputs and biases": {"layers": "2,2,2", "x": "1,-2", "y": "0,1", "activation": "tanh"},
    "a batch": {"layers": "2,1,1", "x": "1,2;3,-1", "y": "1;0"},
    "an overview": {"layers": "30,20,5", "x": ",".join("1" * 30), "y": "0,0,0,0,1"},
}


def faults_of_screens(page, axe):
    """Return what is found on the first screen, one in the middle, and the last."""
    last = page.locator("section").count() - 1
    found = []
    for number in (0, last // 2, last):
        page.evaluate("number => go(number)", number)
        page.locator("section.current").nth(0).wait_for()
        found += [(number, *fault) for fault in axe(page)]
    return found


LOOKS = pytest.mark.parametrize(
    ("scheme", "size"), [("light", PHONE), ("dark", DESK)], ids=["light phone", "dark desk"]
)


@LOOKS
def test_the_seeds_page_has_no_fault(lesson, axe, scheme, size):
    page = lesson(cp.trace(), viewport=size, color_scheme=scheme, reduced_motion="reduce")
    assert faults_of_screens(page, axe) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_pages_of_other_networks_have_no_fault(lesson, axe, name):
    trace = cp.trace(lesson_from_options(seed_lesson(), NETWORKS[name]))
    page = lesson(trace, viewport=PHONE, color_scheme="dark", reduced_motion="reduce")
    assert faults_of_screens(page, axe) == []


def test_predicting_has_no_fault(lesson, axe):
    page = lesson(cp.trace(), "#step-1", reduced_motion="reduce")
    page.get_by_label("Predict first").check()
    assert axe(page) == []


def test_a_fault_is_found(lesson, axe):
    page = lesson(cp.trace())
    page.evaluate("slider.removeAttribute('aria-label')")
    assert axe(page) == [("label", ["#slider"])]
