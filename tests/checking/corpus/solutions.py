"""Solutions as somebody would write them, right or with one mistake in them.

Comes in: the values of a step, perhaps a mistake, and a manner of writing. Goes out: the lines.
Whatever is computed after the mistake follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clearprop.checking.intervals import Interval, rounded_to
from clearprop.checking.mistakes import Computation
from clearprop.equations.order import sections
from clearprop.equations.step import Equation
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import Expression
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Proof,
    Quantity,
    Slope,
    Updated,
    Weight,
)
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import links_text, mark_text
from clearprop.tracing.lines import Line, line_trees


@dataclass(frozen=True)
class Manner:
    """How a solution is written.

    digits   significant digits of every number
    rounded  whether the rounded numbers are carried on, not the exact ones
    formulas whether formulas stand before the values
    varied   whether the wrong formula stands at the mistake, not the right one beside a wrong value
    thin     whether lines in between are skipped: slopes inside the chain
    """

    digits: int = 6
    rounded: bool = False
    formulas: bool = True
    varied: bool = True
    thin: bool = False


@dataclass
class Theirs(Mapping[Quantity, float]):
    """The values of a solution: by trees of its own at some quantities, by the right ones else."""

    work: Computation
    manner: Manner
    trees: Mapping[Quantity, Expression] = field(default_factory=dict)
    known: dict[Quantity, float] = field(default_factory=dict)
    before_rounding: dict[Quantity, float] = field(default_factory=dict)

    def __getitem__(self, quantity: Quantity) -> float:
        value = self.known.get(quantity)
        if value is None:
            exact = self.before_rounding[quantity] = self.found(quantity)
            value = self.kept(exact) if is_line(quantity, self.manner) else exact
            self.known[quantity] = value
        return value

    def found(self, quantity: Quantity) -> float:
        if self.work.equations.is_given(quantity):
            return self.work.values[quantity]
        if quantity in self.trees:
            return float(evaluate(self.trees[quantity], self.right, FLOATS))
        return float(evaluate(self.work.tree(quantity), self, FLOATS))

    @cached_property
    def right(self) -> Mapping[Quantity, float]:
        """The values without the mistake."""
        if self.manner.rounded:
            return Theirs(self.work, self.manner)
        return self.work.values

    def kept(self, value: float) -> float:
        """Return a value as it is carried on."""
        if not self.manner.rounded or not math.isfinite(value):
            return value
        return float(number_text(value, self.manner.digits)[0])

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class Written:
    """One line: whose value it gives, the value as printed, and the solution it stands in."""

    quantity: Quantity
    printed: str
    theirs: Theirs

    @property
    def interval(self) -> Interval:
        """What the printed digits leave open."""
        return rounded_to(self.printed)

    @cached_property
    def text(self) -> str:
        """The whole line; most solutions that are drawn have no use for it."""
        theirs, manner = self.theirs, self.theirs.manner
        names = theirs.work.values.step.lesson.names
        symbol = names.symbol(self.quantity)
        trees: dict[str, Any] = {}
        if manner.formulas:
            own = theirs.trees.get(self.quantity) if manner.varied else None
            equation = Equation(self.quantity, own or theirs.work.tree(self.quantity))
            trees = line_trees(equation, theirs, FLOATS, names.symbol)
        whole = Line(symbol.id, symbol, theirs.before_rounding[self.quantity], **trees)
        return " ".join([mark_text(symbol), *links_text(whole, manner.digits)])


def stays(quantity: Quantity) -> bool:
    """Return whether a thin solution has a line for a quantity."""
    match quantity:
        case NetInput() | Activation() | Loss() | Slope(Loss(), NetInput() | Weight() | Bias(), _):
            return True
        case Updated(Weight() | Bias()):
            return True
    return False


def is_line(quantity: Quantity, manner: Manner) -> bool:
    """Return whether a solution has a line for a quantity."""
    return not isinstance(quantity, Proof) and (stays(quantity) or not manner.thin)


def lines(theirs: Theirs) -> list[Written]:
    """Return a solution's lines.

    Raises
    ------
    OverflowError: a value is no finite number.
    """
    manner, work = theirs.manner, theirs.work
    order = [quantity for section in sections(work.equations) for quantity in section.quantities]
    return [line(theirs, quantity) for quantity in order if is_line(quantity, manner)]


def line(theirs: Theirs, quantity: Quantity) -> Written:
    """Return the line of a quantity."""
    if not math.isfinite(theirs[quantity]):
        raise OverflowError
    printed = number_text(theirs.before_rounding[quantity], theirs.manner.digits)[0]
    return Written(quantity, printed, theirs)
