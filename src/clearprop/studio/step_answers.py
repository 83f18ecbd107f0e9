"""The Step view's answers: a lesson shown, edited, exported; each a function of what is asked.

The lesson lives in the browser, as its text; nothing of it is kept here but the last few traces,
so that going through the screens of one does not work it out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby

from clearprop.errors import SettingError, UnknownName
from clearprop.network.lesson import lesson_toml, parse_lesson, seed_lesson
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Quantity,
    State,
    Target,
    Weight,
)
from clearprop.render.documents import trace_document
from clearprop.render.lesson_lines import line_html
from clearprop.render.lesson_page import (
    WAYS,
    Screen,
    is_shown,
    layout,
    overview_screens,
    readable_screen,
    shown_sections,
    title,
)
from clearprop.render.network_svg import arrows
from clearprop.render.numbers import number_text
from clearprop.render.tables import verdict
from clearprop.render.text_symbols import mark_text
from clearprop.studio.asking import Answer, Given
from clearprop.studio.lesson_edits import edited, entry
from clearprop.studio.lesson_parts import CHOICES, parts, settings
from clearprop.studio.sessions import Session
from clearprop.tracing.trace import Trace, trace_steps

DIGITS, BY_HAND = range(1, 18), range(1, 18)
EXPORTS = {  # format -> the file's name and what it holds
    "toml": ("lesson.toml", "application/toml"),
    "markdown": ("step.md", "text/markdown"),
    "latex": ("step.tex", "text/x-tex"),
    "html": ("step.html", "text/html"),
    "lesson": ("lesson.html", "text/html"),
    "svg": ("network.svg", "image/svg+xml"),
    "json": ("step.json", "application/json"),
    "python": ("step.py", "text/x-python"),
}


# --- the answers ---------------------------------------------------------------------------------


def show(session: Session, given: Given) -> Answer:
    """Return a screen of a lesson, and all that can be changed or asked about in it.

    Without a lesson it is the one that the studio was opened with, or the seed's.
    """
    text = given.get("lesson")
    text = opening(session) if text is None else entry(given, "lesson", str)
    trace, digits = traced(text, by_hand(given)), number_of(given, "digits", DIGITS)
    last = len(shown_sections(trace)) if trace.readable else len(overview(text, digits)) - 1
    at = min(max(entry(given, "at", int), 0), last)
    screen = readable(trace, digits, at) if trace.readable else overview(text, digits)[at]
    return {
        "lesson": text,
        "title": title(trace),
        "layout": layout(trace),
        "verdict": verdict(trace, digits),
        "at": at,
        "last": last,
        "screen": {
            "phase": screen.phase,
            "way": WAYS.get(screen.phase, ""),
            "heading": screen.heading,
            "picture": screen.picture,
            "body": "\n".join(screen.body),
        },
        "readable": trace.readable,
        "where": where(trace),
        "parts": parts(trace),
        "settings": settings(trace),
        "choices": CHOICES,
        "arrows": arrows(),
    }


def edit(session: Session, given: Given) -> Answer:
    """Return the text of a lesson with an edit put in, which can be worked like the one before."""
    text = edited(entry(given, "lesson", str), entry(given, "edit", dict))
    traced(text, by_hand(given))
    return {"lesson": text}


def export(session: Session, given: Given) -> Answer:
    """Return a lesson in a format, and the name of its file."""
    text, format = entry(given, "lesson", str), entry(given, "format", str)
    if format not in EXPORTS:
        raise UnknownName.of("format", format, EXPORTS)
    name, kind = EXPORTS[format]
    if format != "toml":
        trace, digits = traced(text, by_hand(given)), number_of(given, "digits", DIGITS)
        text = trace_document(trace, format, digits, None)
    return {"text": text, "name": name, "type": kind}


def opening(session: Session) -> str:
    """Return the lesson that the studio was opened with."""
    if session.opening.run is not None:
        return lesson_toml(session.opening.run.lesson(example=0))
    return session.opening.lesson or lesson_toml(seed_lesson())


# --- what they are made of -----------------------------------------------------------------------


@lru_cache(maxsize=4)
def traced(text: str, by_hand: int | None) -> Trace:
    """Return the trace of a lesson, its lines worked out; a large one has no arithmetic of paper.

    Raises
    ------
    ClearpropError: it is no lesson, or cannot be worked with so few digits.
    """
    lesson = parse_lesson(text, "the lesson")
    trace = trace_steps(lesson, by_hand=by_hand if lesson.readable else None)
    trace.steps  # noqa: B018 - works the lines out
    return trace


@lru_cache(maxsize=4)
def overview(text: str, digits: int) -> list[Screen]:
    """Return the screens of a lesson that is too large to print line by line."""
    return [*overview_screens(traced(text, None), digits)]


def readable(trace: Trace, digits: int, at: int) -> Screen:
    """Return a screen; on that of what is given each number can be changed."""
    screen = readable_screen(trace, digits, at)
    if at:
        return screen
    return Screen(screen.phase, screen.heading, screen.picture, (*given_numbers(trace, digits),))


def given_numbers(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the numbers before the step, kind by kind, each a link to where it is changed."""
    shown = [q for q in trace.given_quantities if is_shown(trace, example_number(q))]
    for heading, quantities in groupby(shown, lambda quantity: kind(trace, quantity)):
        yield f'<div class="group"><h3>{heading}</h3><div class="givens">'
        yield from (given_number(trace, quantity, digits) for quantity in quantities)
        yield "</div></div>"
    if (count := len(trace.step.lesson.x)) and not is_shown(trace, count):
        yield f"<p>Of the {count} examples the first few are shown line by line.</p>"
    if frozen := trace.step.lesson.learning.frozen:
        names = escape(", ".join(frozen))
        yield f"<p>Frozen, so that the step leaves them as they are: {names}.</p>"
    if trace.by_hand is not None:
        yield f"<p>By hand: every value is written with {trace.by_hand} digits.</p>"


