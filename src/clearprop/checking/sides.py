"""One side of an equality, with what it may be."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.checking.intervals import EVERYTHING, Interval
from clearprop.checking.solution import Link
from clearprop.formulas.expressions import Expression


@dataclass(frozen=True)
class Side:
    """One side of an equality: its tree over quantities, and what it may be.

    point  its value from the numbers as printed, names being what is written for them
    wide   the same with every rounded number standing for all that print so
    digits the number's text where the side is a number alone
    """

    link: Link
    tree: Expression | None
    point: Interval = EVERYTHING
    wide: Interval = EVERYTHING
    digits: str | None = None
    in_names: bool = False
    problem: str = ""
