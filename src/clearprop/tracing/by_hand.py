"""The arithmetic a person does on paper: decimal, every value rounded when it is written.

A value is written with N significant digits, ties away from zero; one that is exact with a digit
more is kept (0.750 × 0.250 = 0.1875). The next line uses the written value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, DecimalException, localcontext

from clearprop.equations.step import StepEquations
from clearprop.errors import SettingError
from clearprop.formulas.arithmetic import DECIMALS, evaluate
from clearprop.network.quantities import Quantity
from clearprop.tracing.values import Values

PRECISION = 50  # digits inside a line, before it is rounded


def written(value: Decimal, digits: int) -> Decimal:
    """Return a value as it is written down with a number of significant digits.

    >>> written(Decimal("0.228684"), 3), written(Decimal("0.187500"), 3), written(Decimal("1.1"), 3)
    (Decimal('0.229'), Decimal('0.1875'), Decimal('1.1'))
    """
    if value == 0 or not value.is_finite() or len(value.as_tuple().digits) <= digits:
        return value
    longer = round_to(value, digits + 1)
    kept = round_to(value, digits)
    return longer if longer == value and kept != value else kept


def round_to(value: Decimal, digits: int) -> Decimal:
    """Return a value rounded to a number of significant digits, ties away from zero."""
    unit = Decimal(1).scaleb(value.adjusted() - digits + 1)
    result = value.quantize(unit, rounding=ROUND_HALF_UP)
    if len(result.as_tuple().digits) > digits:  # 9.996 became 10.00
        return result.quantize(unit.scaleb(1))
    return result


@dataclass(frozen=True)
class WrittenValues(Mapping[Quantity, Decimal]):
    """What stands on the paper for each quantity, worked out line by line on demand."""

    exact: Values
    digits: int
    known: dict[Quantity, Decimal] = field(default_factory=dict)
    rounded: set[Quantity] = field(default_factory=set)

    @property
    def equations(self) -> StepEquations:
        """The equations of the step."""
        return self.exact.equations

    def __getitem__(self, quantity: Quantity) -> Decimal:
        if quantity not in self.known:
            self.known[quantity] = self.write(quantity)
        return self.known[quantity]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def write(self, quantity: Quantity) -> Decimal:
        """Return a quantity's written value: a given number rounded, or its formula worked out.

        Raises
        ------
        SettingError: with so few digits the formula cannot be worked out (it divides by 0).
        """
        with localcontext(prec=PRECISION):
            try:
                if self.equations.is_given(quantity):
                    value = plain(self.exact[quantity])
                else:
                    tree = self.equations.equation(quantity).tree
                    value = Decimal(evaluate(tree, self, DECIMALS))
                kept = written(value, self.digits)
                if kept != value:
                    self.rounded.add(quantity)
                return kept
            except DecimalException:
                name = self.exact.step.lesson.names.id(quantity)
                raise SettingError(
                    f"by hand with {self.digits} digits, {name} cannot be worked out (a division "
                    "by 0 or the logarithm of 0); use more digits"
                ) from None


def plain(value: float) -> Decimal:
    """Return a float as the shortest decimal that reads back to it, whole numbers without .0."""
    number = Decimal(repr(value))
    whole = number == number.to_integral_value() and number.adjusted() < PRECISION
    return number.quantize(Decimal(1)) if whole else number
