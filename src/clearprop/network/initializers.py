"""Initializers: name -> how a layer's weights are drawn, source. Biases start at 0.

Comes in: the layer's inputs and units and a seeded generator. Goes out: an array (units, inputs).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from clearprop.errors import SettingError
from clearprop.formulas.tables import look_up
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters


@dataclass(frozen=True)
class Initializer:
    """A distribution around 0: uniform or normal, and its standard deviation by (inputs, units)."""

    name: str
    uniform: bool
    deviation: Callable[[int, int], float]
    source: str

    def draw(self, inputs: int, units: int, generator: np.random.Generator) -> Array:
        """Return weights of shape (units, inputs)."""
        deviation = self.deviation(inputs, units)
        if self.uniform:
            bound = sqrt(3) * deviation
            return generator.uniform(-bound, bound, size=(units, inputs))
        return generator.normal(0.0, deviation, size=(units, inputs))


def by_inputs_and_units(inputs: int, units: int) -> float:
    """Return the deviation that keeps activations and gradients at one size (Glorot & Bengio)."""
    return sqrt(2 / (inputs + units))


def by_inputs(inputs: int, units: int) -> float:
    """Return the deviation that keeps activations at one size."""
    return sqrt(1 / inputs)


def by_inputs_of_relu(inputs: int, units: int) -> float:
    """Return the same for units that are silent half of the time (He et al.)."""
    return sqrt(2 / inputs)


GLOROT, HE = "Glorot & Bengio 2010, eq. 16", "He, Zhang, Ren & Sun 2015, eq. 10"
LECUN = "LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, eq. 16"

INITIALIZERS: Mapping[str, Initializer] = {
    entry.name: entry
    for entry in (
        Initializer("glorot_uniform", True, by_inputs_and_units, GLOROT),
        Initializer("glorot_normal", False, by_inputs_and_units, GLOROT),
        Initializer("he_uniform", True, by_inputs_of_relu, HE),
        Initializer("he_normal", False, by_inputs_of_relu, HE),
        Initializer("lecun_uniform", True, by_inputs, LECUN),
        Initializer("lecun_normal", False, by_inputs, LECUN),
    )
}


def initialize(network: Network, name: str = "glorot_uniform", seed: int = 0) -> Parameters:
    """Return a network's starting parameters, drawn layer by layer from a seed.

    >>> initialize(Network([2, 1]), seed=1).vector.round(3)
    array([0.033, 1.274, 0.   ])
    """
    initializer = look_up("initializer", INITIALIZERS, name)
    generator = np.random.default_rng(checked_seed(seed))
    weights = [
        initializer.draw(inputs, units, generator)
        for inputs, units in zip(network.layers[:-1], network.layers[1:], strict=True)
    ]
    biases = [
        np.zeros(network.layers[layer]) if network.has_biases(layer) else None
        for layer in network.layer_numbers
    ]
    return Parameters.of(network, weights, biases)


def checked_seed(seed: object) -> int:
    """Return a seed, or raise SettingError for what is no whole number of at least 0."""
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise SettingError(f"seed must be a whole number of at least 0, not {seed!r}")
    return seed
