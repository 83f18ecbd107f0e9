"""Trace -> text for the terminal, in the manner of a worked example on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clearprop.formulas.expressions import Expression
from clearprop.formulas.notation import LETTERS, PREFIXES, Mark, Ratio, Symbol
from clearprop.render.chain import chain, remarks
from clearprop.render.drawing import drawing
from clearprop.render.layout import (
    Applied,
    Bars,
    Box,
    Brackets,
    Figure,
    Fraction,
    Layout,
    Name,
    Raised,
    Root,
    Row,
    Sign,
)
from clearprop.render.numbers import number_text
from clearprop.trace.history import HistoryRow
from clearprop.trace.lines import Line
from clearprop.trace.overview import OverviewRow
from clearprop.trace.trace import Section, Trace

WIDTH = 96  # a line that would be longer is broken at its equals signs
HISTORY_ROWS = 20
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = {"2": "²", "3": "³"}


# --- symbols and formulas ------------------------------------------------------------------------


def mark_text(mark: Mark) -> str:
    """Return a symbol as text.

    >>> mark_text(Symbol("w", "3", new=True)), mark_text(Symbol("z", Symbol("h", "2"), example=1))
    ('w₃_new', 'z_h₂@1')
    """
    if isinstance(mark, Ratio):
        example = "" if mark.example is None else f"@{mark.example}"
        return f"∂{mark_text(mark.top)}/∂{mark_text(mark.bottom)}{example}"
    letter = LETTERS.get(mark.letter, (mark.letter,))[0]
    subscript = mark.subscript
    if isinstance(subscript, Symbol):
        inner = mark_text(subscript) if not subscript.letter.startswith("d") else subscript.letter
        return letter + mark.marks(inner if mark.letter in PREFIXES else f"_{inner}")
    if subscript.isdigit():
        return letter + mark.marks(subscript.translate(SUBSCRIPTS))
    return letter + mark.marks(mark.subscript_id)


def box_text(box: Box) -> str:
    """Return a box as a line of text."""
    match box:
        case Figure(text):
            return text
        case Name(mark):
            return mark_text(mark)
        case Sign(text, prefix):
            return text if prefix else f" {text} "
        case Row(boxes):
            return "".join(map(box_text, boxes))
        case Brackets(inner):
            return f"({box_text(inner)})"
        case Fraction(top, bottom):
            return f"({box_text(top)}) / ({box_text(bottom)})"
        case Raised(base, Figure(exponent)) if exponent in SUPERSCRIPTS and base != Figure("e"):
            return box_text(base) + SUPERSCRIPTS[exponent]
        case Raised(base, exponent):
            return f"{box_text(base)}^({box_text(exponent)})"
        case Root(inner):
            return f"√({box_text(inner)})"
        case Bars(inner):
            return f"|{box_text(inner)}|"
        case Applied(name, arguments):
            letter = LETTERS.get(name, (name,))[0]
            return f"{letter}({', '.join(map(box_text, arguments))})"


def formula_text(tree: Expression, digits: int) -> str:
    """Return a tree over symbols or numbers as text."""
    return box_text(Layout(digits, stacked=False).box(tree))


def links(line: Line, digits: int) -> list[str]:
    """Return the links of a line's chain: "= formula", "= with numbers", "≈ value"."""
    found = chain(line, digits, lambda tree: formula_text(tree, digits), str)
    return [f"{relation} {text}" for relation, text in found]


def line_text(line: Line, digits: int) -> Iterator[str]:
    """Yield a line: in one piece, or broken at its equals signs where it would be too long."""
    symbol, found = mark_text(line.symbol), links(line, digits)
    beside = "".join(f"   ({remark})" for remark in remarks(line, digits))
    whole = " ".join([symbol, *found]) + beside
    if len(whole) <= WIDTH or len(found) == 1:
        yield whole
        return
    first, *others = found
    yield f"{symbol} {first}"
    indent = " " * (len(symbol) + 1)
    others[-1] += beside
    yield from (indent + link for link in others)


