"""A step worked out: by the right trees or by mistaken ones, in any arithmetic.

Comes in: what is given, a tree for each quantity, the quantities that are written down. Goes out:
a mapping from quantities to numbers. Only what is written down is rounded; what stands between,
such as the parts of a softmax, is carried on in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

from clearprop.checking.intervals import INTERVALS, Interval, exactly, widened
from clearprop.formulas.arithmetic import DECIMALS, FLOATS, Arithmetic, evaluate
from clearprop.formulas.expressions import Expression
from clearprop.network.quantities import Quantity
from clearprop.tracing.by_hand import PRECISION, plain, round_to
from clearprop.tracing.values import Values

DIGITS = 3  # significant digits of an answer


@dataclass(frozen=True)
class Working(Mapping[Quantity, Any]):
    """The values of a step, worked out on demand.

    exact   the values of the lesson, of which the given ones are taken
    tree    gives the tree of a quantity
    number  turns a given float into a number of the arithmetic
    write   what becomes of a value when it is written down
    """

    exact: Values
    tree: Callable[[Quantity], Expression]
    arithmetic: Arithmetic
    number: Callable[[float], Any]
    write: Callable[[Quantity, Any], Any]
    known: dict[Quantity, Any] = field(default_factory=dict)
    begun: set[Quantity] = field(default_factory=set)

    def __getitem__(self, quantity: Quantity) -> Any:
        if quantity not in self.known:
            self.known[quantity] = self.work_out(quantity)
        return self.known[quantity]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def work_out(self, quantity: Quantity) -> Any:
        """Return a quantity's value; the right one where a mistaken tree leads back to itself."""
        if self.exact.equations.is_given(quantity) or quantity in self.begun:
            return self.number(self.exact[quantity])
        self.begun.add(quantity)
        value = evaluate(self.tree(quantity), self, self.arithmetic)
        return self.write(quantity, value)


def right_tree(values: Values) -> Callable[[Quantity], Expression]:
    """Return what gives the right tree of a quantity."""
    return lambda quantity: values.equations.equation(quantity).tree


def by_hand(values: Values, blanks: frozenset[Quantity]) -> Working:
    """Return the step on paper: every answer rounded when it is written, and carried on so."""

    def write(quantity: Quantity, value: Any) -> Decimal:
        return three_digits(Decimal(value)) if quantity in blanks else Decimal(value)

    return Working(values, right_tree(values), DECIMALS, plain, write)


def three_digits(value: Decimal) -> Decimal:
    """Return a value rounded to the digits of an answer; one that has fewer stays as it is.

    >>> three_digits(Decimal("0.1875")), three_digits(Decimal("1.1"))
    (Decimal('0.188'), Decimal('1.1'))
    """
    if not value.is_finite() or value == 0 or len(value.as_tuple().digits) <= DIGITS:
        return value
    return round_to(value, DIGITS)


def answers(values: Values, blanks: tuple[Quantity, ...]) -> dict[Quantity, Decimal]:
    """Return what a person writes into each blank.

    Raises
    ------
    DecimalException: rounded so, a formula cannot be worked out (it divides by 0).
    """
    with localcontext(prec=PRECISION):
        paper = by_hand(values, frozenset(blanks))
        return {blank: paper[blank] for blank in blanks}


def explained(values: Values, blanks: frozenset[Quantity]) -> Working:
    """Return, as intervals, all that rounding explains: each answer rounded or cut on the way."""

    def write(quantity: Quantity, value: Any) -> Interval:
        return uncertain(value) if quantity in blanks else value

    return Working(values, right_tree(values), INTERVALS, exactly, write)


def uncertain(value: Interval) -> Interval:
    """Return an interval a unit of an answer's last digit wider on both sides."""
    if not value.is_bounded:
        return value
    return widened(value.low - last_digit(value.low), value.high + last_digit(value.high))


def last_digit(value: float) -> float:
    """Return one unit of the last digit of an answer.

    >>> last_digit(0.75), last_digit(-12.5)
    (0.001, 0.1)
    """
    return float(f"1e{int(f'{value:e}'.partition('e')[2]) - DIGITS + 1}")


def in_floats(values: Values, tree: Callable[[Quantity], Expression]) -> Working:
    """Return the step worked out by some trees, nothing rounded."""
    return Working(values, tree, FLOATS, float, lambda _, value: value)
