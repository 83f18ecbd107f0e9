"""The lesson that a solution tells itself: its network, its numbers, how it learns.

Comes in: a solution. Goes out: a lesson with what each name means in it, or None where the text
does not say enough. Structure comes from the formulas (`structure.py`), numbers from what is merely
stated (w₁ = 0.5) or put into a formula (w₁x₁ = 0.5 × 1). What is left open (which loss, where no
formula says it) is chosen so that most of the printed values come out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import cached_property
from itertools import islice, pairwise, permutations, product

import numpy as np

from clearprop.checking.agreement import best_of, formulas_that_hold, values_that_come_out
from clearprop.checking.gaps import NO_GAPS, Gaps
from clearprop.checking.keys import Key, key_of
from clearprop.checking.learning import HUBER_DELTA, LearningTold
from clearprop.checking.letters import LETTERS
from clearprop.checking.meanings import Meaning, Meanings, is_given
from clearprop.checking.numerals import number_of
from clearprop.checking.put_in import put_in_place
from clearprop.checking.rules import OWN, losses_that_fit, written_names
from clearprop.checking.solution import Solution, Written
from clearprop.checking.statements import Statements
from clearprop.checking.structure import Structure, Unit, in_order, sorted_products
from clearprop.checking.units import Reader, subject_of
from clearprop.errors import ClearpropError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.expressions import Expression, Variable, replace
from clearprop.formulas.losses import LOSSES
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.network.quantities import (
    Activation,
    Bias,
    NetInput,
    Target,
    Weight,
)

COUNTS = ("m", "n", "N", "M")  # of examples or outputs: no targets
MOST_ORDERS = 300  # of the units of all layers together


@dataclass(frozen=True)
class Told:
    """A lesson with what the names of a solution mean in it.

    What the solution does not say, such as targets where it only passes forward, is among its
    `gaps`: what the lesson has in its place is of no account, nor is anything that follows from it.
    """

    lesson: Lesson
    names: Mapping[Key, Meaning | None]
    gaps: Gaps = NO_GAPS


def understood(solution: Solution) -> Told | None:
    """Return the lesson of a solution and the meaning of its names; None where it tells none."""
    reader = Reader(solution)
    structure = reader.structure()
    if structure is None:
        return None
    teller = Teller(solution, reader, structure, numbers_put_in(solution))
    tried = list(teller.lessons())
    scored = [(score, told.lesson) for score, told in tried]

    def formulas(place: int) -> int:
        told = tried[place][1]
        return formulas_that_hold(solution, told.lesson, told.names)

    best = best_of(scored, bool(teller.targets), formulas)
    if best is None:
        return None
    place, is_told = best
    _, told = tried[place]
    if reader.lacks(told.names, told.lesson.parameters.vector.tolist()):
        return None
    return told if is_told else replace_fields(told, gaps=told.gaps.and_also("no loss"))


def matched(solution: Solution, lesson: Lesson) -> Mapping[Key, Meaning]:
    """Return what names mean in a given lesson, by the structure of a solution's formulas.

    The last layers may be missing. Units of a layer may stand in another order than the lesson's:
    the order counts in which every number that the solution states is the lesson's. There may be
    none; then nothing is returned.
    """
    reader = Reader(solution)
    structure = reader.structure()
    if structure is None:
        return {}
    sizes = sizes_of(structure)
    if sizes != lesson.network.layers[: len(sizes)] or len(structure.examples) > len(lesson.x):
        return {}
    meanings = Meanings.of(lesson)
    put_in = numbers_put_in(solution)
    for order in orders(structure):
        teller = Teller(solution, reader, order, put_in)
        known = teller.meanings(lesson)
        values = [(teller.stated.get(key), meaning) for key, meaning in known.items()]
        stated = [(value, m) for value, m in values if value is not None and is_given(m)]
        if not all(meanings.has(m) for _, m in stated):  # such as a bias of a layer without
            continue
        if stated and all(abs(v - meanings.exact(m)) <= 1e-9 * abs(v) for v, m in stated):
            return known
    return {}


def sizes_of(structure: Structure) -> tuple[int, ...]:
    """Return the layer sizes of a structure."""
    return (len(structure.inputs), *map(len, structure.layers))


def orders(structure: Structure) -> Iterator[Structure]:
    """Yield a structure with the units of its layers in each order, as it stands first."""
    rows = [permutations(range(size)) for size in sizes_of(structure)]
    for inputs, *layers in islice(product(*rows), MOST_ORDERS):
        yield in_another_order(structure, inputs, layers)


def in_another_order(
    structure: Structure, inputs: Sequence[int], layers: Sequence[Sequence[int]]
) -> Structure:
    """Return a structure with its inputs and units in another order."""
    below, rows = tuple(structure.inputs[place] for place in inputs), []
    names = below
    for row, order in zip(structure.layers, layers, strict=True):
        units = tuple(sorted_products(row[place], list(names)) for place in order)
        rows.append(units)
        names = tuple(unit.name for unit in units)
    return Structure(below, tuple(rows), structure.examples)


def numbers_put_in(solution: Solution) -> dict[Key, float]:
    """Return the numbers that stand in a formula in the place of names."""
    found: dict[Key, float] = {}
    for chain in solution.chains:
        for left, right in pairwise(chain.links):
            if left.tree is not None and right.tree is not None:
                for name, value in put_in_place(left.tree, right.tree):
                    found.setdefault(key_of(name), value)
    return found


@dataclass
class Teller:
    """Finds numbers and rules for a structure."""

    solution: Solution
    reader: Reader
    structure: Structure
    put_in: Mapping[Key, float]

    def lessons(self) -> Iterator[tuple[int, Told]]:
        """Yield the lessons that fit, each with how many printed values come out."""
        losses = [self.loss] if self.loss else self.learning.losses(self.activations[-1])
        tried = list(self.learning.ways(losses, self.reductions))
        for learning in tried:
            try:
                lesson = self.lesson(learning)
            except (ClearpropError, KeyError):
                continue
            known = self.learning.names_for(learning) | self.meanings(lesson)
            alone = len(tried) == 1  # there is nothing to compare
            score = 0 if alone else values_that_come_out(self.solution, lesson, known)
            yield score, Told(lesson, known, self.gaps)

    @cached_property
    def learning(self) -> LearningTold:
        """How the solution says it learns."""
        return LearningTold(self.solution, self.statements, self.stated)

    @cached_property
    def statements(self) -> Statements:
        """What the solution says in words."""
        return self.reader.statements

    @cached_property
    def gaps(self) -> Gaps:
        """What the solution leaves open."""
        found = set(self.learning.gaps) | (set() if self.targets else {"targets"})
        return Gaps(frozenset(found - {"loss"} if self.loss else found))

    # --- numbers ---------------------------------------------------------------------------------

    @cached_property
    def stated(self) -> dict[Key, float]:
        """The numbers that names are given: stated, or put in their place in a formula."""
        stated: dict[Key, float] = {}
        for chain in self.solution.chains:
            subject = subject_of(chain)
            text = number_of(chain.links[-1].tree)
            key = None if subject is None or subject.new else key_of(subject)
            alone = len(chain.links) == 2 or key in self.structure.inputs  # a¹ = x = 1
            if key is not None and alone and text is not None:
                stated.setdefault(key, float(text))
        return {**self.put_in, **stated, **self.reader.numbers}

    def number(self, key: Key, example: int | None = None) -> float:
        """Return a name's number, in one of the examples; KeyError where there is none."""
        for at in (example, key[3], None):
            found = self.stated.get((key[0], key[1], key[2], at))
            if found is not None:
                return found
        raise KeyError(key)

    @cached_property
    def outputs(self) -> list[Key]:
        """The names of the outputs."""
        return [unit.name for unit in self.structure.layers[-1]]

    @cached_property
    def targets(self) -> list[Key]:
        """The names of the targets, in the order of the outputs."""
        structure = self.structure
        units = [unit for layer in structure.layers for unit in layer]
        taken = {unit.name for unit in units} | {unit.net.name for unit in units}
        taken |= set(structure.inputs) | {unit.net.bias for unit in units}
        taken |= {weight for unit in units for weight, _ in unit.net.products}
        taken |= {HUBER_DELTA} if self.statements.huber_delta else set()
        first = structure.examples[0]
        found = [
            key
            for key in dict.fromkeys((*self.stated, *self.used_in_loss))
            if key not in taken and key[3] in (None, first)
            if key[0] not in COUNTS
            if "target" in LETTERS.get(key[0], {}) or key in self.used_in_loss
            if key in self.stated and not {"rate", "loss"} & set(LETTERS.get(key[0], {}))
        ]
        wanted = len(self.outputs)
        in_loss = [key for key in found if key in self.used_in_loss]
        return in_order(in_loss if len(in_loss) == wanted else found)[:wanted]

    @cached_property
    def used_in_loss(self) -> list[Key]:
        """The names in the formulas of the loss."""
        return list(
            dict.fromkeys(key_of(n) for tree in self.loss_trees for n in written_names(tree))
        )

    @cached_property
    def loss_trees(self) -> list[Expression]:
        """The formulas that the loss is given, definitions put in down to outputs and targets."""
        found = []
        stop = set(self.outputs)
        for key, trees in self.reader.definitions.items():
            if {"loss"} & set(LETTERS.get(key[0], {})) and key[3] in (
                None,
                self.structure.examples[0],
            ):
                found += [self.down_to(tree, stop) for tree in trees]
        return found

    def down_to(self, tree: Expression, stop: set[Key], depth: int = 0) -> Expression:
        """Return a formula with definitions put in, but for some names."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written() as name) if key_of(name) not in stop:
                    trees = self.reader.definitions.get(key_of(name), [])
                    if trees and depth < 4:
                        return self.down_to(trees[0], stop, depth + 1)
            return None

        return replace(tree, change)

    # --- rules -----------------------------------------------------------------------------------

    @property
    def rules(self) -> dict[str, str]:
        """The rules that the document names by clearprop's own names."""
        return self.statements.rules

    @cached_property
    def loss(self) -> str | None:
        """The loss, by its formula or in words; None where the solution says neither."""
        words: list[str] = re.findall(r"\w+", self.rules.get("loss", ""))
        if name := next((word for word in words if word in LOSSES), None):
            return name
        if len(self.targets) == len(self.outputs):
            for tree in self.loss_trees:
                for name in losses_that_fit(tree, self.outputs, self.targets):
                    return name
        return None

    @cached_property
    def activations(self) -> list[str]:
        """The activation of each layer."""
        words = re.findall(r"\w+", self.rules.get("acti", ""))
        said = [word for word in words if word in ACTIVATIONS]
        layers = self.structure.layers
        return said if len(said) == len(layers) else list(map(self.activation, layers))

    def activation(self, layer: Sequence[Unit]) -> str:
        """Return the activation of a layer: by its formulas, else in words, else the sigmoid."""
        found = layer[0].activation
        if found != OWN:
            return found
        is_output = layer is self.structure.layers[-1]
        return self.statements.activation(is_output) or "sigmoid"

    @property
    def reductions(self) -> list[str]:
        """How the examples' losses may be joined."""
        said = re.findall(r"\b(mean|sum) over\b", self.rules.get("loss", ""))
        return said[:1] or ["mean", "sum"][: len(self.structure.examples)]

    def lesson(self, learning: Learning) -> Lesson:
        """Return the lesson for a way to learn; KeyError where a number is missing."""
        structure = self.structure
        layers, examples = structure.layers, structure.examples
        biases = [any(unit.net.bias for unit in layer) for layer in layers]
        network = Network(
            [len(structure.inputs), *map(len, layers)],
            self.activations,
            biases=biases,
            constants=self.statements.constants,
        )
        parameters = Parameters.of(
            network,
            [[[self.number(w) for w, _ in unit.net.products] for unit in row] for row in layers],
            [
                [self.bias(unit) for unit in row] if has else None
                for row, has in zip(layers, biases, strict=True)
            ],
        )
        return Lesson(
            parameters,
            np.array([[self.number(key, k) for key in structure.inputs] for k in examples]),
            np.array([self.target_numbers(k) for k in examples]),
            learning,
        )

    def target_numbers(self, example: int | None) -> list[float]:
        """Return the targets of an example; where none are given, some that any loss takes."""
        if self.targets:
            return [self.number(key, example) for key in self.targets]
        return [1.0, *[0.0] * (len(self.outputs) - 1)]

    def bias(self, unit: Unit) -> float:
        """Return a unit's bias, 0 where it has none."""
        if unit.net.bias is None:
            return 0.0
        value = self.number(unit.net.bias)
        return -value if unit.net.threshold else value

    # --- what the names mean ---------------------------------------------------------------------

    def meanings(self, lesson: Lesson) -> dict[Key, Meaning]:
        """Return the meaning of each name of the structure."""
        found: dict[Key, Meaning] = {}

        def put(key: Key | None, meaning: Meaning) -> None:
            if key is not None and not key[2].startswith("#"):  # of a weight without a name
                found.setdefault(key, meaning)

        for place, example in enumerate(self.structure.examples):

            def at(key: Key | None, example: int | None = example) -> Key | None:
                return key if key is None or example is None else (*key[:3], example)

            for source, key in enumerate(self.structure.inputs):
                put(at(key), Variable(Activation(0, source, place)))
            whole = len(self.structure.layers) == lesson.network.depth
            for output, key in enumerate(self.targets if whole else []):
                put(at(key), Variable(Target(output, place)))
            for layer, row in enumerate(self.structure.layers, start=1):
                for number, unit in enumerate(row):
                    put(at(unit.net.name), Variable(NetInput(layer, number, place)))
                    put(at(unit.name), Variable(Activation(layer, number, place)))
        for layer, row in enumerate(self.structure.layers, start=1):
            for number, unit in enumerate(row):
                for source, (key, _) in enumerate(unit.net.products):
                    put(key, Variable(Weight(layer, number, source)))
                bias = Variable(Bias(layer, number))
                put(unit.net.bias, -bias if unit.net.threshold else bias)
        return found
