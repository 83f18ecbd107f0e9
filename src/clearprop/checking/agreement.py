"""How well a lesson agrees with what a solution prints, and which of several agrees best.

Comes in: a solution, a lesson, what the names mean. Goes out: how many of the values come out. Or:
lessons, each with such a score. Goes out: the best, and whether that tells its loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from clearprop.backprop.backpropagation import backward_pass, forward_pass, losses, total_loss
from clearprop.checking.evidence import fits
from clearprop.checking.interpretation import NotKnown
from clearprop.checking.keys import Key
from clearprop.checking.meanings import Meaning, Meanings
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import has_names, is_close, values_of
from clearprop.checking.solution import Chain, Numeral, Solution
from clearprop.checking.units import subject_of
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Expression, Variable
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Array
from clearprop.network.quantities import Constant, Loss

OF_LOSS = 100  # that the loss's value comes out counts for as many other values


def best_of(
    tried: Sequence[tuple[int, Lesson]], has_targets: bool, formulas: Callable[[int], int]
) -> tuple[int, bool] | None:
    """Return the place of the lesson that agrees best, and whether its loss is told so.

    Where another loss, which gives other numbers, agrees as well, the formulas that hold with a
    place's lesson tell which is meant. Without targets nothing does.
    """
    if not tried:
        return None
    best = max(range(len(tried)), key=lambda at: tried[at][0])
    score, lesson = tried[best]
    rivals = [
        at
        for at, (other, rival) in enumerate(tried)
        if rival.learning.loss != lesson.learning.loss and (other == score or not has_targets)
        if differ(lesson, rival)
    ]
    if not rivals or not has_targets:
        return best, not rivals
    holding = {at: formulas(at) for at in (best, *rivals)}
    best = max(holding, key=lambda at: holding[at])
    equal = [at for at in holding if holding[at] == holding[best]]
    return best, not any(differ(tried[best][1], tried[at][1]) for at in equal)


def differ(one: Lesson, other: Lesson) -> bool:
    """Return whether the losses of two lessons that are the same else give other numbers."""
    (loss, slopes), (other_loss, other_slopes) = map(loss_and_slopes, (one, other))
    return not (np.isclose(loss, other_loss) and np.allclose(slopes, other_slopes))


def loss_and_slopes(lesson: Lesson) -> tuple[float, Array]:
    """Return a lesson's loss and its slopes by all weights and biases."""
    forward = forward_pass(lesson.parameters, lesson.x)
    each = losses(lesson.network, lesson.learning, forward, lesson.y)
    back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
    return total_loss(lesson.learning, each), back.gradient.vector


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


def formulas_that_hold(
    solution: Solution, lesson: Lesson, known: Mapping[Key, Meaning | None]
) -> int:
    """Return how many formulas in names have the value of what they are given for."""
    meanings = Meanings.of(lesson)
    matcher = NameMatcher(meanings, solution, {}, dict(known))
    return sum(
        holds(chain.links[0].tree, link.tree, matcher)
        for chain in solution.chains
        for link in chain.links[1:]
    )


def holds(subject: Expression | None, tree: Expression | None, matcher: NameMatcher) -> bool:
    """Return whether a formula in names has the value of the name before it."""
    if not isinstance(subject, Variable) or tree is None or not has_names(tree):
        return False
    try:
        wanted, found = map(matcher.interpreter.tree, (subject, tree))
        return is_close(matcher.meanings.exact(found), matcher.meanings.exact(wanted))
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
        return False


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
