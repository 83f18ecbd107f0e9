"""Intervals: what a printed number leaves open, carried through the arithmetic.

A number printed to d digits stands for every number that prints so. Each operation returns an
interval that holds every possible result, and widens it by a few units in the last place of a
float: the values it is held against are computed in floats (Moore 1966, Interval Analysis).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from clearprop.formulas.arithmetic import Arithmetic

INFINITY = math.inf
FLOAT_SLACK = 4e-16  # of a value that two forms of a formula give in floats
FEW_DIGITS = 100  # below, a whole number is exact, or rounded to two digits at least
MANY_DIGITS = 8  # of a value that was computed from others with as many: its last may be off by 2
ULPS = 2  # a library function may be one unit off, and so may its argument


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`.

    >>> rounded_to("0.75").meets(exactly(0.7503))
    True
    >>> (exactly(0.5) * exactly(3.0)).meets(exactly(1.6))
    False
    """

    low: float
    high: float

    def meets(self, other: Interval) -> bool:
        """Return whether a number lies in both."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, value: float) -> bool:
        """Return whether a number lies in it."""
        return self.low <= value <= self.high

    def hull(self, *others: Interval) -> Interval:
        """Return the smallest interval around this one and others."""
        return Interval(
            min(self.low, *(other.low for other in others)),
            max(self.high, *(other.high for other in others)),
        )

    @property
    def middle(self) -> float:
        """The number in the middle."""
        return (self.low + self.high) / 2

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are finite numbers."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return widened(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        corners = [
            0.0 if 0 in (a, b) else a * b  # 0 × ∞: an end that is never reached
            for a in (self.low, self.high)
            for b in (other.low, other.high)
        ]
        return widened(min(corners), max(corners))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return EVERYTHING
        return self * widened(1 / other.high, 1 / other.low)

    # Whether one is larger may be open: None, and a `Select` then takes both branches.

    def __gt__(self, other: Interval) -> bool | None:
        return True if self.low > other.high else False if self.high <= other.low else None

    def __ge__(self, other: Interval) -> bool | None:
        return True if self.low >= other.high else False if self.high < other.low else None


EVERYTHING = Interval(-INFINITY, INFINITY)


def exactly(value: float) -> Interval:
    """Return one number, as a float gives it."""
    whole = math.isfinite(value) and value == int(value)
    return Interval(value, value) if whole or math.isinf(value) else widened(value, value)


def unit_of(text: str) -> float:
    """Return one unit of the last digit of a printed number.

    >>> unit_of("0.750"), unit_of("-1.2e-05"), unit_of("12")
    (0.001, 1e-06, 1.0)
    """
    return float(Decimal((0, (1,), int(Decimal(text).as_tuple().exponent))))


def rounded_to(text: str) -> Interval:
    """Return all numbers that print as this one, rounded to its last digit."""
    half = Decimal((0, (5,), int(Decimal(text).as_tuple().exponent) - 1))
    return widened(float(Decimal(text) - half), float(Decimal(text) + half))


def to_three_digits(text: str) -> Interval:
    """Return all numbers that print as this one to three significant digits, zeros left out.

    >>> to_three_digits("0.65").holds(0.6504), to_three_digits("0.65").holds(0.6506)
    (True, False)
    """
    value = Decimal(text)
    half = Decimal((0, (5,), value.adjusted() - 3))
    return widened(float(value - half), float(value + half))


def cut_to(text: str) -> Interval:
    """Return all numbers that give this one when the digits after its last are cut off.

    >>> cut_to("0.12").holds(0.128), cut_to("0").holds(0.128)
    (True, False)
    """
    value = Decimal(text)
    if value.as_tuple().exponent == 0 and abs(value) < FEW_DIGITS:
        return exactly(float(value))
    unit = Decimal((0, (1,), int(value.as_tuple().exponent))).copy_sign(value)
    low, high = sorted((float(value), float(value + unit)))
    return widened(low, high)


def left_open(digits: str, relation: str) -> Interval:
    """Return the numbers that a printed one may stand for.

    A whole number below 100 is exact, or, after ≈, rounded to two digits; a larger one may end in
    zeros that only fill up.
    """
    if "." in digits or "e" in digits.lower():
        found, slack = rounded_to(digits), FLOAT_SLACK * abs(float(digits))
        return Interval(found.low - slack, found.high + slack)
    value = abs(int(digits))
    if value < FEW_DIGITS:
        return (
            rounded_to(f"{digits}.0" if value < 10 else digits)
            if relation == "≈"
            else exactly(float(digits))
        )
    kept = str(value).rstrip("0")
    zeros = min(len(str(value)) - len(kept), len(str(value)) - 3)
    return rounded_to(f"{int(digits) // 10**zeros}e{zeros}")


def last_digits_off(digits: str) -> Interval:
    """Return the numbers whose last printed digit may be off by rounding that is not shown.

    Only for a value with many digits: with few, a digit that is off is a mistake.
    """
    value = Decimal(digits)
    if len(value.as_tuple().digits) < MANY_DIGITS:
        return exactly(float(value))
    unit = 2 * unit_of(digits)
    return widened(float(value) - unit, float(value) + unit)


def widened(low: float, high: float) -> Interval:
    """Return an interval a few units in the last place of a float wider."""
    for _ in range(ULPS):
        low, high = math.nextafter(low, -INFINITY), math.nextafter(high, INFINITY)
    if math.isnan(low) or math.isnan(high):
        return EVERYTHING
    return Interval(low, high)


def rising(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """Return a function that never falls, for intervals."""

    def over_interval(x: Interval) -> Interval:
        return widened(safely(function, x.low), safely(function, x.high))

    return over_interval


def safely(function: Callable[[float], float], x: float) -> float:
    """Return the function's value, infinite where Python raises OverflowError."""
    try:
        return function(x)
    except OverflowError:
        return INFINITY if x > 0 else -INFINITY


