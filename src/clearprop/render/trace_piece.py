"""Trace, Line, Lesson -> a piece of HTML for notebooks: a drawing, and work to be folded away.

Links and ids are left out: a notebook may show many of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from clearprop.network.lesson import Lesson
from clearprop.render.html import table
from clearprop.render.lesson_lines import given_lines, work_lines
from clearprop.render.network_html import numbered
from clearprop.render.network_svg import Drawing
from clearprop.render.svg import DRAWN_DIGITS, network_svg
from clearprop.render.tables import overview_rows, verdict
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.scenes import scene
from clearprop.tracing.trace import Trace, trace_steps

MOST_LINES = 300  # longer work is shown in sum: a notebook keeps its output
IDS = re.compile(r' id="[^"]*"')


def trace_piece(trace: Trace, digits: int = 4) -> str:
    """Return a trace as a piece of HTML: the drawing, and each step to be folded away."""
    return IDS.sub("", "\n".join(parts(trace, digits)))


def parts(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the drawing, what is given, the steps, and what came of them."""
    if not trace.readable or len(trace.all_quantities) > MOST_LINES:
        yield numbered(trace.step.lesson.parameters)
        yield from table(overview_rows(trace, digits, mark_text), texts=1)
        yield f"<p>{escape(verdict(trace, digits))}</p>"
        return
    yield network_svg(trace, digits)
    yield from given_lines(trace.given, digits)
    for number, section in enumerate(trace.steps, start=1):
        yield f"<details open><summary>Step {number}. {escape(section.title)}</summary>"
        yield from work_lines(section.lines, digits)
        yield "</details>"
    yield f"<p>{escape(verdict(trace, digits))}</p>"


def line_piece(line: Line, digits: int = 4) -> str:
    """Return one line of a trace as a piece of HTML: symbol, formula, with numbers, result."""
    return "\n".join(work_lines([line], digits, linked=False))


def lesson_piece(lesson: Lesson, digits: int = 4) -> str:
    """Return a lesson as a piece of HTML: the network with what is given, and how it learns."""
    trace = trace_steps(lesson)
    if lesson.readable:
        start = Drawing(trace.diagram, scene(trace, 0), min(digits, DRAWN_DIGITS), linked=False)
        drawn = [start.svg("The network with what is given"), *given_lines(trace.given, digits)]
    else:
        drawn = [network_svg(trace, digits)]
    return IDS.sub("", "\n".join([*drawn, *table([("", ""), *trace.rules])]))
