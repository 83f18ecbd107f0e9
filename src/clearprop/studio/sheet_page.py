"""A worksheet to fill in: an input for each blank, and what is said of an answer.

Comes in: a worksheet, or the judgements of one answer. Goes out: HTML, made of the same pieces as
the page of a worksheet that is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from clearprop.checking.report import Judgement, Mark
from clearprop.render.exercise import EXACT_DIGITS, TASK, rules
from clearprop.render.lesson_lines import given_lines, work_lines
from clearprop.render.marked import WEIGHT, beside, explanation, once
from clearprop.render.network_svg import Drawing
from clearprop.render.numbers import decimal_text, number_text
from clearprop.render.report_html import kind, signed
from clearprop.render.worksheet_html import ALL, definition, symbol
from clearprop.tracing.scenes import scenes
from clearprop.worksheets.working import DIGITS
from clearprop.worksheets.worksheet import Blank, Question, Worksheet

DRAWN_DIGITS = 4


def exercise(sheet: Worksheet) -> str:
    """Return an exercise with its inputs."""
    return "".join(parts(sheet))


def parts(sheet: Worksheet) -> Iterator[str]:
    """Yield the parts of an exercise: what is given, then the questions."""
    scene = replace(scenes(sheet.trace)[0], links={})
    picture = Drawing(sheet.trace.diagram, scene, DRAWN_DIGITS).svg("The network of the exercise")
    yield f'<div class="told"><h2>{escape(sheet.title)}</h2><p class="task">{escape(TASK)}</p>'
    yield f'<figure>{picture}</figure><dl class="facts">'
    for what, rule in rules(sheet):
        formula = f": {definition(sheet.loss)}" if what == "loss" else ""
        yield f"<dt>{what}</dt><dd>{escape(rule)}{formula}</dd>"
    yield "</dl>"
    yield from given_lines(sheet.trace.given, ALL, linked=False)
    yield '</div><div class="questions">'
    for number, question in enumerate(sheet.questions, start=1):
        yield f'<section class="question"><h3>{number}. {escape(question.title)}</h3>'
        yield from blanks(question)
        yield "</section>"
    yield "</div>"


def blanks(question: Question) -> Iterator[str]:
    """Yield the blanks of a question."""
    yield '<ul class="blanks">'
    for blank in question.blanks:
        name = escape(blank.id)
        yield (
            f'<li class="blank" data-blank="{name}"><label for="blank {name}">'
            f"{symbol(blank.symbol)}</label>"
            f'<input id="blank {name}" aria-label="{name}" inputmode="text" autocomplete="off" '
            'spellcheck="false" maxlength="60"><span class="said" role="status"></span>'
            f'<button type="button" class="reveal" aria-label="Show the answer of {name}">'
            'show</button><div class="remarks"></div><div class="right-line" hidden></div></li>'
        )
    yield "</ul>"


def said_html(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return what is said of an answer: its mark, and why, but not what would be right."""
    marks = {judgement.mark for judgement in judgements}
    mark: Mark = next((mark for mark in WEIGHT if mark in marks), "not understood")
    exact = beside(judgements, mark) if mark == "rounding" else ""
    remarks = once(remark for judgement in judgements for remark in explanation(judgement))
    if mark == "not understood":
        remarks = ["Write a number, such as 0.75, -0.75 or 7.5e-3."]
    if mark == "wrong" and not remarks:
        remarks = ["No known mistake gives this number."]
    return {
        "mark": kind(mark),
        "said": signed(mark) + (f" <small>{escape(exact)}</small>" if exact else ""),
        "remarks": "".join(f"<p>{escape(remark)}</p>" for remark in remarks),
    }


def answer_html(sheet: Worksheet, blank: Blank) -> str:
    """Return the answer of a blank, by hand and exactly, and the line that gives it."""
    line = sheet.trace[blank.id]
    by_hand, exact = decimal_text(blank.answer), number_text(blank.exact, EXACT_DIGITS)[0]
    told = f"By hand with {DIGITS} digits <b>{by_hand}</b>, exactly <b>{exact}</b>"
    return f"<p>{told}</p>{''.join(work_lines([line], DRAWN_DIGITS, linked=False))}"
