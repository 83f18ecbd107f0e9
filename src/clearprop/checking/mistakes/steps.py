"""Mistakes of the moment: weights before the update for those after it, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake
from clearprop.formulas.expressions import Expression, Number, Variable
from clearprop.network.quantities import Activation, Loss, NetInput, Part, Quantity, Updated


def before_update(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield, for a quantity after the update, its value before it."""
    match quantity:
        case Updated(NetInput() | Activation() | Part() | Loss() as before):
            yield Variable(before)


def after_update(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield, for a quantity before the update, its value after it."""
    match quantity:
        case NetInput() | Activation() | Part() | Loss():
            yield Variable(Updated(quantity))


def after_next_update(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield, for a quantity after the update, its value after one more."""
    if isinstance(quantity, Updated):
        yield Number(work.following[quantity])


MISTAKES = (
    Mistake(
        "one_step_too_few",
        "The weights before the update were used where the updated ones belong: one step too few.",
        (before_update,),
        rank=1,
    ),
    Mistake(
        "one_step_too_many",
        "The weights after an update were used where those before it belong: one step too many.",
        (after_update, after_next_update),
    ),
)