def given_number(trace: Trace, quantity: Quantity, digits: int) -> str:
    """Return a number that is given, as a link where it can be changed."""
    line = trace.writer.given_line(quantity)
    shown = line_html(line, digits)
    if isinstance(quantity, State):
        return shown
    told = f"{mark_text(line.symbol)} = {number_text(line.written, digits)[0]}"
    return f'<a class="settable" href="#{escape(line.id)}" aria-label="{told}">{shown}</a>'


def kind(trace: Trace, quantity: Quantity) -> str:
    """Return what kind of number is given."""
    match quantity:
        case Activation() | Target():
            alone = len(trace.step.lesson.x) == 1
            return "Example" if alone else f"Example {example_number(quantity)}"
        case Weight(layer) | Bias(layer):
            return f"Layer {layer}"
        case Constant():
            return "Constants"
    return "Carried on"


def example_number(quantity: Quantity) -> int | None:
    """Return the example of an input or a target, counted from 1, or None."""
    return quantity.example + 1 if isinstance(quantity, Activation | Target) else None


def where(trace: Trace) -> dict[str, int]:
    """Return on which screen the line of each quantity stands."""
    if not trace.readable:
        return {}
    found = {line.id: 0 for line in trace.given}
    for number, place in enumerate(shown_sections(trace), start=1):
        found |= {line.id: number for line in trace.steps[place - 1].lines}
    return found


# --- entries of an ask ---------------------------------------------------------------------------


def by_hand(given: Given) -> int | None:
    """Return the digits of the arithmetic of paper, or None for exact numbers."""
    return None if given.get("by_hand") is None else number_of(given, "by_hand", BY_HAND)


def number_of(given: Given, name: str, allowed: range) -> int:
    """Return a whole number of an ask."""
    value = entry(given, name, int)
    if value not in allowed:
        raise SettingError(
            f"{name} must be a whole number from {allowed[0]} to {allowed[-1]}, not {value}"
        )
    return int(value)
