"""What a kernel is marked with; in a compiled program these are Numba's decorators."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from clearprop.engine.kernels.names import SIZE, UNITS, WEIGHTS

F = float  # the type of the network's numbers
Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Mark a function that is compiled into the program."""
    return function


def spliced(function: Function) -> Function:
    """Mark a function whose text is put in the place of its calls (`splicing.py`)."""
    return function


def entry(function: Function) -> Function:
    """Mark the function that a program is called by."""
    return function


def matrix(flat, start, rows, columns):
    """Return rows x columns numbers of a flat array, from `start`."""
    return flat.reshape(-1)[start : start + rows * columns].reshape(rows, columns)


def stretch(flat, start, count):
    """Return `count` numbers of a flat array, from `start`."""
    return flat.reshape(-1)[start : start + count]


def of_layer(units, row, wiring, layer, m):
    """Return one layer's part of a row of the room, shape (m, n_l)."""
    return matrix(
        units, row * wiring[0, UNITS] + wiring[layer, UNITS], m, wiring[layer, SIZE]
    )  # fmt: skip


def weights_of(vector, wiring, layer):
    """Return W[l] as a part of the flat vector."""
    return matrix(vector, wiring[layer, WEIGHTS], wiring[layer, SIZE], wiring[layer - 1, SIZE])


def call(function, arguments):
    """Call a rule; in a compiled program it is given by its address."""
    function(*arguments)


def tile(a, a_at, a_row, a_term, b, b_at, b_term, c, c_at, c_row, terms):
    """Fill a tile of c = Σ a b, of four rows and two vectors' columns."""
    raise NotImplementedError("a tile is a matter of compiled programs")


def product(a, b, c):
    """Fill c with the product a b; in a compiled program the BLAS library does."""
    np.dot(a, b, c)
