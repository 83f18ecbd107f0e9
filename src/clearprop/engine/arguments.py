"""What a compiled program is given, in groups. Arrays are contiguous; F is float32 or float64.

Few arrays, for each costs time to compile: what belongs together lies in the rows of one. The
numbers of these rows stand here, and the kernels know them by the same names.
"""

from typing import NamedTuple

from clearprop.network.parameters import Array

# columns of the wiring, one row per layer 0..D
SIZE, WEIGHTS, BIASES, HAS_BIASES, UNITS, ACTIVATION = range(6)
# rows of Room.units: what each layer computes for each example
Z, A, DELTA, SENT, MASK = range(5)
# rows of Room.parameters: gradient, weights turned round, parameters before the update
GRADIENT, TURNED, BEFORE = range(3)


class Rules(NamedTuple):
    """How the network learns: numbers of the tables' entries, and constants in their order.

    `frozen` marks the entries of the vector that stay (no entries: none does). `clip_norm` and
    `dropout` are 0 where they are off, `mean` is 0 or 1.
    """

    loss: int
    optimizer: int
    mean: int
    constants: Array
    frozen: Array
    clip_norm: float
    dropout: float


class Examples(NamedTuple):
    """x, y of shape (m, n_0) and (m, n_D), sample weights (no entries: all are 1), batch, seed."""

    x: Array
    y: Array
    weights: Array
    size: int
    seed: int


class Watched(NamedTuple):
    """The rows to look at after each epoch (perhaps none), and whether they have classes."""

    x: Array
    y: Array
    classes: int


class Carried(NamedTuple):
    """What goes from step to step, changed in place: F vector, F states, float64 shared numbers."""

    vector: Array
    states: Array
    shared: Array


class Stopping(NamedTuple):
    """Early stopping, changed in place: off where the patience is 0.

    `best` is the vector with the least validation loss; `figures` holds that loss, its step, and
    the epochs waited since.
    """

    patience: int
    best: Array
    figures: Array


class Room(NamedTuple):
    """Working memory: a batch put together, rows of numbers per unit and per parameter, an order.

    x (capacity, n_0), y (capacity, n_D), units (rows, capacity · Σ n_l), parameters (rows, P),
    order (m,): overwritten by every step.
    """

    x: Array
    y: Array
    weights: Array
    units: Array
    parameters: Array
    order: Array
