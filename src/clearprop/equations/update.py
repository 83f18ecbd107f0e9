"""The update of each parameter as equations: the lines of an update rule, for the parameter."""

from __future__ import annotations

from dataclasses import dataclass, field

from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression, Variable, replace
from clearprop.formulas.optimizers import Optimizer, optimizer
from clearprop.network.learning import Learning
from clearprop.network.quantities import (
    Constant,
    Decayed,
    Parameter,
    Quantity,
    State,
    Updated,
    Weight,
    gradient,
)


@dataclass(frozen=True)
class UpdateEquations:
    """The equations of the update rule, of its weight decay, and of what stays frozen."""

    learning: Learning
    frozen: frozenset[Parameter] = field(default=frozenset())

    @property
    def rule(self) -> Optimizer:
        """The table entry of the optimizer."""
        return optimizer(self.learning.optimizer)

    def carries(self, name: str) -> bool:
        """Return whether a state is carried from step to step (others are steps on the way)."""
        return name in self.rule.state or name in self.rule.shared_state

    def decays(self, parameter: Parameter) -> bool:
        """Return whether weight decay acts on a parameter: on weights only."""
        return isinstance(parameter, Weight) and self.learning.constant("weight_decay") > 0

    def adds_decay(self, parameter: Parameter) -> bool:
        """Return whether the decay is added to the gradient, not taken off the weight itself."""
        return self.decays(parameter) and self.rule.decoupled_update is None

    def quantities(self, parameter: Parameter) -> list[Quantity]:
        """Return what the update computes for one parameter, in order."""
        if parameter in self.frozen:
            return [Updated(parameter)]
        lines: list[Quantity] = [Decayed(parameter)] if self.adds_decay(parameter) else []
        return lines + [self.quantity(name, parameter) for name, _ in self.rule.own_lines]

    def shared_quantities(self) -> list[Quantity]:
        """Return what the update computes once for all parameters, in order."""
        return [self.quantity(name, None) for name, _ in self.rule.shared_lines]

    def quantity(self, name: str, parameter: Parameter | None) -> Quantity:
        """Return the quantity of a rule's line or variable, such as `v_new` or `mhat`."""
        base = name.removesuffix("_new")
        if base == "w" and parameter is not None:
            return Updated(parameter) if name != base else parameter
        state = State(base, None if base in self.rule.shared_state else parameter)
        return Updated(state) if name != base else state

    def tree(self, quantity: Quantity) -> Expression | None:
        """Return the tree of one of the update's quantities, or None for what it does not have."""
        parameter = owner(quantity)
        if isinstance(quantity, Decayed):
            share = Variable(Constant("weight_decay")) * Variable(quantity.parameter)
            decayed = Variable(gradient(quantity.parameter)) + share
            return decayed if self.adds_decay(quantity.parameter) else None
        if isinstance(quantity, Updated) and parameter in self.frozen:
            return Variable(parameter) if quantity.quantity == parameter else None
        lines = {self.quantity(name, parameter): tree for name, tree in self.rule.lines}
        tree = lines.get(quantity)
        if parameter and quantity == Updated(parameter) and self.decays(parameter):
            tree = self.rule.decoupled_update or tree

        def change(node: Expression) -> Expression | None:
            return self.variable(node.name, parameter) if isinstance(node, Variable) else None

        return None if tree is None else replace(tree, change)

    def variable(self, name: str, parameter: Parameter | None) -> Expression:
        """Return what a variable of the update rules means for a parameter."""
        if name in CONSTANTS:
            return Variable(Constant(name))
        if name == "g" and parameter is not None:
            decayed = self.adds_decay(parameter)
            return Variable(Decayed(parameter) if decayed else gradient(parameter))
        return Variable(self.quantity(name, parameter))


def owner(quantity: Quantity) -> Parameter | None:
    """Return the parameter that an update's quantity belongs to; None for what all share."""
    inner = quantity.quantity if isinstance(quantity, Updated) else quantity
    if isinstance(inner, State):
        return inner.parameter
    return inner if isinstance(inner, Parameter) else None
