"""The answers of the check view on worksheets: pure functions of what is asked.

Comes in: what the exercise is of and its seed, or its lesson and the answers typed so far. Goes
out: the exercise as HTML, the marks of its blanks by name, the right answer of one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from clearprop.checking.marking import check
from clearprop.checking.report import Judgement
from clearprop.errors import SettingError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.network.lesson import lesson_toml, seed_lesson
from clearprop.render.numbers import decimal_text
from clearprop.studio.asking import Answer, Given
from clearprop.studio.check_answers import lesson_of, text_of
from clearprop.studio.sessions import Session
from clearprop.studio.sheet_page import answer_html, exercise, said_html
from clearprop.worksheets.drawing import exercises
from clearprop.worksheets.pattern import RATE, pattern
from clearprop.worksheets.worksheet import Worksheet, worksheet_of

LAYERS = ((2, 1, 1), (2, 2, 1), (2, 2, 2), (1, 2, 1), (3, 2, 1), (2, 2, 1, 1))
LONGEST_ANSWER = 60  # characters
RIGHT = ("right", "rounding")
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)


def choices(session: Session, given: Given) -> Answer:
    """Return what an exercise can be of."""
    return {
        "layers": ["-".join(map(str, sizes)) for sizes in LAYERS],
        "activations": list(ACTIVATIONS),
        "losses": list(LOSSES),
        "rate": RATE,
    }


def worksheet(session: Session, given: Given) -> Answer:
    """Return an exercise and its lesson: of layers and a seed, or of a lesson as it is given."""
    sheet = drawn(given)
    return {"html": exercise(sheet), "lesson": lesson_toml(sheet.lesson)}


def drawn(given: Given) -> Worksheet:
    """Return the exercise that is asked for."""
    lesson, seed = lesson_of(given), given.get("seed")
    if seed is not None and not isinstance(seed, int):
        raise SettingError(f"the seed must be a whole number, not {seed!r}")
    if lesson is not None:
        return next(exercises(lesson, [] if seed is None else [seed]))
    names = [part.strip() for part in text_of(given, "activation").split(",")]
    found = pattern(
        sizes_of(text_of(given, "layers")),
        activation=names[0] if len(names) == 1 else names,
        loss=text_of(given, "loss"),
        rate=given.get("rate"),
        biases=bool(given.get("biases", True)),
    )
    return next(exercises(found, [1 if seed is None else seed]))


def sizes_of(text: str) -> list[int]:
    """Return the sizes of layers.

    >>> sizes_of("2-2-1"), sizes_of("2, 3,1")
    ([2, 2, 1], [2, 3, 1])
    """
    parts = [part.strip() for part in text.replace(",", "-").split("-")]
    if not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts):
        raise SettingError(f"layers are whole numbers, as in 2-2-1, not '{text}'")
    return [int(part) for part in parts]


def answers(session: Session, given: Given) -> Answer:
    """Return the marks of the blanks that are filled in, each by its name."""
    sheet, typed = given_sheet(given), typed_of(given)
    typed = {blank.id: typed[blank.id] for blank in sheet.blanks if typed.get(blank.id)}
    found = judged(sheet, typed)
    if any(is_wrong(judgements) for judgements in found.values()):
        # a blank that was passed over may have been worked out, and rounded, on other paper
        with_key = judged(sheet, {b.id: decimal_text(b.answer) for b in sheet.blanks} | typed)
        found |= {
            name: with_key[name]
            for name, judgements in found.items()
            if is_wrong(judgements) and all(j.mark in RIGHT for j in with_key[name])
        }
    marks = {name: said_html(found[name]) for name in typed}
    return {"marks": marks, "blanks": len(sheet.blanks)}


def judged(sheet: Worksheet, typed: Mapping[str, str]) -> dict[str, list[Judgement]]:
    """Return the judgements of answers, as `clearprop check` judges an answer sheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((("name", "value"), *typed.items()))
    found: dict[str, list[Judgement]] = {name: [] for name in typed}
    for judgement in check(text.getvalue(), sheet.lesson).judgements:
        found[list(typed)[judgement.line - 2]].append(judgement)
    return found


def is_wrong(judgements: Iterable[Judgement]) -> bool:
    """Return whether an answer is wrong."""
    return any(judgement.mark == "wrong" for judgement in judgements)


def given_sheet(given: Given) -> Worksheet:
    """Return the exercise of a lesson, its numbers as they stand there."""
    return worksheet_of(lesson_of(given) or seed_lesson())


def typed_of(given: Given) -> dict[str, str]:
    """Return what was typed, each on one line."""
    typed = given.get("typed")
    if not isinstance(typed, Mapping) or not all(isinstance(v, str) for v in typed.values()):
        raise SettingError("the studio's page sent no answers that fit; reload it")
    return {name: one_line(value) for name, value in typed.items()}


def one_line(text: str) -> str:
    """Return what was typed as one line, a comma in a number as its point.

    >>> one_line(" −0,5 "), one_line("1,234.5")
    ('-0.5', '1,234.5')
    """
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    found = " ".join(clean.replace("−", "-").split())[:LONGEST_ANSWER]
    return found.replace(",", ".") if DECIMAL_COMMA.fullmatch(found) else found


def reveal(session: Session, given: Given) -> Answer:
    """Return the answer of a blank, and the line that gives it."""
    sheet, name = given_sheet(given), text_of(given, "blank")
    blank: Any = next((blank for blank in sheet.blanks if blank.id == name), None)
    if blank is None:
        raise SettingError(f"the exercise has no blank '{name}'")
    return {"html": answer_html(sheet, blank)}
