"""A network and how it learns, as the arrays and numbers that a program is given."""

from collections.abc import Callable, Iterator

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.engine.arguments import Carried, Room, Rules
from clearprop.engine.kernels.names import (
    ACTIVATE,
    BIASES,
    HAS_BIASES,
    LOSSES,
    SHARE,
    SIZE,
    SLOPES,
    THROUGH,
    UNITS,
    UPDATE,
    WEIGHTS,
)
from clearprop.engine.rules import CONSTANT_PLACES, LAYER_PARTS, name_of
from clearprop.formulas.optimizers import optimizer
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters, parameter_slices

LEARNING_ROLES = {"losses": LOSSES, "slopes": SLOPES, "share": SHARE, "update": UPDATE}
Address = Callable[[str, str], int]  # of the function of a role and an entry of its table


def wiring_of(network: Network, capacity: int, address: Address) -> Array:
    """Return where everything of a network lies, with room for `capacity` examples.

    One row of int64 per layer 0..D, with the columns that `arguments.py` names.
    """
    wiring = np.zeros((network.depth + 1, THROUGH + 1), dtype=np.int64)
    wiring[:, SIZE] = network.layers
    wiring[0, UNITS] = capacity * sum(network.layers[1:])
    for layer, (weights, biases) in enumerate(parameter_slices(network), start=1):
        wiring[layer, WEIGHTS], wiring[layer, BIASES] = weights.start, biases.start
        wiring[layer, HAS_BIASES] = network.has_biases(layer)
        wiring[layer, UNITS] = capacity * sum(network.layers[1:layer])
        for column, role in ((ACTIVATE, "activate"), (THROUGH, "through")):
            wiring[layer, column] = address(role, network.activation(layer))
    return wiring


def rule_names(network: Network, learning: Learning) -> Iterator[tuple[str, str]]:
    """Yield the rules that a training needs: their roles, and the names in their tables."""
    for activation in dict.fromkeys(network.activations):
        yield from (("activate", activation), ("through", activation))
    short = learning.short_form(network) is not None
    loss = name_of((learning.loss, network.activations[-1]) if short else learning.loss)
    yield from (("losses", loss), ("slopes", loss))
    if optimizer(learning.optimizer).shared_lines:
        yield "share", learning.optimizer
    yield "update", learning.optimizer


def rules_of(
    network: Network,
    learning: Learning,
    address: Address,
    frozen: Array | None = None,
    clip_norm: float | None = None,
    dropout: float = 0.0,
    penalty: float = 0.0,
) -> Rules:
    """Return how a network learns: where its rules lie, and its constants."""
    addresses = np.zeros(len(LEARNING_ROLES), dtype=np.int64)
    for role, name in rule_names(network, learning):
        if role in LEARNING_ROLES:
            addresses[LEARNING_ROLES[role]] = address(role, name)
    values = learning.values(network)
    short = learning.short_form(network) is not None
    return Rules(
        addresses=addresses,
        short=int(short),
        mean=int(learning.reduction == "mean"),
        constants=np.array([values[name] for name in CONSTANT_PLACES], dtype=np.float64),
        frozen=np.zeros(0, dtype=np.bool_) if frozen is None else np.array(frozen, dtype=np.bool_),
        clip_norm=float(clip_norm or 0.0),
        dropout=float(dropout),
        penalty=float(penalty),
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
    network: Network, capacity: int, dropout: bool = False, weighted: bool = False
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the working memory for `capacity` examples at a time."""
    units = capacity * sum(network.layers[1:])
    return {
        "x": (capacity, network.layers[0]),
        "y": (capacity, network.layers[-1]),
        "weights": (capacity if weighted else 0,),
        "units": (5 if dropout else 3, units),
        "parts": (capacity, LAYER_PARTS),
        "gradient": (network.parameter_count,),
        "turned": (network.parameter_count,),
    }


def room_of(shapes: dict[str, tuple[int, ...]], rows: int, dtype: str) -> Room:
    """Return working memory of some shapes, and for the order of a number of rows."""
    parts = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}
    each = np.zeros(len(parts["x"]))
    return Room(**parts, each=each, order=np.arange(rows, dtype=np.int64))
