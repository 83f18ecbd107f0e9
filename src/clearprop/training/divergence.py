"""Which number of a training step was the first that is not finite.

Comes in: the last finite state and the batch of the step that broke. Goes out: `Break`: layer,
quantity, place and value, in the order in which the step computes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import backward_pass, forward_pass, losses, update
from clearprop.network.learning import Learning
from clearprop.network.parameters import Array, Parameters
from clearprop.training.engine import TrainingState


@dataclass(frozen=True)
class Break:
    """The first number of an update that is not finite; `step` is the number of that update."""

    step: int
    quantity: str
    layer: int | None
    value: float

    def sentence(self) -> str:
        """Return what broke, where, and what to try."""
        place = self.quantity if self.layer is None else f"{self.quantity} of layer {self.layer}"
        return f"training broke in step {self.step}: {place} became {spoken_number(self.value)}"


def spoken_number(value: float) -> str:
    """Return NaN, infinity or -infinity in words."""
    if np.isnan(value):
        return "NaN (not a number)"
    return "infinite" if value > 0 else "negative infinite"


def find_break(state: TrainingState, learning: Learning, x: Array, y: Array) -> Break:
    """Return the first non-finite number of the step from `state` with the batch x, y."""
    for quantity, layer, values in quantities(state, learning, x, y):
        bad = ~np.isfinite(values)
        if bad.any():
            return Break(state.step + 1, quantity, layer, float(values[bad][0]))
    return Break(state.step + 1, "a number that this machine's libraries rounded", None, np.nan)


def quantities(
    state: TrainingState, learning: Learning, x: Array, y: Array
) -> Iterator[tuple[str, int | None, Array]]:
    """Yield every array of a training step in the order of its computation."""
    parameters = state.parameters
    network = parameters.network
    forward = forward_pass(parameters, x)
    for layer in network.layer_numbers:
        yield "a net input z", layer, forward.z[layer - 1]
        yield "an activation a", layer, forward.a[layer]
    each = losses(network, learning, forward, y)
    yield "the loss at the outputs", network.depth, each
    with np.errstate(over="ignore"):
        yield "the batch's loss at the outputs", network.depth, np.array([each.sum()])
    back = backward_pass(parameters, learning, forward, y)
    for layer in reversed(network.layer_numbers):
        yield "a delta", layer, back.delta[layer - 1]
        yield from of_parameters("the gradient", layer, back.gradient)
    after, optimizer = update(parameters, back.gradient, learning, state.optimizer)
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
