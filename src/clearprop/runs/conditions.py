"""Conditions on a run, as data: `dead h3`, `W2[0,1] changes sign`, `loss > 2 * median`.

A condition is a quantity, which has a value at every step or after every epoch, and a test of its
values. The reader of what people type is `condition_reader.py`; what has which value is in
`measures.py`.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan

import numpy as np

RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "median": lambda values: float(np.median(values)),
    "mean": lambda values: float(np.mean(values)),
    "least": min,
    "largest": max,
    "first": lambda values: values[0],
}


@dataclass(frozen=True)
class Quantity:
    """What has a value at each step.

    kind    an entry of the table in `measures.py`
    words   as people read it: "W2[0,1]", "the loss", "the gradient of layer 2"
    place   of a parameter in the flat vector
    """

    kind: str
    words: str
    layer: int | None = None
    unit: int | None = None
    place: int | None = None
    magnitude: bool = False


@dataclass(frozen=True)
class Threshold:
    """A number, or so many times a statistic of all values of the span."""

    factor: float
    statistic: str | None = None

    def value(self, values: Iterable[float]) -> float:
        """Return the number to compare with, given the values.

        >>> Threshold(2, "median").value([1.0, 3.0, 8.0])
        6.0
        """
        if self.statistic is None:
            return self.factor
        known = [value for value in values if isfinite(value)]
        return self.factor * STATISTICS[self.statistic](known) if known else nan


@dataclass(frozen=True)
class Compared:
    """The value stands in a relation to a threshold."""

    relation: str
    threshold: Threshold

    needs_value_before = False

    def holds(self, before: float, value: float, limit: float) -> bool:
        """Return whether it holds for a value."""
        return RELATIONS[self.relation](value, limit)


@dataclass(frozen=True)
class Course:
    """The value changes sign, rises or falls against the one before it."""

    what: str

    needs_value_before = True
    threshold = Threshold(0.0)

    def holds(self, before: float, value: float, limit: float) -> bool:
        """Return whether it holds for a value and the one before."""
        if self.what == "changes sign":
            return (before < 0 < value) or (value < 0 < before)
        return value > before if self.what == "rises" else value < before


@dataclass(frozen=True)
class Condition:
    """A quantity and the test of its values; `text` is what was typed."""

    text: str
    quantity: Quantity
    test: Compared | Course


def holding(
    condition: Condition, values: Iterable[tuple[int, float]], limit: float
) -> Iterator[tuple[int, float | None, float]]:
    """Yield step, value before and value wherever a condition holds in a row of values.

    The first value of a course is only looked at as the one before the next. What is 0
    changes its sign when it comes to the other side: a bias that starts at 0 does not at once.
    """
    test = condition.test
    if not test.needs_value_before:
        for step, value in values:
            if test.holds(nan, value, limit):
                yield step, None, value
        return
    if test == Course("changes sign"):
        values = ((step, value) for step, value in values if value != 0)
    for (_, before), (step, value) in pairwise(values):
        if test.holds(before, value, limit):
            yield step, before, value