def log_or_edge(x: float) -> float:
    """Return ln x, and -∞ for what no logarithm has."""
    return math.log(x) if x > 0 else -INFINITY


def magnitude(x: Interval) -> Interval:
    """Return |x|."""
    if x.low <= 0 <= x.high:
        return Interval(0.0, max(-x.low, x.high))
    return x if x.low > 0 else -x


def largest(*arguments: Interval) -> Interval:
    """Return the largest of some numbers."""
    return Interval(max(x.low for x in arguments), max(x.high for x in arguments))


def smallest(*arguments: Interval) -> Interval:
    """Return the smallest of some numbers."""
    return Interval(min(x.low for x in arguments), min(x.high for x in arguments))


def power(x: Interval, exponent: Interval) -> Interval:
    """Return x to a power; of a number that may be negative, to whole powers only."""
    if exponent.low == exponent.high and exponent.low == int(exponent.low):
        return whole_power(x, int(exponent.low))
    return EXP(exponent * LOG(x)) if x.low > 0 else EVERYTHING


def whole_power(x: Interval, exponent: int) -> Interval:
    """Return x to a whole power."""
    if exponent < 0:
        return exactly(1.0) / whole_power(x, -exponent)
    ends = [safely(lambda end: end**exponent, end) for end in (x.low, x.high)]
    if exponent % 2 == 0 and exponent and x.low <= 0 <= x.high:
        ends.append(0.0)
    return widened(min(ends), max(ends))


def floor(x: Interval) -> Interval:
    """Return the largest whole number that is not above x."""
    return Interval(math.floor(x.low), math.floor(x.high)) if x.is_bounded else x


EXP, LOG = rising(math.exp), rising(log_or_edge)
FUNCTIONS: Mapping[str, Callable[..., Interval]] = {
    "exp": EXP,
    "expm1": rising(math.expm1),
    "log": LOG,
    "log1p": rising(lambda x: log_or_edge(1 + x)),
    "sqrt": rising(lambda x: math.sqrt(max(x, 0.0))),
    "tanh": rising(math.tanh),
    "erf": rising(math.erf),
    "sign": rising(lambda x: float((x > 0) - (x < 0))),
    "abs": magnitude,
    "max": largest,
    "min": smallest,
    "pow": power,
    "floor": floor,
    "cos": lambda x: exactly(math.cos(x.low)) if x.low == x.high else Interval(-1.0, 1.0),
}


def select(
    holds: bool | None, if_true: Callable[[], Interval], if_false: Callable[[], Interval]
) -> Interval:
    """Return the branch that counts, and what both may give where that is open."""
    if holds is None:
        return if_true().hull(if_false())
    return if_true() if holds else if_false()


def no_units(_: Any) -> Any:
    """Refuse: an equation of one unit has its sums over units spelled out."""
    raise TypeError("intervals are of single numbers")


def rounding_on_the_way(digits: int) -> Arithmetic:
    """Return interval arithmetic in which each function's value may be rounded to some digits."""

    def rounded(function: Callable[..., Interval]) -> Callable[..., Interval]:
        def call(*arguments: Interval) -> Interval:
            found = function(*arguments)
            half = 0.5 * 10.0 ** (1 - digits) * max(abs(found.low), abs(found.high))
            return widened(found.low - half, found.high + half)

        return call

    functions = {name: rounded(function) for name, function in FUNCTIONS.items()}
    return replace(INTERVALS, functions=functions, divide=rounded(operator.truediv))


INTERVALS = Arithmetic(
    name="intervals",
    number=exactly,
    functions=FUNCTIONS,
    divide=operator.truediv,
    select=select,
    over_units={"sum": no_units, "max": no_units},
)
