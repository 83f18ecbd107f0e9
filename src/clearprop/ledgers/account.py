"""The account of some parameters over a span: one sum per example, and how each came to be.

Comes in: a run, a selection and a span. Goes out: `Account`, for each parameter what each visited
example, the weight decay and the state carried in added to it. An example's share of a gradient
goes through the update rule: what it changes at once, and what it adds to the momentum, which later
steps change the weight by. Shares are kept for some steps; at the end of such a stretch it is known
what each of them has come to, and what of it is still carried on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.data.memory import check_room
from clearprop.ledgers.carrying import Course, Rule
from clearprop.ledgers.selection import Selection, described
from clearprop.ledgers.shares import batches_of, passes_of
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array
from clearprop.runs.run import Run
from clearprop.runs.walking import walk
from clearprop.training.engine import TrainingState, rate_of
from clearprop.training.job import Job

STRETCH = 256  # steps at most
STRETCH_NUMBERS = 4_000_000  # that the passes through them may keep at a time
DECAY, BEFORE = -2, -1  # rows of an account that are no examples


@dataclass(frozen=True)
class Account:
    """What made some parameters change over a span.

    rows      of the training part that were visited, and how often: `visits`
    added     shape (rows + 2, P): what each example added; then the weight decay, and the state
              that was carried in
    carried   likewise, what of it the optimizer still carries at the end
    opening, closing                  the parameters before and after, shape (P,)
    carried_in, carried_out           what the optimizer carried before and after, shape (P,)

    Of a frozen parameter nothing is carried: no update brings it what its gradients added up to.
    """

    rows: Array
    visits: Array
    added: Array
    carried: Array
    opening: Array
    closing: Array
    carried_in: Array
    carried_out: Array


@dataclass
class Stretch:
    """Some steps that wait for what becomes of their examples' shares.

    before   the state that each began with; rows: those of its batch
    rates    what it went by; after: what the optimizer carried on
    """

    before: list[TrainingState] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    after: list[OptimizerState] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.before)

    def add(self, before: TrainingState, rows: Array, rate: float, after: TrainingState) -> None:
        """Take one more step."""
        self.before.append(before)
        self.rows.append(rows)
        self.rates.append(rate)
        self.after.append(after.optimizer)


@dataclass(frozen=True)
class Clerk:
    """Keeps the account of some parameters: what was added, and what is still carried."""

    run: Run
    selection: Selection
    rows: Array
    added: Array
    carried: Array

    @cached_property
    def rule(self) -> Rule:
        """What the update rule does to gradients."""
        return Rule.of(self.run.network, self.run.learning)

    @cached_property
    def slot_of(self) -> Array:
        """Where each row of the training part has its place in the account."""
        slots = np.zeros(self.run.replay.plan.job.batches.examples, dtype=np.int64)
        slots[self.rows] = np.arange(len(self.rows))
        return slots

    @cached_property
    def free(self) -> Array:
        """1 for each parameter that the updates change, 0 for those that are frozen."""
        return 1.0 - frozen_of(self.run, self.selection)

    @cached_property
    def decays(self) -> Array:
        """Which parameters weight decay acts on."""
        return self.selection.weights & (self.free > 0) & decays(self.run)

    def decay(self, stretch: Stretch) -> Array:
        """Return the weight decay λ of each step, shape (T, 1)."""
        job = self.run.replay.plan.job
        each = [job.learning_of(rows).constant("weight_decay") for rows in stretch.rows]
        return np.array(each)[:, np.newaxis]

    def shares(self, stretch: Stretch) -> Iterator[tuple[Array, Array]]:
        """Yield the numbers of steps with batches of one size, and their shares (T, m, P)."""
        job, selection = self.run.replay.plan.job, self.selection
        sizes = np.array([len(rows) for rows in stretch.rows])
        for size in sorted(set(sizes.tolist())):  # np.unique imports all of numpy.ma
            steps = np.flatnonzero(sizes == size)
            states = [stretch.before[step] for step in steps]
            rows = np.array([stretch.rows[step] for step in steps])
            passes = passes_of(job, states, rows, selection.layer)
            yield steps, selection.shares(passes.delta, passes.sent) * self.free

    def settle(self, stretch: Stretch) -> None:
        """Add to the sums what the shares of a stretch have come to."""
        places, rates = self.selection.places, np.array(stretch.rates)
        w = np.array([state.parameters.vector[places] for state in stretch.before], dtype=float)
        rule = self.rule.of_steps(rates, stretch.after, places, w, self.decays)
        course = Course.of(rule.direct, rule.taken, rule.later, rule.kept)
        comes_to, stays = np.array(course.comes_to), np.array(course.stays)
        self.added[:] += self.carried * course.reach
        self.carried[:] *= course.left
        for steps, shares in self.shares(stretch):
            added = shares * comes_to[steps, np.newaxis]
            carried = shares * stays[steps, np.newaxis]
            for place, step in enumerate(steps):
                slots = self.slot_of[stretch.rows[step]]
                self.added[slots] += added[place]
                self.carried[slots] += carried[place]
        self.added[DECAY] += rule.shrunk.sum(axis=0)
        if self.rule.optimizer.decoupled_update is None:
            asked = np.where(self.decays, self.decay(stretch) * w, 0.0)
            self.added[DECAY] += (asked * comes_to).sum(axis=0)
            self.carried[DECAY] += (asked * stays).sum(axis=0)


def frozen_of(run: Run, selection: Selection) -> Array:
    """Return which parameters of a selection are frozen, shape (P,)."""
    found: Array = frozen_mask(run.network, run.learning.frozen)[selection.places]
    return found


def decays(run: Run) -> bool:
    """Return whether a run's weights decay."""
    return run.learning.constant("weight_decay") > 0 or run.settings.penalty > 0


def account_of(
    run: Run,
    selection: Selection,
    since: int,
    until: int,
    progress: Callable[[int], object] = lambda done: None,
) -> Account:
    """Return the account of some parameters from `since` to `until` finished updates.

    `progress` is told the number of steps that are done.

    Raises
    ------
    Disagreement, RunError, DataError: as `Run.at`.
    """
    job, places = run.replay.plan.job, selection.places
    rows, visits = visited(job, since, until)
    room = (len(rows) + 2, len(places))
    check_room(2 * 8 * room[0] * room[1], f"the ledger of {described(selection)}")
    clerk = Clerk(run, selection, rows, np.zeros(room), np.zeros(room))
    of_step = job.batches.sizes[0] * (len(places) + sum(job.network.layers))
    of_step += job.network.parameter_count
    most = min(STRETCH, max(1, STRETCH_NUMBERS // of_step))
    states, stretch = walk(run.replay, since, until), Stretch()
    first = state = next(states)
    clerk.carried[BEFORE] = carried_by(clerk.rule, first, places) * clerk.free
    with np.errstate(all="ignore"):
        for after, batch_rows in zip(states, batches_of(job, since, until), strict=True):
            stretch.add(state, batch_rows, rate_of(job, state), after)
            state = after
            if len(stretch) == most or state.step == until:
                clerk.settle(stretch)
                stretch = Stretch()
            progress(state.step - since)
    return Account(
        rows, visits, clerk.added, clerk.carried,
        opening=first.parameters.vector[places].astype(np.float64),
        closing=state.parameters.vector[places].astype(np.float64),
        carried_in=carried_by(clerk.rule, first, places) * clerk.free,
        carried_out=carried_by(clerk.rule, state, places) * clerk.free,
    )  # fmt: skip


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
