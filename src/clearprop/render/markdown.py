"""Trace -> Markdown, its formulas in LaTeX between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearprop.render.drawing import drawing
from clearprop.render.latex import line_latex
from clearprop.render.numbers import number_text
from clearprop.render.text import mark_text, verdict
from clearprop.trace.lines import Line
from clearprop.trace.trace import Trace


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
    lines += table(("steps", "L"), ((str(r.step), repr(r.loss)) for r in trace.history.rows))
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
    rows = (
        (mark_text(c.symbol), *(number_text(v.written, digits)[0] for v in (c.before, c.after)))
        for c in trace.changes
    )
    yield from table(("", "before", "after"), rows)
    yield f"{verdict(trace, digits)}\n"


def overview(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the table of shapes, norms and extremes."""
    rows = (
        (
            row.title,
            " × ".join(map(str, row.shape)),
            number_text(row.norm, digits)[0],
            *(
                f"{name} = {number_text(value, digits)[0]}"
                for name, value in (row.smallest, row.largest)
            ),
        )
        for row in trace.overview
    )
    yield from table(("quantity", "shape", "norm", "smallest", "largest"), rows)
    yield f"{verdict(trace, digits)}\n"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield f"| {' | '.join(heads)} |"
    yield "| " + " | ".join(["---"] * len(heads)) + " |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def explanation_markdown(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as Markdown."""
    return "\n".join(["# Derivation", "", *formulas(lines, digits)])
