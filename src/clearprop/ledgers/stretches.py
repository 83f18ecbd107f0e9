"""The account of some parameters, stretch by stretch: what becomes of each share of a gradient.

Comes in: a span and a selection of it. Goes out: `Account`. A share of a gradient goes through the
update rule: what it changes at once, and what it adds to the momentum, which later steps change the
weight by. Steps are kept for a stretch; at its end it is known what each of their shares has come
to, and what of it is still carried on.

Nothing is as large as examples times parameters where it need not be. By group, the shares of a
group's examples are added up by one matrix product. Where what is sent to the parameters never
changes, only the deltas are added up, and an example's sum stays a product of two vectors.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

import numpy as np

from clearprop.ledgers.account import BEFORE, DECAY, Account, check_fits, standing_of
from clearprop.ledgers.additions import Additions, OuterProducts, Vectors
from clearprop.ledgers.carrying import Carrying, Course
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.turns import READ_NUMBERS, Batches, Reader, Span, Turn
from clearprop.network.parameters import Array

STRETCH = 256  # steps at most
STRETCH_NUMBERS = 8_000_000  # that steps which wait may keep
NEAR = 50_000  # numbers that stay in a CPU's own memory
FEW = 256  # parameters, whose shares are computed for many steps at a time


@dataclass(frozen=True)
class Turns:
    """Some steps as some parameters see them.

    Weight decay adds `asked` to gradients, or changes the weights themselves by `shrunk`, shape
    (T, P) each.
    """

    count: int
    batches: tuple[Batches, ...]
    carrying: Carrying
    asked: Array | None
    shrunk: Array

    @classmethod
    def of(cls, reader: Reader, turns: Sequence[Turn]) -> "Turns":
        """Return what a selection sees of some steps."""
        updates, rule = reader.updates(turns), reader.rule
        made = updates.drawn.carrying(rule), updates.asked(), updates.shrunk(rule)
        return cls(len(turns), reader.batches(turns), *made)


@dataclass(frozen=True)
class Sums:
    """Sums that an account adds up: of each slot, and of what is no example, shape (2, P).

    A slot's is of shape (P,), or that of its deltas, (units,).
    """

    of_slots: Array
    others: Array

    @classmethod
    def of(cls, slots: int, width: int, parameters: int) -> "Sums":
        """Return sums that nothing was added to."""
        return cls(np.zeros((slots, width)), np.zeros((2, parameters)))

    def blocks(self) -> Iterator[Array]:
        """Yield all sums, some rows at a time, near the CPU."""
        for array in (self.of_slots, self.others):
            size = max(1, NEAR // array.shape[1])
            for first in range(0, len(array), size):
                yield array[first : first + size]


@dataclass(frozen=True)
class Clerk:
    """Keeps the account of some parameters: what was added, and what is still carried.

    `slot_of` says where each row of the training part has its place in the account. Of a slot only
    the deltas are added up where all else of its shares is `constant`.
    """

    reader: Reader
    slot_of: Array
    grouped: bool
    constant: bool
    added: Sums
    carried: Sums

    @property
    def selection(self) -> Selection:
        """The parameters."""
        return self.reader.selection

    @cached_property
    def carries(self) -> bool:
        """Whether the rule carries gradients to later steps."""
        return self.reader.rule.carried is not None

    @cached_property
    def multiplies(self) -> bool:
        """Whether shares are added up by a matrix product for each place in the account.

        For few parameters, it is quicker to compute the shares of many steps at a time.
        """
        return not self.constant and (self.grouped or len(self.selection.places) > FEW)

    def settle(self, stretch: Sequence[Turns]) -> None:
        """Add to the sums what the shares of a stretch have come to."""
        each = [turns.carrying for turns in stretch]
        course = Course.over().after(*(
            [step for found in each for step in getattr(found, name)]
            for name in ("direct", "taken", "later", "kept")
        ))  # fmt: skip
        if self.carries:
            self.carry_on(course.reach, course.left)
        first = 0
        for turns in stretch:
            steps = slice(first, first + turns.count)
            entries = [Entry(self.added, course.comes_to[steps])]
            if self.carries:
                entries.append(Entry(self.carried, course.stays[steps]))
            self.enter(turns, entries)
            self.added.others[DECAY] += turns.shrunk.sum(axis=0)
            first += turns.count

    def carry_on(self, reach: Array, left: Array) -> None:
        """Add what was carried into a stretch has come to."""
        for added, carried in zip(self.added.blocks(), self.carried.blocks(), strict=True):
            added += carried * reach
            carried *= left

    def enter(self, turns: Turns, entries: Sequence["Entry"]) -> None:
        """Enter the shares of some steps, and the weight decay."""
        for batches in turns.batches:
            steps = batches.steps.tolist()
            own = [Entry(each.sums, [each.factors[k] for k in steps]) for each in entries]
            if not self.multiplies:
                self.enter_examples(batches, own)
            elif own[0].factors[0].shape == (1,):
                self.enter_groups_at_once(batches, own)
            else:
                self.enter_groups(batches, own)
        if turns.asked is None:
            return
        for entry in entries:
            decay = entry.sums.others[DECAY]
            for asked, factor in zip(turns.asked, entry.factors, strict=True):
                decay += asked * factor

    def enter_examples(self, batches: Batches, entries: Sequence["Entry"]) -> None:
        """Enter the shares of each example, for many steps at a time."""
        own = batches.own
        each = own if self.constant else self.selection.shares(own, batches.below)
        for entry in entries:
            shares = each * np.array(entry.factors)[:, np.newaxis]
            for rows, added in zip(batches.rows, shares, strict=True):
                entry.sums.of_slots[self.slot_of[rows]] += added  # a row is in a batch once

    def enter_groups_at_once(self, batches: Batches, entries: Sequence["Entry"]) -> None:
        """Enter the shares of each group in all steps, whose factors are one number each."""
        slots, below = self.slot_of[batches.rows].ravel(), flat(batches.below)
        for entry in entries:
            own = flat(batches.own * np.array(entry.factors)[:, np.newaxis])
            for slot, rows in by_slot(slots):
                own_sum = entry.sums.of_slots[slot]  # sums[slot] += shares would write it twice
                own_sum += self.selection.sum_of_shares(own[rows], below[rows])

    def enter_groups(self, batches: Batches, entries: Sequence["Entry"]) -> None:
        """Enter the shares of each group, step by step."""
        slots, room = self.slot_of[batches.rows], np.empty(len(self.selection.places))
        for step, (own, below) in enumerate(zip(batches.own, batches.below, strict=True)):
            for slot, rows in by_slot(slots[step]):
                shares = self.selection.sum_of_shares(own[rows], below[rows])
                for entry in entries:
                    own_sum = entry.sums.of_slots[slot]
                    own_sum += np.multiply(shares, entry.factors[step], out=room)

    def additions(self, sums: Sums, rows: Array) -> Additions:
        """Return what was added up for each slot; `rows` are those of the slots."""
        selection, frozen = self.selection, self.reader.frozen
        sums.others[:, frozen] = 0.0
        if not self.constant:
            sums.of_slots[:, frozen] = 0.0
            return Vectors(sums.of_slots)
        below = self.reader.job.batches.x[rows, selection.sources]
        return OuterProducts(sums.of_slots, below, selection.biases, frozen)


@dataclass(frozen=True)
class Entry:
    """Where shares are entered, and what those of each step are multiplied by before.

    A factor has the shape (P,), or (1,) where it is the same for all parameters.
    """

    sums: Sums
    factors: Sequence[Array]


def flat(array: Array) -> Array:
    """Return rows of all steps one below the other."""
    steps, examples, numbers = array.shape
    return array.reshape(steps * examples, numbers)


def by_slot(slots: Array) -> Iterator[tuple[int, Array]]:
    """Yield each slot that occurs, and where it does.

    >>> [(slot, where.tolist()) for slot, where in by_slot(np.array([7, 3, 7]))]
    [(3, [1]), (7, [0, 2])]
    """
    order = np.argsort(slots, kind="stable")
    found = slots[order]
    starts = [0, *(np.flatnonzero(found[1:] != found[:-1]) + 1).tolist(), len(found)]
    for first, last in pairwise(starts):
        yield int(found[first]), order[first:last]


def account_by_stretches(
    span: Span, selection: Selection, progress: Callable[[int], object]
) -> Account:
    """Return the account of some parameters over a span.

    Raises
    ------
    DataError: it would not fit into the memory.
    Disagreement, RunError: as `Run.at`.
    """
    reader = Reader(span.run, selection)
    clerk = clerk_of(reader, span)
    at_once, most = steps_at_once(clerk)
    turns: list[Turn] = []
    stretch: list[Turns] = []
    walk = span.turns()
    first = turn = next(walk)
    clerk.carried.others[BEFORE] = reader.carried(first.before)
    for turn in chain([first], walk):
        turns.append(turn)
        ends = turn.after.step == span.until
        whole = ends or sum(each.count for each in stretch) + len(turns) == most
        if whole or len(turns) == at_once:
            stretch.append(Turns.of(reader, turns))
            turns = []
        if whole:
            clerk.settle(stretch)
            stretch = []
        progress(turn.after.step - span.since)
    added, carried = (clerk.additions(sums, span.rows) for sums in (clerk.added, clerk.carried))
    return Account(
        span.rows, span.visits, added, carried, clerk.added.others, clerk.carried.others,
        standing_of(reader, first.before, turn.after),
    )  # fmt: skip


def clerk_of(reader: Reader, span: Span) -> Clerk:
    """Return a clerk with an empty account of a span."""
    selection, constant = reader.selection, not span.grouped and has_constant_factor(reader)
    parameters, units = len(selection.places), selection.units.stop - selection.units.start
    room = (int(span.slots.max()) + 1, units if constant else parameters, parameters)
    sums = 1 if reader.rule.carried is None else 2
    needed = sums * 8 * (room[0] * room[1] + 2 * parameters)
    check_fits(needed, span, selection, classes=not span.grouped, steps=not span.grouped)
    slot_of = span.slot_of(span.slots)
    return Clerk(reader, slot_of, span.grouped, constant, Sums.of(*room), Sums.of(*room))


def has_constant_factor(reader: Reader) -> bool:
    """Return whether all shares of an example are one vector times another that stays the same.

    So it is in the first layer, whose inputs do not change (dropout leaves them), where a rule
    does to all parameters the same.
    """
    selection = reader.selection
    return selection.layer == 1 and not (reader.rule.has_denominators or selection.single)


def steps_at_once(clerk: Clerk) -> tuple[int, int]:
    """Return how many steps are read at once, and how many wait for what becomes of them."""
    examples, selection = clerk.reader.job.batches.sizes[0], clerk.selection
    numbers = clerk.added.of_slots.shape[1]
    sides = (selection.units, selection.sources)
    reads = clerk.reader.numbers
    waits = examples * sum(side.stop - side.start for side in sides)
    if clerk.reader.rule.has_denominators:
        waits += 4 * len(selection.places)
    if not clerk.multiplies:
        reads += examples * numbers
    at_once, most = max(1, READ_NUMBERS // reads), max(1, STRETCH_NUMBERS // waits)
    return min(STRETCH, at_once), min(STRETCH, most)
