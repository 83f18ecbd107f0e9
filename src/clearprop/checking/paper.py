"""What stands on the paper so far, and what follows from it within the digits written.

Comes in: meanings with the interval that their printed digits leave open. Goes out: the interval of
any formula, computed from what is written and, where nothing is, from the step's equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearprop.checking.intervals import EVERYTHING, INTERVALS, Interval, exactly
from clearprop.checking.meanings import Meaning, Meanings, Share
from clearprop.checking.solution import Numeral
from clearprop.errors import ClearpropError
from clearprop.formulas.arithmetic import Arithmetic, evaluate
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Variable,
    replace,
    total,
    variables,
)
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Slope,
    Updated,
    Weight,
)


def as_printed(numeral: Numeral) -> Interval:
    """Return the one number that stands there."""
    return exactly(numeral.value)


@dataclass
class Paper:
    """The values written so far, by meaning.

    `wholes` are those that are no plain quantity: the error t - o. `has_shares` says whether one
    output's share, such as E_o1 or ∂E_o1/∂h₁, was ever among them. `known` holds the value of
    every name that was looked up, until something else is written.
    """

    meanings: Meanings
    written: dict[Meaning, Interval] = field(default_factory=dict)
    arithmetic: Arithmetic = INTERVALS
    wholes: set[Meaning] = field(init=False)
    has_shares: bool = field(init=False)
    known: dict[Any, Interval] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.has_shares = any(map(is_share, self.written))
        self.wholes = {meaning for meaning in self.written if not isinstance(meaning, Variable)}

    def write(self, meaning: Meaning, value: Interval) -> None:
        """Put a value down."""
        self.written[meaning] = value
        self.has_shares |= is_share(meaning)
        if not isinstance(meaning, Variable):
            self.wholes.add(meaning)
        match meaning:
            case Negative(operand):
                self.write(operand, -value)
            case Product((Number(factor), Variable() as operand)) if factor:  # m ∂L/∂z of a batch
                self.write(operand, value * exactly(1 / factor))
            case Quotient(operand, Variable(Constant() as factor)):  # a velocity: -Δw / η
                self.write(operand, value * exactly(self.meanings[factor]))
        self.known.clear()

    def erase(self, meaning: Meaning) -> None:
        """Take a value back: it is computed again from what it follows from."""
        self.written.pop(meaning, None)
        self.wholes.discard(meaning)
        match meaning:
            case (
                Negative(operand)
                | Product((Number(), Variable() as operand))
                | Quotient(operand, Variable(Constant()))
            ):
                self.erase(operand)
        self.known.clear()

    def value(
        self, tree: Expression, numeral: Callable[[Numeral], Interval] = as_printed
    ) -> Interval:
        """Return what a formula may be, given what is written."""
        return self.evaluated(tree, Lookup(self, numeral))

    def expected(self, meaning: Meaning) -> Interval:
        """Return what a meaning's own equation gives; everything where that cannot be told."""
        try:
            return self.by_equation(meaning)
        except (ClearpropError, LookupError):
            return EVERYTHING

    def by_equation(self, meaning: Meaning) -> Interval:
        """Return what a meaning's own equation gives, whether or not its value is written.

        Where the step has a short form, such as δ = ŷ - y, the definition or the chain rule is as
        good: from rounded numbers it gives other last digits.
        """
        if isinstance(meaning, Negative):
            return -self.by_equation(meaning.operand)
        if not isinstance(meaning, Variable):
            return self.evaluated(meaning, Lookup(self, as_printed), at_top=True)
        tree = self.tree(meaning.name)
        if tree is None:
            return self.given(meaning.name)
        found, definition = self.value(tree), self.meanings.definition(meaning.name)
        if definition is None:
            return found
        by_definition = self.value(definition)
        return found.hull(by_definition) if by_definition.is_bounded else found

    def looked_up(self, quantity: Any) -> Interval:
        """Return what is written for a quantity, else what follows for it."""
        value = self.known.get(quantity)  # one look: to hash a slope takes long
        if value is None:
            value = self.written.get(Variable(quantity)) or self.following(quantity)
            self.known[quantity] = value
        return value

    def following(self, quantity: Any) -> Interval:
        """Return what follows for a quantity that is not written."""
        tree = self.tree(quantity)
        return self.given(quantity) if tree is None else self.value(tree)

    def tree(self, quantity: Any) -> Expression | None:
        """Return a quantity's equation; the one through a step on the way where that is written."""
        if self.has_shares and (shares := self.shares(quantity)):
            return shares
        tree, way = self.meanings.tree(quantity), way_round(quantity)
        if tree is None or way is None or way.through not in self.written:
            return tree
        crosses = isinstance(quantity, Slope) and self.meanings.crosses(quantity.wrt.layer)
        known: list[Meaning] = [Variable(name) for name in variables(tree)]
        return tree if crosses or way.through in known else way.tree

    def shares(self, quantity: Any) -> Expression | None:
        """Return a loss or its slope as the sum of the outputs' shares, where one is written."""
        lesson = self.meanings.lesson
        if len(lesson.x) > 1 or not isinstance(quantity, Loss | Slope):
            return None
        if isinstance(quantity, Slope) and not isinstance(quantity.of, Loss):
            return None
        outputs = range(lesson.network.layers[-1])
        found: list[Meaning] = [Variable(Share(quantity, output)) for output in outputs]
        return total(found) if any(share in self.written for share in found) else None

    def given(self, quantity: Any) -> Interval:
        """Return a given quantity's value; π may have been taken as 3.14."""
        value = exactly(self.meanings[quantity])
        return value.hull(exactly(3.14)) if quantity == Constant("pi") else value

    def evaluated(
        self, tree: Expression, lookup: Mapping[Any, Interval], at_top: bool = False
    ) -> Interval:
        """Return the interval of a tree; a part of it that is written counts as written."""
        if self.wholes:

            def change(node: Expression) -> Expression | None:
                if isinstance(node, Variable) or node not in self.wholes:
                    return None
                return None if at_top and node is tree else Variable(Whole(node))

            tree = replace(tree, change)
        try:
            return evaluate(tree, lookup, self.arithmetic)  # type: ignore[no-any-return]
        except (ArithmeticError, ValueError):
            return EVERYTHING


