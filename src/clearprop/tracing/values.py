"""The value of every quantity of one step: from the pass where it has one, else from its equation.

Comes in: a lesson and what the optimizer carries. Goes out: a mapping from quantities to floats.
The pass runs in strict arithmetic, so that an equation evaluated in floats gives the same bits; a
line whose two values differ is an error and is never shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress

from clearprop.backprop.backpropagation import (
    BackwardPass,
    ForwardPass,
    OptimizerState,
    backward_pass,
    first_state,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.backprop.products import STRICT_PRODUCTS
from clearprop.equations.step import StepEquations
from clearprop.errors import Disagreement
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Array, Parameters, place_of
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Parameter,
    Part,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
    Weight,
)


@dataclass(frozen=True)
class Step:
    """One step as the pass computes it: arrays before, during and after the update."""

    lesson: Lesson
    state: OptimizerState
    forward: ForwardPass
    backward: BackwardPass
    each_loss: Array
    updated: Parameters
    next_state: OptimizerState

    @property
    def loss(self) -> float:
        """The loss L before the update."""
        return total_loss(self.lesson.learning, self.each_loss)

    @cached_property
    def new_forward(self) -> ForwardPass:
        """The forward pass with the updated parameters."""
        return forward_pass(self.updated, self.lesson.x, STRICT_PRODUCTS)

    @cached_property
    def new_each_loss(self) -> Array:
        """The loss of each example with the updated parameters."""
        lesson = self.lesson
        return losses(lesson.network, lesson.learning, self.new_forward, lesson.y, STRICT_PRODUCTS)

    @property
    def new_loss(self) -> float:
        """The loss L_new after the update."""
        return total_loss(self.lesson.learning, self.new_each_loss)


def run_step(lesson: Lesson, state: OptimizerState | None = None) -> Step:
    """Return one step of a lesson, run by the reference in strict arithmetic."""
    parameters, learning = lesson.parameters, lesson.learning
    state = state or carried_into(lesson)
    forward = forward_pass(parameters, lesson.x, STRICT_PRODUCTS)
    each = losses(lesson.network, learning, forward, lesson.y, STRICT_PRODUCTS)
    backward = backward_pass(parameters, learning, forward, lesson.y, STRICT_PRODUCTS)
    updated, next_state = update(
        parameters, backward.gradient, learning, state, lesson.frozen_mask, STRICT_PRODUCTS
    )
    return Step(lesson, state, forward, backward, each, updated, next_state)


def carried_into(lesson: Lesson) -> OptimizerState:
    """Return what the optimizer carries into a lesson's step: as given, or as it starts."""
    start = first_state(lesson.parameters, lesson.learning)
    if not lesson.carried:
        return start
    return OptimizerState(
        {name: lesson.carried[name] for name in start.vectors},
        {name: lesson.carried[name] for name in start.shared},
    )


def step_equations(lesson: Lesson) -> StepEquations:
    """Return the equations of a lesson's step."""
    frozen = frozenset(compress(all_parameters(lesson.parameters), lesson.frozen_mask.tolist()))
    return StepEquations(lesson.network, lesson.learning, len(lesson.x), frozen)


def all_parameters(parameters: Parameters) -> Iterator[Parameter]:
    """Yield every weight and bias, in the order of the flat vector."""
    sizes = parameters.network.layers
    for layer in parameters.network.layer_numbers:
        for unit in range(sizes[layer]):
            yield from (Weight(layer, unit, source) for source in range(sizes[layer - 1]))
        if parameters.network.has_biases(layer):
            yield from (Bias(layer, unit) for unit in range(sizes[layer]))


@dataclass(frozen=True)
class Values(Mapping[Quantity, float]):
    """The value of any quantity of a step.

    >>> from clearprop.network.lesson import seed_lesson
    >>> values = Values(run_step(seed_lesson()))
    >>> values[Loss()]
    0.12552571851659558
    """

    step: Step
    known: dict[Quantity, float] = field(default_factory=dict)

    @cached_property
    def equations(self) -> StepEquations:
        """The equations of the step."""
        return step_equations(self.step.lesson)

    def __getitem__(self, quantity: Quantity) -> float:
        if quantity not in self.known:
            stored = self.stored(quantity)
            self.known[quantity] = self.evaluated(quantity) if stored is None else stored
        return self.known[quantity]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def evaluated(self, quantity: Quantity) -> float:
        """Return the value of a quantity's equation."""
        return float(evaluate(self.equations.equation(quantity).tree, self, FLOATS))

    def checked(self, quantity: Quantity) -> float:
        """Return a quantity's value after its equation has been held against the pass.

        Raises
        ------
        Disagreement: the equation and the pass give different bits.
        """
        value, by_equation = self[quantity], self.evaluated(quantity)
        if value != by_equation and not (math.isnan(value) and math.isnan(by_equation)):
            name = self.step.lesson.names.id(quantity)
            raise Disagreement(
                f"{name} is {value!r} in the pass, but its equation gives {by_equation!r}; "
                "this is a fault of clearprop: please report it with the lesson file"
            )
        return value

    def stored(self, quantity: Quantity) -> float | None:
        """Return a quantity's value from the arrays of the pass, or None for what they lack."""
        step, lesson = self.step, self.step.lesson
        match quantity:
            case Weight() | Bias():
                return float(
                    lesson.parameters.vector[place_of(lesson.parameters.network, quantity)]
                )
            case Updated(Weight() | Bias() as parameter):
                return float(step.updated.vector[place_of(step.updated.network, parameter)])
            case Slope(Loss(None), Weight() | Bias() as parameter, None):
                gradient = step.backward.gradient
                return float(gradient.vector[place_of(gradient.network, parameter)])
            case Slope(Loss(None), NetInput(layer, unit, example), None):
                return float(step.backward.delta[layer - 1][example, unit])
            case Target(unit, example):
                return float(lesson.y[example, unit])
            case Constant(name):
                return lesson.learning.values(lesson.network)[name]
            case Loss(None):
                return step.loss
            case Loss(int(example)):
                return float(step.each_loss[example])
            case Updated(Loss(example)):
                return step.new_loss if example is None else float(step.new_each_loss[example])
            case NetInput() | Activation() | Part():
                return of_forward(step.forward, quantity)
            case Updated(NetInput() | Activation() | Part() as computed):
                return of_forward(step.new_forward, computed)
            case State() if self.equations.is_given(quantity):
                return self.of_state(step.state, quantity)
            case Updated(State() as carried):
                return self.of_state(step.next_state, carried)
        return None

    def of_state(self, state: OptimizerState, quantity: State) -> float:
        """Return what the optimizer carries for a parameter, or for all."""
        if quantity.parameter is None:
            return float(state.shared[quantity.name])
        place = place_of(self.step.lesson.parameters.network, quantity.parameter)
        return float(state.vectors[quantity.name][place])


def of_forward(forward: ForwardPass, quantity: NetInput | Activation | Part) -> float:
    """Return a net input, activation or part from the arrays of a forward pass."""
    match quantity:
        case NetInput(layer, unit, example):
            return float(forward.z[layer - 1][example, unit])
        case Activation(layer, unit, example):
            return float(forward.a[layer][example, unit])
        case Part(name, layer, unit, example):
            return float(forward.parts[layer - 1][name][example, unit or 0])
