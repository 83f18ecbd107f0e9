"""From a rule of the tables to one unit's equation: its variables become the unit's quantities.

What a rule sums over the units of a layer is spelled out, unit by unit from left to right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clearprop.formulas.activations import Activation as ActivationRule
from clearprop.formulas.activations import activation
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Number,
    OverUnits,
    Quotient,
    Variable,
    replace,
    total,
)
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Constant,
    NetInput,
    Part,
    Quantity,
    Target,
)

Lookup = Callable[[str, int], Expression]  # a variable of the tables, for a unit -> its quantity


@dataclass(frozen=True)
class Binding:
    """Binds the rules of activations and losses to the layers of a network.

    >>> rule = activation("relu").derivative
    >>> Binding(Network([2, 1])).to_unit(rule, layer=1, unit=0, example=0).condition.left
    Variable(name=NetInput(layer=1, unit=0, example=0))
    """

    network: Network

    def rule_of(self, layer: int) -> ActivationRule:
        """Return the table entry of a layer's activation."""
        return activation(self.network.activation(layer))

    def to_unit(self, tree: Expression, layer: int, unit: int, example: int) -> Expression:
        """Return a rule's tree over the quantities of one unit and one example."""
        return self.bound(tree, self.lookup(layer, example), layer, unit)

    def bound(self, tree: Expression, lookup: Lookup, layer: int, unit: int) -> Expression:
        """Return the tree for one unit; what runs over the layer's units is spelled out."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(name):
                    return lookup(str(name), unit)
                case OverUnits(reduction, body):
                    units = range(self.network.layers[layer])
                    return joined(
                        reduction, [self.bound(body, lookup, layer, other) for other in units]
                    )
                case Quotient(numerator, Variable("n")) if self.network.layers[-1] == 1:
                    return self.bound(numerator, lookup, layer, unit)
            return None

        return replace(tree, change)

    def lookup(self, layer: int, example: int) -> Lookup:
        """Return what the tables' variables mean in a layer, for one example."""
        per_layer = {part.name: part.per_layer for part in self.rule_of(layer).parts}

        def find(name: str, unit: int) -> Expression:
            if name in per_layer:
                return Variable(Part(name, layer, None if per_layer[name] else unit, example))
            if name in CONSTANTS:
                return Variable(Constant(name))
            if name == "n":
                return Number(self.network.layers[-1])
            quantities: dict[str, Quantity] = {
                "z": NetInput(layer, unit, example),
                "a": Activation(layer, unit, example),
                "y": Target(unit, example),
            }
            return Variable(quantities[name])

        return find


def joined(reduction: str, terms: list[Expression]) -> Expression:
    """Return the sum or maximum of terms; a single one stands for itself."""
    if len(terms) == 1:
        return terms[0]
    return Call("max", tuple(terms)) if reduction == "max" else total(terms)
