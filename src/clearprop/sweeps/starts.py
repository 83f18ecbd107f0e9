"""The starting weights of many seeds: those that `initialize` draws, one by one.

A generator's numbers do not depend on what they are asked for in: all weights of a network are
drawn at once, and scaled layer by layer for all networks together.
"""

import math
from collections.abc import Sequence

import numpy as np

from clearprop.formulas.tables import look_up
from clearprop.network.initializers import INITIALIZERS
from clearprop.network.network import Network
from clearprop.network.parameters import Array, parameter_slices


def starts(network: Network, initializer: str, seeds: Sequence[int]) -> Array:
    """Return the starting parameters of each seed, shape (seeds, P), in float64.

    >>> starts(Network([2, 1]), "glorot_uniform", range(1, 2)).round(3)
    array([[0.033, 1.274, 0.   ]])
    """
    rule = look_up("initializer", INITIALIZERS, initializer)
    weights = [part for part, _ in parameter_slices(network)]
    count = sum(part.stop - part.start for part in weights)
    drawn = np.empty((len(seeds), count))
    for row, seed in zip(drawn, seeds, strict=True):
        generator = np.random.default_rng(seed)
        (generator.random if rule.uniform else generator.standard_normal)(out=row)
    found = np.zeros((len(seeds), network.parameter_count))
    start = 0
    for layer, part in enumerate(weights, start=1):
        stop = start + part.stop - part.start
        deviation = rule.deviation(network.layers[layer - 1], network.layers[layer])
        bound = math.sqrt(3) * deviation
        unit = drawn[:, start:stop]
        found[:, part] = -bound + (bound - -bound) * unit if rule.uniform else deviation * unit
        start = stop
    return found
