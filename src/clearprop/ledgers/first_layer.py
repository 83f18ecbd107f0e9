"""The account of a first layer whose parameters have denominators of their own, unit by unit.

Comes in: a span and a selection of it. Goes out: `Account`.

An example of the first layer always sends the same, its inputs x. Let a unit of the gradient of
step t have come to G[t] in the parameters by the end of the span. What an example added to those of
a unit is x ⊙ Σ δ G[t], over its visits t: of a whole layer as many numbers as it has parameters, of
one unit few. So a walk through the span keeps δ of each visit, and what the rule drew from each
step. Then, unit by unit, G is followed back from the span's end, and the sums are measured and
forgotten. Where the memory does not hold what a walk keeps of all units, several walks are made.

Parameters lie unit by unit here, the bias of each after its weights: its input is 1.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import numpy as np

from clearprop.data.memory import available_bytes
from clearprop.ledgers.account import BEFORE, DECAY, Account, check_fits, standing_of
from clearprop.ledgers.additions import Additions, Measured, OuterProducts, Vectors
from clearprop.ledgers.carrying import Course
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.turns import READ_NUMBERS, Reader, Span, Updates
from clearprop.network.parameters import Array
from clearprop.training.engine import TrainingState

NEAR = 50_000  # numbers that stay in a CPU's own memory
WIDTH = 64  # inputs of a block
TOGETHER = 30_000_000  # numbers that gradients came to, of units that are measured together
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
    updates      of all steps
    first, last  the states before and after them
    """

    starts: Array
    steps: Array
    deltas: Array
    updates: Updates
    first: TrainingState
    last: TrainingState


