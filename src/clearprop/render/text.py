"""Trace -> text for the terminal, in the manner of a worked example on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import combining

from clearprop.render.chain import remarks
from clearprop.render.drawing import drawing
from clearprop.render.numbers import number_text
from clearprop.render.tables import (
    HISTORY_COLUMNS,
    Cells,
    by_hand_rows,
    change_rows,
    history_rows,
    overview_rows,
    verdict,
)
from clearprop.render.text_symbols import links_text, mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.trace import Section, Trace

WIDTH = 96  # a line that would be longer is broken at its equals signs


# --- lines ---------------------------------------------------------------------------------------


def line_text(line: Line, digits: int, width: int = WIDTH) -> Iterator[str]:
    """Yield a line: in one piece, or broken at its equals signs where it would be too long."""
    symbol, found = mark_text(line.symbol), links_text(line, digits)
    beside = "".join(f"   ({remark})" for remark in remarks(line, digits))
    whole = " ".join([symbol, *found]) + beside
    if len(whole) <= width or len(found) == 1:
        yield whole
        return
    first, *others = found
    yield f"{symbol} {first}"
    indent = " " * (sum(not combining(c) for c in symbol) + 1)  # the hat of m̂ takes no place
    others[-1] += beside
    yield from (indent + link for link in others)


# --- the page ------------------------------------------------------------------------------------


def trace_text(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as text."""
    lines = [*header(trace), *given(trace.first, digits)]
    if trace.history is not None:
        lines += [*banner("The first step"), *body(trace.first, digits), ""]
        lines += [*banner("Between"), *history(trace, digits)]
        lines += [*banner(f"The last step, {trace.number}"), *given(trace, digits)]
    return "\n".join([*lines, *body(trace, digits)]) + "\n"


def explanation_text(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as text."""
    given_lines, derived = [], []
    for line in lines:
        if line.names is None and not line.note:
            given_lines.append(line)
        else:
            derived += [f"  {text}" for text in line_text(line, digits)]
    page = ["Given", *in_columns(given_lines, digits)]
    page += ["", "Derivation", *derived] if derived else []
    return "\n".join(page) + "\n"


def header(trace: Trace) -> Iterator[str]:
    """Yield what the trace is of, and the drawing of the network."""
    sizes = "-".join(map(str, trace.diagram.sizes))
    yield f"Back-propagation through a {sizes} network: one training step"
    yield ""
    yield from drawing(trace.diagram, mark_text)
    yield ""


def given(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what stands before the step."""
    yield "Given"
    if trace.readable:
        yield from in_columns(trace.given, digits)
    for what, name in trace.rules:
        yield f"  {what}: {name}"
    yield ""


def in_columns(lines: Iterable[Line], digits: int) -> Iterator[str]:
    """Yield short lines side by side, as many as the width takes."""
    row = " "
    for line in lines:
        text = " " + " ".join([mark_text(line.symbol), *links_text(line, digits)]) + "  "
        if len(row) + len(text) > WIDTH:
            yield row.rstrip()
            row = " "
        row += text
    yield row.rstrip()


def banner(title: str) -> Iterator[str]:
    """Yield a heading between parts of a longer trace."""
    yield f"──── {title} ".ljust(WIDTH, "─")
    yield ""


def body(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the steps, or the overview of a network too large to read, and what came of it."""
    if not trace.readable:
        yield from overview(trace, digits)
        return
    for number, section in enumerate(trace.steps, start=1):
        yield from section_text(section, number, digits)
    yield from changes(trace, digits)
    if trace.by_hand is not None:
        yield from differences(trace)


def section_text(section: Section, number: int, digits: int) -> Iterator[str]:
    """Yield a titled step."""
    yield f"Step {number}. {section.title}"
    yield ""
    for line in section.lines:
        yield from (f"  {text}" for text in line_text(line, digits))
    yield ""


def changes(trace: Trace, digits: int) -> Iterator[str]:
    """Yield every weight before and after, and the loss."""
    for name, before, after in change_rows(trace, digits, mark_text)[1:]:
        yield f"  {name}: {before} → {after}"
    yield ""
    yield f"  {verdict(trace, digits)}"


def differences(trace: Trace) -> Iterator[str]:
    """Yield the table of what was written by hand beside the exact values."""
    yield ""
    yield f"By hand with {trace.by_hand} digits, and exactly"
    yield ""
    yield from table(by_hand_rows(trace, mark_text))


def table(rows: Sequence[Cells]) -> Iterator[str]:
    """Yield rows with their columns aligned, the first to the left and the others to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  " + "   ".join([first.ljust(widths[0]), *cells])


def history(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the table of loss and weights over the steps."""
    yield from table(history_rows(trace, digits, mark_text))
    if len(trace.changes) > HISTORY_COLUMNS:
        yield f"  (the first {HISTORY_COLUMNS} of {len(trace.changes)} weights and biases)"
    yield ""


def overview(trace: Trace, digits: int) -> Iterator[str]:
    """Yield shapes, norms and extremes, and how to ask for one number."""
    yield "Too much to print every number; of each quantity:"
    yield ""
    yield from table(overview_rows(trace, digits, mark_text))
    yield ""
    for name, value in (("L", trace.loss), ("L_new", trace.new_loss)):
        text, exact = number_text(value, digits)
        yield f"  {name} {'=' if exact else '≈'} {text}"
    yield ""
    yield f"  {verdict(trace, digits)}"
    yield f"  How any one of them came about: add, for example, --explain '{trace.example_name}'"
