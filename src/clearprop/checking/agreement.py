"""How well a lesson agrees with what a solution prints.

Comes in: a solution, a lesson, what the names mean. Goes out: how many of the values come out.
"""

from __future__ import annotations

from collections.abc import Mapping

from clearprop.checking.evidence import fits
from clearprop.checking.keys import Key
from clearprop.checking.meanings import Meaning, Meanings
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import values_of
from clearprop.checking.solution import Chain, Numeral, Solution
from clearprop.checking.units import subject_of
from clearprop.formulas.expressions import Variable
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import Constant, Loss

OF_LOSS = 100  # that the loss's value comes out counts for as many other values


def values_that_come_out(
    solution: Solution, lesson: Lesson, known: Mapping[Key, Meaning | None]
) -> int:
    """Return how many of the values that a solution gives are those of a lesson."""
    meanings = Meanings.of(lesson)
    matcher = NameMatcher(meanings, solution, {}, dict(known))
    return sum(
        comes_out(chain, meanings, matcher) * (OF_LOSS if is_loss(chain, matcher) else 1)
        for chain in solution.chains
    )


def is_loss(chain: Chain, matcher: NameMatcher) -> bool:
    """Return whether a chain is about the loss, whose own value says best which loss it is."""
    subject = subject_of(chain)
    return subject is not None and matcher.meaning(subject) == Variable(Loss())


def comes_out(chain: Chain, meanings: Meanings, matcher: NameMatcher) -> bool:
    """Return whether a chain's last value is what its name has in the lesson."""
    tree = chain.links[0].tree
    if not isinstance(tree, Variable) or isinstance(tree.name, Numeral):
        return False
    meaning = matcher.meaning(tree.name)
    digits = list(values_of(chain))
    if meaning is None or not digits or isinstance(meaning, Constant):
        return False
    return fits(digits[-1], meanings.exact(meaning)) > 0
