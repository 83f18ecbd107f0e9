"""Which number of a training step was the first that is not finite.

Comes in: the job and its last finite state. Goes out: `Break`: layer,
quantity, place and value, in the order in which the step computes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import (
    backward_pass,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.backprop.clipping import clipped
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.dropout import step_masks
from clearprop.training.engine import TrainingState, rate_of
from clearprop.training.job import Job


@dataclass(frozen=True)
class Break:
    """The first number of an update that is not finite; `step` is the number of that update."""

    step: int
    quantity: str
    layer: int | None
    value: float

    @property
    def words(self) -> str:
        """Return what became of which number, and where."""
        place = self.quantity if self.layer is None else f"{self.quantity} of layer {self.layer}"
        return f"{place} became {spoken_number(self.value)}"

    def sentence(self) -> str:
        """Return in which step training broke, and how."""
        return f"training broke in step {self.step}: {self.words}"


def spoken_number(value: float) -> str:
    """Return NaN, infinity or -infinity in words."""
    if np.isnan(value):
        return "NaN (not a number)"
    return "infinite" if value > 0 else "negative infinite"


def find_break(job: Job, state: TrainingState) -> Break:
    """Return the first non-finite number of the step from `state`."""
    for quantity, layer, values in quantities(job, state):
        bad = ~np.isfinite(values)
        if bad.any():
            return Break(state.step + 1, quantity, layer, float(values[bad][0]))
    return Break(state.step + 1, "a number that this machine's libraries rounded", None, np.nan)


def quantities(job: Job, state: TrainingState) -> Iterator[tuple[str, int | None, Array]]:
    """Yield every array of a training step in the order of its computation."""
    parameters, network, rows = state.parameters, job.network, job.batches.rows(state.step)
    learning = job.learning_of(rows)
    x, y, weights = job.batches.x[rows], job.batches.y[rows], job.batches.weights_of(rows)
    forward = forward_pass(
        parameters, x, masks=step_masks(network, job.settings, state.step, len(rows))
    )
    for layer in network.layer_numbers:
        yield "a net input z", layer, forward.z[layer - 1]
        yield "an activation a", layer, forward.a[layer]
    each = losses(network, learning, forward, y)
    yield "the loss at the outputs", network.depth, each
    with np.errstate(over="ignore"):
        loss = total_loss(learning, each, weights) + job.penalty_of(parameters, rows)
    yield "the batch's loss at the outputs", network.depth, np.array([loss])
    back = backward_pass(parameters, learning, forward, y, weights=weights)
    for layer in reversed(network.layer_numbers):
        yield "a delta", layer, back.delta[layer - 1]
        yield from of_parameters("the gradient", layer, back.gradient)
    frozen = frozen_mask(network, learning.frozen)
    gradient = back.gradient
    if job.settings.clip_norm is not None:
        gradient = clipped(gradient, job.settings.clip_norm, frozen)
        for layer in network.layer_numbers:
            yield from of_parameters("the clipped gradient", layer, gradient)
    rate = rate_of(job, state)
    after, optimizer = update(parameters, gradient, learning, state.optimizer, frozen, rate=rate)
    for layer in network.layer_numbers:
        for name, vector in optimizer.vectors.items():
            carried = parameters.with_vector(vector)
            yield from of_parameters(f"the optimizer's {name}", layer, carried)
        yield from of_parameters("the updated value", layer, after)


def of_parameters(
    what: str, layer: int, parameters: Parameters
) -> Iterator[tuple[str, int | None, Array]]:
    """Yield a layer's weights and biases (of a gradient, of parameters, …) with their names."""
    yield f"{what} of a weight", layer, parameters.weights[layer - 1]
    biases = parameters.biases[layer - 1]
    if biases is not None:
        yield f"{what} of a bias", layer, biases
