"""Whether the numbers of an exercise tell: readable answers, and no misconception that hides.

Comes in: the values of a lesson. Goes out: whether its answers can be written with three digits,
and which misconception, if any, cannot be seen in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext

from clearprop.checking.mistakes import VARIANTS, Computation, Mistake
from clearprop.checking.mistakes.mistake import Way
from clearprop.formulas.arithmetic import DECIMALS, evaluate
from clearprop.formulas.expressions import Expression
from clearprop.network.quantities import Parameter, Quantity, gradient
from clearprop.tracing.by_hand import PRECISION
from clearprop.tracing.values import Values, all_parameters
from clearprop.worksheets.working import DIGITS, Working, by_hand, explained, in_floats
from clearprop.worksheets.worksheet import asked

SMALLEST, LARGEST = Decimal("0.001"), Decimal(1000)  # an answer, without its sign
ROUNDING = ("early_rounding",)  # what rounding explains no numbers can tell
SAME = 1e-9  # relative: two computations that differ by less are one


@dataclass(frozen=True)
class Misconception:
    """One way to make a mistake; `textbook` takes short forms by the chain rule."""

    mistake: Mistake
    way: Way
    textbook: bool

    def working(self, values: Values) -> Mapping[Quantity, float]:
        """Return the step as somebody works it out who makes the mistake all through."""
        computation = Computation(values, self.textbook)

        def tree(quantity: Quantity) -> Expression:
            found = self.mistake.trees(self.way, computation, quantity)
            return found[0] if found else computation.tree(quantity)

        return in_floats(values, tree)


def misconceptions(values: Values) -> Iterator[Misconception]:
    """Yield every misconception of the table that can be made in a step.

    `values` are those of numbers at random: what changes nothing there changes nothing ever.
    """
    textbook = (False,) if values.equations.short_form is None else (False, True)
    for mistake in VARIANTS:
        if mistake.id in ROUNDING:
            continue
        for way in mistake.ways:
            for by_chain in textbook:
                found = Misconception(mistake, way, by_chain)
                if changes(values, found):
                    yield found


def changes(values: Values, misconception: Misconception) -> bool:
    """Return whether a misconception changes any answer at all."""
    mistaken = misconception.working(values)
    return any(
        not math.isclose(mistaken[q], values[q], rel_tol=SAME, abs_tol=SAME) for q in asked(values)
    )


def first_hidden(values: Values, possible: Sequence[Misconception]) -> Misconception | None:
    """Return a misconception that changes no answer by more than rounding explains, if any does."""
    blanks = asked(values)
    bounds = explained(values, frozenset(blanks))
    for misconception in possible:
        mistaken = misconception.working(values)
        if all(bounds[q].holds(printed(mistaken[q])) for q in blanks):
            return misconception
    return None


def is_readable(values: Values) -> bool:
    """Return whether no gradient is 0, and every answer has all its digits and a handy size."""
    return next(unreadable(values), None) is None


def unreadable(values: Values) -> Iterator[Quantity]:
    """Yield the gradients that are 0, and the answers without all their digits or a handy size.

    All answers where the step cannot be worked out: rounded so, a formula divides by 0.
    """
    gradients = (gradient(parameter) for parameter in learning(values))
    yield from (slope for slope in gradients if values[slope] == 0)
    blanks = asked(values)
    with localcontext(prec=PRECISION):
        paper = by_hand(values, frozenset(blanks))
        try:
            yield from [q for q in blanks if not is_handy(paper, q)]
        except DecimalException:
            yield from blanks


def is_handy(paper: Working, quantity: Quantity) -> bool:
    """Return whether an answer has all its digits and a handy size."""
    return SMALLEST <= abs(paper[quantity]) < LARGEST and has_all_digits(paper, quantity)


def learning(values: Values) -> Iterator[Parameter]:
    """Yield the weights and biases that are not frozen."""
    frozen = values.equations.frozen
    return (p for p in all_parameters(values.step.lesson.parameters) if p not in frozen)


def has_all_digits(paper: Working, quantity: Quantity) -> bool:
    """Return whether an answer has its digits: a last 0 counts where it stands for rounded ones."""
    *_, last = digits = paper[quantity].as_tuple().digits
    if last == 0 and len(digits) == DIGITS:
        return bool(evaluate(paper.tree(quantity), paper, DECIMALS) != paper[quantity])
    return len(digits) == DIGITS


def printed(value: float) -> float:
    """Return a value as it is printed with the digits of an answer."""
    return float(f"{value:.{DIGITS - 1}e}")
