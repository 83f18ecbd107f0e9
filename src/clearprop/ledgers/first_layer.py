"""The account of a first layer whose parameters have denominators of their own, unit by unit.

Comes in: a span and a selection of it. Goes out: `Account`.

An example of the first layer always sends the same, its inputs x. Let a unit of the gradient of
step t have come to G[t] in the parameters by the end of the span. What an example added to those of
a unit is x ⊙ Σ δ G[t], over its visits t: of a whole layer as many numbers as it has parameters, of
one unit few. So a walk through the span keeps δ of each visit, and what the rule drew from each
step; what weight decay adds is summed up on the way. Then, unit by unit, G is followed back from
the span's end, and the sums are measured and forgotten. Where the memory does not hold what a walk
keeps of all units, several walks are made.

Parameters lie unit by unit here, the bias of each after its weights: its input is 1.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import numpy as np

from clearprop.data.memory import available_bytes
from clearprop.ledgers.account import BEFORE, DECAY, Account, check_fits, standing_of
from clearprop.ledgers.additions import Additions, Measured, OuterProducts, Vectors
from clearprop.ledgers.carrying import Carrying, Rule
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.turns import READ_NUMBERS, Drawn, Reader, Span, Turn, Updates
from clearprop.network.parameters import Array
from clearprop.training.engine import TrainingState
from clearprop.training.threads import cores

NEAR = 50_000  # numbers that stay in a CPU's own memory
WIDTH = 64  # inputs of a block
OF_MEMORY = 0.8  # how much of what is free may be kept


def account_by_units(
    span: Span, selection: Selection, progress: Callable[[int], object]
) -> Account:
    """Return the account of a first layer, or of some of it, over a span.

    Raises
    ------
    DataError: it would not fit into the memory.
    Disagreement, RunError: as `Run.at`.
    """
    units = selection.units.stop - selection.units.start
    reader = Reader(span.run, selection.unit_by_unit(slice(0, units)))
    at_once = units_at_once(reader, span, units)
    inputs, sums, standing = inputs_of(reader, span), Sums.of(reader, span, units), None
    for first in range(0, units, at_once):
        part = slice(first, min(first + at_once, units))
        told = partial(tell, progress, span.steps, part, units)
        own = Reader(span.run, selection.unit_by_unit(part))
        kept = kept_of(own, span, partial(told, 0))
        standing = standing or standing_of(reader, kept.first, kept.last)
        width = inputs.shape[1]
        along = standing.direction[part.start * width : part.stop * width]
        measure_units(kept, own, inputs, along, sums.some(part, width), partial(told, 1))
        del kept  # before the next walk keeps as much
    assert standing is not None, "a layer has units"
    added, carried = additions(reader, span, standing.direction, inputs, sums)
    others = sums.others_added, sums.others_carried
    return Account(span.rows, span.visits, added, carried, *others, standing)


def tell(
    progress: Callable[[int], object], steps: int, part: slice, units: int, half: int, share: float
) -> None:
    """Tell how many of the steps are as good as done: half of a part's work is its walk."""
    done = part.start + (part.stop - part.start) * (half + share) / 2
    progress(int(steps * done / units))


def inputs_of(reader: Reader, span: Span) -> Array:
    """Return what each visited example sends to the parameters of a unit, shape (N, sources)."""
    selection = reader.selection
    x = reader.job.batches.x[span.rows, selection.sources]
    return np.concatenate([x, np.ones((len(x), 1), x.dtype)][: 1 + selection.biases], axis=1)


