"""Trace -> HTML: one plain page with MathML, for any browser, with no script and no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from clearprop.render.chain import remarks
from clearprop.render.drawing import drawing
from clearprop.render.mathml import line_mathml
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


def trace_html(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as an HTML page."""
    title = f"Back-propagation through a {'-'.join(map(str, trace.diagram.sizes))} network"
    picture = "\n".join(drawing(trace.diagram, mark_text))
    body = [
        f"<h1>{title}</h1>",
        f'<pre role="img" aria-label="the network">{escape(picture)}</pre>',
    ]
    body += [
        "<dl>",
        *(f"<dt>{what}</dt><dd>{escape(rule)}</dd>" for what, rule in trace.rules),
        "</dl>",
    ]
    if trace.history is not None:
        body += ["<h2>The first step</h2>", *steps(trace.first, digits), "<h2>Between</h2>"]
        body += [
            *table(history_rows(trace, digits, mark_text)),
            f"<h2>Step {trace.number}, the last</h2>",
        ]
    return page(title, [*body, *steps(trace, digits)])


def steps(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what is given and the steps, or the overview of a network too large to read."""
    if not trace.readable:
        yield from overview(trace, digits)
        return
    yield from section("Given", trace.given, digits)
    for number, part in enumerate(trace.steps, start=1):
        yield from section(f"Step {number}. {part.title}", part.lines, digits, part.phase)
    yield from table(change_rows(trace, digits, mark_text))
    yield f"<p>{verdict(trace, digits)}</p>"
    if trace.by_hand is not None:
        yield f"<h2>By hand with {trace.by_hand} digits, and exactly</h2>"
        yield from table(by_hand_rows(trace, mark_text))


def section(title: str, lines: Iterable[Line], digits: int, phase: str = "given") -> Iterator[str]:
    """Yield a titled section of lines."""
    yield f'<section class="{phase}"><h2>{escape(title)}</h2>'
    for line in lines:
        beside = "; ".join(remarks(line, digits))
        note = f"<small>{escape(beside)}</small>" if beside else ""
        yield f'<div class="line">{line_mathml(line, digits)}{note}</div>'
    yield "</section>"


def overview(trace: Trace, digits: int) -> Iterator[str]:
    """Yield the table of shapes, norms and extremes."""
    yield from table(overview_rows(trace, digits, mark_text))
    yield f"<p>{verdict(trace, digits)}</p>"


def table(rows: Sequence[Cells], texts: int | None = None) -> Iterator[str]:
    """Yield an HTML table, its first row the heads; where one is empty, it is a cell.

    All columns but the first `texts` are numbers; None where the page says what they are.
    """
    texts = len(rows[0]) if texts is None else texts
    kinds = ["" if column < texts else ' class="number"' for column in range(len(rows[0]))]
    yield "<table>"
    for place, row in enumerate(rows):
        tags = ["td" if place or not cell else "th" for cell in row]
        parts = zip(tags, kinds, row, strict=True)
        cells = (f"<{tag}{kind}>{escape(cell)}</{tag}>" for tag, kind, cell in parts)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def explanation_html(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as an HTML page."""
    return page("Derivation", section("Derivation", lines, digits))


def page(title: str, body: Iterable[str]) -> str:
    """Return an HTML page around a body."""
    template = files("clearprop.render").joinpath("page.html").read_text(encoding="utf-8")
    return template.replace("{{title}}", escape(title)).replace("{{body}}", "\n".join(body))
