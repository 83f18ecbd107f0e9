"""What has which value at a step: the table behind the quantities of conditions.

Comes in: the state after S updates (and after S + 1). Goes out: one number. A quantity is

    of a state    known after S = 0, 1, … updates: parameters, dead and saturated units
    of an update  of update S + 1, which a trace at S shows: loss and gradient of its batch
    of an epoch   in the recorded history, which no step has to be replayed for
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearprop.backprop.backpropagation import forward_pass
from clearprop.backprop.products import Products
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.conditions import Quantity
from clearprop.training.engine import TrainingState
from clearprop.training.job import Job
from clearprop.training.step_numbers import StepNumbers
from clearprop.training.vital_signs import (
    BOUNDS,
    DYING,
    Sample,
    dead_units,
    norm,
    saturated,
)

STATE, UPDATE, EPOCH = "state", "update", "epoch"


@dataclass(frozen=True)
class Look:
    """What can be seen at a step: the state, the one after it (if there is one), training rows."""

    job: Job
    products: Products
    sample: Sample
    state: TrainingState
    after: TrainingState | None = None

    @cached_property
    def numbers(self) -> StepNumbers:
        """The numbers of update S + 1."""
        return StepNumbers(self.job, self.state, self.products)

    @cached_property
    def update(self) -> Parameters:
        """What update S + 1 adds to the parameters."""
        before = self.state.parameters
        after = self.numbers.updated if self.after is None else self.after.parameters
        with np.errstate(all="ignore"):
            return before.with_vector(after.vector - before.vector)


@dataclass(frozen=True)
class Measure:
    """A kind of quantity: what it is of, and its value; a column of the history for epochs."""

    of: str
    value: Callable[[Look, Quantity], float] | None = None
    column: str = ""


def entry(vector: Array, quantity: Quantity) -> float:
    """Return a parameter's entry of a flat vector."""
    return float(vector[quantity.place or 0])


def norm_in(parameters: Parameters, quantity: Quantity) -> float:
    """Return the norm of a gradient or update: of a layer's weights, or of all parameters."""
    if quantity.layer is None:
        return norm(parameters.vector)
    return norm(parameters.weights[quantity.layer - 1])


def update_ratio(look: Look, quantity: Quantity) -> float:
    """Return ‖ΔW‖ / ‖W‖; of all layers together where none is named."""
    size = norm_in(look.state.parameters, quantity)
    return norm_in(look.update, quantity) / size if size else float("nan")


def share_dead(look: Look, quantity: Quantity) -> float:
    """Return 1 for a dead unit and 0 for another; of a layer, or the worst layer, the share."""
    parameters = look.state.parameters
    if quantity.layer is None:
        layers = fitting_layers(parameters, DYING)
        return max(float(dead_units(parameters, layer, look.sample).mean()) for layer in layers)
    dead = dead_units(parameters, quantity.layer, look.sample)
    return float(dead.mean() if quantity.unit is None else dead[quantity.unit])


def share_saturated(look: Look, quantity: Quantity) -> float:
    """Return the share of saturated activations: of a unit, a layer, or the worst layer."""
    parameters = look.state.parameters
    network, a = parameters.network, forward_pass(parameters, look.sample.x).a
    if quantity.layer is None:
        layers = fitting_layers(parameters, tuple(BOUNDS))
        return max(float(saturated(network, layer, a[layer]).mean()) for layer in layers)
    found = saturated(network, quantity.layer, a[quantity.layer])
    return float(found.mean() if quantity.unit is None else found[:, quantity.unit].mean())


def fitting_layers(parameters: Parameters, activations: tuple[str, ...]) -> list[int]:
    """Return the layers that have one of some activations."""
    network = parameters.network
    return [layer for layer in network.layer_numbers if network.activation(layer) in activations]


def non_finite(look: Look, quantity: Quantity) -> float:
    """Return how many numbers that the state carries are not finite."""
    vectors = (look.state.parameters.vector, *look.state.optimizer.vectors.values())
    return float(sum(int((~np.isfinite(vector)).sum()) for vector in vectors))


MEASURES: Mapping[str, Measure] = {
    "parameter": Measure(STATE, lambda look, q: entry(look.state.parameters.vector, q)),
    "dead": Measure(STATE, share_dead),
    "saturated": Measure(STATE, share_saturated),
    "non-finite": Measure(STATE, non_finite),
    "loss": Measure(UPDATE, lambda look, q: look.numbers.loss),
    "slope": Measure(UPDATE, lambda look, q: entry(look.numbers.gradient.vector, q)),
    "gradient": Measure(UPDATE, lambda look, q: norm_in(look.numbers.gradient, q)),
    "update": Measure(UPDATE, lambda look, q: norm_in(look.update, q)),
    "update/weight": Measure(UPDATE, update_ratio),
    "epoch_loss": Measure(EPOCH, column="loss"),
    "held_out_loss": Measure(EPOCH, column="held_out_loss"),
    "score": Measure(EPOCH, column="score"),
}