# --- the walk ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """What a walk keeps.

    starts       where the visits of each of N examples begin, shape (N + 1,)
    steps        of the visits, from 0, shape (V,)
    deltas       of the visits, shape (V, units)
    drawn        by all steps
    decay        what weight decay added
    first, last  the states before and after them
    """

    starts: Array
    steps: Array
    deltas: Array
    drawn: Drawn
    decay: "Decay"
    first: TrainingState
    last: TrainingState


@dataclass(frozen=True)
class Decay:
    """What weight decay has added to P parameters, and what of it is still carried, shape (P,)."""

    added: Array
    carried: Array

    def enter(self, rule: Rule, updates: Updates) -> None:
        """Enter some steps more, some parameters at a time, near the CPU."""
        from clearprop.ledgers.unit_kernel import bring

        size = max(1, NEAR // len(updates.w))
        for first in range(0, len(self.added), size):
            some = slice(first, first + size)
            near, added, carried = updates.some(some), self.added[some], self.carried[some]
            added += near.shrunk(rule).sum(axis=0)
            if (asked := near.asked()) is not None:
                bring(asked, *in_full(near.drawn.carrying(rule)), added, carried)


def in_full(made: Carrying) -> tuple[Array, Array, Array, Array]:
    """Return what steps made, for compiled loops: shape (T, P) twice, and what is carried on, (T,).

    A rule does the same to all that is carried, so that `taken` and `kept` are one number each.
    """
    later = np.ascontiguousarray(np.broadcast_to(made.later, made.direct.shape))
    return made.direct, later, made.taken[:, 0], made.kept[:, 0]


def kept_of(reader: Reader, span: Span, told: Callable[[float], object]) -> Kept:
    """Return what a walk through a span keeps for some units."""
    units, parameters = reader.selection.units, len(reader.selection.places)
    starts = np.concatenate([[0], np.cumsum(span.visits)])
    free, number_of = starts[:-1].copy(), span.slot_of(np.arange(len(span.rows)))
    steps = np.empty(starts[-1], np.int32)
    deltas = np.empty((starts[-1], units.stop - units.start))
    drawn, decay = reader.room(span.steps), Decay(np.zeros(parameters), np.zeros(parameters))

    def keep(turns: Sequence[Turn], done: int) -> None:
        with np.errstate(all="ignore"):  # each thread has its own
            updates = reader.updates(turns)
            drawn.put(done, updates.drawn)
            if reader.decayed.any():
                decay.enter(reader.rule, updates)

    walk, done = span.turns(), 0
    first = last = next(walk)
    walk = chain([first], walk)
    with ThreadPoolExecutor(1) as aside:
        while turns := list(islice(walk, max(1, READ_NUMBERS // reader.numbers))):
            keeping = aside.submit(keep, turns, done)
            for batches in reader.batches(turns):
                each = zip(batches.steps, batches.rows, batches.own, strict=True)
                for step, rows, own in each:
                    examples = number_of[rows]
                    places = free[examples]
                    free[examples] += 1  # a row is in a batch once
                    steps[places], deltas[places] = done + step, own
            done, last = done + len(turns), turns[-1]
            keeping.result()
            told(done / span.steps)
    return Kept(starts, steps, deltas, drawn, decay, first.before, last.after)


def units_at_once(reader: Reader, span: Span, units: int) -> int:
    """Return of how many units a walk may keep what they need."""
    rule, parameters = reader.rule, len(reader.selection.places)
    width, size = parameters // units, reader.job.batches.x.dtype.itemsize
    padded = -(-width // WIDTH) * WIDTH
    together = min(cores(), units) * span.steps * padded
    inputs = 2 * size * len(span.rows) * padded
    slots = int(span.slots.max()) + 1 if span.grouped else 1
    sums = (slots + 4) * parameters + len(span.rows) * units
    always = inputs + 8 * (together + sums)
    each = 8 * int(span.visits.sum()) + size * span.steps * width * len(rule.denominators)
    check_fits(always + each, span, reader.selection, classes=False, steps=True)
    free = available_bytes()
    return units if free is None else min(units, max(1, int(OF_MEMORY * free - always) // each))


# --- from what a walk kept to sums ---------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """What the examples added up to, each written unit by unit.

    parts           of what each example added, along the direction of the change, shape (N,)
    squares         of the length of what each example added, shape (N,)
    slots           in which slot of the totals each example is, shape (N,)
    totals          what the examples of each slot added, shape (slots, P)
    left            Σ δ times what is still carried of a gradient, shape (N, units)
    others_added    shape (2, P), as in `Account`; others_carried likewise
    """

    parts: Array
    squares: Array
    slots: Array
    totals: Array
    left: Array
    others_added: Array
    others_carried: Array

    @classmethod
    def of(cls, reader: Reader, span: Span, units: int) -> "Sums":
        """Return sums that nothing was added to; without groups, all examples are in one slot."""
        rows, parameters = len(span.rows), len(reader.selection.places)
        slots = span.slots if span.grouped else np.zeros(rows, dtype=np.int64)
        return cls(
            np.zeros(rows), np.zeros(rows), slots, np.zeros((int(slots.max()) + 1, parameters)),
            np.zeros((rows, units)), np.zeros((2, parameters)), np.zeros((2, parameters)),
        )  # fmt: skip

    def some(self, units: slice, width: int) -> "Sums":
        """Return those of some units, each of which has `width` parameters."""
        places = slice(units.start * width, units.stop * width)
        return Sums(
            self.parts, self.squares, self.slots, self.totals[:, places], self.left[:, units],
            self.others_added[:, places], self.others_carried[:, places],
        )  # fmt: skip


def measure_units(
    kept: Kept, reader: Reader, inputs: Array, direction: Array, sums: Sums,
    told: Callable[[float], object],
) -> None:  # fmt: skip
    """Add to the sums what a walk kept, unit by unit, several at the same time."""
    units, width = sums.left.shape[1], inputs.shape[1]
    measures = partial(
        measured, kept, reader, sums.slots, in_blocks(inputs),
        np.swapaxes(in_blocks(direction.reshape(units, width)), 0, 1),
    )  # fmt: skip
    sums.others_added[DECAY], sums.others_carried[DECAY] = kept.decay.added, kept.decay.carried
    pool = ThreadPoolExecutor(cores())
    try:
        for unit, found in enumerate(pool.map(measures, range(units))):
            found.add_to(sums.some(slice(unit, unit + 1), width))
            told((unit + 1) / units)
    finally:
        pool.shutdown(cancel_futures=True)
    carried = reader.carried(kept.first)
    for others in (sums.others_added, sums.others_carried):
        others[BEFORE] *= carried
        others[:, reader.frozen] = 0.0


@dataclass(frozen=True)
class Measures:
    """Of one unit, what `Sums` are made of.

    For what is carried into the span there is what a unit of it `reach`es and what is `left` of it.
    """

    parts: Array
    squares: Array
    totals: Array
    left: Array
    before_added: Array
    before_carried: float

    def add_to(self, sums: Sums) -> None:
        """Add them to the sums of this unit."""
        sums.parts[:] += self.parts
        sums.squares[:] += self.squares
        sums.totals[:] += self.totals[:, : sums.totals.shape[1]]
        sums.left[:, 0] += self.left
        sums.others_added[BEFORE] = self.before_added
        sums.others_carried[BEFORE] = self.before_carried


def measured(
    kept: Kept, reader: Reader, slots: Array, sent: Array, along: Array, unit: int
) -> Measures:
    """Return the measures of one unit."""
    from clearprop.ledgers.unit_kernel import measure

    deltas = np.ascontiguousarray(kept.deltas[:, unit])
    with np.errstate(all="ignore"):  # each thread has its own
        course = course_of(kept, reader, unit)
        left = np.add.reduceat(deltas * course.stays[kept.steps], kept.starts[:-1])
    active = np.flatnonzero(deltas)  # with ReLU, half of the visits
    starts, steps, deltas = np.searchsorted(active, kept.starts), kept.steps[active], deltas[active]
    parts, squares = np.zeros(len(slots)), np.zeros(len(slots))
    totals = np.zeros((int(slots.max()) + 1, *along[unit].shape))
    measure(
        starts, steps, deltas, course.comes_to, sent, along[unit], slots, parts, squares, totals
    )
    whole = totals.reshape(len(totals), -1)
    return Measures(parts, squares, whole, left, course.reach, float(course.left[0]))


@dataclass(frozen=True)
class CourseOfUnit:
    """What has become of gradients of one unit by the end of a span, as in `Course`.

    comes_to     in blocks, shape (blocks, T, WIDTH)
    stays, left  which are the same for all parameters, shape (T,) and (1,)
    reach        shape (P,)
    """

    comes_to: Array
    stays: Array
    reach: Array
    left: Array


def course_of(kept: Kept, reader: Reader, unit: int) -> CourseOfUnit:
    """Follow what gradients of a unit have come to, back from the end of the span."""
    from clearprop.ledgers.unit_kernel import follow

    steps, width = len(kept.drawn.rates), len(reader.selection.places) // kept.deltas.shape[1]
    places, size = slice(unit * width, (unit + 1) * width), max(1, NEAR // width)
    comes_to = np.zeros((-(-width // WIDTH), steps, WIDTH))
    course = CourseOfUnit(comes_to, np.empty(steps), np.zeros(width), np.ones(1))
    for first in reversed(range(0, steps, size)):
        made = kept.drawn.some(slice(first, first + size), places).carrying(reader.rule)
        follow(*in_full(made), first, comes_to, course.stays, course.reach, course.left)
    frozen = np.flatnonzero(reader.frozen[places])
    comes_to[frozen // WIDTH, :, frozen % WIDTH] = 0.0
    return course


def in_blocks(rows: Array) -> Array:
    """Return rows of N numbers in blocks, shape (blocks, rows, WIDTH); what fills them up is 0."""
    count, width = rows.shape
    blocks = -(-width // WIDTH)
    padded = np.zeros((count, blocks * WIDTH), rows.dtype)
    padded[:, :width] = rows
    return np.ascontiguousarray(padded.reshape(count, blocks, WIDTH).swapaxes(0, 1))


# --- from sums to additions ----------------------------------------------------------------------


def additions(
    reader: Reader, span: Span, direction: Array, inputs: Array, sums: Sums
) -> tuple[Additions, Additions]:
    """Return what each example, or group of them, added, and what of it is still carried.

    A rule does the same to all that is carried, so that this is a product of two vectors.
    """
    frozen = reader.frozen
    if not span.grouped:
        added = Measured(direction, sums.parts, np.sqrt(sums.squares), sums.totals[0])
        return added, OuterProducts(sums.left, inputs, False, frozen)
    carried = [
        OuterProducts(sums.left[own], inputs[own], False, frozen).total()
        for own in (sums.slots == slot for slot in range(len(sums.totals)))
    ]
    return Vectors(sums.totals), Vectors(np.array(carried))
