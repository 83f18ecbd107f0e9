"""What a written name can mean: a formula over the quantities of the step, and its exact value.

Comes in: a lesson. Goes out: for each meaning its exact value and the equation behind it. Besides
the quantities of a trace, solutions speak of one output's share of the loss (E_o1), of slopes over
several steps of the chain (∂ŷ/∂w₁), and of things that differ by a sign or a difference (an error
signal t - o is -∂L/∂o). So a meaning is a tree, and a plain quantity the simplest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from functools import cached_property
from typing import Any

from clearprop.checking.mistakes import Computation
from clearprop.checking.solution import Numeral
from clearprop.errors import ClearpropError
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Number,
    OverUnits,
    Variable,
    replace,
    total,
    variables,
)
from clearprop.formulas.losses import loss
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Decayed,
    Loss,
    NetInput,
    Slope,
    State,
    Target,
    Updated,
    Weight,
)
from clearprop.tracing.values import Values, run_step

Meaning = Expression


@dataclass(frozen=True, slots=True)
class Share:
    """One output's share of the loss, or of a slope of the loss: E_o1, ∂E_o1/∂h."""

    of: Loss | Slope
    output: int


@dataclass(frozen=True, slots=True)
class Path:
    """A slope over several steps of the chain: ∂ŷ/∂z_h."""

    of: NetInput | Activation
    wrt: NetInput | Activation


def is_given(meaning: Meaning | None) -> bool:
    """Return whether a meaning is given to a network, not computed by it."""
    match meaning.operand if isinstance(meaning, Negative) else meaning:
        case Variable(Weight() | Bias() | Target() | Activation(0, _, _)):
            return True
    return False


