"""Which formats there are of a trace, a marked solution and a worksheet, and each in a format.

Comes in: what is to be shown and the name of a format. Goes out: a document as text. A renderer is
imported when its format is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from clearprop.errors import SettingError, UnknownName

if TYPE_CHECKING:
    from clearprop.checking.report import Report
    from clearprop.tracing.trace import Trace
    from clearprop.worksheets.worksheet import Worksheet

FORMATS = ("text", "markdown", "latex", "html", "json", "python", "lesson", "svg")
WHOLE_FORMATS = ("lesson", "svg")  # that have no form for a single quantity
REPORT_FORMATS = ("text", "markdown", "html", "json")
WORKSHEET_FORMATS = ("markdown", "latex", "html", "csv")


def trace_document(trace: Trace, format: str, digits: int, explain: str | None) -> str:
    """Return a trace, or how one quantity of it came about.

    Raises
    ------
    UnknownName: no such format, or quantity.
    SettingError: digits out of range, or line by line what is too large for it.
    """
    check_format(format, FORMATS)
    if digits not in range(1, 18):
        raise SettingError(f"digits must be a whole number from 1 to 17, not {digits}")
    if explain is not None and format in WHOLE_FORMATS:
        others = ", ".join(name for name in FORMATS if name not in WHOLE_FORMATS)
        raise SettingError(f"{format} shows the whole step; for one quantity there are {others}")
    if explain is None and not trace.readable and (trace.by_hand or trace.verify):
        asked = "the arithmetic of paper" if trace.by_hand else "the check by central differences"
        raise SettingError(
            f"{asked} is shown line by line, and here are too many lines to print; "
            f"ask clearprop trace for one quantity, as in --explain '{trace.example_name}'"
        )
    if explain is not None:
        lines = trace.explain(explain)
        return str(renderer(format, f"explanation_{format}")(lines, digits))
    if format == "lesson":
        return str(renderer("lesson_page", "lesson_page")(trace, digits))
    return str(renderer(format, f"trace_{format}")(trace, digits))


def report_document(report: Report, format: str) -> str:
    """Return a marked solution."""
    check_format(format, REPORT_FORMATS)
    return str(renderer(f"report_{format}", f"report_{format}")(report))


def worksheet_document(sheet: Worksheet, format: str, answers: bool) -> str:
    """Return an exercise, or its key; in csv the answer sheet, empty or filled in."""
    check_format(format, WORKSHEET_FORMATS)
    return str(renderer(f"worksheet_{format}", f"worksheet_{format}")(sheet, answers))


def check_format(format: str, known: Sequence[str]) -> None:
    """Raise UnknownName for a format that there is not."""
    if format not in known:
        raise UnknownName.of("format", format, known)


def renderer(file: str, function: str) -> Callable[..., Any]:
    """Return a function of a file of this room."""
    found: Callable[..., Any] = getattr(import_module(f"clearprop.render.{file}"), function)
    return found
