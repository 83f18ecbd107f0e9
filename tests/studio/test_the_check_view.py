"""The check view in a real browser: a solution marked as it is typed, a worksheet filled in."""

import re
from base64 import urlsafe_b64encode

import pytest

import clearprop as cp
from clearprop.network.lesson import lesson_toml
from clearprop.render.numbers import decimal_text, number_text
from clearprop.studio.examples import EXAMPLES, example_text
from clearprop.studio.sessions import Opening

pytestmark = pytest.mark.browser

SEED = cp.trace().step.lesson
PLANTED = example_text("backward", SEED)
SHEET = cp.worksheet([2, 1, 1], seed=3, biases=False)
KEY = {blank.id: decimal_text(blank.answer) for blank in SHEET.blanks}


def paste(page, text):
    page.locator("textarea").fill(text)


def marks(page):
    """Return the marks of the lines, as the page says them."""
    return page.locator(".marked tbody tr").evaluate_all(
        "rows => rows.map(row => row.querySelector('.word').textContent)"
    )


def marks_of(report):
    """Return the marks of the lines, of a line's several the weightiest."""
    order = ("wrong", "follows", "not understood", "rounding", "right")
    found = {}
    for judgement in report.judgements:
        found.setdefault(judgement.line, set()).add(judgement.mark)
    return [
        next((mark for mark in order if mark in found.get(line, ())), "")
        for line in range(1, len(report.source) + 1)
    ]


def marked(page, outcome):
    """Wait until the verdict is of a kind, and return it."""
    page.locator(f".verdict.{outcome}").wait_for()
    return page.locator(".sentence").inner_text()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_planted_mistake_is_marked_and_its_right_line_is_a_click_away(studio, size):
    page = studio("check", size=size)
    paste(page, PLANTED)
    report = cp.check(PLANTED)
    assert "line 35: The updated weights were used" in marked(page, "wrong")
    assert marks(page) == marks_of(report)
    assert page.locator(".counts").inner_text() == "64 equalities: 53 right, 9 follows, 2 wrong."
    gutter = page.locator(".gutter > div").evaluate_all("e => e.map(e => e.className)")
    assert [name.split()[0] for name in gutter[: len(report.source)]] == [
        mark or "plain" for mark in marks_of(report)
    ]
    for name in ("dz_out/dh", "dL/dz_h", "dL/dw1", "dL/dw2"):
        button = page.locator(f'button.ask[data-quantity="{name}"]').first
        button.focus()
        page.keyboard.press("Enter")
        shown = button.locator("+ .right-line .line > b").first
        shown.wait_for()
        digits = int(button.get_attribute("data-digits"))
        value = number_text(cp.trace()[name].value, digits)[0].replace("-", "−")
        assert re.sub(r"[=≈\s]", "", shown.inner_text()) == value
        assert button.get_attribute("aria-expanded") == "true"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_fix_that_is_typed_changes_the_verdict_and_nothing_else_is_lost(studio):
    page = studio("check")
    paste(page, PLANTED)
    marked(page, "wrong")
    page.locator('button.ask[data-quantity="w1_new"]').first.click()
    page.locator(".right-line summary").first.click()
    page.locator(".to-first").click()
    area = page.locator("textarea")
    assert area.evaluate("e => e.value.slice(0, e.selectionStart).split('\\n').length") == 35
    page.keyboard.press("Shift+Home")
    page.keyboard.type("  ∂z_out/∂h = w₃ = 0.8")
    page.locator('.gutter .right[data-line="35"]').wait_for()
    assert "line 37" in marked(page, "wrong")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert area.evaluate("e => e.value.slice(0, e.selectionStart).split('\\n').length") == 35
    assert page.locator(".right-line details[open]").count() == 1
    paste(page, example_text("right", SEED))
    assert marked(page, "right") == "Nothing is wrong."
    assert page.locator("button.ask").count() == 0