def is_share(meaning: Meaning) -> bool:
    """Return whether a meaning is one output's share of the loss or of a slope."""
    return isinstance(meaning, Variable) and isinstance(meaning.name, Share)


@dataclass(frozen=True, slots=True)
class Way:
    """A quantity's equation by way of a step that the network's own equation leaves out."""

    through: Meaning
    tree: Expression


def way_round(quantity: Any) -> Way | None:
    """Return the way of ∂L/∂z through ∂L/∂a, and of a weight after the update through its change.

    >>> from clearprop.network.quantities import delta
    >>> way_round(delta(1, 0, 0)).through == Variable(Slope(Loss(), Activation(1, 0, 0)))
    True
    """
    match quantity:
        case Slope(Loss(), NetInput(layer, unit, example) as z, None):
            a = Activation(layer, unit, example)
            above: Meaning = Variable(Slope(Loss(), a))
            return Way(above, above * Variable(Slope(a, z)))
        case Updated(Weight() | Bias() as parameter):
            change = Variable(quantity) - Variable(parameter)
            return Way(change, Sum((Variable(parameter), change)))
    return None


@dataclass(frozen=True, slots=True)
class Whole:
    """A tree that is written as one value, such as the error t - o."""

    meaning: Meaning


@dataclass(frozen=True)
class Lookup(Mapping[Any, Interval]):
    """The interval of each name of a tree."""

    paper: Paper
    numeral: Callable[[Numeral], Interval]

    def __getitem__(self, name: Any) -> Interval:
        if isinstance(name, Numeral):
            return self.numeral(name)
        if isinstance(name, Whole):
            return self.paper.written[name.meaning]
        return self.paper.looked_up(name)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0