# --- the page ------------------------------------------------------------------------------------


def trace_text(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as text."""
    lines = [*header(trace), *given(trace, digits)]
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
    return "\n".join(["Given", *in_columns(given_lines, digits), "", "Derivation", *derived]) + "\n"


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
        text = " " + " ".join([mark_text(line.symbol), *links(line, digits)]) + "  "
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
    for change in trace.changes:
        before = number_text(change.before.written, digits)[0]
        after = number_text(change.after.written, digits)[0]
        yield f"  {mark_text(change.symbol)}: {before} → {after}"
    yield ""
    yield f"  {verdict(trace, digits)}"


def verdict(trace: Trace, digits: int) -> str:
    """Return in a sentence what the step did to the loss."""
    before, after = (number_text(loss, digits)[0] for loss in trace.written_losses)
    if trace.new_loss < trace.loss:
        return f"The loss fell from {before} to {after}."
    if trace.new_loss == trace.loss:
        return f"The loss stayed at {before}."
    return f"The loss rose from {before} to {after}: the step was too long."


def differences(trace: Trace) -> Iterator[str]:
    """Yield the table of what was written by hand beside the exact values."""
    yield ""
    yield f"By hand with {trace.by_hand} digits, and exactly"
    yield ""
    rows = [("", "by hand", "exact", "difference")]
    for section in trace.steps:
        for line in section.lines:
            error = f"{float(line.written) - line.value:+.1e}"
            rows.append(
                (
                    mark_text(line.symbol),
                    number_text(line.written, 4)[0],
                    f"{line.value:.7g}",
                    error,
                )
            )
    yield from table(rows)


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows with their columns aligned, the first to the left and the others to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  " + "   ".join([first.ljust(widths[0]), *cells])


def history(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the table of loss and weights over the steps."""
    assert trace.history is not None
    rows = trace.history.rows
    stride = max(1, -(-len(rows) // HISTORY_ROWS))
    shown = [row for k, row in enumerate(rows) if k % stride == 0 or k == len(rows) - 1]
    names = [mark_text(change.symbol) for change in trace.changes][:8]
    yield from table([("steps", "L", *names), *(history_row(r, len(names), digits) for r in shown)])
    if len(trace.changes) > len(names):
        yield f"  (the first {len(names)} of {len(trace.changes)} weights and biases)"
    yield ""


def history_row(row: HistoryRow, count: int, digits: int) -> tuple[str, ...]:
    """Return a row of the history as cells."""
    numbers = (row.loss, *row.parameters[:count])
    return (str(row.step), *(number_text(number, digits)[0] for number in numbers))


def overview(trace: Trace, digits: int) -> Iterator[str]:
    """Yield shapes, norms and extremes, and how to ask for one number."""
    yield "The network is too large to print every number; of each quantity:"
    yield ""
    heads = ("", "shape", "norm", "smallest", "", "largest", "")
    yield from table([heads, *(overview_row(row, digits) for row in trace.overview)])
    yield ""
    loss, new = number_text(trace.loss, digits), number_text(trace.new_loss, digits)
    yield f"  L {'=' if loss[1] else '≈'} {loss[0]}"
    yield f"  L_new {'=' if new[1] else '≈'} {new[0]}"
    yield ""
    yield f"  {verdict(trace, digits)}"
    yield f"  How any one of them came about: add, for example, --explain '{trace.example_name}'"


def overview_row(row: OverviewRow, digits: int) -> tuple[str, ...]:
    """Return a row of the overview as cells."""
    shape = " × ".join(map(str, row.shape))
    extremes = (row.smallest, row.largest)
    cells = [cell for name, value in extremes for cell in (name, number_text(value, digits)[0])]
    return (row.title, shape, number_text(row.norm, digits)[0], *cells)
