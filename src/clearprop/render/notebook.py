"""What a notebook shows of each kind of value: HTML with no script, nothing fetched, no ids.

A notebook may show many values, on a light or a dark page, and be exported: each piece brings its
own style, which reaches nothing outside, and takes its colours from the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from clearprop.errors import ClearpropError
from clearprop.render.network_svg import style
from clearprop.shown import Shown

# Which function draws which class. By name: to show a trace takes neither runs nor sweeps.
PIECES: Mapping[str, str] = {
    "Network": "network_html.network_piece",
    "Parameters": "network_html.parameters_piece",
    "Lesson": "trace_piece.lesson_piece",
    "Trace": "trace_piece.trace_piece",
    "Line": "trace_piece.line_piece",
    "Report": "report_html.report_piece",
    "Worksheet": "worksheet_html.worksheet_piece",
    "Run": "run_html.run_piece",
    "Moment": "run_html.moment_piece",
    "Evaluation": "run_html.evaluation_piece",
    "Findings": "run_html.findings_piece",
    "Health": "run_html.health_piece",
    "Differences": "run_html.differences_piece",
    "Sweep": "run_html.sweep_piece",
    "Ledger": "ledger_html.ledger_html",
    "Explanation": "ledger_html.explanation_html",
    "Blame": "ledger_html.blame_html",
}


def piece_of(shown: Shown) -> str | None:
    """Return a value as a piece of HTML with its style; None where it cannot be drawn."""
    return framed(lambda: drawer(type(shown))(shown))


def framed(draw: Callable[[], str]) -> str | None:
    """Return what is drawn as a piece that stands alone; None where it cannot be drawn."""
    try:
        body = draw()
    except ClearpropError:
        return None
    return f'<div class="clearprop"><style>{styles()}</style>\n{body}\n</div>'


def drawer(kind: type) -> Callable[[Any], str]:
    """Return what draws the values of a class, or of the nearest that it descends from."""
    name = next(each.__name__ for each in kind.__mro__ if each.__name__ in PIECES)
    module, _, function = PIECES[name].partition(".")
    found: Callable[[Any], str] = getattr(import_module(f"clearprop.render.{module}"), function)
    return found


@cache
def styles() -> str:
    """Return the style of all pieces, which holds inside of them alone."""
    own = files("clearprop.render").joinpath("notebook.css").read_text(encoding="utf-8")
    return f".clearprop {{\n{style()}}}\n{own}"
