"""Mistakes of the digits: numbers rounded too early, digits slipped, exchanged or shifted.

Rounding is a way like the others: the right tree over rounded operands. A slip is of the printed
number: from the text that should stand there, the texts that stand there after the slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clearprop.checking.mistakes.mistake import Computation, Mistake, renamed
from clearprop.formulas.expressions import Expression, Number, Variable
from clearprop.network.quantities import Constant, Quantity

FEW_DIGITS = (4, 3, 2, 1)  # that somebody may have rounded to


@dataclass(frozen=True)
class Slip:
    """A slip of the pen, by its id: from the digits that belong there to those that it leaves.

    Digits are plain, without sign and point; `shifts` says whether the point may have moved.
    """

    id: str
    sentence: str
    texts: Callable[[str], Iterable[str]]
    shifts: bool = False


def by_rounded_operands(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the right tree over operands of few significant digits, then of few decimals."""
    tree = work.tree(quantity)
    if isinstance(tree, Variable):
        return
    for digits in FEW_DIGITS:
        yield renamed(tree, lambda q, n=digits: operand(work, q, f".{n - 1}e"))  # type: ignore[misc]
        yield renamed(tree, lambda q, n=digits: operand(work, q, f".{n}f"))  # type: ignore[misc]


def operand(work: Computation, quantity: Quantity, form: str) -> Expression | None:
    """Return an operand's value in a form of print; constants stay as they are."""
    if isinstance(quantity, Constant):
        return None
    return Number(float(format(work.values[quantity], form)))


def one_digit_off(digits: str) -> Iterator[str]:
    """Yield the digits with one of them wrong; a lone digit that is wrong is all of the number."""
    if len(digits) == 1:
        return
    for place, right in enumerate(digits):
        for other in "0123456789":
            if other != right:
                yield digits[:place] + other + digits[place + 1 :]


def neighbours_exchanged(digits: str) -> Iterator[str]:
    """Yield the digits with two neighbours exchanged.

    >>> list(neighbours_exchanged("122"))
    ['212']
    """
    for place in range(len(digits) - 1):
        first, second = digits[place], digits[place + 1]
        if first != second:
            yield digits[:place] + second + first + digits[place + 2 :]


def the_same(digits: str) -> Iterator[str]:
    """Yield the digits themselves."""
    yield digits


MISTAKES = (
    Mistake(
        "early_rounding",
        "Numbers were rounded to fewer digits than the result is printed with.",
        (by_rounded_operands,),
        rank=3,
    ),
)

SLIPS = (
    Slip("point_slipped", "The decimal point is at the wrong place.", the_same, shifts=True),
    Slip("digits_transposed", "Two neighbouring digits were exchanged.", neighbours_exchanged),
    Slip("digit_slipped", "One digit is wrong.", one_digit_off),
)