@dataclass(frozen=True)
class Meanings(Mapping[Any, float]):
    """The exact value of any quantity of a step, those of solutions included.

    >>> from clearprop.network.lesson import seed_lesson
    >>> meanings = Meanings(Values(run_step(seed_lesson())))
    >>> slope = Path(Activation(2, 0, 0), NetInput(1, 0, 0))
    >>> round(meanings[slope], 4)
    0.0343
    """

    step_values: Values
    known: dict[Any, float] = field(default_factory=dict)

    @classmethod
    def of(cls, lesson: Lesson) -> Meanings:
        """Return the meanings of a lesson's step."""
        return cls(Values(run_step(lesson)))

    @property
    def lesson(self) -> Lesson:
        """The lesson that a solution is held against."""
        return self.step_values.step.lesson

    def __getitem__(self, quantity: Any) -> float:
        if isinstance(quantity, Numeral):
            return quantity.value
        value = self.known.get(quantity)
        if value is None:
            longer = isinstance(quantity, Share | Path)
            tree = self.tree(quantity) if longer else None
            value = self.step_values[quantity] if tree is None else self.exact(tree)
            self.known[quantity] = value
        return value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def has(self, meaning: Meaning) -> bool:
        """Return whether the step has every quantity of a meaning: no bias of a layer without."""
        return all(has_place(self.lesson, quantity) for quantity in variables(meaning))

    def exact(self, meaning: Meaning) -> float:
        """Return the exact value of a meaning."""
        return float(evaluate(meaning, self, FLOATS))

    def tree(self, quantity: Any) -> Expression | None:
        """Return the tree of a quantity's equation, None for what is given."""
        if isinstance(quantity, Share):
            return self.share(quantity)
        if isinstance(quantity, Path):
            return self.path(quantity)
        if isinstance(quantity, Updated) and isinstance(quantity.quantity, Activation | Loss):
            return self.by_parts.tree(quantity)
        equations = self.step_values.equations
        return None if equations.is_given(quantity) else equations.equation(quantity).tree

    def definition(self, quantity: Any) -> Expression | None:
        """Return the textbook form of what the step computes by a short form, else None."""
        if isinstance(quantity, Loss | Slope) and self.textbook.has_short_form(quantity):
            return self.textbook.tree(quantity)
        return None

    @cached_property
    def by_parts(self) -> Computation:
        """The step where what comes after the update is computed by its parts, as before it."""
        return Computation(self.step_values)

    @cached_property
    def textbook(self) -> Computation:
        """The step by its definitions and the chain rule."""
        return Computation(self.step_values, textbook=True)

    # --- what solutions have besides -------------------------------------------------------------

    @cached_property
    def last(self) -> int:
        """The number of the output layer, D."""
        return self.lesson.network.depth

    def share(self, share: Share) -> Expression:
        """Return one output's share of the loss, or of a slope that the loss has through it."""
        match share.of:
            case Loss(example):
                return self.one_term(share.output, example or 0)
            case Slope(_, Activation(self.last, unit, _)) if unit != share.output:
                return Number(0)
            case Slope(_, Activation(self.last, _, _)):
                return self.step_values.equations.equation(share.of).tree
        tree = self.step_values.equations.equation(share.of).tree
        if self.crosses(self.last):
            tree = self.definition(share.of) or tree

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Slope(Loss()) as slope) if not self.is_through(slope, share.output):
                    return Variable(Share(slope, share.output))
            return None

        changed = replace(tree, change)
        if changed == tree:  # by the short form, a - y
            at = share.of.wrt
            through = isinstance(at, NetInput) and at.unit != share.output
            return Number(0) if through else tree
        return changed

    def is_through(self, slope: Slope, output: int) -> bool:
        """Return whether a slope of the loss is all by one output: ∂L/∂z_o1 is ∂E_o1/∂z_o1."""
        at = slope.wrt
        crosses = self.crosses(self.last) and not isinstance(at, Activation)
        return (at.layer, at.unit) == (self.last, output) and not crosses

    def one_term(self, output: int, example: int) -> Expression:
        """Return the part of the loss that one output makes up."""
        equations = self.step_values.equations

        def change(node: Expression) -> Expression | None:
            return node.body if isinstance(node, OverUnits) else None

        body = replace(loss(self.lesson.learning.loss).formula, change)
        return equations.binding.to_unit(body, self.last, output, example)

    def path(self, path: Path) -> Expression:
        """Return a slope as the sum over the ways from one quantity back to another."""
        if path.of == path.wrt:
            return Number(1)
        steps = list(self.steps_back(path.of, path.wrt))
        if not steps:
            return Number(0)
        return total(Variable(Slope(path.of, via)) * Variable(Path(via, path.wrt)) for via in steps)

    def steps_back(self, of: Any, wrt: Any) -> Iterator[NetInput | Activation]:
        """Yield what a unit's value is made of, as far as it can lead to `wrt`."""
        network = self.lesson.network
        if isinstance(of, Activation) and of.layer >= max(1, layer_of(wrt)):
            units = range(network.layers[of.layer]) if self.crosses(of.layer) else [of.unit]
            yield from (NetInput(of.layer, unit, of.example) for unit in units)
        elif isinstance(of, NetInput) and of.layer > layer_of(wrt):
            for unit in range(network.layers[of.layer - 1]):
                yield Activation(of.layer - 1, unit, of.example)

    def with_penalty(self, meaning: Meaning) -> Meaning | None:
        """Return a loss with λ/2 Σ w² in it, or a gradient with λw; None where no weight decays."""
        match meaning:
            case Variable(Slope(Loss(None), Weight() as weight, None)):
                return self.defined(Decayed(weight))
            case Variable(Loss(None)) if self.lesson.learning.constant("weight_decay"):
                sizes = self.lesson.network.layers
                weights = [
                    Variable(Weight(layer, unit, source))
                    for layer in self.lesson.network.layer_numbers
                    for unit in range(sizes[layer])
                    for source in range(sizes[layer - 1])
                ]
                half = Variable(Constant("weight_decay")) / Number(2)
                return meaning + half * total(weight * weight for weight in weights)
        return None

    def crosses(self, layer: int) -> bool:
        """Return whether each unit of a layer depends on all its net inputs, as with softmax."""
        binding = self.step_values.equations.binding
        return binding.rule_of(layer).cross_derivative is not None

    def slope(self, of: Any, wrt: Any) -> Meaning | None:
        """Return the meaning of ∂of/∂wrt for two quantities, None where there is none."""
        if isinstance(of, Share):
            match self.slope(of.of, wrt):
                case Variable(Slope() as whole) if not self.is_through(whole, of.output):
                    return Variable(Share(whole, of.output))
                case whole:
                    return whole
        if isinstance(of, Loss) and isinstance(wrt, Weight | Bias | NetInput | Activation):
            several = len(self.lesson.x) > 1
            example = of.example if several and isinstance(wrt, Weight | Bias) else None
            return self.defined(Slope(Loss(), wrt, example))
        if isinstance(of, NetInput | Activation):
            if isinstance(wrt, Weight | Bias) and not self.is_input_of(wrt, of):
                return self.checked_path(of, wrt)
            if isinstance(wrt, Weight | Bias | NetInput | Activation):
                return self.defined(Slope(of, wrt)) or self.checked_path(of, wrt)
        return None

    def is_input_of(self, parameter: Weight | Bias, of: Any) -> bool:
        """Return whether a parameter stands in a net input itself."""
        here = (parameter.layer, parameter.unit)
        return isinstance(of, NetInput) and (of.layer, of.unit) == here

    def checked_path(self, of: NetInput | Activation, wrt: Any) -> Meaning | None:
        """Return a slope over several steps, None where one does not depend on the other."""
        if isinstance(wrt, Weight | Bias):
            z = NetInput(wrt.layer, wrt.unit, of.example)
            if layer_of(of) < wrt.layer:
                return None
            return Variable(Path(of, z)) * Variable(Slope(z, wrt))
        if of.example != wrt.example or layer_of(of) < layer_of(wrt):
            return None
        return Variable(Path(of, wrt))

    def defined(self, slope: Slope | Decayed) -> Meaning | None:
        """Return a slope that the step has an equation for, else None."""
        try:
            self.step_values.equations.equation(slope)
        except (ClearpropError, LookupError, ValueError):
            return None
        return Variable(slope)


