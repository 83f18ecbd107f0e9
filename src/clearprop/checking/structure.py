"""A network as a solution writes it: units in layers, by the names that their formulas have.

Comes in: units found in formulas (`units.py`). Goes out: a `Structure`, None where they do not make
a network of full layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clearprop.checking.keys import Key


@dataclass(frozen=True)
class Net:
    """A net input as written: its name (None inside its activation), weights with sources, bias."""

    name: Key | None
    products: tuple[tuple[Key, Key], ...]  # weight, source
    bias: Key | None
    threshold: bool = False  # the bias is taken off


@dataclass(frozen=True)
class Unit:
    """A unit as written: the name of its activation, its net input, its activation function."""

    name: Key
    net: Net
    activation: str


@dataclass(frozen=True)
class Structure:
    """A network as written, layer by layer, and how often it is worked (examples)."""

    inputs: tuple[Key, ...]
    layers: tuple[tuple[Unit, ...], ...]
    examples: tuple[int | None, ...] = (None,)


def worked_examples(defined: Iterable[Key], inputs: Iterable[Key]) -> tuple[int, ...]:
    """Return the examples that have formulas; with their own inputs the later ones need none."""
    found = {key[3] for key in defined if key[3] is not None}
    of_each: dict[int, set[Key]] = {}
    for letter, marks, above, example in inputs:
        if example is not None:
            of_each.setdefault(example, set()).add((letter, marks, above, None))
    if found and (wanted := of_each.get(min(found))):
        found |= {k for k, own in of_each.items() if k > min(found) and wanted <= own}
    return tuple(sorted(found))


def natural(key: Key) -> tuple[object, ...]:
    """Return what sorts names as people count: h2 before h10."""
    text = " ".join((*key[1], key[2]))
    parts = re.findall(r"\d+|\D+", text)
    numbers = [part.lstrip("0") if part.isdigit() else None for part in parts]
    return tuple(
        (1, 0, part) if number is None else (0, len(number), number)
        for part, number in zip(parts, numbers, strict=True)
    )


def in_order(keys: list[Key]) -> list[Key]:
    """Return names by their numbers where one letter numbers them all, else as they came."""
    same = len({(key[0], re.sub(r"\d+", "", " ".join(key[1]))) for key in keys}) == 1
    return sorted(keys, key=natural) if same else keys


def layered(units: dict[Key, Unit], examples: tuple[int | None, ...]) -> Structure | None:
    """Return units in layers, None where they do not make a network of full layers."""
    units = {name: with_source_known(unit, units) for name, unit in units.items()}
    units = without_parts(units)
    depths: dict[Key, int] = {}

    def depth(key: Key, open_: tuple[Key, ...] = ()) -> int:
        if key not in units or key in open_:
            return 0
        if key not in depths:
            sources = [source for _, source in units[key].net.products]
            depths[key] = 1 + max(depth(source, (*open_, key)) for source in sources)
        return depths[key]

    rows: dict[int, list[Key]] = {}
    for key in units:
        rows.setdefault(depth(key), []).append(key)
    inputs = list(
        dict.fromkeys(
            source
            for unit in units.values()
            for _, source in unit.net.products
            if source not in units
        )
    )
    below, layers = in_order(inputs), []
    for level in range(1, max(rows) + 1):
        row = [units[key] for key in in_order(rows.get(level, []))]
        for unit in row:
            if {source for _, source in unit.net.products} != set(below):
                return None
        layers.append(tuple(sorted_products(unit, below) for unit in row))
        below = [unit.name for unit in row]
    return Structure(tuple(in_order(inputs)), tuple(layers), examples)


def without_parts(units: dict[Key, Unit]) -> dict[Key, Unit]:
    """Return the units without steps inside an activation, such as the gate g of h = z × g."""
    sources = {source for unit in units.values() for _, source in unit.net.products}
    nets = [unit.net.name for unit in units.values()]
    own = {key for key in units if key in sources}
    taken = {units[key].net.name for key in own} - {None}
    last = {unit.net.name: key for key, unit in units.items()}  # of outputs, which are no sources
    return {
        key: unit
        for key, unit in units.items()
        if key in own
        or nets.count(unit.net.name) == 1
        or (unit.net.name not in taken and (unit.net.name is None or last[unit.net.name] == key))
    }


def with_source_known(unit: Unit, units: Mapping[Key, Unit]) -> Unit:
    """Return a unit with its products turned so that a unit's activation is the source."""
    pairs = tuple(
        (second, first) if first in units and second not in units else (first, second)
        for first, second in unit.net.products
    )
    net = unit.net
    return Unit(unit.name, Net(net.name, pairs, net.bias, net.threshold), unit.activation)


def sorted_products(unit: Unit, sources: list[Key]) -> Unit:
    """Return a unit with its products in the order of the layer below."""
    pairs = tuple(sorted(unit.net.products, key=lambda pair: sources.index(pair[1])))
    net = unit.net
    return Unit(unit.name, Net(net.name, pairs, net.bias, net.threshold), unit.activation)