def test_a_mark_puts_the_cursor_on_its_line(studio):
    page = studio("check")
    paste(page, PLANTED)
    marked(page, "wrong")
    page.locator('button.mark[data-line="41"]').click()
    place = "e => e.value.slice(0, e.selectionStart).split('\\n').length"
    assert page.locator("textarea").evaluate(place) == 41
    assert page.locator("tr.here").get_attribute("data-line") == "41"
    page.locator('.gutter [data-line="37"]').click()
    assert page.locator("textarea").evaluate(place) == 37


def test_examples_begin_a_solution_and_can_be_taken_back(studio):
    page = studio("check")
    paste(page, "my own work")
    for name in EXAMPLES:
        page.locator(f".examples option[value={name}]").wait_for(state="attached")
        page.select_option(".examples", name)
        text = example_text(name, SEED)
        page.wait_for_function(
            "text => document.querySelector('textarea').value === text", arg=text
        )
        page.locator(f".marked tbody tr:nth-child({text.count(chr(10))})").wait_for()
        marked(page, "wrong" if EXAMPLES[name].mistake else "right")
    page.locator("textarea").focus()
    for _ in EXAMPLES:
        page.keyboard.press("Control+z")
    assert page.locator("textarea").input_value() == "my own work"


@pytest.mark.parametrize("times", [1, 12], ids=["in the address", "kept by the tab"])
def test_a_reload_keeps_the_solution(studio, times):
    page = studio("check")
    text = PLANTED + "\nThat is all, and it is mine." * times * 9
    paste(page, text)
    marked(page, "wrong")
    assert len(page.url) < 5_000
    page.reload()
    marked(page, "wrong")
    assert page.locator("textarea").input_value() == text


def test_hostile_text_is_shown_as_text(studio):
    page = studio("check")
    text = (
        "<script>document.title = 'x'</script> = 1\n<img src=/x onerror=\"document.title='x'\"> = 2"
    )
    paste(page, text)
    page.locator(".marked tbody tr").nth(1).wait_for()
    assert page.locator(".marked code").all_inner_texts() == text.split("\n")
    assert page.locator(".check :is(script, img)").count() == 0
    assert page.title() == "clearprop studio"


