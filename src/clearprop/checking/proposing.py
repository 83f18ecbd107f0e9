"""The network that a solution's stated numbers mean: the one whose values it prints.

Comes in: a solution that does not show how its network is built. Goes out: a lesson, or what it
lacks. Every way the numbers can lie and every rule that is not said in words is tried; the values
that the solution prints decide, whatever names it gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from clearprop.backprop.backpropagation import (
    ForwardPass,
    backward_pass,
    first_state,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.checking.agreement import OF_LOSS, best_of, formulas_that_hold
from clearprop.checking.gaps import NO_GAPS, Gaps
from clearprop.checking.given_numbers import first_numbers
from clearprop.checking.intervals import Interval, cut_to, left_open
from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import kind
from clearprop.checking.learning import LearningTold
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import has_many_digits
from clearprop.checking.solution import Solution
from clearprop.checking.stated import Shaped, Stated
from clearprop.checking.statements import Statements
from clearprop.checking.understanding import matched
from clearprop.checking.units import subject_of
from clearprop.checking.vectors import Spelling, flat
from clearprop.checking.written_biases import left_over, numbers_alone
from clearprop.errors import ClearpropError
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters

USUAL_HIDDEN = ("sigmoid", "tanh", "relu")
USUAL_OUTPUTS = ("sigmoid", "identity", "softmax", "tanh", "relu")
ENOUGH = 1 / 2  # of the values of the forward pass have to be printed
ENOUGH_SAID = 1 / 3  # where its activations are said: others may be wrong from the first mistake on
OF_LEARNING = {"rate", "momentum", "moment", "epsilon"}
OF_FLOATS = 1e-12  # what sums in floats may be off
FEWEST = 2  # such values
NOT_PRINTED = "as far as the numbers were read, {} units do not give the values that are printed"
LEFT_OVER = "the {} in a weighted sum is the number of no weight, bias, input or unit that is named"
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
        number = left_over(solution.chains)
        why = LEFT_OVER.format(number) if number else NOT_PRINTED.format(names)
        return Proposal(None, missing=proposer.stated.unread or why)
    return proposer.learning(*found)


@dataclass
class Proposer:
    """Tries the networks and the ways to learn that a solution's numbers can be of."""

    solution: Solution
    open: dict[frozenset[Key], Array] = field(default_factory=dict)  # by what is given

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

    def printed(self, given: frozenset[Key]) -> Array:
        """Return what the printed numbers leave open, shape (numbers, 2); not those that are given.

        In each row the lowest value that a number leaves open, in order, and the highest that it or
        one before does. One of few digits can be anything: it stands for itself.
        """
        if given not in self.open:
            texts = set(self.texts(given))
            ways = [way for text in texts if has_many_digits(text) for way in ways_to_round(text)]
            ways += [around(float(text)) for text in texts if not has_many_digits(text)]
            low, high = np.array(sorted((way.low, way.high) for way in ways)).reshape(-1, 2).T
            self.open[given] = np.column_stack([low, np.maximum.accumulate(high)])
        return self.open[given]

    def texts(self, given: frozenset[Key]) -> Iterator[str]:
        """Yield the numbers that stand alone and are computed.

        What is stated up to the last of what is given is given too: it may be for another question.
        Not so the outputs in a table of examples, beside the inputs.
        """
        places = [place for place, (key, _) in enumerate(self.numbers) if key in given]
        left_out = {key for key, _ in self.numbers[: max(places, default=-1) + 1]}
        left_out = {key for key in left_out if key[3] is None or kind(key) != "output"}
        left_out |= {key for key, _ in self.numbers if kind(key) in OF_LEARNING}
        left_out |= self.stated.given.targets.keys()
        for chain in self.solution.chains:
            subject = subject_of(chain)
            key = None if subject is None or subject.new else key_of(subject)
            if key in left_out:
                left_out.discard(key)  # what it is afterwards is computed
            else:
                yield from numbers_alone(chain)

    def comes_out(self, values: Array, given: frozenset[Key]) -> Array:
        """Return which of some values are printed, shape (values,)."""
        printed = self.printed(given)
        if not len(printed):
            return np.zeros(len(values), dtype=bool)
        low, high = printed.T
        place = np.searchsorted(low, values, side="right") - 1  # of the last that begins below
        return np.asarray((place >= 0) & (high[place] >= values))

    # --- the network -----------------------------------------------------------------------------

    def network(self, ways: Iterable[Shaped]) -> tuple[Parameters, Shaped] | None:
        """Return the network most of whose values are printed, None where these are few.

        One whose activations are said is left for another only where that has more of them, or all,
        and fewer that are not printed: after a mistake, one without the activations that go wrong
        has as many, and one with activations that nobody printed may have one more by chance.
        """
        best: dict[bool, tuple[int, int, Parameters, Shaped]] = {}  # by whether they are said
        few: list[tuple[int, Parameters, Shaped]] = []  # said, with too few values
        for shaped in ways:
            for parameters in self.networks(shaped):
                forward = forward_pass(parameters, shaped.x)
                values = values_of_units(forward)
                count = int(self.comes_out(values, shaped.keys).sum())
                said = self.are_said(parameters.network)
                enough = count >= fewest(parameters.network, len(values), said)
                begins_so = said and count >= FEWEST and self.begins(forward, shaped)
                if not enough and not begins_so:
                    few += [(count, parameters, shaped)] if said else []
                    continue
                score = 2 * count - len(values)  # those that are printed less those that are not
                if said not in best or score > best[said][0]:
                    complete = count == len(values)
                    best[said] = score, count + complete, parameters, shaped
        if not best:
            return only_one(few, 0 if self.stated.ends else FEWEST)
        if len(best) == 2:
            (score, count, *_), (score_said, count_said, *_) = best[False], best[True]
            if score <= score_said or count <= count_said:
                del best[False]
        return best[min(best)][2:]

    def begins(self, forward: ForwardPass, shaped: Shaped) -> bool:
        """Return whether all values of the first layer are printed: a mistake may come after it."""
        values = values_of_units(forward, layers=1)
        return bool(self.comes_out(values, shaped.keys).all())

    def are_said(self, network: Network) -> bool:
        """Return whether all activations of a network are those that are said."""
        return all(
            self.statements.activation(layer == network.depth) == network.activation(layer)
            for layer in network.layer_numbers
        )

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

    def learning(self, parameters: Parameters, shaped: Shaped) -> Proposal:
        """Return the lesson most of whose values are printed, with what stays open."""
        ways = self.told.ways(
            self.told.losses(parameters.network.activations[-1]), ["mean", "sum"][: len(shaped.x)]
        )
        lessons = [lesson for way in ways if (lesson := lesson_of(parameters, shaped, way))]
        scored = [(self.score(lesson, shaped), lesson) for lesson in lessons]
        best = best_of(scored, shaped.y is not None, lambda at: self.formulas(lessons[at], shaped))
        if best is None:
            return Proposal(None, missing=NO_LOSS)
        place, is_told = best
        lesson, gaps = lessons[place], self.gaps(shaped)
        names = self.told.names_for(lesson.learning) | dict(shaped.names)
        return Proposal(lesson, names, gaps if is_told else gaps.and_also("no loss"))

    def formulas(self, lesson: Lesson, shaped: Shaped) -> int:
        """Return how many of the solution's formulas in names hold in a lesson."""
        spelled = flat(Spelling(lesson).groups(self.solution), self.solution)
        names = {**matched(spelled, lesson), **shaped.names}
        return formulas_that_hold(spelled, lesson, names)

    def score(self, lesson: Lesson, shaped: Shaped) -> int:
        """Return how many of the values of a step are printed; the loss counts for many."""
        forward = forward_pass(lesson.parameters, lesson.x)
        each = losses(lesson.network, lesson.learning, forward, lesson.y)
        back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
        state = first_state(lesson.parameters, lesson.learning)
        new, _ = update(lesson.parameters, back.gradient, lesson.learning, state)
        total = np.array([total_loss(lesson.learning, each)])
        parts = [*(delta.ravel() for delta in back.delta), back.gradient.vector, new.vector]
        values = np.unique(np.concatenate(parts))
        values = values[~is_among(values, [0, 1, *lesson.parameters.vector])]
        of_loss, others = (self.comes_out(each, shaped.keys).sum() for each in (total, values))
        return int(of_loss * OF_LOSS + others)

    def gaps(self, shaped: Shaped) -> Gaps:
        """Return what the solution leaves open."""
        return Gaps(frozenset({*self.told.gaps, *([] if shaped.y is not None else ["targets"])}))


