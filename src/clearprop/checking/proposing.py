"""The network that a solution's stated numbers mean: the one whose values it prints.

Comes in: a solution that does not show how its network is built. Goes out: a lesson, or what it
lacks. Every way the numbers can lie and every rule that is not said in words is tried; the values
that the solution prints decide, whatever names it gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from clearprop.backprop.backpropagation import (
    backward_pass,
    first_state,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.checking.agreement import OF_LOSS
from clearprop.checking.gaps import NO_GAPS, Gaps
from clearprop.checking.intervals import Interval, cut_to, left_open, widened
from clearprop.checking.keys import Key
from clearprop.checking.learning import LearningTold
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import has_many_digits, number_of
from clearprop.checking.solution import Matrix, Solution
from clearprop.checking.stated import Shaped, Stated, first_numbers
from clearprop.checking.statements import Statements
from clearprop.errors import ClearpropError
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.expressions import Expression
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters

USUAL_HIDDEN = ("sigmoid", "tanh", "relu")
USUAL_OUTPUTS = ("sigmoid", "identity", "softmax", "tanh", "relu")
ENOUGH = 1 / 2  # of the values of the forward pass have to be printed
ENOUGH_SAID = 1 / 3  # where its activations are said: others may be wrong from the first mistake on
FEWEST = 2  # such values
NOT_PRINTED = "as far as the numbers were read, {} units do not give the values that are printed"
NO_LOSS = "no loss that is said goes with the outputs and targets that are given"
NO_NETWORK = "as far as the numbers were read, they do not fit together as weights of a network"


@dataclass(frozen=True)
class Proposal:
    """A lesson, what some names mean in it and what stays open; without, what is lacking for it."""

    lesson: Lesson | None
    names: Mapping[Key, Meaning | None] = field(default_factory=dict)
    gaps: Gaps = NO_GAPS
    missing: str = ""


def proposed(solution: Solution) -> Proposal:
    """Return the lesson whose values a solution prints, or why there is none."""
    proposer = Proposer(solution)
    if missing := proposer.stated.missing:
        return Proposal(None, missing=missing)
    ways = list(proposer.stated.ways())
    if not ways:
        return Proposal(None, missing=proposer.stated.unread or NO_NETWORK)
    found = proposer.network(ways)
    if found is None:
        pairs = proposer.activations(ways[0])
        names = " or ".join(dict.fromkeys(one or other for one, other in pairs))
        return Proposal(None, missing=proposer.stated.unread or NOT_PRINTED.format(names))
    lesson, shaped = proposer.learning(*found), found[1]
    if lesson is None:
        return Proposal(None, missing=NO_LOSS)
    return Proposal(lesson, shaped.names, proposer.gaps(shaped))


@dataclass
class Proposer:
    """Tries the networks and the ways to learn that a solution's numbers can be of."""

    solution: Solution

    @cached_property
    def statements(self) -> Statements:
        """What the solution says in words."""
        return Statements(self.solution.lines)

    @cached_property
    def stated(self) -> Stated:
        """The numbers that it gives its names."""
        return Stated(self.solution, self.statements)

    @cached_property
    def told(self) -> LearningTold:
        """How it says it learns."""
        stated = {key: array.item() for key, array in self.numbers if array.size == 1}
        return LearningTold(self.solution, self.statements, stated)

    @cached_property
    def numbers(self) -> list[tuple[Key, Array]]:
        """What is stated, whatever it is of."""
        return list(first_numbers(self.solution))

    @cached_property
    def printed(self) -> Array:
        """What the printed numbers leave open, shape (numbers, 2).

        In each row the lowest value that a number leaves open, in order, and the highest that it or
        one before does. One of few digits can be anything: it stands for itself.
        """
        texts = {
            text
            for chain in self.solution.chains
            for link in chain.links[1:]
            for text in numbers_in(link.tree)
        }
        ways = [way for text in texts if has_many_digits(text) for way in ways_to_round(text)]
        ways += [around(float(text)) for text in texts if not has_many_digits(text)]
        low, high = np.array(sorted((way.low, way.high) for way in ways)).reshape(-1, 2).T
        return np.column_stack([low, np.maximum.accumulate(high)])

    def comes_out(self, values: Array) -> Array:
        """Return which of some values are printed, shape (values,)."""
        if not len(self.printed):
            return np.zeros(len(values), dtype=bool)
        low, high = self.printed.T
        place = np.searchsorted(low, values, side="right") - 1  # of the last that begins below
        return np.asarray((place >= 0) & (high[place] >= values))

    # --- the network -----------------------------------------------------------------------------

    def network(self, ways: Iterable[Shaped]) -> tuple[Parameters, Shaped] | None:
        """Return the network most of whose values are printed, None where these are few."""
        best = 0
        found: tuple[Parameters, Shaped] | None = None
        given = np.concatenate([array.ravel() for _, array in self.numbers])
        for shaped in ways:
            for parameters in self.networks(shaped):
                forward = forward_pass(parameters, shaped.x)
                layers = [*forward.z, *forward.a[1:]]
                values = np.unique(np.concatenate([layer.ravel() for layer in layers]))
                values = values[~np.isin(values, [0, 1, *given])]
                count = int(self.comes_out(values).sum())
                if count < self.fewest(parameters.network, len(values)):
                    continue
                score = 2 * count - len(values)  # those that are printed less those that are not
                if found is None or score > best:
                    best, found = score, (parameters, shaped)
        return found

    def fewest(self, network: Network, values: int) -> float:
        """Return how many of the values of a forward pass have to be printed, at least."""
        are_said = all(
            self.statements.activation(layer == network.depth) == network.activation(layer)
            for layer in network.layer_numbers
        )
        share = ENOUGH_SAID if are_said else ENOUGH
        return max(1 if are_said and network.depth == 1 else FEWEST, share * values)

    def networks(self, shaped: Shaped) -> Iterator[Parameters]:
        """Yield the networks of some numbers, with every activation that they can have."""
        biases = [bias is not None for bias in shaped.biases]
        for hidden, outputs in self.activations(shaped):
            names = [hidden] * (len(shaped.weights) - 1) + [outputs]
            with suppress(ClearpropError):  # such as 10²⁰⁰ where a weight should be
                constants = self.statements.constants
                network = Network(shaped.sizes, names, biases, constants=constants)
                yield Parameters.of(network, shaped.weights, shaped.biases)

    def activations(self, shaped: Shaped) -> list[tuple[str, str]]:
        """Return the activations that hidden units and outputs can have, those said first."""
        hidden = with_first(self.statements.activation(False), USUAL_HIDDEN)
        outputs = with_first(self.statements.activation(True), USUAL_OUTPUTS)
        several = shaped.sizes[-1] > 1
        return [
            (one, other)
            for one, other in product(hidden if len(shaped.weights) > 1 else ("",), outputs)
            if several or other != "softmax"
        ]

    # --- how it learns ---------------------------------------------------------------------------

    def learning(self, parameters: Parameters, shaped: Shaped) -> Lesson | None:
        """Return the lesson most of whose values are printed."""
        best, found = -1, None
        for learning in self.ways_to_learn(parameters.network):
            y = shaped.y
            if y is None:  # nothing that depends on them will be judged
                y = np.zeros((len(shaped.x), shaped.sizes[-1]))
                y[:, 0] = 1
            try:
                lesson = Lesson(parameters, shaped.x, y, learning)
            except ClearpropError:
                continue
            score = self.score(lesson)
            if score > best:
                best, found = score, lesson
        return found

    def ways_to_learn(self, network: Network) -> Iterator[Learning]:
        """Yield the losses, sums or means, and rates that it can learn by."""
        optimizer = self.told.optimizer
        rates = self.told.rates or [DEFAULTS["rate"]]
        possible = self.statements.possible_losses(network.activations[-1])
        for loss, reduction, rate in product(possible, ("mean", "sum"), rates):
            yield Learning(
                loss=loss,
                reduction=reduction,
                optimizer=optimizer if optimizer in OPTIMIZERS else "gradient_descent",
                constants=self.told.constants | {"rate": rate},
            )

    def score(self, lesson: Lesson) -> int:
        """Return how many of the values of a step are printed; the loss counts for many."""
        forward = forward_pass(lesson.parameters, lesson.x)
        each = losses(lesson.network, lesson.learning, forward, lesson.y)
        back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
        state = first_state(lesson.parameters, lesson.learning)
        new, _ = update(lesson.parameters, back.gradient, lesson.learning, state)
        total = np.array([total_loss(lesson.learning, each)])
        parts = [*(delta.ravel() for delta in back.delta), back.gradient.vector, new.vector]
        values = np.unique(np.concatenate(parts))
        values = values[~np.isin(values, [0, 1, *lesson.parameters.vector])]
        return int(self.comes_out(total).sum() * OF_LOSS + self.comes_out(values).sum())

    def gaps(self, shaped: Shaped) -> Gaps:
        """Return what the solution leaves open."""
        found = set(self.told.gaps) | ({"targets"} if shaped.y is None else set())
        return Gaps(frozenset(found | ({"loss"} if "" in self.statements.losses else set())))


def ways_to_round(text: str) -> tuple[Interval, Interval]:
    """Return what a printed number may stand for: rounded, or cut off."""
    return left_open(text, "="), cut_to(text)


def around(value: float) -> Interval:
    """Return the numbers that differ from one by no more than floats do."""
    return widened(value, value)


def with_first(said: str | None, usual: tuple[str, ...]) -> list[str]:
    """Return what is said before what is usual."""
    return list(dict.fromkeys([*([said] if said else []), *usual]))


def numbers_in(tree: Expression | None) -> Iterator[str]:
    """Yield the number that a side is, or those of a matrix."""
    if isinstance(tree, Matrix):
        yield from (text for row in tree.rows for entry in row for text in numbers_in(entry))
    elif (text := number_of(tree)) is not None:
        yield text
