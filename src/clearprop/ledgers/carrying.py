"""What becomes of a gradient: what it changes in its own step, and what is carried to later ones.

Every rule of the table is linear in the gradient, given its second moments: g changes the weight by
`direct` · g, and adds `taken` · g to what is carried; one unit of what is carried changes the next
weight by `later`, and `kept` of it is carried on. The four are read off the rule's own trees, by a
gradient of one and by a carried state of one. The denominators of RMSprop, Adam and AdamW are those
that the step really had.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.formulas.arithmetic import FAST, evaluate
from clearprop.formulas.expressions import (
    Expression,
    Power,
    Sum,
    Variable,
    children,
    total,
    variables,
)
from clearprop.formulas.optimizers import Lines, Optimizer, optimizer
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array

OfSteps = Array | Sequence[Array]  # one vector of parameters for each step, shape (T, P)


@dataclass(frozen=True)
class Carrying:
    """What T steps make of a gradient and of what is carried into them, each shape (T, P).

    Where it is the same for all parameters, (T, 1).
    """

    direct: Array
    taken: Array
    later: Array
    kept: Array


@dataclass(frozen=True)
class Rule:
    """An update rule, read as what it does to a gradient."""

    optimizer: Optimizer
    constants: Mapping[str, float]

    @classmethod
    def of(cls, network: Network, learning: Learning) -> "Rule":
        """Return the rule that a network learns by."""
        return cls(optimizer(learning.optimizer), learning.values(network))

    @cached_property
    def carried(self) -> str | None:
        """The name of the state that gradients are added up in; None where nothing is carried."""
        lines = dict(self.optimizer.lines)
        linear = [name for name in self.optimizer.state if not squares(lines[f"{name}_new"])]
        return linear[0] if linear else None

    @cached_property
    def denominators(self) -> tuple[str, ...]:
        """The names of the second moments, which gradients enter squared, and it divides by."""
        return tuple(name for name in self.optimizer.state if name != self.carried)

    @property
    def has_denominators(self) -> bool:
        """Whether it divides by second moments."""
        return bool(self.denominators)

    def of_steps(self, rates: Array, moments: Mapping[str, Array]) -> Carrying:
        """Return what steps of those rates, shape (T, 1), made of gradients.

        `moments` is what each step left behind and drew from all examples: second moments, shape
        (T, P), and shared numbers, (T, 1).
        """
        (direct, taken), (later, kept) = self.responses(self.given(rates, moments))
        return Carrying(direct, taken, later, kept)

    def given(self, rates: Array, moments: Mapping[str, Array]) -> dict[str, Any]:
        """Return the values that the rule's lines name, but for a gradient and its state."""
        own = {f"{name}_new": array.astype(np.float64) for name, array in moments.items()}
        return {**self.constants, "rate": rates, **own}

    def responses(self, given: Mapping[str, Any]) -> Iterator[tuple[Array, Array]]:
        """Yield the change of the weight, and what is carried on: for a gradient, for a state.

        Each is one; the lines are evaluated once for both, as two numbers beside each other.
        """
        both, steps = np.eye(2)[:, :, np.newaxis, np.newaxis], len(given["rate"])
        found = response(self.optimizer.lines, given, self.carried, both[0], both[1])
        changed, kept = (
            np.broadcast_to(array, (2, steps, np.shape(array)[-1] if np.ndim(array) else 1))
            for array in found
        )
        yield changed[0], kept[0]
        nothing = np.zeros((steps, 1))
        yield (changed[1], kept[1]) if self.carried else (nothing, nothing)

    def shrunk(self, rates: Array, moments: Mapping[str, Array], w: Array) -> Array:
        """Return what the decay of the weights w themselves changes, shape (T, P), as in AdamW."""
        tree = self.optimizer.decoupled_update
        assert tree is not None, "most rules have none"
        given = self.given(rates, moments)
        values = {**line_values(self.optimizer.lines, given, self.carried, 0.0, 0.0), "w": w}
        found: Array = evaluate(change(tree), values, FAST)
        return found


def response(
    lines: Lines, given: Mapping[str, Any], state: str | None, g: float, carried: float
) -> tuple[Any, Any]:
    """Return the change of the weight, and what is carried on, for a gradient and a state.

    `state` is the name of what is carried; None where nothing is.
    """
    values = line_values(lines, given, state, g, carried)
    changed = evaluate(change(dict(lines)["w_new"]), values, FAST)
    return changed, 0.0 if state is None else values[f"{state}_new"]


def line_values(
    lines: Lines, given: Mapping[str, Any], state: str | None, g: float, carried: float
) -> dict[str, Any]:
    """Return what the lines of a rule come to, but for its last, the weight's."""
    values = {**given, "g": g}
    if state is not None:
        values[state] = carried
    for name, tree in lines:
        if name not in given and name != "w_new":
            values[name] = evaluate(tree, values, FAST)
    return values


@dataclass(frozen=True)
class Course:
    """What becomes of a unit of gradient of each of some steps, until the end of a span.

    comes_to, stays   what it changes the weight by, and what is still carried, step by step
    reach, left       the same of a unit that was carried into the first step
    """

    comes_to: list[Array]
    stays: list[Array]
    reach: Array
    left: Array

    @classmethod
    def over(cls) -> "Course":
        """Return the course of no steps: what is carried stays."""
        return cls([], [], np.zeros(1), np.ones(1))

    def after(self, direct: OfSteps, taken: OfSteps, later: OfSteps, kept: OfSteps) -> "Course":
        """Return the course of steps that this one comes after.

        They make of gradients what `Carrying` says.
        """
        comes_to, stays, reach, left = list[Array](), list[Array](), self.reach, self.left
        for step in reversed(range(len(direct))):  # what is carried on is known at the end
            comes_to.append(direct[step] + taken[step] * reach)
            stays.append(taken[step] * left)
            reach = later[step] + kept[step] * reach
            left = kept[step] * left
        return Course(comes_to[::-1], stays[::-1], reach, left)


def change(tree: Expression) -> Expression:
    """Return what a line adds to the weight: all but its first term, the weight."""
    assert isinstance(tree, Sum) and tree.terms[0] == Variable("w")
    return total(tree.terms[1:])


def squares(tree: Expression) -> bool:
    """Return whether the gradient enters a tree squared."""
    if isinstance(tree, Power):
        return "g" in variables(tree)
    return any(squares(part) for part in children(tree))
