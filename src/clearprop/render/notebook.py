"""Trace -> a piece of HTML for notebooks: no script, nothing fetched, the same when exported.

Links and ids are left out: a notebook may show many traces. Colours follow the notebook's theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from clearprop.render.html import table
from clearprop.render.lesson_lines import given_lines, work_lines
from clearprop.render.network_svg import style
from clearprop.render.svg import network_svg
from clearprop.render.tables import overview_rows, verdict
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.trace import Trace

IDS = re.compile(r' id="[^"]*"')


def trace_notebook(trace: Trace, digits: int = 4) -> str:
    """Return a trace as a piece of HTML: the drawing, and each step to be folded away."""
    css = files("clearprop.render").joinpath("notebook.css").read_text(encoding="utf-8")
    body = IDS.sub("", "\n".join(parts(trace, digits)))
    return (
        f'<div class="clearprop"><style>.clearprop {{\n{style()}}}\n{css}</style>\n{body}\n</div>'
    )


def parts(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the drawing, what is given, the steps, and what came of them."""
    yield network_svg(trace, digits)
    if trace.readable:
        yield from given_lines(trace.given, digits)
    else:
        yield from table(overview_rows(trace, digits, mark_text))
    for number, section in enumerate(trace.steps, start=1):
        yield f"<details open><summary>Step {number}. {escape(section.title)}</summary>"
        yield from work_lines(section.lines, digits)
        yield "</details>"
    yield f"<p>{escape(verdict(trace, digits))}</p>"
