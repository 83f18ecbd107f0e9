"""A rule of the tables put in the place of another: an activation, or its derivative, of any tree.

Comes in: an activation's name and the tree it is taken of. Goes out: its formula with every part
written out. The softmax, which is of a whole layer, is not among them.
"""

from __future__ import annotations

from clearprop.formulas.activations import ACTIVATIONS, Activation
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression, Variable, exp, replace, total
from clearprop.network.quantities import Constant, NetInput

ONE_BY_ONE = tuple(name for name, rule in ACTIVATIONS.items() if rule.cross_derivative is None)
WITH_EXPONENT = ("sigmoid", "silu", "softplus", "elu")


def applied(name: str, argument: Expression) -> Expression:
    """Return the activation of that name, of a tree.

    >>> applied("relu", Variable("t")).if_true
    Variable(name='t')
    """
    rule = ACTIVATIONS[name]
    return bound(written_out(rule.formula, rule), {"z": argument})


def slope_of(name: str, argument: Expression, activated: Expression) -> Expression:
    """Return the derivative of the activation of that name, of a net input and an activation."""
    rule = ACTIVATIONS[name]
    return bound(written_out(rule.derivative, rule), {"z": argument, "a": activated})


def written_out(tree: Expression, rule: Activation) -> Expression:
    """Return a rule's tree with its parts written out."""
    return bound(tree, {part.name: part.formula for part in rule.parts})


def bound(tree: Expression, meanings: dict[str, Expression]) -> Expression:
    """Return a rule's tree with the trees that its variables stand for."""

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(str(name)) if name in meanings:
                return meanings[name]
            case Variable(str(name)) if name in CONSTANTS:
                return Variable(Constant(name))
        return None

    return replace(tree, change)


def softmax(layer: int, units: int, unit: int, example: int, sign: int = 1) -> Expression:
    """Return the softmax of a unit as books write it, e^z over the sum of them."""
    exponents = [Variable(NetInput(layer, k, example)) for k in range(units)]
    powers = [exp(z if sign > 0 else -z) for z in exponents]
    return powers[unit] / total(powers)
