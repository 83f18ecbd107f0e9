"""The answers of the check view on worked solutions: pure functions of what is asked.

Comes in: the text of a solution, perhaps that of a lesson file. Goes out: its marks as HTML, the
right line of a quantity, an example to begin with.
"""

from __future__ import annotations

from clearprop.checking.marking import check
from clearprop.checking.report import Report
from clearprop.errors import SettingError
from clearprop.network.lesson import Lesson, lesson_toml, parse_lesson, seed_lesson
from clearprop.render.marked import counts, nothing_understood, verdict
from clearprop.render.report_html import legend, outcome
from clearprop.studio.asking import Answer, Given
from clearprop.studio.check_page import (
    MOST_DIGITS,
    derivation,
    example_buttons,
    understood_html,
    work_rows,
)
from clearprop.studio.examples import EXAMPLES, example_text
from clearprop.studio.sessions import Session
from clearprop.tracing.trace import trace_steps

LONGEST = 50_000  # characters: about 100 worked steps, which take some seconds to mark
LONGEST_LESSON = 1_000_000


def mark(session: Session, given: Given) -> Answer:
    """Return the marks of a solution, and the lesson that it was held against, as its text."""
    solution = text_of(given, "solution")
    if len(solution) > LONGEST:
        raise SettingError(
            f"this is too long to be marked as you type ({len(solution):,} characters, at most "
            f"{LONGEST:,}); clearprop check takes files of up to 1 MB"
        )
    report = check(solution, lesson_of(given), names_of(given))
    return {
        "outcome": outcome(report) if report.judgements else "nothing",
        "verdict": said(report),
        "counts": f"{counts(report)}." if report.judgements else "",
        "first": report.first_wrong and report.first_wrong.line,
        "understood": understood_html(report),
        "lines": "".join(work_rows(report)),
        "lesson": None if report.lesson is None else lesson_toml(report.lesson),
    }


def said(report: Report) -> str:
    """Return the verdict; where nothing was understood, the way out that this view has."""
    if report.understood:
        return verdict(report)
    if report.judgements and report.lesson is None:
        return (
            "The network and its numbers could not be read out of the solution; choose a lesson "
            "that it is held against."
        )
    told = nothing_understood(report).partition(";")[0]
    return f"{told}; say whose names are meant." if report.judgements else f"{told}."


def right(session: Session, given: Given) -> Answer:
    """Return the right line of a quantity, and where its numbers come from."""
    lesson = lesson_of(given) or seed_lesson()
    digits = given.get("digits", 4)
    if not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise SettingError(f"digits must be a whole number from 1 to {MOST_DIGITS}, not {digits}")
    return {"html": derivation(trace_steps(lesson), text_of(given, "quantity"), digits)}


def example(session: Session, given: Given) -> Answer:
    """Return a solution to begin with, of a lesson or the seed; without a name, which there are."""
    if "name" not in given:
        titles = [{"name": example.name, "title": example.title} for example in EXAMPLES.values()]
        return {"examples": titles, "buttons": example_buttons(), "legend": "".join(legend())}
    return {"text": example_text(text_of(given, "name"), lesson_of(given) or seed_lesson())}


def text_of(given: Given, name: str) -> str:
    """Return a text of an ask, without halves of signs, which cannot be sent back."""
    text = given.get(name)
    if not isinstance(text, str):
        raise SettingError(f"the studio's page sent no {name} that fits; reload it")
    return text.encode("utf-8", "replace").decode("utf-8")


def lesson_of(given: Given) -> Lesson | None:
    """Return the lesson of an ask: that of the text of its file, for "" the seed, or none."""
    if given.get("lesson") is None:
        return None
    text = text_of(given, "lesson")
    if len(text) > LONGEST_LESSON:
        raise SettingError(f"this is too large for a lesson file ({LONGEST_LESSON:,} characters)")
    return parse_lesson(text, "the lesson") if text.strip() else seed_lesson()


def names_of(given: Given) -> dict[str, str]:
    """Return the names of a solution that are said to be clearprop's."""
    names = given.get("names", {})
    if not isinstance(names, dict) or not all(isinstance(v, str) for v in names.values()):
        raise SettingError("names take theirs=ours, as in net_h1=z_h1")
    return names
