"""Worksheet -> Markdown: exercises with blanks, or their answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearprop.render.drawing import drawing
from clearprop.render.exercise import heading, rows, rules, task
from clearprop.render.latex import formula_latex, in_dollars, line_latex, mark_latex
from clearprop.render.markdown import table
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line
from clearprop.worksheets.worksheet import Worksheet

ALL = 17  # digits of the numbers given


def worksheet_markdown(sheet: Worksheet, answers: bool = False) -> str:
    """Return one exercise, or its key."""
    return worksheets_markdown([sheet], answers)


def worksheets_markdown(sheets: Iterable[Worksheet], answers: bool = False) -> str:
    """Return exercises one after the other."""
    return "\n".join(line for sheet in sheets for line in exercise(sheet, answers))


def exercise(sheet: Worksheet, answers: bool) -> Iterator[str]:
    """Yield one exercise."""
    yield from (f"# {heading(sheet, answers)}", "", task(answers), "")
    yield from ("```text", *drawing(sheet.trace.diagram, mark_text), "```", "")
    for what, rule in rules(sheet):
        yield f"- {what}: {rule}" + (f": {definition(sheet.loss)}" if what == "loss" else "")
    yield ""
    given = (line_latex(line, ALL).replace(" & ", " ") for line in sheet.trace.given)
    yield from (", ".join(f"${number}$" for number in given), "")
    for number, question in enumerate(sheet.questions, start=1):
        yield from (f"## {number}. {question.title}", "")
        heads, *others = rows(question, in_dollars, answers)
        yield from table([heads, *((cell[0], f"`{cell[1]}`", *cell[2:]) for cell in others)])


def definition(line: Line) -> str:
    """Return a line's formula in names, without numbers."""
    assert line.names is not None
    return f"${mark_latex(line.symbol)} = {formula_latex(line.names, ALL)}$"