def only_one(
    few: list[tuple[int, Parameters, Shaped]], least: int
) -> tuple[Parameters, Shaped] | None:
    """Return the one network of stated matrices that has some of its values printed, if it is one.

    A mistake in its first unit spoils all that come after, but not those beside it. None need be
    right where it is said what each weight joins.
    """
    found = [each for each in few if any(min(w.shape) > 1 for w in each[2].weights)]
    most = max((count for count, _, _ in found), default=0)
    best = [(parameters, shaped) for count, parameters, shaped in found if count == most]
    return best[0] if most >= least and len(best) == 1 else None


def fewest(network: Network, values: int, are_said: bool) -> float:
    """Return how many of the values of a forward pass have to be printed, at least."""
    share = ENOUGH_SAID if are_said else ENOUGH
    return max(1 if are_said and network.depth == 1 else FEWEST, share * values)


def lesson_of(parameters: Parameters, shaped: Shaped, learning: Learning) -> Lesson | None:
    """Return the lesson of a network and a way to learn, None where these do not go together."""
    y = shaped.y
    if y is None:  # nothing that depends on them will be judged
        y = np.zeros((len(shaped.x), shaped.sizes[-1]))
        y[:, 0] = 1
    try:
        return Lesson(parameters, shaped.x, y, learning)
    except ClearpropError:
        return None


def values_of_units(forward: ForwardPass, layers: int | None = None) -> Array:
    """Return the net inputs of all units, and their activations where these are other numbers.

    With `layers` those of so many, the first. 0 and 1 are left out: they are printed everywhere.
    """
    pairs = zip(forward.z[:layers], forward.a[1:][:layers], strict=True)
    found = [part.ravel() for z, a in pairs for part in (z, a[~np.isclose(a, z)])]
    values = np.concatenate(found)
    return np.asarray(values[~is_among(values, [0, 1])])


def is_among(values: Array, others: Sequence[float]) -> Array:
    """Return which of some values are one of others, but for the last bits of a sum in floats."""
    return np.asarray(np.isclose(values[:, np.newaxis], others, rtol=0, atol=OF_FLOATS).any(axis=1))


def ways_to_round(text: str) -> tuple[Interval, Interval]:
    """Return what a printed number may stand for: rounded, or cut off."""
    return left_open(text, "="), cut_to(text)


def around(value: float) -> Interval:
    """Return the numbers that differ from one by no more than a sum in floats does."""
    slack = OF_FLOATS * max(1.0, abs(value))
    return Interval(value - slack, value + slack)


def with_first(said: str | None, usual: tuple[str, ...]) -> list[str]:
    """Return what is said before what is usual."""
    return list(dict.fromkeys([*([said] if said else []), *usual]))
