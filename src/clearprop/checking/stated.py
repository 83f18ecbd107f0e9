"""The lesson that stated numbers make, where no formulas show how the units hang together.

Comes in: a solution. Goes out: weights, inputs and targets in the shapes of a network, in every way
that they can lie: W1 = [[0.3, 0.2]] by its rows and columns, w₁ = 0.3, w₂ = 0.2, … by their number
and what is said of the sizes. Which of the ways is meant is found in `proposing.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from clearprop.checking.given_numbers import Arrays, Given, given_numbers, kind_of
from clearprop.checking.keys import Key, key_of
from clearprop.checking.meanings import Meaning
from clearprop.checking.solution import Link, Solution, Written
from clearprop.checking.statements import NUMBER_WORDS, Statements
from clearprop.checking.written_biases import Biases, biases_in_sums
from clearprop.formulas.expressions import Variable
from clearprop.network.parameters import Array
from clearprop.network.quantities import Bias, Weight

MOST_UNITS = 10  # of a hidden layer that nothing is said of
SIZED = {"input": 0, "inputs": 0, "feature": 0, "features": 0, "hidden": 1, "output": 2,
         "outputs": 2, "class": 2, "classes": 2}  # fmt: skip
SIZE = re.compile(r"\d{1,3}")
SIZES = re.compile(r"(?<![\w.,-])\d{1,3}(?:\s?[-–→]\s?\d{1,3})+(?![\w.,-]*\d)")  # 2-2-1
MODULE = re.compile(r"\b(?:np|torch|tf)\.")
NO_WEIGHTS = "no weight's name stands before its number, as in w1 = 0.5 or W1 = [[0.5, 0.1]]"
NO_INPUTS = "no input's name stands before its number, as in x1 = 0.5 or x = (0.5, 1)"
REACH = 3  # words from a count to what it counts


@dataclass(frozen=True)
class Shaped:
    """Stated numbers as a network and its examples; `biases` has None for a layer without.

    `keys` are the names of all but the targets, `names` has what stands for one weight or bias.
    """

    weights: tuple[Array, ...]
    biases: Biases
    x: Array
    y: Array | None
    names: Mapping[Key, Meaning | None]
    keys: frozenset[Key]

    @property
    def sizes(self) -> list[int]:
        """The sizes of the layers, the inputs first."""
        return [self.x.shape[1], *map(len, self.weights)]


@dataclass(frozen=True)
class Stated:
    """The numbers that a solution gives its names before it computes anything with them."""

    solution: Solution
    statements: Statements

    @cached_property
    def given(self) -> Given:
        """The numbers by what their names stand for."""
        return given_numbers(self.solution)

    @property
    def missing(self) -> str:
        """What a network needs and is not stated, "" where nothing is missing."""
        if not self.given.weights:
            return self.unread or NO_WEIGHTS
        if not self.given.inputs:
            return self.unread or NO_INPUTS
        return ""

    @cached_property
    def unread(self) -> str:
        """The first weight, bias, input or target whose number could not be read, and why."""
        for chain in self.solution.chains:
            match chain.links:
                case (Link(tree=Variable(Written(new=False) as name)), Link(tree=None) as link):
                    is_given = kind_of(key_of(name)) in ("weight", "bias", "input", "target")
                    if is_given and link.problem:
                        return f"{name.text} could not be read, as {link.problem}"
        return ""

    # --- examples --------------------------------------------------------------------------------

    def examples(self) -> Iterator[Array]:
        """Yield the inputs in each way that they can lie, shape (examples, inputs)."""
        arrays = list(self.given.inputs.values())
        if not arrays:
            return
        if all(array.size == 1 for array in arrays):
            yield from in_rows(self.given.inputs)
        elif len(arrays) > 1 and len({array.size for array in arrays}) == 1:
            yield np.array([array.ravel() for array in arrays])
        elif len(arrays) == 1 and 1 in arrays[0].shape:
            yield arrays[0].reshape(1, -1)
            yield arrays[0].reshape(-1, 1)
        elif len(arrays) == 1:
            yield arrays[0]
            yield arrays[0].T

    def targets_of(self, examples: int, outputs: int) -> Array | None:
        """Return the targets, shape (examples, outputs); None where they are not stated."""
        arrays = list(self.given.targets.values())
        if self.are_classes(examples, outputs):
            return np.asarray(np.eye(outputs)[arrays[0].astype(int).ravel()])
        if sum(array.size for array in arrays) != examples * outputs:
            return None
        if all(array.size == 1 for array in arrays):
            rows = next(in_rows(self.given.targets), None)
            if rows is not None:
                return rows if rows.shape == (examples, outputs) else None
        if len(arrays) == 1 and arrays[0].shape == (outputs, examples):
            return arrays[0].T
        return np.concatenate([array.ravel() for array in arrays]).reshape(examples, outputs)

    def are_classes(self, examples: int, outputs: int) -> bool:
        """Return whether the target is the number of the right output, as in code."""
        is_code = any(map(MODULE.search, self.solution.lines))
        match list(self.given.targets.values()):
            case [array] if is_code and array.size == examples and outputs > 1:
                return bool(np.isin(array, np.arange(outputs)).all())
        return False

    # --- layers ----------------------------------------------------------------------------------

    def ways(self) -> Iterator[Shaped]:
        """Yield each network that the numbers can be, once."""
        met: set[tuple[object, ...]] = set()
        for x in self.examples():
            for by_inputs in (False, True):
                for weights in self.layers(x, by_inputs):
                    for named, biases in self.ways_of_biases(weights, x):
                        same = tuple(map(values_of, (x, *weights, *biases)))
                        if same not in met:
                            met.add(same)
                            yield self.shaped(x, weights, named, biases, by_inputs)

    def shaped(
        self,
        x: Array,
        weights: tuple[Array, ...],
        named: Arrays,
        biases: Biases,
        by_inputs: bool,
    ) -> Shaped:
        """Return a network of some numbers with the names that they have."""
        y = self.targets_of(len(x), len(weights[-1]))
        names = self.names_of(named, weights, by_inputs)
        if self.are_classes(len(x), len(weights[-1])):
            names |= dict.fromkeys(self.given.targets)  # no quantity of ours
        keys = frozenset({*self.given.weights, *named, *self.given.inputs})
        return Shaped(weights, biases, x, y, names, keys)

    def ways_of_biases(self, weights: Sequence[Array], x: Array) -> Iterator[tuple[Arrays, Biases]]:
        """Yield the biases that the layers can have, each with those that are stated by a name.

        Where they are stated, a sum without them is a mistake.
        """
        is_stated = False
        for named in (self.given.possible_biases, self.given.biases):
            biases = self.biases_of(named, list(map(len, weights)))
            if biases is not None:
                yield named, biases
                is_stated |= named is self.given.biases and bool(named)
        written = None if is_stated else biases_in_sums(self.solution.chains, weights, x)
        if written is not None:
            yield {}, written

    def layers(self, x: Array, by_inputs: bool) -> Iterator[tuple[Array, ...]]:
        """Yield the weights of the layers, each of shape (units, inputs).

        `x` has the inputs, a row for each example. `by_inputs` says whether the rows of a square
        matrix belong to the inputs, and whether single weights are listed by the input they are of.
        """
        arrays, (examples, inputs) = list(self.in_order(self.given.weights)), x.shape
        if any(array.size > 1 for array in arrays):
            if (found := upright(arrays, inputs, by_inputs)) is not None:
                yield found
            return
        numbers = np.array([array.item() for array in arrays])
        for sizes in self.sizes(inputs, len(numbers), examples):
            if self.joins([inputs, *sizes], by_inputs):
                yield tuple(parted(numbers, [inputs, *sizes], by_inputs))

    @cached_property
    def ends(self) -> list[tuple[str, str]]:
        """Where each weight comes from and leads to, none where a table does not say it of all."""
        ends = {key_of(name): (source, unit) for name, source, unit in self.solution.ends}
        found = [ends[key] for key in self.given.weights if key in ends]
        return found if len(found) == len(self.given.weights) else []

    def joins(self, sizes: Sequence[int], by_inputs: bool) -> bool:
        """Return whether weights that lie so join what they are said to join."""
        return not self.ends or all(
            len({self.ends[place][end] for place in row}) == 1
            for layer in parted(np.arange(len(self.ends)), sizes, by_inputs)
            for end, rows in ((1, layer), (0, layer.T))
            for row in rows
        )

    def sizes(self, inputs: int, weights: int, examples: int) -> Iterator[list[int]]:
        """Yield the sizes of the layers above the inputs that have a number of weights.

        Those that names tell or that are said come first; else at most one hidden layer is tried.
        """
        if (marked := self.sizes_marked(inputs)) is not None:
            yield marked
            return
        for said in self.sizes_said:
            if said[0] == inputs and count_of(said) == weights:
                yield said[1:]
                return
        outputs = sum(array.size for array in self.given.targets.values()) // examples or 1
        if inputs * outputs == weights:
            yield [outputs]
        hidden, rest = divmod(weights, inputs + outputs)
        if not rest and 1 <= hidden <= MOST_UNITS:
            yield [hidden, outputs]

    def sizes_marked(self, inputs: int) -> list[int] | None:
        """Return the sizes above the inputs where weights have layers above them: w^{(2)}_{11}."""
        counts = Counter(re.sub(r"\D", "", key[2]) for key in self.given.weights)
        if "" in counts or len(counts) < 2:
            return None
        sizes, below = [], inputs
        for _, count in sorted(counts.items(), key=lambda item: int(item[0])):
            units, rest = divmod(count, below)
            if rest:
                return None
            sizes.append(units)
            below = units
        return sizes

    @property
    def sizes_said(self) -> Iterator[list[int]]:
        """Yield the sizes of all layers as they are said: 2-2-1, or two inputs, two hidden …"""
        for line in self.solution.lines:
            for found in SIZES.finditer(line):
                yield [int(size) for size in SIZE.findall(found[0])]
        for words in self.statements.words:
            sizes = list(sizes_in(words))
            places = [place for place, _ in sizes]
            if places == sorted(places) and {0, 2} <= set(places):
                yield [size for _, size in sizes]

    def biases_of(self, named: Arrays, units: list[int]) -> Biases | None:
        """Return the biases of the layers; None where they do not fit. Units may share one."""
        arrays = list(self.in_order(named))
        if not arrays:
            return (None,) * len(units)
        numbers = sorted(layer_numbers(named))
        fewer = len(numbers) < len(units)  # a layer has none: the numbers tell which
        places = [number - 1 for number in numbers] if numbers and fewer else range(len(arrays))
        pairs = list(zip(places, arrays, strict=True))
        if all(0 <= at < len(units) and array.size in (1, units[at]) for at, array in pairs):
            found = {at: np.resize(array, units[at]) for at, array in pairs}
            if numbers or len(found) == len(units):
                return tuple(map(found.get, range(len(units))))
        if len(arrays) == sum(units) and all(array.size == 1 for array in arrays):
            each = np.array([array.item() for array in arrays])
            return tuple(np.split(each, np.cumsum(units)[:-1]))
        return None

    def names_of(
        self, biases: Arrays, weights: Sequence[Array], by_inputs: bool
    ) -> dict[Key, Meaning | None]:
        """Return what the names of single weights and biases mean, as far as each has its own."""
        found: dict[Key, Meaning | None] = {}
        if all(array.size == 1 for array in self.given.weights.values()):
            sizes, keys = [weights[0].shape[1], *map(len, weights)], list(self.given.weights)
            for layer, places in enumerate(parted(np.arange(len(keys)), sizes, by_inputs), start=1):
                for (unit, source), place in np.ndenumerate(places):
                    found[keys[place]] = Variable(Weight(layer, unit, source))
        units = [
            Bias(layer, unit) for layer, row in enumerate(weights, 1) for unit in range(len(row))
        ]
        if len(units) == len(biases) and all(array.size == 1 for array in biases.values()):
            found |= {key: Variable(bias) for key, bias in zip(biases, units, strict=True)}
        return found

    def in_order(self, arrays: Arrays) -> Iterator[Array]:
        """Yield arrays by the number of their layer where each has one, else as they stand."""
        numbers = layer_numbers(arrays)
        if numbers and any(array.size > 1 for array in arrays.values()):
            by_layer = sorted(zip(numbers, arrays, strict=True))
            yield from (arrays[key] for _, key in by_layer)
        else:
            yield from arrays.values()


# --- numbers in their order ----------------------------------------------------------------------


def layer_numbers(arrays: Arrays) -> list[int]:
    """Return the layers that some names have behind or above them; none where one has no number."""
    texts = [re.sub(r"\D", "", key[2]) or "".join(key[1]) for key in arrays]
    is_number = all(map(SIZE.fullmatch, texts)) and len(set(texts)) == len(texts)
    return [int(text) for text in texts] if is_number else []


def in_rows(arrays: Arrays) -> Iterator[Array]:
    """Yield single numbers with a row for each example: x1@1 and x1@2, or of one without any."""
    rows: dict[int | None, list[float]] = {}
    for key, array in arrays.items():
        rows.setdefault(key[3], []).append(array.item())
    if len({len(row) for row in rows.values()}) == 1:
        yield np.array(list(rows.values()))


def sizes_in(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the sizes that a line gives, each with its place: 0 inputs, 1 hidden, 2 outputs."""
    at = 0
    while at < len(words):
        count = NUMBER_WORDS.get(words[at], int(words[at]) if SIZE.fullmatch(words[at]) else 0)
        if count:
            for place in range(at + 1, min(at + 1 + REACH, len(words))):
                if words[place] in SIZED:
                    yield SIZED[words[place]], count
                    at = place
                    break
        at += 1


def values_of(array: Array | None) -> tuple[object, ...] | None:
    """Return what two arrays have in common where they are the same."""
    return None if array is None else (array.shape, *array.ravel().tolist())


def count_of(sizes: Sequence[int]) -> int:
    """Return how many weights layers of some sizes have.

    >>> count_of([2, 3, 1])
    9
    """
    return sum(below * above for below, above in pairwise(sizes))


def upright(arrays: Sequence[Array], inputs: int, by_inputs: bool) -> tuple[Array, ...] | None:
    """Return matrices with a row for each unit; None where they do not go on one another."""
    found = []
    for array in arrays:
        rows, columns = array.shape
        straight, turned = columns == inputs, rows == inputs
        if not straight and not turned:
            return None
        found.append(array.T if turned and (by_inputs or not straight) else array)
        inputs = len(found[-1])
    return tuple(found)


def parted(numbers: Array, sizes: Sequence[int], by_inputs: bool) -> Iterator[Array]:
    """Yield the weights of each layer out of all of them, in the order that they are listed in."""
    start = 0
    for below, above in pairwise(sizes):
        part = numbers[start : start + below * above]
        yield part.reshape(below, above).T if by_inputs else part.reshape(above, below)
        start += below * above
