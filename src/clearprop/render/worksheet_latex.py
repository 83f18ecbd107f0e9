r"""Worksheet -> LaTeX: one document, each exercise on a new page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearprop.render.exercise import heading, rows, rules, task
from clearprop.render.latex import (
    document,
    escaped,
    formula_latex,
    in_dollars,
    line_latex,
    mark_latex,
    table,
)
from clearprop.worksheets.worksheet import Worksheet

ALL = 17  # digits of the numbers given
ROOMY = r"\renewcommand{\arraystretch}{1.7}"  # rows hold fractions, and what a pencil writes


def worksheet_latex(sheet: Worksheet, answers: bool = False) -> str:
    """Return one exercise, or its key."""
    return worksheets_latex([sheet], answers)


def worksheets_latex(sheets: Iterable[Worksheet], answers: bool = False) -> str:
    """Return a document of exercises."""
    pages = ("\n".join(exercise(sheet, answers)) for sheet in sheets)
    return document(["\n\\newpage\n".join(pages)])


def exercise(sheet: Worksheet, answers: bool) -> Iterator[str]:
    """Yield one exercise."""
    yield rf"\section*{{{escaped(heading(sheet, answers))}}}"
    yield rf"{escaped(task(answers))}\par"
    definition = sheet.loss
    assert definition.names is not None
    formula = f": ${mark_latex(definition.symbol)} = {formula_latex(definition.names, ALL)}$"
    for what, rule in rules(sheet):
        yield rf"{escaped(what)}: {escaped(rule)}{formula if what == 'loss' else ''}\par"
    yield rf"\medskip{ROOMY}"
    given = (line_latex(line, ALL).replace(" & ", " ") for line in sheet.trace.given)
    yield "\\quad\n".join(f"${number}$" for number in given)
    for number, question in enumerate(sheet.questions, start=1):
        yield r"\filbreak"  # a new page rather than a heading without its table
        yield rf"\subsection*{{{number}. {escaped(question.title)}}}"
        yield from table(rows(question, in_dollars, answers))
