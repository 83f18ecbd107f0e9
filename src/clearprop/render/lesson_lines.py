"""Lines of the work as a page shows them: symbol, formula in names, with numbers, result.

Each link of a line is a row of its own, an element by what it is: `<math>` for names (long ones
as several in an `<i>`), `<span>` for numbers put in, `<b>` for the result, which a page can hold
back, `<small>` for remarks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from xml.etree.ElementTree import Element

from clearprop.formulas.expressions import Expression
from clearprop.render.chain import chain, remarks
from clearprop.render.html import table
from clearprop.render.mathml import MINUS, element, figure_mathml, formula_mathml, mark_mathml
from clearprop.render.mathml_short import calculation, math
from clearprop.render.tables import Cells
from clearprop.tracing.lines import Line

Link = tuple[Expression | None, Element]


def work_lines(lines: Iterable[Line], digits: int, linked: bool = True) -> Iterator[str]:
    """Yield lines of the work; those that are `linked` have ids."""
    yield '<div class="lines">'
    yield from (line_html(line, digits, linked) for line in lines)
    yield "</div>"


def given_lines(lines: Iterable[Line], digits: int, linked: bool = True) -> Iterator[str]:
    """Yield numbers that are given, side by side."""
    yield '<div class="givens">'
    yield from (line_html(line, digits, linked) for line in lines)
    yield "</div>"


def line_html(line: Line, digits: int, linked: bool = True) -> str:
    """Return one line; its id is that of the quantity, by which it is linked to."""
    rows = [math(mark_mathml(line.symbol))]
    for sign, (tree, shown) in links(line, digits):
        parts = element("mo", text=sign), shown
        if tree is None:
            rows.append(f"<b>{calculation(*parts)}</b>")
        elif tree is line.numbers:
            rows.append(f"<span>{calculation(*parts)}</span>")
        else:
            rows.append(math(*parts))
    if said := "; ".join(remarks(line, digits)):
        rows.append(f"<small>{escape(said)}</small>")
    name = f' id="{escape(line.id)}"' if linked else ""
    return f'<div class="line"{name}>{"".join(rows)}</div>'


def links(line: Line, digits: int) -> list[tuple[str, Link]]:
    """Return the links of a line: the sign, the formula, and how it is written; the result last."""

    def formula(tree: Expression) -> Link:
        return tree, formula_mathml(tree, digits)

    def result(text: str) -> Link:
        return None, figure_mathml(text)

    return chain(line, digits, formula, result)


def framed(rows: Sequence[Cells]) -> Iterator[str]:
    """Yield a table that can be moved sideways where the screen is narrow."""
    yield '<div class="table" tabindex="0" role="region" aria-label="table">'
    yield from table(
        [tuple(re.sub(r"(?<!\w)-(?=\d)", MINUS, cell) for cell in row) for row in rows]
    )
    yield "</div>"
