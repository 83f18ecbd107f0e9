"""The text of a straight-line program: a generated step and look, between the kernels of the loop.

Comes in: a network, how it learns, the batch sizes that occur. Goes out: the parts of a program, in
strict arithmetic (`example_lanes.py` has the fast one). The names are those of the equations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import indent

from clearprop.engine.assembly import kernel_text
from clearprop.engine.rules import CONSTANT_PLACES, Writer, inner
from clearprop.equations.program import (
    TAKEN,
    Program,
    forward_program,
    is_carried,
    lines,
    program_of,
)
from clearprop.equations.step import StepEquations
from clearprop.formulas.optimizers import Optimizer, optimizer
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array, parameter_slices
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Parameter,
    Part,
    Quantity,
    State,
    Target,
    Updated,
    Weight,
)

LOCAL = {
    "vector", "states", "shared", "constants", "inputs", "targets", "learning_rate", "outputs",
    "largest", "F", "np", "math", "k", "total", "measured", "watched", "wiring", "rules", "room",
    "carried", "seed", "number", "sample_weights", "matrix", "measure", "lane", "stage", "sums",
    "start", "j", "y_k", "min",
}  # fmt: skip

CARRIED = '''
@spliced
def taken_up(carried):
    """Return a copy of what the steps change, on the stack."""
    held = Carried(
        on_stack(carried.vector, {parameters}),
        matrix(on_stack(carried.vector, {room}), 0, {states}, {parameters}),
        stretch(on_stack(carried.shared, {shared_room}), 0, {shared}),
    )
    copy_carried(carried, held)
    return held


@spliced
def put_back(held, carried):
    """Write back what the steps changed."""
    copy_carried(held, carried)


@spliced
def copy_carried(old, new):
    """Copy all that goes from step to step."""
    for j in range({parameters}):
        new.vector[j] = old.vector[j]
    for i in range({states}):
        for j in range({parameters}):
            new.states[i, j] = old.states[i, j]
    for i in range({shared}):
        new.shared[i] = old.shared[i]
'''


@dataclass(frozen=True)
class StraightLine:
    """Writes the parts of the program, in strict arithmetic."""

    network: Network
    learning: Learning
    sizes: Sequence[int]
    frozen: Array | None = None

    @property
    def parts(self) -> list[str]:
        """The text of the program below its functions."""
        kernels = [kernel_text(name) for name in ("comparisons", "measures")]
        return [*kernels, self.train_step, self.look, kernel_text("training")]

    @cached_property
    def writer(self) -> Writer:
        """What writes trees as statements."""
        return Writer("float64", fast=False)

    # --- what goes from step to step -------------------------------------------------------------

    @property
    def carried(self) -> str:
        """The functions that take up what the steps change, and put it back at the end.

        In between it lies where nothing else can, so that the compiler knows that only the update
        changes it: a number goes from its update to the next step without a detour through memory.
        """
        return CARRIED.format(
            parameters=self.network.parameter_count,
            states=len(self.rule.state),
            shared=len(self.rule.shared_state),
            room=max(1, len(self.rule.state) * self.network.parameter_count),
            shared_room=max(1, len(self.rule.shared_state)),
        )

    # --- a step ----------------------------------------------------------------------------------

    @property
    def train_step(self) -> str:
        """The function that takes one step."""
        *others, last = self.sizes
        body = [
            "vector, states, shared = carried.vector, carried.states, carried.shared",
            "constants = rules.constants",
        ]
        for size in others:
            body += [f"if inputs.shape[0] == {size}:", *inner(self.step_of(size))]
        return function(
            "train_step(inputs, targets, sample_weights, carried, learning_rate, wiring, rules, "
            "seed, number, room)",
            "Take one step on a batch and return its loss, before the update.",
            [*body, *self.step_of(last)],
        )

    def step_of(self, size: int) -> list[str]:
        """Return the statements of a step on a batch of some size."""
        program = self.step_program(size)
        name = program.identifiers
        given = dict.fromkeys((*program.carried, *program.fixed))
        loads = [f"{name[q]} = {self.place(q)}" for q in given]
        stores = [f"{self.place(q)} = {name[Updated(q)]}" for q in program.carried]  # type: ignore[arg-type]
        return [*loads, *statements(program, self.writer), *stores, f"return {name[Loss()]}"]

    def step_program(self, size: int) -> Program:
        """Return the program of a step.

        What is frozen keeps its value; what the optimizer carries for it goes on, as it does in
        the reference.
        """
        equations = StepEquations(self.network, self.learning, size)
        wanted: set[Quantity] = {q for q in lines(equations) if self.is_stored(q)} | {Loss()}
        return program_of(equations, layer_by_layer(lines(equations, wanted)), TAKEN | LOCAL)

    def is_stored(self, quantity: Quantity) -> bool:
        """Return whether a quantity is what the next step starts from, and may change."""
        match quantity:
            case Updated(Weight() | Bias() as parameter):
                return self.frozen is None or not self.frozen[self.places[parameter]]
        return is_carried(quantity)

    # --- a look ----------------------------------------------------------------------------------

    @property
    def look(self) -> str:
        """The function that looks at the watched rows, one by one."""
        program, computed = self.forward_statements()
        name, width = program.identifiers, self.network.layers[-1]
        constant = [q for q in program.fixed if isinstance(q, Weight | Bias | Constant)]
        of_row = [q for q in program.fixed if q not in constant]
        results = [Activation(self.network.depth, unit, 0) for unit in range(width)]
        row = [
            *(f"{name[q]} = {self.place(q, 'k')}" for q in of_row),
            *computed,
            *(f"outputs[0, {unit}] = {name[q]}" for unit, q in enumerate(results)),
            f"total = total + {name[Loss()]}",
            f"y_k = matrix(targets, k * {width}, 1, {width})",
            "measured = measure(measured, 0, outputs, y_k, watched.classes)",
        ]
        return function(
            "look(watched, vector, wiring, rules, room)",
            "Return the mean loss of the watched rows, and what their score is made of.",
            [
                "inputs, targets, constants = watched.x, watched.y, rules.constants",
                f"outputs = matrix(room.units, 0, 1, {width})",
                *(f"{name[q]} = {self.place(q)}" for q in constant),
                "total, measured = 0.0, 0.0",
                "for k in range(inputs.shape[0]):",
                *inner(row),
                "return total / inputs.shape[0], measured",
            ],
        )

    def forward_statements(self) -> tuple[Program, list[str]]:
        """Return the program of a forward pass, and its statements."""
        equations = StepEquations(self.network, self.learning)
        program = forward_program(equations, TAKEN | LOCAL)
        return program, statements(program, self.writer)

    # --- where everything lies -------------------------------------------------------------------

    def place(self, quantity: Quantity, row: str | None = None) -> str:
        """Return where a quantity that a step starts from lies; `row` is that of the example."""
        match quantity:
            case Activation(0, unit, example):
                return f"inputs[{row or example}, {unit}]"
            case Target(unit, example):
                return f"targets[{row or example}, {unit}]"
            case Constant("rate"):
                return "learning_rate"
            case Constant(name):
                return f"constants[{CONSTANT_PLACES[name]}]"
            case State(name, None):
                return f"shared[{list(self.rule.shared_state).index(name)}]"
            case State(name, Weight() | Bias() as parameter):
                return f"states[{list(self.rule.state).index(name)}, {self.places[parameter]}]"
            case Weight() | Bias():
                return f"vector[{self.places[quantity]}]"
        raise TypeError(f"not given to a step: {quantity!r}")

    @property
    def rule(self) -> Optimizer:
        """The update rule."""
        return optimizer(self.learning.optimizer)

    @cached_property
    def places(self) -> dict[Parameter, int]:
        """Where each parameter lies in the flat vector."""
        found: dict[Parameter, int] = {}
        for layer, (weights, biases) in enumerate(parameter_slices(self.network), start=1):
            inputs = self.network.layers[layer - 1]
            for place in range(weights.start, weights.stop):
                unit, source = divmod(place - weights.start, inputs)
                found[Weight(layer, unit, source)] = place
            for place in range(biases.start, biases.stop):
                found[Bias(layer, place - biases.start)] = place
        return found


def layer_by_layer(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return what is computed in another order: each layer's forward pass for all examples first.

    What does not wait for each other then stands side by side, and overlaps in the processor.
    """

    def layer(quantity: Quantity) -> float:
        match quantity:
            case NetInput(layer) | Part(_, layer) | Activation(layer):
                return layer
        return math.inf

    return sorted(quantities, key=layer)


def function(head: str, says: str, body: list[str]) -> str:
    """Return the text of a function that is put into the loop that calls it."""
    return f'@inlined\ndef {head}:\n    """{says}"""\n' + indent("\n".join(body), "    ") + "\n"


def statements(program: Program, writer: Writer) -> list[str]:
    """Return the statements of a program as a writer writes them."""
    name = program.identifiers
    found = [writer.assign(name[q], tree) for q, tree in program.trees.items()]
    return [line for statement in found for line in statement]
