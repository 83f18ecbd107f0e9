"""The weights and biases of a network: one flat read-only vector, with a view for each layer.

The vector holds W[1] row by row, b[1], W[2], b[2], …: reading order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from clearprop.errors import SettingError, ShapeError, counted
from clearprop.network.network import Network
from clearprop.network.quantities import Bias, Parameter
from clearprop.shown import Shown

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Parameters(Shown):
    """A flat vector of all weights and biases, read-only, and its views.

    A stack of T such vectors, shape (T, P), has views with T in front: a pass through it is T
    passes at once.

    >>> network = Network([2, 1, 1], biases=False)
    >>> parameters = Parameters.of(network, weights=[[[0.5, 0.3]], [[0.8]]])
    >>> parameters.weights[0]
    array([[0.5, 0.3]])
    """

    network: Network
    vector: Array

    def __post_init__(self) -> None:
        if not isinstance(self.vector, np.ndarray):
            object.__setattr__(self, "vector", numbers("the parameters", self.vector))
        if self.vector.shape[-1:] != (self.network.parameter_count,) or self.vector.ndim > 2:
            raise ShapeError(
                f"the network has {self.network.parameter_count} parameters, "
                f"but a vector of shape {self.vector.shape} is given"
            )
        self.vector.flags.writeable = False

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.network.layers))
        many = f"{len(self.vector):,} × " if self.vector.ndim > 1 else ""
        least, largest = self.vector.min(), self.vector.max()
        count = f"{many}{self.network.parameter_count:,} numbers"
        return f"<Parameters of a {sizes} network: {count}, {least:.4g} to {largest:.4g}>"

    @classmethod
    def of(cls, network: Network, weights: Any, biases: Any = None) -> "Parameters":
        """Return parameters from one weight matrix and one bias vector (or None) per layer.

        Raises
        ------
        ShapeError: a layer's weights or biases do not fit it.
        SettingError: an entry is no finite number.
        """
        given_biases = [None] * network.depth if biases is None else biases
        check_count("weights", weights, network.depth)
        check_count("biases", given_biases, network.depth)
        pieces = []
        for layer in network.layer_numbers:
            pieces.append(layer_weights(network, layer, weights[layer - 1]).ravel())
            pieces.append(layer_biases(network, layer, given_biases[layer - 1]))
        return cls(network, np.concatenate(pieces))

    @property
    def slices(self) -> tuple[tuple[slice, slice], ...]:
        """Where each layer's weights and biases lie in the vector."""
        return parameter_slices(self.network)

    @cached_property
    def weights(self) -> tuple[Array, ...]:
        """W[1], W[2], …, each (units, inputs)."""
        sizes = self.network.layers
        return tuple(
            self.vector[..., place].reshape(*self.vector.shape[:-1], rows, columns)
            for (place, _), rows, columns in zip(self.slices, sizes[1:], sizes[:-1], strict=True)
        )

    @cached_property
    def biases(self) -> tuple[Array | None, ...]:
        """b[1], b[2], …, each (units,); None for a layer without biases."""
        return tuple(
            self.vector[..., place] if self.network.has_biases(layer) else None
            for layer, (_, place) in enumerate(self.slices, start=1)
        )

    def with_vector(self, vector: Array) -> "Parameters":
        """Return parameters of the same network with other values."""
        return Parameters(self.network, vector)

    @property
    def exact(self) -> "Parameters":
        """The same numbers in float64, in which they are explained."""
        return self.with_vector(self.vector.astype(np.float64))


def parameter_slices(network: Network) -> tuple[tuple[slice, slice], ...]:
    """Return, per layer, where its weights and its biases lie in the flat vector."""
    return layout(network.layers, network.biases)


@cache  # a training asks in each of its steps
def layout(layers: tuple[int, ...], biases: tuple[bool, ...]) -> tuple[tuple[slice, slice], ...]:
    """Return the places of weights and biases of layers with that many units."""
    places, start = [], 0
    for units, inputs, has_biases in zip(layers[1:], layers, biases, strict=False):
        after_weights = start + units * inputs
        after_biases = after_weights + units * has_biases
        places.append((slice(start, after_weights), slice(after_weights, after_biases)))
        start = after_biases
    return tuple(places)


def place_of(network: Network, parameter: Parameter) -> int:
    """Return where a weight or bias lies in the flat vector.

    >>> from clearprop.network.quantities import Weight
    >>> place_of(Network([2, 2, 1]), Weight(1, 1, 0)), place_of(Network([2, 2, 1]), Bias(1, 1))
    (2, 5)
    """
    weights, biases = parameter_slices(network)[parameter.layer - 1]
    if isinstance(parameter, Bias):
        return int(biases.start) + parameter.unit
    inputs = network.layers[parameter.layer - 1]
    return int(weights.start) + parameter.unit * inputs + parameter.source


def check_count(what: str, given: Any, depth: int) -> None:
    """Raise ShapeError unless there is one entry per layer."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != depth:
        count = len(given) if isinstance(given, list | tuple) else repr(given)[:40]
        raise ShapeError(f"{what} must list one entry for each of the {depth} layers, not {count}")


def layer_weights(network: Network, layer: int, given: Any) -> Array:
    """Return one layer's weights as an array of shape (units, inputs)."""
    units, inputs = network.layers[layer], network.layers[layer - 1]
    array = numbers(f"the weights of layer {layer}", given)
    if array.shape != (units, inputs):
        raise ShapeError(
            f"layer {layer} has {counted(units, 'unit')} and takes {counted(inputs, 'input')}, "
            f"so its weights have shape ({units}, {inputs}); "
            f"the weights given have shape {array.shape}"
        )
    return array


def layer_biases(network: Network, layer: int, given: Any) -> Array:
    """Return one layer's biases as an array of shape (units,), empty for a layer without."""
    if not network.has_biases(layer):
        if given is not None and np.size(given) > 0:
            raise ShapeError(f"layer {layer} has no biases, but biases are given for it")
        return np.zeros(0)
    if given is None:
        raise ShapeError(f"layer {layer} has biases, but none are given for it")
    array = numbers(f"the biases of layer {layer}", given)
    if array.shape != (network.layers[layer],):
        raise ShapeError(
            f"layer {layer} has {network.layers[layer]} biases, one for each unit; "
            f"the biases given have shape {array.shape}"
        )
    return array


def numbers(what: str, given: Any) -> Array:
    """Return a list of finite numbers as a float64 array."""
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        array = None
    if array is None or not only_numbers(given):
        raise SettingError(f"{what} must be rows of numbers of equal length, not {given!r:.60}")
    if not np.isfinite(array).all():
        raise SettingError(f"{what} must be finite numbers, but they hold {first_bad(array)}")
    return array


def only_numbers(given: Any) -> bool:
    """Return whether nested lists hold numbers alone: NumPy would take "1" and True for 1."""
    if isinstance(given, np.ndarray):
        return given.dtype.kind in "iuf"
    if isinstance(given, Sequence) and not isinstance(given, str):
        return all(map(only_numbers, given))
    return isinstance(given, int | float | np.number) and not isinstance(given, bool)


def first_bad(array: Array) -> str:
    """Return the first entry that is not finite, with its place."""
    place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return f"{array[place]} at {list(place)}"
