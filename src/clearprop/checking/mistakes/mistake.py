"""What a misconception is: other trees for a quantity than the right one, to be run like it.

Comes in: the right computation of a step, and one of its quantities. Goes out: the trees that
somebody with the misconception would compute that quantity by. None are the numbers of anybody: a
tree is evaluated over whatever the solution has put down before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import cached_property

from clearprop.equations.step import StepEquations
from clearprop.formulas.expressions import (
    Expression,
    Number,
    Variable,
    children,
    rebuild,
    replace,
    total,
)
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Part,
    Proof,
    Quantity,
    Slope,
    Updated,
    Weight,
)
from clearprop.tracing.values import Values, run_step


@dataclass(frozen=True)
class Computation:
    """The right computation of a step: the tree of each quantity, over the quantities below it.

    `textbook` takes a loss and the deltas of the outputs by their definition and the chain rule
    where the step has a short form; people work either way. With an `output` the loss is that
    output's share of it, E_o1, as far as slopes of it go: the other outputs do not touch it.
    """

    values: Values
    textbook: bool = False
    output: int | None = None

    @property
    def equations(self) -> StepEquations:
        """The equations of the step."""
        return self.values.equations

    @property
    def network(self) -> Network:
        """The network whose step it is."""
        return self.equations.network

    @property
    def examples(self) -> int:
        """The number of examples of the step."""
        return self.equations.examples

    @cached_property
    def trees(self) -> dict[Quantity, Expression]:
        """The trees made so far."""
        return {}

    def tree(self, quantity: Quantity) -> Expression:
        """Return the tree that computes a quantity.

        Raises
        ------
        UnknownName: the quantity is no part of this step.
        """
        tree = self.trees.get(quantity)
        if tree is None:
            tree = self.trees[quantity] = self.made(quantity)
        return tree

    def made(self, quantity: Quantity) -> Expression:
        """Return a new tree; the loss after the update goes by its parts, never in one line."""
        match quantity:
            case Updated(NetInput() | Activation() | Part() | Loss() as of):
                return after_update(self.tree(of))
            case Slope(Loss(), Activation(unit=unit), None) if self.is_untouched(quantity, unit):
                return Number(0)
            case Loss() | Slope() if self.textbook and self.has_short_form(quantity):
                return self.equations.equation(Proof(quantity)).tree
        return self.equations.equation(quantity).tree

    def is_untouched(self, quantity: Quantity, unit: int) -> bool:
        """Return whether a slope is by another output than the one whose share the loss is."""
        return self.output not in (None, unit) and self.is_output(quantity)

    def has_short_form(self, quantity: Quantity) -> bool:
        """Return whether a quantity is computed by a short form of loss and output activation."""
        if self.equations.short_form is None:
            return False
        match quantity:
            case Loss(example):
                return example is not None or self.examples == 1
            case Slope(Loss(None), NetInput(layer, _, _), None):
                return layer == self.network.depth
        return False

    @cached_property
    def following(self) -> Values:
        """The values of the step after this one."""
        step = self.values.step
        lesson = replaced(step.lesson, parameters=step.updated)
        return Values(run_step(lesson, step.next_state))

    def units(self, layer: int) -> range:
        """Return the unit numbers of a layer; of layer 0 the inputs."""
        return range(self.network.layers[layer])

    def others(self, layer: int, unit: int) -> list[int]:
        """Return the other units of a layer, the nearest first."""
        found = (other for other in self.units(layer) if other != unit)
        return sorted(found, key=lambda other: abs(other - unit))

    def is_output(self, quantity: Quantity) -> bool:
        """Return whether a quantity is an output, or the slope of the loss by one."""
        match quantity:
            case Activation(layer, _, _) | Slope(Loss(), Activation(layer, _, _), None):
                return layer == self.network.depth
        return False


Way = Callable[[Computation, Quantity], Iterable[Expression]]


@dataclass(frozen=True)
class Mistake:
    """A misconception, by its id: one sentence for the student, and the ways it is computed.

    Each way gives, for a quantity where it applies, one tree or more; the first is the one that is
    taken where the mistake is made all through. `rank` says how common it is: 1 is met in every
    classroom, 2 is known, 3 is looked for last.
    """

    id: str
    sentence: str
    ways: tuple[Way, ...]
    rank: int = 2

    def variants(self, computation: Computation, quantity: Quantity) -> list[list[Expression]]:
        """Return, for each way, the trees it puts in the place of the right one."""
        return [self.trees(way, computation, quantity) for way in self.ways]

    def trees(self, way: Way, computation: Computation, quantity: Quantity) -> list[Expression]:
        """Return one way's trees for a quantity, those that differ from the right one."""
        match quantity:
            case Updated(NetInput() | Activation() | Part() | Loss() as of):
                after = [after_update(tree) for tree in self.trees(way, computation, of)]
                found = [*after, *way(computation, quantity)]
            case _:
                found = list(way(computation, quantity))
        if not found:
            return []
        right = computation.tree(quantity)
        return [tree for tree in found if tree != right]


def after_update(tree: Expression) -> Expression:
    """Return a forward quantity's tree with the updated weights in it."""

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Activation(0, _, _)):
                return None
            case Variable(Weight() | Bias() | NetInput() | Activation() | Part() | Loss() as of):
                return Variable(Updated(of))
        return None

    return replace(tree, change)


def renamed(
    tree: Expression, change: Callable[[Quantity], Quantity | Expression | None]
) -> Expression:
    """Return the tree with other quantities in the place of those that `change` knows."""

    def change_node(node: Expression) -> Expression | None:
        if not isinstance(node, Variable):
            return None
        other = change(node.name)
        return other if other is None or isinstance(other, Expression) else Variable(other)

    return replace(tree, change_node)


def at_each(
    tree: Expression, change: Callable[[Expression], Iterable[Expression]]
) -> Iterator[Expression]:
    """Yield the tree with one of its nodes changed, for each node and each change."""
    yield from change(tree)
    below = children(tree)
    for place, part in enumerate(below):
        for other in at_each(part, change):
            yield rebuild(tree, (*below[:place], other, *below[place + 1 :]))


def fewer(terms: tuple[Expression, ...]) -> Iterator[Expression]:
    """Yield each term alone, then all but one."""
    yield from terms
    if len(terms) > 2:
        for place in range(len(terms)):
            yield total([*terms[:place], *terms[place + 1 :]])
