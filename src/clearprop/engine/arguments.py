"""What a compiled program is given, in groups. Arrays are contiguous; F is float32 or float64.

Few arrays, for each costs time to compile: what belongs together lies in the rows of one, which
`kernels/names.py` numbers.
"""

from typing import NamedTuple

from clearprop.network.parameters import Array


class Rules(NamedTuple):
    """How the network learns: addresses of functions, and all constants in their order.

    `short` says that the slopes are ∂L/∂z, `mean` that the loss is a mean (0 or 1). `frozen` marks
    the entries of the vector that stay (no entries: none does). `clip_norm` and `dropout` are 0
    where they are off, and so is `penalty`, which sets the constant of weight decay for each batch.
    """

    addresses: Array
    short: int
    mean: int
    constants: Array
    frozen: Array
    clip_norm: float
    dropout: float
    penalty: float


class Examples(NamedTuple):
    """x, y of shape (m, n_0) and (m, n_D), sample weights (no entries: all are 1), batch, seed.

    `shuffles` says whether each epoch has an order of its own (0 or 1).
    """

    x: Array
    y: Array
    weights: Array
    size: int
    seed: int
    shuffles: int


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
    the epochs waited since. `on` says what takes that loss's place: 1 the score of the watched rows
    with its sign turned (`spread` is what R² measures errors against), 2 the training loss. A
    `tolerance` below 0 is none.
    """

    patience: int
    best: Array
    figures: Array
    on: int
    tolerance: float
    spread: float


class Room(NamedTuple):
    """Working memory, overwritten by every step.

    x (capacity, n_0), y (capacity, n_D), weights: a batch put together
    units (rows, capacity · Σ n_l): what the layers compute
    parts (capacity, 2): numbers that an activation has once for a layer (softmax: m, s)
    each (capacity,) of float64: the losses of the examples
    gradient (P,), turned (P,): weights turned round, then the parameters before the update
    order (examples,): the rows of an epoch
    """

    x: Array
    y: Array
    weights: Array
    units: Array
    parts: Array
    each: Array
    gradient: Array
    turned: Array
    order: Array
