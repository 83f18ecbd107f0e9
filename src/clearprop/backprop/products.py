"""The products of a training step, in two arithmetics.

Strict: sums from left to right, term by term, to the bits that plain Python floats give.
Fast: one matrix product of the BLAS library.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.formulas.arithmetic import FAST, STRICT, Arithmetic

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Products:
    """An arithmetic for formulas, and the sums over inputs, units above and examples.

    Axes in front of these are those of a stack of passes.

    weighted_inputs (a, W): Σ_i W[u,i] a[k,i] -> (m, n_l)
    errors_below (δ, W):    Σ_u δ[k,u] W[u,i] -> (m, n_(l-1))
    over_examples (δ, a):   Σ_k δ[k,u] a[k,i] -> (n_l, n_(l-1))
    sum_of_squares (g):     Σ_i g[i]²         -> a number
    """

    formulas: Arithmetic
    weighted_inputs: Callable[[Array, Array], Array]
    errors_below: Callable[[Array, Array], Array]
    over_examples: Callable[[Array, Array], Array]
    sum_of_squares: Callable[[Array], float]


def strict_product(left: Array, right: Array) -> Array:
    """Return left @ right with every sum taken from left to right.

    `left @ right` itself adds in an order that the BLAS library chooses by machine and size.
    """
    result = left[..., :1] * right[..., :1, :]
    for k in range(1, left.shape[-1]):
        result = result + left[..., k : k + 1] * right[..., k : k + 1, :]
    return np.asarray(result)


def strict_sum_of_squares(numbers: Array) -> float:
    """Return Σ g², from left to right in the numbers' own type.

    >>> strict_sum_of_squares(np.array([3.0, 4.0]))
    25.0
    """
    return float(np.add.accumulate(numbers * numbers)[-1]) if numbers.size else 0.0


STRICT_PRODUCTS = Products(
    formulas=STRICT,
    weighted_inputs=lambda a, w: strict_product(a, w.mT),
    errors_below=strict_product,
    over_examples=lambda delta, a: strict_product(delta.mT, a),
    sum_of_squares=strict_sum_of_squares,
)

FAST_PRODUCTS = Products(
    formulas=FAST,
    weighted_inputs=lambda a, w: a @ w.mT,
    errors_below=lambda delta, w: delta @ w,
    over_examples=lambda delta, a: delta.mT @ a,
    sum_of_squares=lambda numbers: float(numbers @ numbers),
)
