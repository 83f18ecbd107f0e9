"""Trace -> HTML: one plain page with MathML, for any browser, with no script and no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from clearprop.render.chain import remarks
from clearprop.render.drawing import drawing
from clearprop.render.mathml import line_mathml
from clearprop.render.numbers import number_text
from clearprop.render.text import mark_text, verdict
from clearprop.trace.lines import Line
from clearprop.trace.trace import Trace


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
        rows = ((str(row.step), repr(row.loss)) for row in trace.history.rows)
        body += [*table(("steps", "L"), rows), f"<h2>Step {trace.number}, the last</h2>"]
    return page(title, [*body, *steps(trace, digits)])


def steps(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what is given and the steps, or the overview of a network too large to read."""
    if not trace.readable:
        yield from overview(trace, digits)
        return
    yield from section("Given", trace.given, digits)
    for number, part in enumerate(trace.steps, start=1):
        yield from section(f"Step {number}. {part.title}", part.lines, digits, part.phase)
    rows = (
        (mark_text(c.symbol), *(number_text(v.written, digits)[0] for v in (c.before, c.after)))
        for c in trace.changes
    )
    yield from table(("", "before", "after"), rows)
    yield f"<p>{verdict(trace, digits)}</p>"


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
    heads = ("quantity", "shape", "norm", "smallest", "largest")
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
    yield from table(heads, rows)
    yield f"<p>{verdict(trace, digits)}</p>"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield an HTML table."""
    yield "<table><tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


def explanation_html(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as an HTML page."""
    return page("Derivation", section("Derivation", lines, digits))


def page(title: str, body: Iterable[str]) -> str:
    """Return an HTML page around a body."""
    template = files("clearprop.render").joinpath("page.html").read_text(encoding="utf-8")
    return template.replace("{{title}}", escape(title)).replace("{{body}}", "\n".join(body))
