"""Clipping: a gradient that is too long is shortened, and keeps its direction.

Comes in: the gradient of all parameters and the largest norm it may have. (Pascanu, Mikolov &
Bengio 2013, algorithm 1.)
"""

import math

import numpy as np

from clearprop.backprop.products import FAST_PRODUCTS, Products
from clearprop.network.parameters import Array, Parameters


@np.errstate(all="ignore")
def clipping_factor(
    gradient: Parameters, most: float, frozen: Array | None, products: Products
) -> float:
    """Return what a gradient g is multiplied by to have the norm `most`, 1 where it is shorter."""
    free = gradient.vector if frozen is None else gradient.vector[~frozen]
    norm = math.sqrt(products.sum_of_squares(free))
    return most / norm if norm > most else 1.0


@np.errstate(all="ignore")
def clipped(
    gradient: Parameters,
    most: float,
    frozen: Array | None = None,
    products: Products = FAST_PRODUCTS,
) -> Parameters:
    """Return the gradient g, shortened to the norm `most` where ‖g‖ is larger.

    g ← g · most / ‖g‖      (Pascanu, Mikolov & Bengio 2013, algorithm 1: the norm of all parameters
    together, here of those that are not frozen)

    >>> from clearprop.network.network import Network
    >>> gradient = Parameters.of(Network([2, 1], biases=False), weights=[[[3.0, 4.0]]])
    >>> clipped(gradient, 1.0).vector
    array([0.6, 0.8])
    """
    factor = clipping_factor(gradient, most, frozen, products)
    return gradient if factor == 1.0 else gradient.with_vector(gradient.vector * factor)
