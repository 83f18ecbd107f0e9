"""Lines of the work as a page shows them: symbol, formula in names, with numbers, result.

Each link of a line is a row of its own, marked by what it is: a page can hold a result back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from xml.etree.ElementTree import Element

from clearprop.formulas.expressions import Expression
from clearprop.render.chain import chain, remarks
from clearprop.render.html import table
from clearprop.render.mathml import MINUS, element, figure_mathml, formula_mathml, mark_mathml
from clearprop.render.mathml_short import math
from clearprop.render.tables import Cells
from clearprop.tracing.lines import Line

Link = tuple[str, Element]


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
    links = chain(line, digits, formula(line, digits), result)
    rows = [math(mark_mathml(line.symbol))]
    *formulas, (sign, (_, last)) = links
    rows += [math(element("mo", text=sign), shown, kind=kind) for sign, (kind, shown) in formulas]
    rows.append(f'<div class="result">{math(element("mo", text=sign), last)}</div>')
    if said := "; ".join(remarks(line, digits)):
        rows.append(f'<div class="remark">{escape(said)}</div>')
    name = f' id="{escape(line.id)}"' if linked else ""
    return f'<div class="line"{name}>{"".join(rows)}</div>'


def formula(line: Line, digits: int) -> Callable[[Expression], Link]:
    """Return what writes a formula of a line: in names, or with numbers, which is a class."""

    def write(tree: Expression) -> Link:
        kind = "numbers" if tree is line.numbers else ""
        return kind, formula_mathml(tree, digits)

    return write


def result(text: str) -> Link:
    """Return a line's result."""
    return "", figure_mathml(text)


def framed(rows: Sequence[Cells]) -> Iterator[str]:
    """Yield a table that can be moved sideways where the screen is narrow."""
    yield '<div class="table" tabindex="0" role="region" aria-label="table">'
    yield from table(
        [tuple(re.sub(r"(?<!\w)-(?=\d)", MINUS, cell) for cell in row) for row in rows]
    )
    yield "</div>"
