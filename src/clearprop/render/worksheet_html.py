"""Worksheet -> HTML: one page to read or print, each exercise on a sheet of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from string import Template
from xml.etree.ElementTree import tostring

from clearprop.formulas.notation import Mark
from clearprop.render.drawing import drawing
from clearprop.render.exercise import BLANK, heading, rows, rules, task
from clearprop.render.mathml import element, formula_mathml, line_mathml, mark_mathml
from clearprop.render.tables import Cells
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.worksheets.worksheet import Question, Worksheet

ALL = 17  # digits of the numbers given


def worksheet_html(sheet: Worksheet, answers: bool = False) -> str:
    """Return one exercise, or its key."""
    return worksheets_html([sheet], answers)


def worksheets_html(sheets: Iterable[Worksheet], answers: bool = False) -> str:
    """Return a page of exercises."""
    found = list(sheets)
    room = files("clearprop.render")
    template = Template(room.joinpath("worksheet.html").read_text(encoding="utf-8"))
    return template.substitute(
        style=room.joinpath("worksheet.css").read_text(encoding="utf-8"),
        title=escape(heading(found[0], answers) if len(found) == 1 else "Exercises"),
        exercises="\n".join(line for sheet in found for line in exercise(sheet, answers)),
    )


def worksheet_piece(sheet: Worksheet) -> str:
    """Return an exercise as a piece of HTML for notebooks."""
    style = files("clearprop.render").joinpath("worksheet.css").read_text(encoding="utf-8")
    inside = style[style.index("article") :]  # what comes before is of a whole page
    body = "\n".join(exercise(sheet, answers=False)).replace("h1>", "h2>")
    scoped = f"<style>.clearprop .worksheet {{\n{inside}}}</style>"
    return f'<div class="worksheet">{scoped}\n{body}\n</div>'


def exercise(sheet: Worksheet, answers: bool) -> Iterator[str]:
    """Yield one exercise."""
    picture = "\n".join(drawing(sheet.trace.diagram, mark_text))
    yield f"<article><h1>{escape(heading(sheet, answers))}</h1>"
    yield f"<p>{escape(task(answers))}</p>"
    yield f'<pre role="img" aria-label="the network">{escape(picture)}</pre>'
    yield "<dl>"
    for what, rule in rules(sheet):
        formula = f": {definition(sheet.loss)}" if what == "loss" else ""
        yield f"<dt>{what}</dt><dd>{escape(rule)}{formula}</dd>"
    given = (f"<span>{line_mathml(line, ALL)}</span>" for line in sheet.trace.given)
    yield f'<dt>given</dt><dd class="given">{" ".join(given)}</dd>'
    yield "</dl>"
    for number, question in enumerate(sheet.questions, start=1):
        yield f"<h2>{number}. {escape(question.title)}</h2>"
        yield from table(question, answers)
    yield "</article>"


def table(question: Question, answers: bool) -> Iterator[str]:
    """Yield the blanks of a step as a table."""
    heads, *others = rows(question, symbol, answers)
    yield '<div class="wide"><table>'
    yield "<tr>" + "".join(map(head_cell, heads)) + "</tr>"
    yield from map(row, others)
    yield "</table></div>"


def head_cell(words: str) -> str:
    """Return the head of a column; where it is empty, it is a cell."""
    return f'<th scope="col">{escape(words)}</th>' if words else "<td></td>"


def row(cells: Cells) -> str:
    """Return one blank as a row of the table."""
    math, name, *values = cells
    shown = "".join(f"<td>{answer(value)}</td>" for value in values)
    return f"<tr><td>{math}</td><td><code>{escape(name)}</code></td>{shown}</tr>"


def answer(value: str) -> str:
    """Return an answer, or the line to write it on."""
    return f'<span class="blank">{value}</span>' if value == BLANK else escape(value)


def symbol(mark: Mark) -> str:
    """Return a symbol as mathematics."""
    return tostring(element("math", mark_mathml(mark)), encoding="unicode")


def definition(line: Line) -> str:
    """Return a line's formula in names, without numbers."""
    assert line.names is not None
    parts = (mark_mathml(line.symbol), element("mo", text="="), formula_mathml(line.names, ALL))
    return tostring(element("math", element("mrow", *parts)), encoding="unicode")
