"""The lesson page in a real browser, from file://: walked by keyboard, clicked, printed."""

import pytest

import clearprop as cp
from clearprop.network.lesson import seed_lesson
from clearprop.network.options import lesson_from_options
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import formula_text
from rendered.written_numbers import numbers_of_html, numbers_of_text

pytestmark = pytest.mark.browser
SHOWN = "section.current"


def plain(text):
    return text.replace("−", "-")


def assert_on(page, screen):
    """Wait until a screen is shown: the browser follows an address in its own time."""
    page.locator(f"section#{screen}.current").wait_for(timeout=5_000)


def test_the_seeds_eight_steps_by_keyboard_show_every_number_of_the_trace(lesson):
    trace = cp.trace()
    page = lesson(trace)
    assert_on(page, "given")
    for number, section in enumerate(trace.steps, start=1):
        page.keyboard.press("ArrowRight")
        assert_on(page, f"step-{number}")
        assert page.url.endswith(f"#step-{number}")
        assert page.locator(f"{SHOWN} h2").inner_text() == section.title
        lines = page.locator(f"{SHOWN} .line")
        assert [line.get_attribute("id") for line in lines.all()] == [
            line.id for line in section.lines
        ]
        for line, shown in zip(section.lines, lines.all(), strict=True):
            result = number_text(line.written, 4)[0]
            assert plain(shown.locator("> b").text_content())[2:] == result
            for numbers in shown.locator("> span").all():
                found = numbers_of_html(numbers.inner_html())
                assert found == numbers_of_text(formula_text(line.numbers, 4))
        for text in page.locator(f"{SHOWN} svg [data-of]").all():
            line = trace[text.get_attribute("data-of")]
            assert plain(text.text_content()).endswith(number_text(line.written, 4)[0])
    page.keyboard.press("ArrowRight")
    assert_on(page, "step-8")


def test_home_end_slider_buttons_and_the_browsers_back(lesson):
    page = lesson(cp.trace())
    page.keyboard.press("End")
    assert_on(page, "step-8")
    page.keyboard.press("Home")
    assert_on(page, "given")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert_on(page, "step-2")
    page.get_by_role("button", name="Back").click()
    assert_on(page, "step-1")
    page.go_back()
    assert_on(page, "step-2")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert_on(page, "step-3")
    assert page.locator("#where").inner_text() == "Step 3 of 8"


def test_an_address_opens_its_step_or_its_line(lesson):
    assert_on(lesson(cp.trace(), "#step-6"), "step-6")
    page = lesson(cp.trace(), "#dL/dw3")
    assert_on(page, "step-5")
    assert page.locator(".found").get_attribute("id") == "dL/dw3"


def test_a_weight_and_a_unit_lead_to_their_lines_by_click_and_by_key(lesson):
    page = lesson(cp.trace())
    page.locator(f"{SHOWN} a[href='#dL/dw2'] text").first.click()
    assert_on(page, "step-7")
    assert page.locator(".line.found").get_attribute("id") == "dL/dw2"
    page.locator(f"{SHOWN} a[href='#h']").focus()
    page.keyboard.press("Enter")
    assert_on(page, "step-1")
    assert page.locator(".line.found").get_attribute("id") == "h"


def test_a_weight_between_layers_that_drawings_share_is_clicked_too(lesson):
    deep = lesson_from_options(
        seed_lesson(), {"layers": "2,4,4,1", "x": "1,2", "y": "1", "activation": "tanh"}
    )
    page = lesson(cp.trace(deep), "#step-3")
    assert page.locator("use").count() == 0
    page.locator(f"{SHOWN} a[href='#dL/dw12']").focus()
    page.keyboard.press("Enter")
    assert page.locator(".line.found").get_attribute("id") == "dL/dw12"


def test_what_a_step_is_about_is_lit_by_line_and_arrow_and_not_by_colour_alone(lesson):
    page = lesson(cp.trace(), "#step-1")
    style = "e => [getComputedStyle(e).strokeDasharray, getComputedStyle(e).markerEnd != 'none']"
    assert page.locator(f"{SHOWN} .lit.forward path").first.evaluate(style) == ["none", True]
    page.keyboard.press("End")
    page.goto(page.url.replace("#step-8", "#step-6"))
    dashes, _ = page.locator(f"{SHOWN} .lit.backward path").first.evaluate(style)
    assert dashes != "none"
    assert page.locator(f"{SHOWN} .way").inner_text() == "← backward"


