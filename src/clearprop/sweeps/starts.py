"""The starting weights of many seeds: those that `initialize` draws, one by one.

A generator's numbers do not depend on what they are asked for in: all weights of a network are
drawn at once, and scaled layer by layer for all networks together.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from clearprop.engine.assembly import Source, compiled_header, joined, kernel_text
from clearprop.engine.compilation import entry
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
    drawn = (uniform if rule.uniform else normal)(seeds, count)
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


@cache
def generators() -> Source:
    """Return the program that draws the uniform numbers of many seeds."""
    name = "generators_of_seeds"
    header = compiled_header("float64", fast=False, makes_arrays=True)
    return Source(name, joined(name, header, [kernel_text("generators")]))


def uniform(seeds: Sequence[int], count: int) -> Array:
    """Return the first numbers from 0 to 1 of each seed's generator, in machine code."""
    found = np.empty((len(seeds), count))
    entry(generators())(np.array(seeds, dtype=np.uint64), found)
    return found


def normal(seeds: Sequence[int], count: int) -> Array:
    """Return the first normal numbers of each seed's generator."""
    return np.stack([np.random.default_rng(seed).standard_normal(count) for seed in seeds])