def in_example(meaning: Meaning, example: int) -> Meaning:
    """Return what a meaning of one example is in another: its net input for its net input.

    >>> in_example(Variable(NetInput(1, 0, 0)), 2).name
    NetInput(layer=1, unit=0, example=2)
    """

    def moved(quantity: Any) -> Any:
        match quantity:
            case NetInput() | Activation() | Target() | Loss(int()):
                return replace_fields(quantity, example=example)
            case Slope(of, wrt, _):
                return replace_fields(quantity, of=moved(of), wrt=moved(wrt))
        return quantity

    return replace(
        meaning, lambda node: Variable(moved(node.name)) if isinstance(node, Variable) else None
    )


def has_place(lesson: Lesson, quantity: Any) -> bool:
    """Return whether a lesson's network and examples have a place for a quantity.

    >>> from clearprop.network.lesson import seed_lesson
    >>> has_place(seed_lesson(), Weight(1, 0, 1)), has_place(seed_lesson(), Bias(1, 0))
    (True, False)
    """
    sizes, examples = lesson.network.layers, len(lesson.x)

    def is_unit(layer: int, unit: int, first: int = 1) -> bool:
        return first <= layer < len(sizes) and 0 <= unit < sizes[layer]

    match quantity:
        case Weight(layer, unit, source):
            return is_unit(layer, unit) and is_unit(layer - 1, source, 0)
        case Bias(layer, unit):
            return is_unit(layer, unit) and lesson.network.has_biases(layer)
        case NetInput(layer, unit, example):
            return is_unit(layer, unit) and 0 <= example < examples
        case Activation(layer, unit, example):
            return is_unit(layer, unit, 0) and 0 <= example < examples
        case Target(unit, example):
            return is_unit(len(sizes) - 1, unit) and 0 <= example < examples
        case Loss(int(example)):
            return 0 <= example < examples
        case Slope(of, wrt, _) | Path(of, wrt):
            return has_place(lesson, of) and has_place(lesson, wrt)
        case Updated(of) | Share(of, _) | Decayed(of) | State(_, of):
            return of is None or has_place(lesson, of)
    return True


def layer_of(quantity: Any) -> int:
    """Return the layer that a quantity belongs to."""
    return int(quantity.layer)