def test_predict_first_holds_results_back_until_they_are_revealed(lesson):
    page = lesson(cp.trace(), "#step-1")
    page.get_by_label("Predict first").check()
    results = page.locator(f"{SHOWN} .line > b")
    drawn = page.locator(f"{SHOWN} svg [data-of='h']").first
    assert [result.is_visible() for result in results.all()] == [False, False]
    assert not drawn.is_visible()
    page.keyboard.press("Space")
    assert [result.is_visible() for result in results.all()] == [True, False]
    page.locator(f"{SHOWN} .waiting > b").click(force=True, position={"x": 30, "y": 12})
    assert [result.is_visible() for result in results.all()] == [True, True]
    assert drawn.is_visible()
    assert page.locator("#reveal").is_hidden()
    page.get_by_label("Predict first").uncheck()
    page.keyboard.press("ArrowRight")
    assert page.locator(f"{SHOWN} .line > b").first.is_visible()


def test_predict_first_by_keyboard_alone(lesson):
    page = lesson(cp.trace())
    predict = page.get_by_label("Predict first")
    predict.focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    assert predict.is_checked()
    results = page.locator(f"{SHOWN} .line > b")
    assert [result.is_visible() for result in results.all()] == [True, False]


def test_without_a_script_and_in_print_all_steps_stand_below_each_other(lesson):
    page = lesson(cp.trace(), java_script_enabled=False)
    assert page.locator("section").count() == 9
    assert all(section.is_visible() for section in page.locator("section").all())
    assert page.locator("#controls").is_hidden()
    printed = lesson(cp.trace())
    printed.emulate_media(media="print")
    assert all(section.is_visible() for section in printed.locator("section").all())
    assert printed.locator("#controls").is_hidden()
    assert printed.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("hash", ["#nothing", "#half%", "#controls"])
def test_an_address_that_names_no_step_shows_what_is_given(lesson, hash):
    page = lesson(cp.trace(), hash)
    assert page.locator("#where").inner_text() == "Given"
    assert page.locator(SHOWN).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_no_screen_is_wider_than_the_window(lesson, scheme, width, height):
    size = {"width": width, "height": height}
    page = lesson(cp.trace(), viewport=size, color_scheme=scheme, reduced_motion="reduce")
    for _ in range(9):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("ArrowRight")


def test_on_a_phone_held_sideways_the_drawing_is_seen_whole_above_the_controls(lesson):
    page = lesson(cp.trace(), "#step-5", viewport={"width": 640, "height": 360})
    bar, drawing = (page.locator(f).bounding_box() for f in ("#controls", f"{SHOWN} .network"))
    assert bar["height"] < 45
    assert drawing["y"] >= 0
    assert drawing["y"] + drawing["height"] <= bar["y"]


def test_a_long_loss_is_broken_between_its_terms_on_a_phone(lesson):
    trace = cp.trace(
        cp.train("xor", hidden=[4], epochs=3, batch_size=4, test_size=0).at(2).lesson()
    )
    page = lesson(trace, "#step-3", viewport={"width": 390, "height": 844})
    for line in page.locator(f"{SHOWN} .line").all():
        assert line.evaluate("line => line.scrollWidth - line.clientWidth") == 0
    starts = "rows => rows.map(row => row.textContent.slice(0, 3))"
    rows = page.locator(f"{SHOWN} .line:first-child > span > math")
    assert rows.evaluate_all(starts) == ["=ma", "−0.", "+ln"]


def test_both_bars_of_an_absolute_value_are_as_high(lesson):
    trace = cp.trace(
        cp.train("xor", hidden=[4], epochs=3, batch_size=4, test_size=0).at(2).lesson()
    )
    bars = lesson(trace, "#step-3").locator(f"{SHOWN} .line math :is(mo, mi)", has_text="|")
    heights = bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    assert len(heights) == 4  # in names, and with numbers put in
    assert len(set(heights)) == 1


def test_the_way_of_a_step_is_on_the_screen_of_a_phone(lesson):
    page = lesson(cp.trace(), "#step-3", viewport={"width": 390, "height": 844})
    box = page.locator(f"{SHOWN} .lit circle").bounding_box()
    assert 0 <= box["x"] < box["x"] + box["width"] <= 390
