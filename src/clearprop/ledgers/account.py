"""The account of some parameters over a span: one sum per example, and how each came to be.

Comes in: a run, a selection and a span. Goes out: `Account`, for each parameter what each visited
example (or each group of them), the weight decay and the state carried in added to it. A share of a
gradient goes through the update rule: what it changes at once, and what it adds to the momentum,
which later steps change the weight by. Steps are kept for a stretch; at its end it is known what
each of their shares has come to, and what of it is still carried on.

Nothing is as large as examples times parameters where it need not be. By group, the shares of a
group's examples are added up by one matrix product. Where what is sent to the parameters never
changes, only the deltas are added up, and an example's sum stays a product of two vectors.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from clearprop.data.memory import check_room
from clearprop.ledgers.additions import Additions, OuterProducts, Vectors
from clearprop.ledgers.carrying import Course, Rule
from clearprop.ledgers.selection import Selection, described
from clearprop.ledgers.shares import batches_of
from clearprop.ledgers.turns import Batches, Reader, Turn, Turns, frozen_of
from clearprop.network.names import Names
from clearprop.network.parameters import Array
from clearprop.network.quantities import Activation, Weight
from clearprop.runs.run import Run
from clearprop.runs.walking import walk
from clearprop.training.engine import TrainingState, rate_of
from clearprop.training.job import Job

STRETCH = 256  # steps at most
READ_NUMBERS = 4_000_000  # that the passes through steps may keep at a time
STRETCH_NUMBERS = 8_000_000  # that steps which wait may keep
NEAR = 50_000  # numbers that stay in a CPU's own memory
FEW = 256  # parameters, whose shares are computed for many steps at a time
DECAY, BEFORE = 0, 1  # what adds to parameters and is no example


@dataclass(frozen=True)
class Standing:
    """How some parameters stand before and after a span, each shape (P,).

    Of a frozen parameter nothing is carried: no update brings it what its gradients added up to.
    """

    opening: Array
    closing: Array
    carried_in: Array
    carried_out: Array


@dataclass(frozen=True)
class Account:
    """What made some parameters change over a span.

    rows              of the training part that were visited, and how often: `visits`
    added             what each example (or group of them) added
    carried           likewise, what of it the optimizer still carries at the end
    others_added      shape (2, P): the same of the weight decay and of the state carried in
    others_carried    likewise
    """

    rows: Array
    visits: Array
    added: Additions
    carried: Additions
    others_added: Array
    others_carried: Array
    standing: Standing


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
        course = Course.of(*(
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
            self.added.others[DECAY] += turns.carrying.shrunk.sum(axis=0)
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
        if not self.constant:
            return Vectors(sums.of_slots)
        below = self.reader.run.replay.plan.job.batches.x[rows, self.selection.sources]
        return OuterProducts(sums.of_slots, below, self.selection.biases)


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


def account_of(
    run: Run,
    selection: Selection,
    since: int,
    until: int,
    progress: Callable[[int], object] = lambda done: None,
    groups: Array | None = None,
) -> Account:
    """Return the account of some parameters from `since` to `until` finished updates.

    `groups` numbers the group of each row of the training part, 0, 1, …; without them each visited
    row has sums of its own. `progress` is told the number of steps that are done.

    Raises
    ------
    DataError: it would not fit into the memory.
    Disagreement, RunError: as `Run.at`.
    """
    job, places = run.replay.plan.job, selection.places
    rows, visits = visited(job, since, until)
    clerk = clerk_of(Reader(run, selection), rows, groups)
    rule, frozen = clerk.reader.rule, frozen_of(run, selection)
    states = walk(run.replay, since, until)
    first = state = next(states)
    clerk.carried.others[BEFORE] = carried_by(rule, first, places)
    at_once, most = steps_at_once(job, clerk)
    turns: list[Turn] = []
    stretch: list[Turns] = []
    with np.errstate(all="ignore"):
        for after, batch_rows in zip(states, batches_of(job, since, until), strict=True):
            turns.append(Turn(state, batch_rows, rate_of(job, state), after.optimizer))
            state = after
            whole = sum(each.count for each in stretch) + len(turns) == most
            if len(turns) == at_once or whole or state.step == until:
                stretch.append(clerk.reader.read(turns))
                turns = []
            if whole or state.step == until:
                clerk.settle(stretch)
                stretch = []
            progress(state.step - since)
    if frozen.any():
        for sums in (clerk.added, clerk.carried):
            sums.of_slots[:, frozen] = sums.others[:, frozen] = 0.0
    standing = Standing(
        opening=first.parameters.vector[places].astype(np.float64),
        closing=state.parameters.vector[places].astype(np.float64),
        carried_in=np.where(frozen, 0.0, carried_by(rule, first, places)),
        carried_out=np.where(frozen, 0.0, carried_by(rule, state, places)),
    )
    added, carried = (clerk.additions(sums, rows) for sums in (clerk.added, clerk.carried))
    return Account(rows, visits, added, carried, clerk.added.others, clerk.carried.others, standing)


def clerk_of(reader: Reader, rows: Array, groups: Array | None) -> Clerk:
    """Return a clerk with an empty account of the visited rows, or of groups of them."""
    run, selection = reader.run, reader.selection
    slots = np.zeros(run.replay.plan.job.batches.examples, dtype=np.int64)
    slots[rows] = np.arange(len(rows)) if groups is None else groups[rows]
    constant = groups is None and has_constant_factor(reader)
    parameters, units = len(selection.places), selection.units.stop - selection.units.start
    room = (int(slots.max()) + 1, units if constant else parameters, parameters)
    sums = 1 if reader.rule.carried is None else 2
    what = f"the ledger of {described(selection)}{',' * (not selection.single)}"
    check_room(
        sums * 8 * (room[0] * room[1] + 2 * parameters),
        what if groups is None else f"{what} by class",
        ways_out(run, selection, groups is not None),
    )
    return Clerk(reader, slots, groups is not None, constant, Sums.of(*room), Sums.of(*room))


def has_constant_factor(reader: Reader) -> bool:
    """Return whether all shares of an example are one vector times another that stays the same.

    So it is in the first layer, whose inputs do not change (dropout leaves them), where a rule
    does to all parameters the same.
    """
    selection = reader.selection
    same = not (reader.rule.has_denominators or frozen_of(reader.run, selection).any())
    return selection.layer == 1 and same and not selection.single


def ways_out(run: Run, selection: Selection, grouped: bool) -> str:
    """Return in words what takes less memory."""
    names, ways = Names(run.network), []
    if not grouped and run.source.kind == "classes":
        ways.append("classes (--by class)")
    if selection.units.stop - selection.units.start > 1:
        ways.append(f"a unit (--unit {names.id(Activation(selection.layer, 0, 0))})")
    elif not selection.single:
        ways.append(f"a weight ({names.id(Weight(selection.layer, selection.units.start, 0))})")
    if not grouped:
        ways.append("fewer steps (--from, --to)")
    return f"take {' or '.join(ways)}"


def steps_at_once(job: Job, clerk: Clerk) -> tuple[int, int]:
    """Return how many steps are read at once, and how many wait for what becomes of them."""
    examples, selection = job.batches.sizes[0], clerk.selection
    numbers = clerk.added.of_slots.shape[1]
    sides = (selection.units, selection.sources)
    reads = job.network.parameter_count + examples * sum(job.network.layers)
    waits = examples * sum(side.stop - side.start for side in sides)
    if clerk.reader.rule.has_denominators:
        waits += 4 * len(selection.places)
    if not clerk.multiplies:
        reads += examples * numbers
    at_once, most = max(1, READ_NUMBERS // reads), max(1, STRETCH_NUMBERS // waits)
    return min(STRETCH, at_once), min(STRETCH, most)


def visited(job: Job, since: int, until: int) -> tuple[Array, Array]:
    """Return the rows of the training part that a span's steps take, and how often each."""
    per_epoch = job.batches.per_epoch
    begun, ended = -(-since // per_epoch), until // per_epoch  # whole epochs take each row once
    count = np.full(job.batches.examples, max(0, ended - begun))
    parts = [(since, begun * per_epoch), (ended * per_epoch, until)]
    for first, last in parts if begun <= ended else [(since, until)]:
        for rows in batches_of(job, first, last):
            count[rows] += 1  # a row is in a batch once
    found = np.flatnonzero(count)
    return found, count[found]


def carried_by(rule: Rule, state: TrainingState, places: Array) -> Array:
    """Return what the optimizer carries for some parameters, where gradients are added up."""
    if rule.carried is None:
        return np.zeros(len(places))
    return state.optimizer.vectors[rule.carried][places].astype(np.float64)
