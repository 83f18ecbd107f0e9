"""Derivatives by short names: dw1 and dz, h̄ where bars mean slopes, dw_total with the penalty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clearprop.checking.keys import Key, without_bar
from clearprop.checking.letters import LETTERS
from clearprop.checking.solution import Written, WrittenSlope

WITH_PENALTY = ("total", "tot", "reg")  # dw2_total = dw2 + λw₂


def short_slope(name: Written, keys: Iterable[Key]) -> WrittenSlope | None:
    """Return the derivative that a short name stands for, None for another name.

    `keys` are the names that the solution's chains are about.

    >>> short_slope(Written("dw2_total", "dw", ("2", "total")), []).bottom.text
    'w2'
    """
    letter = name.letter
    if plain := without_bar(letter, keys):
        text = name.text.replace(letter, plain, 1)
        return WrittenSlope(Written("L", "L"), replace(name, letter=plain, text=text))
    is_short = len(letter) > 1 and letter[0] == "d" and letter not in LETTERS
    if not is_short or letter[1:] not in LETTERS:
        return None
    text, subscripts = name.text[1:], name.subscripts
    if has_penalty(name):
        text, subscripts = text.removesuffix(f"_{subscripts[-1]}"), subscripts[:-1]
    bottom = replace(name, letter=letter[1:], text=text, subscripts=subscripts)
    return WrittenSlope(Written("L", "L"), bottom)


def has_penalty(name: Written) -> bool:
    """Return whether a short name says that the penalty is in it."""
    return bool(name.subscripts) and name.subscripts[-1] in WITH_PENALTY
