"""Which parameters a ledger is of: one weight or bias, what leads into a unit, or a layer.

Comes in: a name as people type it. Goes out: a `Selection`, whose parameters share a layer, so
that what an example adds to each of them is a delta times what the layer below sent.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral

import numpy as np

from clearprop.errors import SettingError, counted
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.parameters import Array, parameter_slices
from clearprop.network.quantities import Activation, Bias, Parameter, Weight
from clearprop.runs.naming import find_quantity


@dataclass(frozen=True)
class Selection:
    """Some parameters of one layer: those from `sources` to `units`, and the units' biases.

    `places` says where they lie in the flat vector, `weights` which of them are no biases: all
    weights unit by unit, then the biases.
    """

    name: str
    layer: int
    units: slice
    sources: slice
    biases: bool
    places: Array
    weights: Array

    @property
    def single(self) -> bool:
        """Whether it is one number."""
        return len(self.places) == 1

    @cached_property
    def where(self) -> Array | slice:
        """The places; a slice where they lie side by side, by which numbers are taken faster."""
        first, last = int(self.places[0]), int(self.places[-1])
        beside = last - first + 1 == len(self.places) and bool((np.diff(self.places) == 1).all())
        return slice(first, last + 1) if beside else self.places

    def unit_by_unit(self, units: slice) -> "Selection":
        """Return what leads into some of the units, the bias of each after its weights."""
        count, weights = self.units.stop - self.units.start, int(self.weights.sum())
        own = self.places[:weights].reshape(count, -1), self.places[weights:].reshape(count, -1)
        places = np.concatenate(own, axis=1)[units]
        weighty = np.arange(places.shape[1]) < own[0].shape[1]
        return replace(
            self,
            units=slice(self.units.start + units.start, self.units.start + units.stop),
            places=places.ravel(),
            weights=np.tile(weighty, len(places)),
        )

    def shares(self, own: Array, below: Array) -> Array:
        """Return each example's part of the gradient of each parameter, shape (T, m, P).

        `own`, shape (T, m, units), is δ of the units in T steps, and `below`, shape
        (T, m, sources), what the sources sent to them.
        """
        products = own[..., :, np.newaxis] * below[..., np.newaxis, :]
        products = products.reshape(*own.shape[:-1], self.weights.sum())
        return np.concatenate([products, own], axis=-1) if self.biases else products

    def sum_of_shares(self, own: Array, below: Array) -> Array:
        """Return what some examples add to the gradient of each parameter together, shape (P,).

        `own`, shape (m, units), and `below`, shape (m, sources), are as for `shares`.
        """
        found, units, sources = np.empty(len(self.places)), own.shape[1], below.shape[1]
        products, biases = found[: units * sources], found[units * sources :]
        np.matmul(own.T, below, out=products.reshape(units, sources))
        if self.biases:
            biases[:] = own.sum(axis=0)
        return found


def selection_of(
    network: Network, weight: str | None, unit: str | None, layer: int | None
) -> Selection:
    """Return what is asked for: a weight or bias, a unit, or a layer, one of them.

    Raises
    ------
    SettingError: none or several are asked for, or something that has no weights.
    UnknownName: the network has no quantity of that name; the nearest is offered.
    """
    if sum(given is not None for given in (weight, unit, layer)) != 1:
        first = (Names(network).id(quantity) for quantity in (Weight(1, 0, 0), Activation(1, 0, 0)))
        raise SettingError(
            "a ledger is of one weight or bias (weight, such as {}), of a unit (unit, such as {})"
            " or of a layer (layer, such as 1): name one of them".format(*first)
        )
    if weight is not None:
        return of_parameter(network, find_parameter(network, weight))
    return of_layer(network, layer) if unit is None else of_unit(network, unit)


def of_parameter(network: Network, parameter: Parameter) -> Selection:
    """Return one weight or bias."""
    unit, source = slice(parameter.unit, parameter.unit + 1), slice(0, 0)
    if isinstance(parameter, Weight):
        source = slice(parameter.source, parameter.source + 1)
    name = Names(network).id(parameter)
    return selected(network, name, parameter.layer, unit, source, isinstance(parameter, Bias))


def of_unit(network: Network, asked: object) -> Selection:
    """Return what leads into a unit: its weights and its bias."""
    found = find_quantity(network, asked) if isinstance(asked, str) else None
    if not isinstance(found, Activation) or found.layer == 0:
        raise SettingError(
            f"unit must be the name of a unit that weights lead into, such as"
            f" {Names(network).id(Activation(1, 0, 0))}, not {asked}"
        )
    sources, biased = slice(0, network.layers[found.layer - 1]), network.has_biases(found.layer)
    units = slice(found.unit, found.unit + 1)
    name = Names(network).id(found)
    return selected(network, name, found.layer, units, sources, biased)


def of_layer(network: Network, layer: int | None) -> Selection:
    """Return all that leads into a layer."""
    whole = isinstance(layer, Integral) and not isinstance(layer, bool)
    if not whole or layer not in network.layer_numbers:
        raise SettingError(f"layer must be a number from 1 to {network.depth}, not {layer!r}")
    layer = int(layer)  # type: ignore[arg-type]
    units, sources = slice(0, network.layers[layer]), slice(0, network.layers[layer - 1])
    return selected(network, f"layer {layer}", layer, units, sources, network.has_biases(layer))


def selected(
    network: Network, name: str, layer: int, units: slice, sources: slice, biases: bool
) -> Selection:
    """Return a selection with the places of its parameters."""
    weights, own = parameter_slices(network)[layer - 1]
    matrix = np.arange(weights.start, weights.stop).reshape(network.layers[layer], -1)
    below = matrix[units, sources].ravel()
    biased = np.arange(own.start, own.stop)[units] if biases else np.zeros(0, dtype=np.int64)
    places = np.concatenate([below, biased])
    return Selection(
        name, layer, units, sources, biases, places, np.arange(len(places)) < len(below)
    )


# --- names ---------------------------------------------------------------------------------------


def find_parameter(network: Network, name: str) -> Parameter:
    """Return the weight or bias of a name, in either scheme.

    Raises
    ------
    SettingError: it is no name, or that of something else.
    UnknownName: nothing of that name is there; the nearest is offered.

    >>> find_parameter(Network([2, 1, 1]), "w3") == find_parameter(Network([2, 1, 1]), "W2[0,0]")
    True
    """
    first = Names(network).id(Weight(1, 0, 0))
    if not isinstance(name, str):
        raise SettingError(
            f"it takes the name of a weight or a bias, such as {first}, not {name!r}"
        )
    found = find_quantity(network, name)
    if not isinstance(found, Weight | Bias):
        raise SettingError(f"it takes a weight or a bias, such as {first}, and {name} is neither")
    return found


def described(selection: Selection) -> str:
    """Return a selection in words: "W1[3,7]", "a1[3], its 65 weights and biases"."""
    if selection.single:
        return selection.name
    return f"{selection.name}, {counted(len(selection.places), 'weight and bias')}".replace(
        "weight and biass", "weights and biases"
    )
