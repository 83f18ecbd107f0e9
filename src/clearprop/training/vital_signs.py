"""The vital signs of a network in training: norms per layer, dead units, saturation.

Comes in: the numbers of a step and some training rows. Goes out: `LayerSigns`, one per layer.

    dead        a relu unit whose activation is 0 for every training row: its gradient is 0 too,
                so that no row can bring it back
    saturated   an activation within 0.02 of a bound of sigmoid (0, 1) or tanh (-1, 1), where the
                slope is nearly 0 (LeCun, Bottou, Orr & Müller 1998, section 4.4)

Of more than 2,000 training rows as many are drawn, always the same for the same seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import forward_pass
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
from clearprop.training.job import Job
from clearprop.training.step_numbers import StepNumbers

ROWS = 2_000
FIRST_ROWS = 64  # on which almost every unit shows that it is alive
MARGIN = 0.02
DYING = ("relu",)
BOUNDS: Mapping[str, tuple[float, float]] = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


@dataclass(frozen=True)
class Sample:
    """The training rows x that are looked at, of `rows` in all."""

    x: Array
    rows: int

    @property
    def words(self) -> str:
        """Return which rows these are, in words."""
        if len(self.x) == self.rows:
            return f"all {self.rows:,} training rows"
        return f"{len(self.x):,} of the {self.rows:,} training rows"


def sample_of(job: Job) -> Sample:
    """Return the training rows to look at: all, or 2,000 drawn from the training's seed."""
    x = job.batches.x
    if len(x) <= ROWS:
        return Sample(x, len(x))
    generator = np.random.default_rng(job.settings.seed)
    return Sample(x[np.sort(generator.choice(len(x), ROWS, replace=False))], len(x))


def dead_units(parameters: Parameters, layer: int, sample: Sample) -> Array:
    """Return which units of a relu layer are dead, shape (n_l,)."""
    some = forward_pass(parameters, sample.x[:FIRST_ROWS]).a[layer]
    dead: Array = (some == 0).all(axis=0)
    if dead.any() and len(sample.x) > FIRST_ROWS:
        dead = dead & (forward_pass(parameters, sample.x[FIRST_ROWS:]).a[layer] == 0).all(axis=0)
    return dead


def saturated(network: Network, layer: int, a: Array) -> Array:
    """Return which activations of a sigmoid or tanh layer are within 0.02 of a bound.

    >>> saturated(Network([1, 1], "tanh"), 1, np.array([[-0.99], [0.0], [0.97]])).ravel().tolist()
    [True, False, False]
    """
    low, high = BOUNDS[network.activation(layer)]
    found: Array = (a <= low + MARGIN) | (a >= high - MARGIN)
    return found


# --- all of it, by layer -------------------------------------------------------------------------


@dataclass(frozen=True)
class LayerSigns:
    """The signs of one layer; norms are those of its weights, biases are left out.

    gradient    norm of ∂L/∂W of the batch of update S + 1, before it is clipped
    update      norm of what update S + 1 adds to W
    dead        the dead units, from 0; None where no unit can be dead
    saturated   share of saturated activations over units and rows; None where there are no bounds
    """

    layer: int
    activation: str
    units: int
    weights: float
    gradient: float
    update: float
    entries: int
    dead: tuple[int, ...] | None
    saturated: float | None

    @property
    def update_ratio(self) -> float:
        """‖ΔW‖ / ‖W‖: how much of the weights the update replaces."""
        return self.update / self.weights if self.weights else float("nan")

    @property
    def gradient_per_weight(self) -> float:
        """The gradient's root mean square: what layers of different sizes are compared by."""
        return self.gradient / float(np.sqrt(self.entries))


def vital_signs(numbers: StepNumbers, sample: Sample) -> tuple[LayerSigns, ...]:
    """Return the signs of every layer, from the inputs to the outputs."""
    parameters, network = numbers.state.parameters, numbers.job.network
    forward = forward_pass(parameters, sample.x)
    found = []
    for layer in network.layer_numbers:
        a, kind = forward.a[layer], network.activation(layer)
        w, w_new = parameters.weights[layer - 1], numbers.updated.weights[layer - 1]
        dead = np.flatnonzero((a == 0).all(axis=0)).tolist()
        with np.errstate(all="ignore"):
            step = w_new - w
        found.append(
            LayerSigns(
                layer=layer,
                activation=kind,
                units=network.layers[layer],
                weights=norm(w),
                gradient=norm(numbers.gradient.weights[layer - 1]),
                update=norm(step),
                entries=w.size,
                dead=tuple(dead) if kind in DYING else None,
                saturated=float(saturated(network, layer, a).mean()) if kind in BOUNDS else None,
            )
        )
    return tuple(found)


def norm(array: Array) -> float:
    """Return the square root of the sum of squares, in float64."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.sum(np.square(array, dtype=np.float64))))
