"""A lesson whose network gets or loses units or layers: what stays keeps its numbers.

Comes in: a lesson and the shape it shall have, told by where each unit was before. A weight stays
where both its ends do, next to each other; every other is drawn by the lesson's initializer, from
the seed after the one that the lesson names, and that seed is written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clearprop.errors import SettingError
from clearprop.network.initializers import initialize
from clearprop.network.lesson import Lesson
from clearprop.network.names import Names, replace_names
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.network.quantities import Activation, Bias, Parameter, Quantity, Weight

Before = tuple[int, int] | None  # the layer and the place that a unit had; None for a new one

UNITS, ACTIVATION = 2, "sigmoid"  # of a layer that is added where there is none to go by
INPUT, TARGET = 1.0, 0.0  # of an input and an output that are added
DRAWN_DIGITS = 2  # of a weight that is drawn for a network that people read


@dataclass(frozen=True)
class Shape:
    """The units of each column, from the inputs on, and the rules of each layer 1..D.

    `draws` says whether there are weights that have to be drawn.
    """

    columns: tuple[tuple[Before, ...], ...]
    activations: tuple[str, ...]
    biases: tuple[bool, ...]
    draws: bool = True

    @property
    def layers(self) -> list[int]:
        """The sizes of the new columns."""
        return [len(column) for column in self.columns]

    def now(self, quantity: Quantity) -> Quantity | None:
        """Return an input, unit, weight or bias as it is called now, or None if it is gone."""
        match quantity:
            case Activation(layer, unit, example):
                at = self.place(layer, unit)
                return None if at is None else Activation(*at, example)
            case Bias(layer, unit):
                at = self.place(layer, unit)
                return None if at is None or not self.biases[at[0] - 1] else Bias(*at)
            case Weight(layer, unit, source):
                at, below = self.place(layer, unit), self.place(layer - 1, source)
                if at is None or below is None or at[0] != below[0] + 1:
                    return None
                return Weight(*at, below[1])
        return None

    def place(self, layer: int, unit: int) -> tuple[int, int] | None:
        """Return where a unit is now."""
        return self.places.get((layer, unit))

    @cached_property
    def places(self) -> dict[Before, tuple[int, int]]:
        """Where each unit is now, by where it was before."""
        return {
            before: (layer, unit)
            for layer, column in enumerate(self.columns)
            for unit, before in enumerate(column)
        }


# --- the shapes that there are -------------------------------------------------------------------


def columns(network: Network) -> list[list[Before]]:
    """Return the columns of a network as they are."""
    return [[(layer, unit) for unit in range(size)] for layer, size in enumerate(network.layers)]


def shape(network: Network, found: Sequence[Sequence[Before]], draws: bool) -> Shape:
    """Return a shape with as many layers as the network has."""
    return Shape(tuple(map(tuple, found)), network.activations, network.biases, draws)


def unit_added(network: Network, layer: int) -> Shape:
    """Return the shape with one more unit at the end of a column."""
    found = columns(network)
    found[layer].append(None)
    return shape(network, found, draws=True)


def unit_removed(network: Network, layer: int, unit: int) -> Shape:
    """Return the shape without a unit.

    Raises
    ------
    SettingError: it is the only one of its column.
    """
    if network.layers[layer] == 1:
        if 0 < layer < network.depth:
            raise SettingError(f"layer {layer} has only this unit; remove the whole layer instead")
        what = "output" if layer else "input"
        raise SettingError(f"this is the only {what}, and a network has to have one")
    found = columns(network)
    del found[layer][unit]
    return shape(network, found, draws=False)


def layer_added(network: Network) -> Shape:
    """Return the shape with one more layer before the outputs, like the hidden one before it."""
    found = columns(network)
    found.insert(-1, [None] * UNITS)
    hidden = network.depth - 1
    like = network.activation(hidden) if hidden else ACTIVATION
    biases = network.has_biases(hidden or 1)
    return Shape(
        tuple(map(tuple, found)),
        (*network.activations[:-1], like, network.activations[-1]),
        (*network.biases[:-1], biases, network.biases[-1]),
    )


def layer_removed(network: Network, layer: int) -> Shape:
    """Return the shape without a hidden layer.

    Raises
    ------
    SettingError: it is the layer of the outputs.
    """
    if network.depth == 1:
        raise SettingError("this is the only layer, and a network has to have one")
    if layer == network.depth:
        raise SettingError("the last layer gives the outputs; remove a hidden layer instead")
    found = columns(network)
    del found[layer]
    rest = [number - 1 for number in network.layer_numbers if number != layer]
    return Shape(
        tuple(map(tuple, found)),
        tuple(network.activations[k] for k in rest),
        tuple(network.biases[k] for k in rest),
    )


# --- the lesson in a shape -----------------------------------------------------------------------


def put_shape(lesson: Lesson, tables: dict[str, dict[str, Any]], found: Shape) -> None:
    """Put a shape into the tables of a lesson, with the numbers that stay and those drawn."""
    table = tables["network"]
    network = Network(found.layers, found.activations, found.biases)
    seed = table.get("seed", 0) + found.draws
    drawn = initialize(network, table.get("initializer", "glorot_uniform"), seed)
    table |= {
        **({"seed": seed} if found.draws else {}),
        "layers": found.layers,
        "activations": list(found.activations),
        "biases": list(found.biases),
    }
    tables["parameters"] = parameters(lesson, found, drawn)
    for key, layer, fresh in (("x", 0, INPUT), ("y", -1, TARGET)):
        places = [None if at is None else at[1] for at in found.columns[layer]]
        rows = tables["example"][key]
        tables["example"][key] = [
            [fresh if place is None else row[place] for place in places] for row in rows
        ]
    put_names(lesson, tables, found, network)


def parameters(lesson: Lesson, found: Shape, drawn: Parameters) -> dict[str, Any]:
    """Return weights and biases: drawn, and over them those that stay."""
    readable = drawn.network.readable
    weights = [
        [[short(v) if readable else v for v in row] for row in w.tolist()] for w in drawn.weights
    ]
    biases = [[] if b is None else b.tolist() for b in drawn.biases]
    for old, value in numbers(lesson.parameters):
        match found.now(old):
            case Weight(layer, unit, source):
                weights[layer - 1][unit][source] = value
            case Bias(layer, unit):
                biases[layer - 1][unit] = value
    return {"weights": weights, **({"biases": biases} if any(found.biases) else {})}


def numbers(given: Parameters) -> Iterator[tuple[Parameter, float]]:
    """Yield every weight and bias with its number."""
    for layer, (weights, biases) in enumerate(zip(given.weights, given.biases, strict=True), 1):
        for unit, row in enumerate(weights.tolist()):
            yield from ((Weight(layer, unit, source), v) for source, v in enumerate(row))
        if biases is not None:
            yield from ((Bias(layer, unit), v) for unit, v in enumerate(biases.tolist()))


def short(value: float) -> float:
    """Return a number with few digits, to be worked with by hand."""
    return float(f"{value:.{DRAWN_DIGITS}g}")


def put_names(
    lesson: Lesson, tables: dict[str, dict[str, Any]], found: Shape, network: Network
) -> None:
    """Put own names, and what is frozen, by what they are called now; what is gone is left out."""
    old, new = Names(replace_names(lesson.network)), Names(network)
    own = {old.find(name): given for name, given in lesson.network.names.items()}
    names = {new.id(at): given for q, given in own.items() if (at := found.now(q)) is not None}
    tables["network"].pop("names", None)
    if names:
        tables["network"]["names"] = names
    kept = []
    for name in lesson.learning.frozen:
        if name in ("weights", "biases"):
            kept.append(name)
        elif (at := found.now(lesson.names.find(name))) is not None:
            kept.append(Names(network).id(at))
    tables["learning"].pop("frozen", None)
    if kept:
        tables["learning"]["frozen"] = kept
