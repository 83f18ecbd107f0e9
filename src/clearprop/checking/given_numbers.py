"""The numbers that names are given first, sorted by what the names stand for.

Comes in: a solution. Goes out: its weights, biases, inputs and targets, each a number or a matrix
with two axes. A letter of units may be that of a bias too as long as weights are stated after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import OF_UNITS, fit_of, is_input, kind, may_be_weight
from clearprop.checking.layout import numbers_of
from clearprop.checking.numerals import has_names
from clearprop.checking.rules import value_at
from clearprop.checking.solution import Link, Matrix, Solution, Written
from clearprop.formulas.expressions import Call, Expression, Sum, Variable, children
from clearprop.network.parameters import Array

Arrays = Mapping[Key, Array]


@dataclass(frozen=True)
class Given:
    """What is given to a network by name; `possible_biases` are of letters for other things too."""

    weights: Arrays
    biases: Arrays
    inputs: Arrays
    targets: Arrays
    possible_biases: Arrays


def given_numbers(solution: Solution) -> Given:
    """Return the numbers of a solution by what their names stand for."""
    found: dict[str, dict[Key, Array]] = {of: {} for of in ("weight", "bias", "input", "target")}
    possible: dict[Key, Array] = {}
    of_units: dict[Key, Array] = {}
    for key, array in first_numbers(solution):
        of = kind_of(key)
        if of in found and not is_entry(key, found[of]):
            found[of][key] = array
        if of == "weight":
            possible |= of_units
        if of in OF_UNITS and not is_entry(key, of_units):
            of_units[key] = array
        if of in ("bias", "") and not is_entry(key, possible):
            possible[key] = array
    weights, biases, inputs, targets = found.values()
    if any(key[0].lower() != "y" for key in targets):
        targets = {key: array for key, array in targets.items() if key[0].lower() != "y"}
    return Given(weights, biases, inputs, targets, possible)


def first_numbers(solution: Solution) -> Iterator[tuple[Key, Array]]:
    """Yield each name that first stands before a number, a vector or a matrix, with that."""
    met: set[Key] = set()
    for chain in solution.chains:
        match chain.links:
            case (Link(tree=Variable(Written(new=False) as name)), *rest):
                key = key_of(name)
                array = array_of(rest[0].tree) if len(rest) == 1 and not is_part(name) else None
                if key not in met and array is not None and rest[0].relation == "=":
                    yield key, array
                met.add(key)


def is_part(name: Written) -> bool:
    """Return whether a name is that of an entry in brackets, W[2,1]; W^[2] is of a layer."""
    return "[" in name.text.replace("^[", "")


def array_of(tree: Expression | None) -> Array | None:
    """Return a number or a matrix of numbers, with two axes; None for a formula."""
    if tree is None:
        return None
    if isinstance(tree, Matrix):
        found = numbers_of(tree)
    else:
        number = None if has_names(tree) or has_sum(tree) else value_at(tree, {})
        found = np.array([[np.nan if number is None else number]])  # 3/5 too
    return found if np.isfinite(found).all() else None


def has_sum(tree: Expression) -> bool:
    """Return whether a number is computed: 0.5 + 0.1 is nothing that is given."""
    return isinstance(tree, Sum | Call) or any(map(has_sum, children(tree)))


def kind_of(key: Key) -> str:
    """Return what a stated name stands for: "weight", "bias", "input", "target", or another."""
    usual = kind(key)
    if is_input(key):
        return "input"
    if "target" in fit_of(key) and usual in ("target", "output"):
        return "target"
    return "weight" if usual != "bias" and may_be_weight(key) else usual


def is_entry(key: Key, arrays: Arrays) -> bool:
    """Return whether a name is that of an entry of a vector or matrix: W2_1 where W2 is one."""
    return any(
        other[0] == key[0] and other[2:] == key[2:] and key[1][: len(other[1])] == other[1]
        for other, array in arrays.items()
        if array.size > 1
    )
