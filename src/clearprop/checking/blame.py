"""The mistakes behind a wrong value, for whatever a solution speaks of.

Comes in: a meaning and the number printed for it. Goes out: the ids that `naming.py` finds for the
quantity that the meaning is made of: for Δw₃ those of w₃_new, for an error signal -∂L/∂z those of
∂L/∂z.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from clearprop.checking.intervals import Interval, exactly
from clearprop.checking.meanings import Meaning, Meanings, Share
from clearprop.checking.naming import named
from clearprop.formulas.expressions import Negative, Number, Product, Sum, Variable
from clearprop.network.quantities import Loss, Quantity, Slope, Updated

SMALLEST = 1e-100  # of a factor that can be divided by


@dataclass(frozen=True)
class Of:
    """A quantity, and how a meaning comes from it: factor × quantity + shift.

    Where it is a slope of one output's share of the loss, ∂E_o1/∂h₁, `output` says of which.
    """

    quantity: Quantity
    factor: float = 1.0
    shift: float = 0.0
    output: int | None = None

    @property
    def tells(self) -> bool:
        """Whether the quantity can be told from the meaning: from 0 × quantity it cannot."""
        return SMALLEST < abs(self.factor) < 1 / SMALLEST


def quantity_behind(meaning: Meaning, meanings: Meanings) -> Of | None:
    """Return the quantity that a meaning is made of, None where it is made of several."""
    match meaning:
        case Variable(quantity) if isinstance(quantity, Quantity):
            return Of(quantity)
        case Variable(Share(Loss() as whole)) if meanings[whole]:  # as when all shares are wrong so
            return Of(whole, meanings.exact(meaning) / meanings[whole])
        case Variable(Share(Slope() as whole, output)):
            return Of(whole, output=output)
        case Negative(operand) if of := quantity_behind(operand, meanings):
            return replace(of, factor=-of.factor, shift=-of.shift)
        case Product((Number(factor), inner)) if of := quantity_behind(inner, meanings):
            return replace(of, factor=factor * of.factor, shift=factor * of.shift)
        case Sum((after, Negative(before))):  # a change: after the update less before
            of, start = quantity_behind(after, meanings), quantity_behind(before, meanings)
            if of and start and of.quantity == Updated(start.quantity):  # type: ignore[arg-type]
                return Of(of.quantity, of.factor, -meanings.exact(before))
    return None


def mistakes_of(
    meanings: Meanings,
    written: Mapping[Meaning, Interval],
    meaning: Meaning,
    value: Interval,
    digits: str | None,
) -> tuple[str, ...]:
    """Return the names of the mistakes that give a value, most likely first."""
    of = quantity_behind(meaning, meanings)
    if of is None or not of.tells:
        return ()
    if meanings.tree(of.quantity) is None:  # given: it can only be miscopied
        return ()
    printed = (value - exactly(of.shift)) * exactly(1 / of.factor)
    if of.shift or abs(of.factor) != 1:
        digits = None
    elif digits is not None and of.factor < 0:
        digits = str(-Decimal(digits))
    before = dict(written_before(meanings, written, of.output))
    return named(meanings.step_values, before, of.quantity, printed, digits, of.output)


def written_before(
    meanings: Meanings, written: Mapping[Meaning, Interval], output: int | None
) -> Iterator[tuple[Quantity, Interval]]:
    """Yield the quantities that are written; of one output's share, its slopes for the loss's."""
    for meaning, interval in written.items():
        match meaning:
            case Variable(Share(Slope() as slope, of)) if of == output:
                yield slope, interval
            case Variable(Slope(Loss()) as slope) if output is not None:
                if meanings.is_through(slope, output):
                    yield slope, interval
            case Variable(quantity) if isinstance(quantity, Quantity):
                yield quantity, interval