def kept_of(reader: Reader, span: Span, told: Callable[[float], object]) -> Kept:
    """Return what a walk through a span keeps for some units."""
    units = reader.selection.units
    starts = np.concatenate([[0], np.cumsum(span.visits)])
    free, number_of = starts[:-1].copy(), span.slot_of(np.arange(len(span.rows)))
    steps = np.empty(starts[-1], np.int32)
    deltas = np.empty((starts[-1], units.stop - units.start))
    walk, done = span.turns(), 0
    first = last = next(walk)
    updates, walk = reader.room(span.steps), chain([first], walk)
    with ThreadPoolExecutor(1) as aside:  # to write to memory that is new takes a while
        while turns := list(islice(walk, max(1, READ_NUMBERS // reader.numbers))):
            writing = aside.submit(reader.write, turns, updates, done)
            for batches in reader.batches(turns):
                each = zip(batches.steps, batches.rows, batches.own, strict=True)
                for step, rows, own in each:
                    examples = number_of[rows]
                    places = free[examples]
                    free[examples] += 1  # a row is in a batch once
                    steps[places], deltas[places] = done + step, own
            done, last = done + len(turns), turns[-1]
            writing.result()
            told(done / span.steps)
    return Kept(starts, steps, deltas, updates, first.before, last.after)


def units_at_once(reader: Reader, span: Span, units: int) -> int:
    """Return of how many units a walk may keep what they need."""
    rule, parameters = reader.rule, len(reader.selection.places)
    width, size = parameters // units, reader.job.batches.x.dtype.itemsize
    padded = -(-width // WIDTH) * WIDTH
    together = 2 * max(span.steps * padded, min(TOGETHER, span.steps * padded * units))
    inputs = 2 * size * len(span.rows) * padded
    slots = int(span.slots.max()) + 1 if span.grouped else 1
    sums = (slots + 4) * parameters + len(span.rows) * units
    always = inputs + 8 * (together + sums)
    of_steps = len(rule.denominators) + bool(reader.decayed.any())
    each = 8 * int(span.visits.sum()) + size * span.steps * width * of_steps
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
    """Add to the sums what a walk kept, some units at a time.

    While other threads measure some, this one follows the gradients of the next.
    """
    units, width = sums.left.shape[1], inputs.shape[1]
    sent = np.ascontiguousarray(in_blocks(inputs, width)[0])
    along = in_blocks(direction[np.newaxis], width)[:, :, 0]
    size = max(1, TOGETHER // (len(kept.updates.rates) * sent.shape[0] * WIDTH))
    running: list[Future[Measures]] = []

    def finish(before: int) -> None:
        for unit, future in enumerate(running, before - len(running)):
            future.result().add_to(sums.some(slice(unit, unit + 1), width))
            told((unit + 1) / units)

    with ThreadPoolExecutor() as pool:
        for first in range(0, units, size):
            some = range(first, min(first + size, units))
            part = slice(some.start, some.stop)
            comes_to, stays = courses_of(kept, reader, part, sums.some(part, width))
            finish(first)
            running = [
                pool.submit(measured, kept, unit, come, stays, sent, along[unit], sums.slots)
                for unit, come in zip(some, comes_to, strict=True)
            ]
        finish(units)


def courses_of(kept: Kept, reader: Reader, units: slice, sums: Sums) -> tuple[Array, Array]:
    """Return what has become of gradients by the end of the span, for the parameters of some units.

    What a unit of each step's changed them by, shape (units, blocks, T, WIDTH), and what of it is
    still carried, which is the same for all, shape (T,). Enters what is of no example.
    """
    steps, parameters = len(kept.updates.rates), sums.totals.shape[1]
    width = parameters // sums.left.shape[1]
    places = slice(units.start * width, units.stop * width)
    frozen, size = reader.frozen[places], max(1, NEAR // parameters)
    comes_to = np.empty((units.stop - units.start, -(-width // WIDTH), steps, WIDTH))
    stays, course = np.empty((steps, 1)), Course.over()
    for first in reversed(range(0, steps, size)):
        some = slice(first, first + size)
        updates = kept.updates.some(some, places)
        made = updates.carrying(reader.rule)
        course = course.after(made.direct, made.taken, made.later, made.kept)
        come, stays[some] = np.array(course.comes_to), course.stays
        come[:, frozen] = 0.0
        comes_to[:, :, some] = in_blocks(come, width)
        sums.others_added[DECAY] += made.shrunk.sum(axis=0)
        if (asked := updates.asked()) is not None:
            sums.others_added[DECAY] += np.einsum("tp,tp->p", asked, come)
            sums.others_carried[DECAY] += np.einsum("tp,t->p", asked, stays[some, 0])
    carried = reader.carried(kept.first)[places]
    sums.others_added[BEFORE] = carried * course.reach
    sums.others_carried[BEFORE] = carried * course.left
    sums.others_added[:, frozen] = sums.others_carried[:, frozen] = 0.0
    return comes_to, stays[:, 0]


@dataclass(frozen=True)
class Measures:
    """Of one unit, what `Sums` are made of."""

    parts: Array
    squares: Array
    totals: Array
    left: Array

    def add_to(self, sums: Sums) -> None:
        """Add them to the sums of this unit."""
        sums.parts[:] += self.parts
        sums.squares[:] += self.squares
        sums.totals[:] += self.totals[:, : sums.totals.shape[1]]
        sums.left[:, 0] += self.left


def measured(
    kept: Kept, unit: int, comes_to: Array, stays: Array, sent: Array, along: Array, slots: Array
) -> Measures:
    """Return the measures of one unit."""
    from clearprop.ledgers.unit_kernel import measure

    deltas = np.ascontiguousarray(kept.deltas[:, unit])
    with np.errstate(all="ignore"):  # each thread has its own
        left = np.add.reduceat(deltas * stays[kept.steps], kept.starts[:-1])
    active = np.flatnonzero(deltas)  # with ReLU, half of the visits
    starts, steps, deltas = np.searchsorted(active, kept.starts), kept.steps[active], deltas[active]
    parts, squares = np.zeros(len(slots)), np.zeros(len(slots))
    totals = np.zeros((int(slots.max()) + 1, *along.shape))
    measure(starts, steps, deltas, comes_to, sent, along, slots, parts, squares, totals)
    return Measures(parts, squares, totals.reshape(len(totals), -1), left)


def in_blocks(rows: Array, width: int) -> Array:
    """Return rows of the numbers of units side by side, shape (T, units · width), in blocks.

    The shape is (units, blocks, T, WIDTH); what fills the last block up is 0.
    """
    count, units, blocks = len(rows), rows.shape[1] // width, -(-width // WIDTH)
    padded = np.zeros((count, units, blocks * WIDTH), rows.dtype)
    padded[..., :width] = rows.reshape(count, units, width)
    return padded.reshape(count, units, blocks, WIDTH).transpose(1, 2, 0, 3)


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
