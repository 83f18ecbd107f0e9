"""The marks of a solution: one judgement for each equality, and what they come to.

Comes in: what `judging.py` found. Goes out: a `Report`, which is all that a renderer needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clearprop.network.lesson import Lesson
from clearprop.shown import Shown

Mark = Literal["right", "rounding", "follows", "wrong", "not understood"]

BY_SEVERITY: tuple[Mark, ...] = ("right", "rounding", "follows", "not understood", "wrong")
MEANINGS: Mapping[Mark, str] = {
    "right": "right to the digits printed",
    "rounding": "differs only because rounded numbers were carried on, or a digit was cut",
    "follows": "not the right value, but right given an earlier mistake",
    "wrong": "here it goes wrong",
    "not understood": "could not be read, so it is not marked",
}
SLIPPED = "the arithmetic is wrong here: the numbers give"  # and then their value
DOUBTED = "the number is right, but this formula does not give it"


@dataclass(frozen=True)
class Judgement:
    """The mark of one equality.

    line      of the document, from 1
    text      the equality as written, `left = right`
    printed   the number on its right side (a formula's value from the numbers printed), if any
    exact     what the network gives, if the quantity is known
    quantity  what it is about, by clearprop's name: dL/dw3
    mistakes  ids of `mistakes.py` that give the very digits printed, most likely first
    note      one sentence for the reader: what is wrong, what it follows from, what was not read
    """

    line: int
    text: str
    mark: Mark
    printed: float | None = None
    exact: float | None = None
    quantity: str = ""
    mistakes: tuple[str, ...] = ()
    note: str = ""


def severity(judgement: Judgement) -> int:
    """Return how bad a mark is."""
    return BY_SEVERITY.index(judgement.mark)


@dataclass(frozen=True)
class Report(Shown):
    """A marked solution.

    `source` is the document line by line; `lesson` what it was held against, None where no network
    could be found; `from_text` whether the network was read out of the solution; `names` pairs each
    name written with clearprop's; `unsaid` has what the solution leaves open, such as "rate";
    `missing` says why no network could be found.
    """

    source: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    lesson: Lesson | None = None
    from_text: bool = False
    names: tuple[tuple[str, str], ...] = ()
    unsaid: frozenset[str] = frozenset()
    missing: str = ""

    def __repr__(self) -> str:
        counts = [f"{n} {mark}" for mark in BY_SEVERITY if (n := self.count(mark))]
        return f"<Report: {', '.join(counts) or 'nothing to mark'}>"

    def count(self, mark: Mark) -> int:
        """Return how many equalities have a mark."""
        return sum(judgement.mark == mark for judgement in self.judgements)

    @property
    def first_wrong(self) -> Judgement | None:
        """The first place where it goes wrong, if any."""
        return next((j for j in self.judgements if j.mark == "wrong"), None)

    @property
    def understood(self) -> bool:
        """Whether any equality could be marked."""
        return any(j.mark != "not understood" for j in self.judgements)

    @property
    def exit_code(self) -> int:
        """0 where all holds, 1 where anything is wrong, 2 where nothing was understood."""
        if not self.understood:
            return 2
        return 1 if self.first_wrong else 0
