"""Names of a watched module's parameters: W1[3,7] and b2[0] by the order of the Linear layers, or
PyTorch's own, `0.weight[3,7]`.

Comes in: a name as people type it. Goes out: a `Chosen`: one number, or all that leads into a unit
or a layer. Parameters outside of Linear layers have PyTorch's names only: `conv1.weight[0,0,1,2]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.notation import Symbol
from clearprop.interop.watching.folder import Trained, Watched
from clearprop.interop.watching.pieces import Layer, piece_from
from clearprop.network.parameters import Array

INDEXED = re.compile(r"(?P<name>.+?)\[(?P<index>\s*\d+\s*(,\s*\d+\s*)*)\]")
OWN = re.compile(r"(?P<letter>[WwbaA])(?P<layer>\d+)")


@dataclass(frozen=True)
class Linear:
    """A Linear layer by its number: its layer, what it follows, and the shape of its weight.

    `follows` is the number of the Linear layer whose activations come in, 0 for the rows that the
    model is given, None for what other modules make.
    """

    number: int
    layer: Layer
    follows: int | None
    units: int
    sources: int

    def source(self, place: int) -> Symbol:
        """Return the symbol of what comes in over a weight."""
        if self.follows == 0:
            return Symbol("x", index=(place,))
        if self.follows is None:
            return Symbol("in", layer=self.number, index=(place,))
        return Symbol("a", layer=self.follows, index=(place,))


@dataclass(frozen=True)
class Chosen:
    """Numbers of parameters: all of one Linear layer, or a single one of any parameter.

    names, places   of each parameter that takes part, and which entries of it (flat)
    linear          the Linear layer; None for a parameter outside of them
    units, sources  which of its units and inputs; a bias has no sources
    """

    id: str
    symbol: Symbol
    places: dict[str, Array]
    linear: Linear | None = None
    units: slice = field(default_factory=lambda: slice(0))
    sources: slice = field(default_factory=lambda: slice(0))
    biased: bool = False

    @property
    def single(self) -> bool:
        """Whether it is one number."""
        return sum(map(len, self.places.values())) == 1

    @property
    def name(self) -> str:
        """The name of the first parameter."""
        return next(iter(self.places))

    def take(self, arrays: Mapping[str, Array]) -> Array:
        """Return the chosen entries of arrays by parameter as a vector of float64; 0 for none."""
        parts = [
            arrays[name].ravel()[places] if name in arrays else np.zeros(len(places))
            for name, places in self.places.items()
        ]
        return np.concatenate(parts).astype(np.float64)


class Parameters:
    """The parameters of a watched module, by their names."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.trained = {each.name: each for each in watched.parameters}

    @cached_property
    def linears(self) -> list[Linear]:
        """The Linear layers that can be gone through, in the order of the module."""
        found: list[Linear] = []
        for number, layers in enumerate(self.watched.pieces):
            for place, layer in enumerate(piece_from(layers).linears):
                units, sources = self.trained[layer.weight].shape
                follows = (
                    len(found) if place else (0 if number == 0 and self.first_is_fed else None)
                )
                found.append(Linear(len(found) + 1, layer, follows, units, sources))
        return found

    @property
    def first_is_fed(self) -> bool:
        """Whether the first parameter of the module is that of its first Linear layer."""
        first = piece_from(self.watched.pieces[0]).parameters[0]
        return self.watched.parameters[0].name == first

    def find(self, name: str) -> Chosen:
        """Return the parameter of a name.

        Raises
        ------
        UnknownName: nothing is called so; what there is is told.
        """
        text = name.strip()
        match = INDEXED.fullmatch(text)
        if match is None:
            raise self.unknown(text)
        index = tuple(int(each) for each in match["index"].split(","))
        own = OWN.fullmatch(match["name"])
        if own is not None and own["letter"] in "Wwb":
            return self.of_linear(text, own["letter"].upper(), int(own["layer"]), index)
        if match["name"] not in self.trained:
            raise self.unknown(text)
        return self.of_parameter(text, self.trained[match["name"]], index)

    def of_linear(self, text: str, letter: str, layer: int, index: tuple[int, ...]) -> Chosen:
        """Return the weight or bias of a Linear layer."""
        if not 1 <= layer <= len(self.linears):
            raise self.unknown(text)
        own = self.linears[layer - 1].layer
        name = own.weight if letter == "W" else own.bias
        if name is None:
            raise self.unknown(text)
        return self.of_parameter(text, self.trained[name], index)

    def of_parameter(self, text: str, parameter: Trained, index: tuple[int, ...]) -> Chosen:
        """Return one entry of a parameter."""
        shape = parameter.shape
        fits = len(index) == len(shape) and all(
            at < size for at, size in zip(index, shape, strict=True)
        )
        if not fits:
            raise UnknownName(
                f"{parameter.name} has the shape ({', '.join(map(str, shape))}), so that"
                f" '{text}' is none of its entries; they count from 0"
            )
        place = np.array([np.ravel_multi_index(index, shape) if index else 0])
        for linear in self.linears:
            if parameter.name in (linear.layer.weight, linear.layer.bias):
                return self.entry(linear, parameter.name, index, place)
        symbol = Symbol(parameter.name, index=index)
        return Chosen(symbol.id, symbol, {parameter.name: place})

    def entry(self, linear: Linear, name: str, index: tuple[int, ...], place: Array) -> Chosen:
        """Return one weight or bias of a Linear layer."""
        bias = name == linear.layer.bias
        symbol = Symbol("b" if bias else "W", layer=linear.number, index=index)
        sources = slice(0) if bias else slice(index[1], index[1] + 1)
        units = slice(index[0], index[0] + 1)
        return Chosen(symbol.id, symbol, {name: place}, linear, units, sources, bias)

    # --- units and layers ------------------------------------------------------------------------

    def unit(self, name: str) -> Chosen:
        """Return what leads into a unit, a1[3]: unit 3 of the first Linear layer."""
        match = INDEXED.fullmatch(name.strip())
        own = OWN.fullmatch(match["name"]) if match else None
        number = int(own["layer"]) if own and own["letter"] in "aA" else 0
        if match is None or not 1 <= number <= len(self.linears):
            raise SettingError(
                f"unit takes a unit of a Linear layer, from a1[0] to a{len(self.linears)}[…], not"
                f" {name}"
            )
        linear, unit = self.linears[number - 1], int(match["index"].split(",")[0])
        if unit >= linear.units:
            raise SettingError(f"Linear layer {number} has {linear.units} units, from a{number}[0]")
        return self.block(linear, slice(unit, unit + 1), f"a{number}[{unit}]")

    def layer(self, number: object) -> Chosen:
        """Return all that leads into a Linear layer."""
        if not isinstance(number, int) or not 1 <= number <= len(self.linears):
            raise SettingError(
                f"layer takes a number from 1 to {len(self.linears)}, not {number!r}"
            )
        linear = self.linears[number - 1]
        return self.block(linear, slice(0, linear.units), f"layer {number}")

    def block(self, linear: Linear, units: slice, name: str) -> Chosen:
        """Return the weights into some units of a Linear layer, and their biases."""
        matrix = np.arange(linear.units * linear.sources).reshape(linear.units, linear.sources)
        places = {linear.layer.weight: matrix[units].ravel()}
        if linear.layer.bias is not None:
            places[linear.layer.bias] = np.arange(linear.units)[units]
        return Chosen(
            name, Symbol(name), places, linear, units, slice(0, linear.sources),
            linear.layer.bias is not None,
        )  # fmt: skip

    # --- the error -------------------------------------------------------------------------------

    def unknown(self, text: str) -> UnknownName:
        """Return the error for a name, with what is there."""
        if text in self.whole:
            entry = self.first(self.whole[text]).replace(self.whole[text], text)
            return UnknownName(f"'{text}' is a whole parameter; name an entry of it, as {entry}")
        near = get_close_matches(text.partition("[")[0], self.trained, n=1, cutoff=0.75)
        hint = "."
        if near:
            hint = f"; did you mean an entry of '{near[0]}', such as {self.first(near[0])}?"
        return UnknownName(
            f"no parameter is called '{text}'{hint} The module has {', '.join(self.known())}"
        )

    @property
    def whole(self) -> dict[str, str]:
        """The parameters by all their names, W1 and fc1.weight."""
        found = {name: name for name in self.trained}
        for linear in self.linears:
            found[f"W{linear.number}"] = linear.layer.weight
            if linear.layer.bias is not None:
                found[f"b{linear.number}"] = linear.layer.bias
        return found

    def first(self, name: str) -> str:
        """Return the first entry of a parameter."""
        return f"{name}[{','.join('0' for _ in self.trained[name].shape)}]"

    def known(self) -> Iterator[str]:
        """Yield what there is, in short."""
        inside = set()
        for linear in self.linears:
            n = linear.number
            yield f"W{n}[0..{linear.units - 1},0..{linear.sources - 1}] ({linear.layer.weight})"
            inside.add(linear.layer.weight)
            if linear.layer.bias is not None:
                yield f"b{n}[0..{linear.units - 1}] ({linear.layer.bias})"
                inside.add(linear.layer.bias)
        for name, each in self.trained.items():
            if name not in inside:
                yield f"{name}[{','.join(f'0..{size - 1}' for size in each.shape)}]"
