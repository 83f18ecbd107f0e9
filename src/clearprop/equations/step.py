"""One training step of a network as equations: for each quantity, the tree that computes it.

Comes in: a network, how it learns, the number of examples. Goes out: the `Equation` of any quantity
asked for. Trees come from the tables in `formulas`; here is only the wiring: sums over units and
examples, and the chain rule (Rumelhart, Hinton & Williams 1986, eq. 4-8). The order of operations
is the contract of every path: sums from left to right with the bias last; (δ × w) × g'(z).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from clearprop.equations.binding import Binding
from clearprop.equations.update import UpdateEquations
from clearprop.errors import UnknownName
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Number,
    Quotient,
    Variable,
    replace,
    total,
)
from clearprop.formulas.losses import ShortForm, loss
from clearprop.network.learning import Learning
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Parameter,
    Part,
    Proof,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
    Weight,
    gradient,
)

SHORT_FUNCTIONS = {"identity", "sigmoid", "tanh", "relu"}  # short enough to stand in each other


@dataclass(frozen=True)
class Equation:
    """A quantity and the tree that computes it.

    `function` is the short way to write the tree, σ(z_h), where there is one.
    """

    quantity: Quantity
    tree: Expression
    function: Expression | None = None


@dataclass(frozen=True)
class StepEquations:
    """The equations of one step over `examples` examples.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> equations = StepEquations(lesson.network, lesson.learning)
    >>> equations.equation(Slope(Loss(), NetInput(2, 0, 0))).tree.factors[1].name
    Slope(of=Activation(layer=2, unit=0, example=0), wrt=NetInput(layer=2, unit=0, example=0), \
example=None)
    """

    network: Network
    learning: Learning
    examples: int = 1
    frozen: frozenset[Parameter] = field(default=frozenset())

    @cached_property
    def binding(self) -> Binding:
        """What binds the tables' rules to the network's units."""
        return Binding(self.network)

    @cached_property
    def update(self) -> UpdateEquations:
        """The equations of the update rule."""
        return UpdateEquations(self.learning, self.frozen)

    def is_given(self, quantity: Quantity) -> bool:
        """Return whether a quantity is not computed by the step but stands before it."""
        match quantity:
            case Activation(layer, _, _):
                return layer == 0
            case State(name, _):
                return self.update.carries(name)
        return isinstance(quantity, Weight | Bias | Target | Constant)

    @cached_property
    def made(self) -> dict[Quantity, Equation]:
        """The equations made so far."""
        return {}

    def equation(self, quantity: Quantity) -> Equation:
        """Return the equation of a computed quantity.

        Raises
        ------
        UnknownName: the quantity is no part of this step.
        """
        equation = self.made.get(quantity)
        if equation is None:
            equation = self.made[quantity] = self.make(quantity)
        return equation

    def make(self, quantity: Quantity) -> Equation:
        """Return a new equation of a computed quantity."""
        function = None
        match quantity:
            case NetInput(layer, unit, example):
                tree = self.net_input(layer, unit, example)
            case Activation(layer, unit, example) if layer > 0:
                tree = self.binding.to_unit(
                    self.binding.rule_of(layer).formula, layer, unit, example
                )
                function = self.function(layer, unit, example)
            case Part(name, layer, unit, example):
                tree = self.part(name, layer, unit or 0, example)
            case Loss(example):
                tree = self.loss(example)
            case Slope(Loss(), Weight() | Bias() as parameter, example):
                tree = self.parameter_gradient(parameter, example)
            case Slope():
                tree = self.slope(quantity)
            case Updated(NetInput() | Activation() | Part() | Loss() as of):
                tree = self.after_update(of)
            case Proof(of):
                tree = self.textbook_form(of)
            case _:
                tree = self.of_update(quantity)
        return Equation(quantity, tree, function)

    def of_update(self, quantity: Quantity) -> Expression:
        """Return the tree of one of the update rule's quantities."""
        tree = None if self.is_given(quantity) else self.update.tree(quantity)
        if tree is None:
            raise self.no_line(quantity)
        return tree

    def no_line(self, quantity: Quantity) -> UnknownName:
        """Return the error for a quantity that this step does not compute."""
        name = Names(self.network, self.examples).id(quantity)
        return UnknownName(
            f"{name} is no quantity of this step with {self.learning.optimizer} and "
            f"{self.learning.loss}; `clearprop trace` prints those that are"
        )

    # --- forward ---------------------------------------------------------------------------------

    def net_input(self, layer: int, unit: int, example: int) -> Expression:
        """Return z = w1·a1 + w2·a2 + … + b."""
        terms: list[Expression] = [
            Variable(Weight(layer, unit, source)) * Variable(Activation(layer - 1, source, example))
            for source in range(self.network.layers[layer - 1])
        ]
        if self.network.has_biases(layer):
            terms.append(Variable(Bias(layer, unit)))
        return total(terms)

    def part(self, name: str, layer: int, unit: int, example: int) -> Expression:
        """Return the tree of a named step inside a layer's activation."""
        formulas = {part.name: part.formula for part in self.binding.rule_of(layer).parts}
        return self.binding.to_unit(formulas[name], layer, unit, example)

    def function(self, layer: int, unit: int, example: int) -> Expression | None:
        """Return the short way to write an activation, g(z), where it has a name of its own."""
        name = self.network.activation(layer)
        if name in ("identity", "tanh", "softmax"):
            return None
        return Call(name, (Variable(NetInput(layer, unit, example)),))

    # --- loss ------------------------------------------------------------------------------------

    @cached_property
    def short_form(self) -> ShortForm | None:
        """The short form of loss and output activation, where there is one."""
        return self.learning.short_form(self.network)

    def loss(self, example: int | None) -> Expression:
        """Return the loss of one example, or of all: their sum or mean."""
        if example is None and self.examples > 1:
            joined = total(Variable(Loss(k)) for k in range(self.examples))
            return self.reduced(joined)
        rule = self.short_form or loss(self.learning.loss)
        return self.binding.to_unit(rule.formula, self.network.depth, 0, example or 0)

    def reduced(self, tree: Expression) -> Expression:
        """Return the tree divided by the number of examples where the reduction is the mean."""
        divides = self.learning.reduction == "mean" and self.examples > 1
        return Quotient(tree, Number(self.examples)) if divides else tree

    # --- backward --------------------------------------------------------------------------------

    def slope(self, slope: Slope) -> Expression:
        """Return the tree of a derivative inside the chain from the loss to a net input."""
        match slope:
            case Slope(Loss(None), NetInput(layer, unit, example), None):
                return self.delta(layer, unit, example)
            case Slope(Loss(None), Activation(layer, unit, example), None):
                return self.error(layer, unit, example)
            case Slope(NetInput(layer, unit, k), Activation(below, source, example), None):
                if (below, example) == (layer - 1, k):
                    return Variable(Weight(layer, unit, source))
            case Slope(NetInput(layer, unit, example), Weight(of_layer, of_unit, source), None):
                if (of_layer, of_unit) == (layer, unit):
                    return Variable(Activation(layer - 1, source, example))
            case Slope(NetInput(layer, unit, _), Bias(of_layer, of_unit), None):
                if (of_layer, of_unit) == (layer, unit):
                    return Number(1)
            case Slope(Activation(layer, unit, k), NetInput(of_layer, other, example), None):
                if (layer, k) == (of_layer, example):
                    return self.activation_slope(layer, unit, other, example)
        raise self.no_line(slope)

    def error(self, layer: int, unit: int, example: int) -> Expression:
        """Return ∂L/∂a: the loss's own slope at an output, else what comes back from above."""
        if layer == self.network.depth:
            rule = loss(self.learning.loss).derivative
            return self.reduced(self.binding.to_unit(rule, layer, unit, example))
        here = Activation(layer, unit, example)
        above = (NetInput(layer + 1, j, example) for j in range(self.network.layers[layer + 1]))
        return total(Variable(Slope(Loss(), z)) * Variable(Slope(z, here)) for z in above)

    def delta(self, layer: int, unit: int, example: int) -> Expression:
        """Return δ = ∂L/∂z: by the short form, or by the chain."""
        if layer == self.network.depth and self.short_form is not None:
            return self.reduced(self.binding.to_unit(self.short_form.delta, layer, unit, example))
        return self.chain(layer, unit, example)

    def chain(self, layer: int, unit: int, example: int) -> Expression:
        """Return ∂L/∂z = ∂L/∂a × ∂a/∂z, summed over the layer where units touch each other."""
        z = NetInput(layer, unit, example)
        if self.binding.rule_of(layer).cross_derivative is None:
            here = Activation(layer, unit, example)
            return self.error_or_terms(layer, unit, example) * Variable(Slope(here, z))
        layer_units = (Activation(layer, k, example) for k in range(self.network.layers[layer]))
        return total(Variable(Slope(Loss(), a)) * Variable(Slope(a, z)) for a in layer_units)

    def error_or_terms(self, layer: int, unit: int, example: int) -> Expression:
        """Return ∂L/∂a by name, or, where one unit alone sends it back, that unit's two factors."""
        if self.has_error_line(layer):
            return Variable(Slope(Loss(), Activation(layer, unit, example)))
        return self.error(layer, unit, example)

    def has_error_line(self, layer: int) -> bool:
        """Return whether ∂L/∂a of a layer is worth a line of its own."""
        if layer == self.network.depth or self.binding.rule_of(layer).cross_derivative is not None:
            return True
        return self.network.layers[layer + 1] > 1

    def activation_slope(self, layer: int, unit: int, other: int, example: int) -> Expression:
        """Return ∂a/∂z, of a unit's activation by its own or another unit's net input."""
        rule = self.binding.rule_of(layer)
        if unit == other:
            return self.binding.to_unit(rule.derivative, layer, unit, example)
        if rule.cross_derivative is None:
            return Number(0)
        a_other = Variable(Activation(layer, other, example))
        named = replace(
            rule.cross_derivative, lambda node: a_other if node == Variable("a_other") else None
        )
        bound = {Variable("a"): Variable(Activation(layer, unit, example))}
        return replace(named, lambda node: bound.get(node) if isinstance(node, Variable) else None)

    def parameter_gradient(self, parameter: Parameter, example: int | None) -> Expression:
        """Return ∂L/∂w: δ times what the weight was multiplied with, added over the examples."""
        if example is None and self.examples > 1:
            return total(Variable(gradient(parameter, k)) for k in range(self.examples))
        z = NetInput(parameter.layer, parameter.unit, example or 0)
        return Variable(Slope(Loss(), z)) * self.input_of(parameter, z)

    def input_of(self, parameter: Parameter, z: NetInput) -> Expression:
        """Return ∂z/∂w: by name for a computed activation, else the input or 1 itself."""
        if isinstance(parameter, Bias):
            return Number(1)
        if parameter.layer > 1:
            return Variable(Slope(z, parameter))
        return Variable(Activation(0, parameter.source, z.example))

    def textbook_form(self, of: Loss | Slope) -> Expression:
        """Return a loss as it is defined, or a delta by its chain: what a short form stands for."""
        match of:
            case Loss(example):
                rule = loss(self.learning.loss)
                return self.binding.to_unit(rule.formula, self.network.depth, 0, example or 0)
            case Slope(Loss(), NetInput(layer, unit, example)):
                return self.chain(layer, unit, example)
        raise self.no_line(of)

    # --- the loss after the update ---------------------------------------------------------------

    @property
    def new_loss_in_one_line(self) -> bool:
        """Whether the loss after the step is short enough to be one formula: a chain of units."""
        inputs, *layers = self.network.layers
        chain = max(layers) == 1 and len(layers) <= 2 and inputs <= 3
        chain = chain and set(self.network.activations) <= SHORT_FUNCTIONS
        return chain and self.examples == 1 and self.short_form is None

    def after_update(self, of: NetInput | Activation | Part | Loss) -> Expression:
        """Return a forward quantity's tree with the updated weights in it."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Weight() | Bias() as parameter):
                    return Variable(Updated(parameter))
                case Variable(NetInput() | Activation() | Part() | Loss() as computed):
                    if self.is_given(computed):
                        return node
                    if self.new_loss_in_one_line:
                        return self.after_update(computed)
                    return Variable(Updated(computed))
            return None

        return replace(self.equation(of).tree, change)
