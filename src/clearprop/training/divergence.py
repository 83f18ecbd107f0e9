"""Which number of a training step was the first that is not finite, and what it was made of.

Comes in: the job and its last finite state. Goes out: `Break`: layer,
quantity, place and value, in the order in which the step computes them,
and the operands of that one number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from clearprop.network.names import Names
from clearprop.network.parameters import Array, Parameters
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Parameter,
    Quantity,
    Slope,
    State,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.training.engine import TrainingState
from clearprop.training.job import Job
from clearprop.training.operands import operands
from clearprop.training.step_numbers import StepNumbers


@dataclass(frozen=True)
class Break:
    """The first number of an update that is not finite; `step` is the number of that update.

    number     its name as `clearprop trace RUN --at` has it: z1[7]@4 is of the batch's 4th example
    row        which row of the data that example is; None for what examples share
    operands   what the number was made of, by the same names
    dtype      of the number: float32 ends much sooner than the float64 of a trace
    """

    step: int
    quantity: str
    layer: int | None
    value: float
    number: str | None = None
    row: int | None = None
    operands: tuple[tuple[str, float], ...] = ()
    dtype: str = "float64"

    @property
    def words(self) -> str:
        """Return what became of which number, where, and from what."""
        place = self.quantity if self.layer is None else f"{self.quantity} of layer {self.layer}"
        became = f"{place} became {spoken_number(self.value)}"
        if self.dtype != "float64" and np.isinf(self.value):
            became += f" (beyond the {np.finfo(self.dtype).max:.2g} of {self.dtype})"
        if self.number is None:
            return became
        row = "" if self.row is None else f" (row {self.row})"
        made_of = " and ".join(f"{name} = {value:.4g}" for name, value in self.operands)
        return f"{became}: {self.number}{row}, from {made_of}"

    def sentence(self) -> str:
        """Return in which step training broke, and how."""
        return f"training broke in step {self.step:,}: {self.words}"


def spoken_number(value: float) -> str:
    """Return NaN, infinity or -infinity in words."""
    if np.isnan(value):
        return "NaN (not a number)"
    return "infinite" if value > 0 else "negative infinite"


def find_break(job: Job, state: TrainingState) -> Break:
    """Return the first non-finite number of the step from `state`."""
    step = StepNumbers(job, state)
    for array in arrays(step):
        bad = np.argwhere(~np.isfinite(array.values))
        if len(bad):
            return broken(step, array, tuple(bad[0].tolist()))
    return Break(state.step + 1, "a number that this machine's libraries rounded", None, np.nan)


@dataclass(frozen=True)
class StepArray:
    """An array of a step: in words, of which layer, and which quantity its numbers are by place."""

    words: str
    layer: int
    values: Array
    quantity: Callable[..., Quantity]


def broken(step: StepNumbers, array: StepArray, place: tuple[int, ...]) -> Break:
    """Return what there is to say of a number of a step."""
    quantity, names = array.quantity(*place), Names(step.job.network, len(step.rows))
    example = getattr(quantity.wrt if isinstance(quantity, Slope) else quantity, "example", None)
    row = None if example is None else step.job.batches.number_of(int(step.rows[example]))
    made_of = tuple((names.id(of), float(value)) for of, value in operands(step, quantity))
    return Break(
        step.state.step + 1, array.words, array.layer, float(array.values[place]),
        names.id(quantity), row, made_of, array.values.dtype.name,
    )  # fmt: skip


# --- the arrays of a step, in the order of its computation ---------------------------------------


def arrays(step: StepNumbers) -> Iterator[StepArray]:
    """Yield every array of a training step; each is computed when it is asked for."""
    network, forward = step.job.network, step.forward
    layers, depth = network.layer_numbers, network.depth
    for layer in layers:
        yield StepArray("a net input z", layer, forward.z[layer - 1], of_unit(NetInput, layer))
        yield StepArray("an activation a", layer, forward.a[layer], of_unit(Activation, layer))
    yield StepArray("the loss at the outputs", depth, step.each_loss, Loss)
    with np.errstate(over="ignore"):
        loss = np.array(step.loss)
    yield StepArray("the batch's loss at the outputs", depth, loss, Loss)
    for layer in reversed(layers):
        yield StepArray("a delta", layer, step.backward.delta[layer - 1], of_unit(delta, layer))
        yield from of_parameters("the gradient", layer, step.gradient, gradient)
    if step.clipped is not step.gradient:
        for layer in layers:
            yield from of_parameters("the clipped gradient", layer, step.clipped, gradient)
    after, optimizer = step.update
    for layer in layers:
        for name, vector in optimizer.vectors.items():
            carried = after.with_vector(vector)
            yield from of_parameters(
                f"the optimizer's {name}", layer, carried, partial(carried_on, name)
            )
        yield from of_parameters("the updated value", layer, after, Updated)


def of_unit(quantity: Callable[[int, int, int], Quantity], layer: int) -> Callable[..., Quantity]:
    """Return what names the numbers of a layer's units by example and unit."""
    return lambda example, unit: quantity(layer, unit, example)


def carried_on(name: str, parameter: Parameter) -> Quantity:
    """Return what an optimizer carries on for a parameter."""
    return Updated(State(name, parameter))


def of_parameters(
    what: str, layer: int, values: Parameters, quantity: Callable[[Parameter], Quantity]
) -> Iterator[StepArray]:
    """Yield a layer's weights and biases (of a gradient, of parameters, …) with their names."""
    yield StepArray(
        f"{what} of a weight",
        layer,
        values.weights[layer - 1],
        lambda unit, source: quantity(Weight(layer, unit, source)),
    )
    biases = values.biases[layer - 1]
    if biases is not None:
        yield StepArray(
            f"{what} of a bias", layer, biases, lambda unit: quantity(Bias(layer, unit))
        )
