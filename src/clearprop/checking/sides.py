"""The sides of a chain, with what each may be.

Comes in: a chain, the meanings of its names, the paper with what is written so far. Goes out: each
side's tree over quantities, and the intervals that it stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from clearprop.checking.interpretation import NotKnown
from clearprop.checking.intervals import (
    EVERYTHING,
    Interval,
    cut_to,
    exactly,
    left_open,
    rounded_to,
    to_three_digits,
)
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import (
    has_names,
    is_surely_rounded,
    number_of,
    rounded_terms,
    values_of,
)
from clearprop.checking.paper import Paper, as_printed
from clearprop.checking.solution import Chain, Link, Numeral, names_and_numerals
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Expression

Reading = Callable[[Numeral], Interval]  # what a number that stands there may be


def unknown(_: Expression, __: Reading) -> Interval:
    """Return what is known of a side that nothing computes: nothing."""
    return EVERYTHING


@dataclass(frozen=True)
class Side:
    """One side of an equality: its tree over quantities, and what it may be.

    digits the number's text where the side is a number alone
    value  what computes its tree, given what each number in it may stand for
    leeway what that is for a number that may have been rounded

    Most sides are never computed; those that are, before anything is written after them.
    """

    link: Link
    tree: Expression | None
    digits: str | None = None
    in_names: bool = False
    problem: str = ""
    value: Callable[[Expression, Reading], Interval] = unknown
    leeway: Reading = as_printed

    @cached_property
    def point(self) -> Interval:
        """Its value from the numbers as printed, names being what is written for them."""
        if self.tree is None:
            return EVERYTHING
        if self.digits is not None:
            return exactly(float(self.digits))
        return self.value(self.tree, as_printed)

    @cached_property
    def wide(self) -> Interval:
        """The same with every rounded number standing for all that print so."""
        if self.tree is None:
            return EVERYTHING
        if self.digits is not None:
            return left_open(self.digits, self.link.relation)
        return self.value(self.tree, self.leeway)

    @property
    def width(self) -> Interval:
        """All that the side may stand for; its last digit may have been cut off, not rounded."""
        return self.wide.hull(cut_to(self.digits)) if self.digits else self.wide


@dataclass
class Sides:
    """Makes the sides of chains.

    As text, without signs: `printed` holds the rounded numbers so far, `about` those that a
    solution gives as rounded: w ≈ 0.7509.
    """

    names: NameMatcher
    paper: Paper
    printed: set[str] = field(default_factory=set)
    about: set[str] = field(default_factory=set)

    @cached_property
    def numbers(self) -> set[str]:
        """The numbers that are given, as they are written shortest."""
        lesson = self.names.meanings.lesson
        arrays = (lesson.x, lesson.y, lesson.parameters.vector)
        found = {abs(float(value)) for array in arrays for value in array.ravel()}
        found |= {abs(value) for value in lesson.learning.values(lesson.network).values()}
        return set(map(repr, found)) | {"0.5"}

    def is_given(self, text: str) -> bool:
        """Return whether a number, as it is written shortest, is given and exact."""
        return text in self.numbers and text not in self.about

    def of(self, chain: Chain) -> list[Side]:
        """Return the sides of a chain."""
        digits = next(iter(values_of(chain)), "")
        return [self.side(link, rounded_terms(link.tree, digits)) for link in chain.links]

    def side(self, link: Link, rounded: frozenset[str] = frozenset()) -> Side:
        """Return one side with its values, or with the reason why it has none.

        `rounded` are numbers in it, as they are written, that were surely rounded unless given.
        """
        if link.tree is None:
            return Side(link, None, problem=link.problem or "this could not be read")
        digits = number_of(link.tree)
        if digits is not None:  # what most sides are
            return Side(link, link.tree, digits)
        try:
            tree = self.names.interpreter.tree(link.tree)
        except NotKnown as unknown:
            return Side(link, None, problem=f"what {unknown} means here is not known")
        except (ClearpropError, LookupError, ValueError, RecursionError):
            return Side(link, None, problem="this could not be computed")
        in_names = has_names(link.tree)

        def leeway(numeral: Numeral) -> Interval:
            surely = numeral.text in rounded and not self.is_given(numeral.text)
            return rounded_to(numeral.text) if surely else self.leeway(numeral)

        return Side(link, tree, None, in_names, value=self.paper.value, leeway=leeway)

    def leeway(self, numeral: Numeral) -> Interval:
        """Return what a number inside a formula may stand for: a given one, or one rounded.

        With one or two digits it is taken for rounded to those only where a value was printed so;
        else 0.65 is 0.650.
        """
        if "." not in numeral.text or self.is_given(shortest(numeral)):
            return as_printed(numeral)
        rounded = is_surely_rounded(numeral.text) or numeral.text in self.printed
        return rounded_to(numeral.text) if rounded else to_three_digits(numeral.text)

    def has_numerals(self, side: Side) -> bool:
        """Return whether numbers that were computed stand in a formula, beside its names."""
        assert side.link.tree is not None
        found = names_and_numerals(side.link.tree)
        numerals = [name for name in found if isinstance(name, Numeral)]
        return any("." in each.text and not self.is_given(shortest(each)) for each in numerals)


def shortest(numeral: Numeral) -> str:
    """Return a number's text as it is compared with given ones: .15 is 0.15, 0.610 is not 0.61."""
    return f"0{numeral.text}" if numeral.text.startswith(".") else numeral.text
