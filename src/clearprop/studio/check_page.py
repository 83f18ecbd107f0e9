"""Marked lines as the studio shows them: the mark is a button, the right line a click away.

Comes in: a report, or a trace and the name of a quantity. Goes out: HTML, made of the same pieces
as the pages of a report and of a lesson.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import isclose

from clearprop.checking.report import Judgement, Report
from clearprop.errors import ClearpropError
from clearprop.render.lesson_lines import given_lines, work_lines
from clearprop.render.marked import (
    MarkedLine,
    digits_printed,
    lesson_facts,
    marked_lines,
    understood,
)
from clearprop.render.report_html import items, kind, signed, worded
from clearprop.studio.examples import EXAMPLES
from clearprop.tracing.trace import Trace, trace_steps

FEWEST_DIGITS, MOST_DIGITS = 4, 17


def example_buttons() -> str:
    """Return a button for each example."""
    return "".join(
        f'<button type="button" value="{name}">{escape(example.title.capitalize())}</button>'
        for name, example in EXAMPLES.items()
    )


def understood_html(report: Report) -> str:
    """Return the network in a line, and, to be unfolded, all that the marks rest on."""
    found = understood(report)
    if report.lesson is not None and not report.from_text:
        found = [*lesson_facts(report.lesson), *found]
    if not found:
        return ""
    how = "Read out of the text" if report.from_text else "Held against"
    rows = "".join(f"<dt>{name}</dt><dd>{items(fact)}</dd>" for name, fact in found)
    network = escape(found[0][1] if found[0][0] == "network" else "")
    return f'<summary>{how}: {network}</summary><dl class="facts">{rows}</dl>'


def work_rows(report: Report) -> Iterator[str]:
    """Yield each line of a solution as a row."""
    trace = None if report.lesson is None else trace_steps(report.lesson)
    asked: dict[int, dict[str, int]] = {}
    for judgement in report.judgements:
        if trace is not None and has_right_line(judgement, trace):
            digits = max(FEWEST_DIGITS, digits_printed(judgement) + 1)
            of_line = asked.setdefault(judgement.line, {})
            of_line[judgement.quantity] = max(digits, of_line.get(judgement.quantity, 0))
    for line in marked_lines(report):
        yield row(line, asked.get(line.number, {}))


def has_right_line(judgement: Judgement, trace: Trace) -> bool:
    """Return whether the trace has the line that stands in the place of what was judged.

    In a solution of several steps the values of a later step are not those of the trace.
    """
    if judgement.mark not in ("wrong", "follows") or not judgement.quantity:
        return False
    if judgement.exact is None:
        return False
    try:
        return isclose(trace[judgement.quantity].value, judgement.exact, rel_tol=1e-12)
    except ClearpropError:
        return False


def row(line: MarkedLine, asked: dict[str, int]) -> str:
    """Return a line of a solution; `asked` has its quantities with a right line, and digits."""
    mark = signed(line.mark)
    if line.mark:
        mark = (
            f'<button type="button" class="mark" data-line="{line.number}" '
            f'title="Go to this line">{mark}</button>'
        )
    below = "".join(right_line(name, min(n, MOST_DIGITS)) for name, n in asked.items())
    return (
        f'<tr class="{kind(line.mark)}" data-line="{line.number}">'
        f'<th scope="row">{line.number}</th><td>{mark}</td><td>{worded(line)}{below}</td></tr>'
    )


def right_line(quantity: str, digits: int) -> str:
    """Return the button that shows the right line of a quantity, and the place for it."""
    name = escape(quantity)
    return (
        f'<button type="button" class="ask" data-quantity="{name}" data-digits="{digits}" '
        f'aria-expanded="false">the right line for {name}</button>'
        '<div class="right-line" hidden></div>'
    )


def derivation(trace: Trace, quantity: str, digits: int) -> str:
    """Return a quantity's line, and, to be unfolded, the lines that it is made of."""
    *others, line = trace.explain(quantity)
    given = [other for other in others if other.names is None and not other.note]
    derived = [other for other in others if other not in given]
    found = [*work_lines([line], digits, linked=False)]
    if others:
        found += ["<details><summary>where its numbers come from</summary>"]
        found += [*given_lines(given, digits, linked=False)]
        found += [*work_lines(derived, digits, linked=False), "</details>"]
    return "".join(found)
