"""Trace -> Markdown, its formulas in LaTeX between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from clearprop.render.drawing import drawing
from clearprop.render.latex import in_dollars, line_latex
from clearprop.render.tables import (
    Cells,
    by_hand_rows,
    change_rows,
    history_rows,
    overview_rows,
    verdict,
)
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.trace import Trace


def formulas(lines: Iterable[Line], digits: int) -> Iterator[str]:
    """Yield lines as one aligned block of mathematics."""
    rows = " \\\\\n".join(line_latex(line, digits) for line in lines)
    yield f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"
    yield ""


def trace_markdown(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as Markdown."""
    sizes = "-".join(map(str, trace.diagram.sizes))
    lines = [f"# Back-propagation through a {sizes} network", "", "```text"]
    lines += [*drawing(trace.diagram, mark_text), "```", ""]
    lines += [f"- {what}: {rule}" for what, rule in trace.rules]
    lines.append("")
    if trace.history is None:
        return "\n".join([*lines, *steps(trace, digits)])
    lines += ["# The first step", "", *steps(trace.first, digits), "# Between", ""]
    lines += table(history_rows(trace, digits, in_dollars))
    return "\n".join([*lines, f"# Step {trace.number}, the last", "", *steps(trace, digits)])


def steps(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what is given and the steps, or the overview of a network too large to read."""
    if not trace.readable:
        yield from overview(trace, digits)
        return
    yield "## Given"
    yield ""
    yield from formulas(trace.given, digits)
    for number, section in enumerate(trace.steps, start=1):
        yield f"## Step {number}. {section.title}"
        yield ""
        yield from formulas(section.lines, digits)
    yield from table(change_rows(trace, digits, in_dollars))
    yield f"{verdict(trace, digits)}\n"
    if trace.by_hand is not None:
        yield f"## By hand with {trace.by_hand} digits, and exactly\n"
        yield from table(by_hand_rows(trace, in_dollars))


def overview(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the table of shapes, norms and extremes."""
    yield from table(overview_rows(trace, digits, lambda mark: f"`{mark.id}`"))
    yield f"{verdict(trace, digits)}\n"


def table(rows: Sequence[Cells]) -> Iterator[str]:
    """Yield a Markdown table, its first row the heads."""
    heads, *others = rows
    yield f"| {' | '.join(heads)} |"
    yield "| " + " | ".join(["---"] * len(heads)) + " |"
    yield from (f"| {' | '.join(row)} |" for row in others)
    yield ""


def explanation_markdown(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as Markdown."""
    return "\n".join(["# Derivation", "", *formulas(lines, digits)])