def test_it_is_held_against_the_lesson_that_the_studio_was_opened_with(studio, tmp_path):
    page = studio("check", Opening("step", lesson=lesson_toml(SHEET.lesson)))
    paste(page, "w1 = 0.5")
    page.select_option(".held", "step")
    marked(page, "wrong")
    file = tmp_path / "mine.toml"
    file.write_text(lesson_toml(SEED), encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.select_option(".held", "choose")
    chooser.value.set_files(file)
    assert marked(page, "right") == "Nothing is wrong."
    page.reload()
    assert marked(page, "right") == "Nothing is wrong."
    assert page.locator(".understood summary").inner_text().startswith("Held against: 2-1-1")


def test_the_lesson_goes_from_the_step_view_to_the_check_view_and_back(studio):
    text = lesson_toml(SHEET.lesson).encode("utf-8")
    page = studio(f"step?lesson={urlsafe_b64encode(text).decode().rstrip('=')}")
    page.locator("main.step svg.network").first.wait_for()
    page.locator("nav a", has_text="Check").click()
    paste(page, "w1 = 0.5")
    page.select_option(".held", "step")
    marked(page, "wrong")
    page.select_option(".held", "text")
    paste(page, PLANTED)
    assert "line 35" in marked(page, "wrong")
    page.locator(".understood summary", has_text="Read out of the text: 2-1-1").wait_for()
    page.locator(".to-step").click()
    page.locator("main.step:not([hidden])").wait_for()
    page.locator("main.step svg.network").get_by_text("0.8", exact=True).first.wait_for()


def test_names_that_do_not_fit_are_told_where_the_verdict_stands(studio):
    page = studio("check?held=step")
    paste(page, "Fehler = 0.1255")
    page.locator(".names").fill("Fehler")
    page.keyboard.press("Tab")
    page.get_by_text("names take theirs=ours, as in net_h1=z_h1, not 'Fehler'").wait_for()
    page.locator(".names").fill("Fehler=L")
    page.keyboard.press("Tab")
    assert marked(page, "right") == "Nothing is wrong."


def blank(page, name):
    return page.locator(f'.blank[data-blank="{name}"]')


def answered(page, name, value, mark):
    blank(page, name).locator("input").fill(value)
    page.keyboard.press("Enter")
    page.locator(f'.blank[data-blank="{name}"][data-mark="{mark}"]').wait_for()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_worksheet_is_marked_as_it_is_filled_in(studio, size):
    page = studio("check?sheet=2-1-1&seed=3", size=size)
    page.locator(".blank").first.wait_for()
    report = cp.check(cp.document(SHEET, "csv", answers=True), SHEET.lesson)
    wanted = dict(zip(KEY, (judgement.mark for judgement in report.judgements), strict=True))
    for name, value in KEY.items():
        blank(page, name).locator("input").fill(value)
        page.keyboard.press("Enter")
        page.locator(
            f'.blank[data-blank="{name}"]:is([data-mark=right], [data-mark=rounding])'
        ).wait_for()
    for name, mark in wanted.items():
        assert blank(page, name).get_attribute("data-mark") == mark
        assert mark in blank(page, name).locator(".said").inner_text() or size == "phone"
    count = len(KEY)
    assert page.locator(".score p").inner_text().startswith(f"{count} of {count} filled in:")
    assert "wrong" not in page.locator(".score p").inner_text()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_planted_mistake_of_a_worksheet_is_named_and_survives_a_reload(studio):
    page = studio("check?sheet=2-1-1&seed=3")
    delta = float(KEY["dL/dz_out"]) * float(KEY["w3_new"]) * float(KEY["dh/dz_h"])
    for name in KEY:
        if name == "dL/dz_h":
            break
        blank(page, name).locator("input").fill(KEY[name])
    answered(page, "dL/dz_h", f"{delta:.3g}", "wrong")
    said = blank(page, "dL/dz_h").locator(".remarks").inner_text()
    assert "The updated weights were used to pass the error back" in said
    page.reload()
    page.locator('.blank[data-blank="dL/dz_h"][data-mark="wrong"]').wait_for()
    assert blank(page, "dL/dz_h").locator("input").input_value() == f"{delta:.3g}"
    blank(page, "dL/dz_h").locator(".reveal").click()
    blank(page, "dL/dz_h").get_by_text(KEY["dL/dz_h"], exact=True).first.wait_for()
    page.get_by_text("1 wrong, 1 shown").wait_for()


def test_new_numbers_make_another_exercise_and_the_old_one_keeps_its_answers(studio):
    page = studio("check?sheet=2-1-1&seed=3")
    answered(page, "z_h", KEY["z_h"], "right")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "h"
    page.get_by_role("button", name="New numbers").click()
    page.get_by_text("Exercise 4:").wait_for()
    assert "seed=4" in page.url
    assert blank(page, "z_h").locator("input").input_value() == ""
    page.locator("input[name=seed]").fill("3")
    page.keyboard.press("Tab")
    page.get_by_text("Exercise 3:").wait_for()
    page.locator('.blank[data-blank="z_h"][data-mark="right"]').wait_for()


@pytest.mark.parametrize(
    ("given", "said"),
    [("seed=abc", "the seed must be a whole number, not 'abc'"), ("rate=abc", "rate must be")],
)
def test_a_number_of_a_worksheet_s_address_that_is_none_is_told(studio, given, said):
    page = studio(f"check?sheet=2-1-1&{given}")
    page.locator(".trouble", has_text=said).wait_for()


def test_what_cannot_be_an_exercise_is_told_in_a_sentence(studio):
    page = studio("check?sheet=9-9-9")
    page.get_by_text(
        "a worksheet is worked by hand, so it takes a network of at most 50"
    ).wait_for()
    page.select_option("select[name=sheet]", "2-1-1")
    page.locator(".blank").first.wait_for()
    assert not page.locator(".trouble").is_visible()


def test_the_two_parts_are_switched_by_keyboard_and_back(studio):
    page = studio("check")
    text = "x1 = 0.5\nz = 0.3 × 0.5 + 0.1 = 0.25"
    paste(page, text)
    marked(page, "right")
    page.locator("input[value=solution]").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".blank").first.wait_for()
    page.go_back()
    page.locator("textarea").wait_for()
    assert page.locator("textarea").input_value() == text
