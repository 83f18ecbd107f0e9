"""Intervals: what a printed number leaves open, carried through the arithmetic.

A number printed to d digits stands for every number that prints so. Each operation returns an
interval that holds every possible result, and widens it by a few units in the last place of a
float: the programs whose prints are checked here count in floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

INFINITY = math.inf
ULPS = 2  # a library function may be one unit off, and so may its argument


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`.

    >>> printed("0.75", rounded=True).meets(printed("0.7503", rounded=False))
    True
    >>> (printed("0.5", rounded=False) * printed("3", rounded=False)).meets(exactly(1.6))
    False
    """

    low: float
    high: float

    def meets(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    def common(self, other: Interval) -> Interval:
        return Interval(max(self.low, other.low), min(self.high, other.high))

    @property
    def is_bounded(self) -> bool:
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

    def __pow__(self, exponent: Interval) -> Interval:
        if exponent.low == exponent.high and exponent.low == int(exponent.low) >= 0:
            return self.whole_power(int(exponent.low))
        if self.low <= 0:
            return EVERYTHING
        return exp(exponent * log(self))

    def whole_power(self, exponent: int) -> Interval:
        ends = [safely(pow, end, exponent) for end in (self.low, self.high)]
        if exponent % 2 == 0 and exponent and self.low <= 0 <= self.high:
            ends.append(0.0)
        return widened(min(ends), max(ends))


EVERYTHING = Interval(-INFINITY, INFINITY)


def exactly(value: float) -> Interval:
    """Return one number, as a float gives it."""
    return Interval(value, value) if value == int(value) else widened(value, value)


def printed(digits: str, *, rounded: bool) -> Interval:
    """Return all numbers that a printed one may stand for."""
    decimal = Decimal(digits)
    if not rounded:
        return exactly(float(decimal))
    if "." not in digits and "e" not in digits.lower():
        decimal = decimal.normalize()  # 14900 may be rounded to three digits: it does not say
    half_a_unit = Decimal((0, (5,), int(decimal.as_tuple().exponent) - 1))
    return widened(float(decimal - half_a_unit), float(decimal + half_a_unit))


def widened(low: float, high: float) -> Interval:
    for _ in range(ULPS):
        low, high = math.nextafter(low, -INFINITY), math.nextafter(high, INFINITY)
    return Interval(low, high)


def safely(function: Callable[..., float], *arguments: float) -> float:
    try:
        return function(*arguments)
    except OverflowError:
        return INFINITY if arguments[0] > 0 else -INFINITY


def rising(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    """Return a function that never falls, for intervals."""

    def over_interval(x: Interval) -> Interval:
        return widened(safely(function, x.low), safely(function, x.high))

    return over_interval


def log_or_edge(x: float) -> float:
    return math.log(x) if x > 0 else -INFINITY


def sigmoid_of(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


exp = rising(math.exp)
expm1 = rising(math.expm1)
log = rising(log_or_edge)
log1p = rising(lambda x: log_or_edge(1 + x))
sqrt = rising(lambda x: math.sqrt(max(x, 0.0)))
tanh = rising(math.tanh)
erf = rising(math.erf)
sigmoid = rising(sigmoid_of)
softplus = rising(lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))))
sign = rising(lambda x: float((x > 0) - (x < 0)))
relu = rising(lambda z: max(z, 0.0))


def magnitude(x: Interval) -> Interval:
    if x.low <= 0 <= x.high:
        return Interval(0.0, max(-x.low, x.high))
    return x if x.low > 0 else -x


def largest(*arguments: Interval) -> Interval:
    return Interval(max(x.low for x in arguments), max(x.high for x in arguments))


def smallest(*arguments: Interval) -> Interval:
    return Interval(min(x.low for x in arguments), min(x.high for x in arguments))


def normal_share(x: Interval) -> Interval:
    """Return Φ(x), the share of a normal distribution below x."""
    return exactly(0.5) * (exactly(1) + erf(x / sqrt(exactly(2))))


FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "exp": exp,
    "expm1": expm1,
    "ln": log,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "tanh": tanh,
    "erf": erf,
    "sign": sign,
    "abs": magnitude,
    "max": largest,
    "min": smallest,
    "σ": sigmoid,
    "sigma": sigmoid,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "ReLU": relu,
    "relu": relu,
    "Φ": normal_share,
    "Phi": normal_share,
    "SiLU": lambda z: z * sigmoid(z),
    "GELU": lambda z: z * normal_share(z),
    "identity": lambda z: z,
}
