"""A network and how it learns, as the arrays and numbers that a program is given."""

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.engine.arguments import (
    ACTIVATION,
    BIASES,
    HAS_BIASES,
    SIZE,
    UNITS,
    WEIGHTS,
    Carried,
    Room,
    Rules,
)
from clearprop.engine.rules import ACTIVATION_CODES, LOSS_CODES, OPTIMIZER_CODES
from clearprop.formulas.constants import CONSTANTS
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters, parameter_slices


def wiring_of(network: Network, capacity: int) -> Array:
    """Return where everything of a network lies, with room for `capacity` examples.

    One row of int64 per layer 0..D, with the columns that `arguments.py` names.
    """
    wiring = np.zeros((network.depth + 1, 6), dtype=np.int64)
    wiring[:, SIZE] = network.layers
    for layer, (weights, biases) in enumerate(parameter_slices(network), start=1):
        wiring[layer, WEIGHTS], wiring[layer, BIASES] = weights.start, biases.start
        wiring[layer, HAS_BIASES] = network.has_biases(layer)
        wiring[layer, UNITS] = capacity * sum(network.layers[1:layer])
        wiring[layer, ACTIVATION] = ACTIVATION_CODES[network.activation(layer)]
    return wiring


def rules_of(
    network: Network,
    learning: Learning,
    frozen: Array | None = None,
    clip_norm: float | None = None,
    dropout: float = 0.0,
) -> Rules:
    """Return how a network learns, in numbers."""
    short = learning.short_form(network) is not None
    key = (learning.loss, network.activations[-1]) if short else learning.loss
    values = learning.values(network)
    return Rules(
        loss=LOSS_CODES[key],
        optimizer=OPTIMIZER_CODES[learning.optimizer],
        mean=int(learning.reduction == "mean"),
        constants=np.array([values[name] for name in CONSTANTS], dtype=np.float64),
        frozen=np.zeros(0, dtype=np.bool_) if frozen is None else np.array(frozen, dtype=np.bool_),
        clip_norm=float(clip_norm or 0.0),
        dropout=float(dropout),
    )


def carried_of(parameters: Parameters, optimizer: OptimizerState) -> Carried:
    """Return copies of what the steps change."""
    vector = parameters.vector
    states = np.empty((len(optimizer.vectors), len(vector)), dtype=vector.dtype)
    for place, state in enumerate(optimizer.vectors.values()):
        states[place] = state
    shared = np.array(list(optimizer.shared.values()), dtype=np.float64)
    return Carried(vector.copy(), states, shared)


def optimizer_state(carried: Carried, names: OptimizerState) -> OptimizerState:
    """Return the optimizer's state by name, as `names` has them."""
    return OptimizerState(
        dict(zip(names.vectors, carried.states, strict=True)),
        dict(zip(names.shared, carried.shared.tolist(), strict=True)),
    )


def room_shapes(
    network: Network, capacity: int, rules: Rules, weighted: bool = False
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the working memory for `capacity` examples at a time."""
    units = capacity * sum(network.layers[1:])
    return {
        "x": (capacity, network.layers[0]),
        "y": (capacity, network.layers[-1]),
        "weights": (capacity if weighted else 0,),
        "units": (5 if rules.dropout > 0 else 3, units),
        "parameters": (3, network.parameter_count),
    }


def room_of(shapes: dict[str, tuple[int, ...]], rows: int, dtype: str) -> Room:
    """Return working memory of some shapes, and for the order of a number of rows."""
    parts = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}
    return Room(**parts, order=np.zeros(rows, dtype=np.int64))
