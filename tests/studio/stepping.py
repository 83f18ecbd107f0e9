"""What tests do with the Step view: wait for it, read its lesson from its address, compare it."""

import base64
import re
from urllib.parse import parse_qs

from clearprop.network.lesson import parse_lesson
from clearprop.render.lesson_page import is_shown
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import formula_text
from clearprop.tracing.trace import trace_steps
from rendered.written_numbers import numbers_of_html, numbers_of_text

ADDRESS_PAUSE = 400  # milliseconds, after which the address has the state


def settled(page):
    """Wait until the view shows what was asked last."""
    page.locator("main.step[aria-busy=false]").wait_for()
    return page


def press(page, *keys):
    """Press keys one by one, each after what came of the one before."""
    for key in keys:
        page.keyboard.press(key)
        settled(page)


def link(page, target):
    """Return the part of the drawing that links to a line."""
    return page.locator(f'main.step figure a[href="#{target}"]')


def state(page):
    """Return what the address says."""
    page.wait_for_timeout(ADDRESS_PAUSE)
    found = parse_qs(page.url.partition("?")[2])
    packed = found["lesson"][0]
    text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    return {**{key: values[0] for key, values in found.items()}, "lesson": text}


def traced(page, **options):
    """Return the trace of the lesson that the page shows."""
    return trace_steps(parse_lesson(state(page)["lesson"], "it"), **options)


def plain(text):
    """Return a text with ASCII's minus."""
    return text.replace("\u2212", "-")


def compare(page, trace, number, digits=4):
    """Hold the lines and the drawing of a screen to a trace."""
    section = trace.steps[number - 1]
    assert page.locator(".step h2").inner_text() == section.title
    lines = [line for line in section.lines if is_shown(trace, line.symbol.example)]
    shown = page.locator(".step .body").evaluate(
        """body => [...body.querySelectorAll('.line')].map(line => ({
          id: line.id,
          result: line.querySelector('b').textContent.slice(2),
          numbers: [...line.querySelectorAll('.line > span')].map(one => one.innerHTML)}))"""
    )
    assert [line["id"] for line in shown] == [line.id for line in lines]
    for line, found in zip(lines, shown, strict=True):
        assert plain(found["result"]) == number_text(line.written, digits)[0]
        for numbers in found["numbers"]:
            assert numbers_of_html(numbers) == numbers_of_text(formula_text(line.numbers, digits))
    drawn = page.locator(".step figure").evaluate(
        """figure => [...figure.querySelectorAll('[data-of]')].map(
          text => [text.dataset.of, text.textContent])"""
    )
    for name, text in drawn:
        assert plain(text).endswith(number_text(trace[name].written, min(digits, 4))[0])


def saved(page, press_it):
    """Return the name and the text of a file that the page saves."""
    with page.expect_download() as waiting:
        press_it()
    download = waiting.value
    return download.suggested_filename, download.path().read_text("utf-8")


def loss_said(page):
    """Return the loss before and after the step, as said below the drawing."""
    return re.findall(r"\d[\d.e+-]*\d", page.locator(".stage .verdict").inner_text())
