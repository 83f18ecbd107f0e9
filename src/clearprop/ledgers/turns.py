"""Some steps of a run, read: what examples ask of some parameters, and what the rule makes of it.

Comes in: a run, a selection, and a span of steps. Goes out: `Batches`, δ and what was sent for each
batch, and `Updates`, all that the update rule made something of beside the gradients. No more of
the states is kept than this, so that many steps can wait for what becomes of their shares.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearprop.ledgers.carrying import Carrying, Rule
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.shares import batches_of, passes_of
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array
from clearprop.runs.run import Run
from clearprop.runs.walking import walk
from clearprop.training.engine import TrainingState, rate_of
from clearprop.training.job import Job

READ_NUMBERS = 4_000_000  # that the passes through steps may keep at a time


@dataclass(frozen=True)
class Turn:
    """One step: the states before and after it, its batch's rows, and its rate."""

    before: TrainingState
    rows: Array
    rate: float
    after: TrainingState


@dataclass(frozen=True)
class Batches:
    """The steps, by number, whose batches have one size, and what a selection sees of them.

    steps   shape (T,); rows: of the training part, shape (T, m)
    own     δ of the selection's units, shape (T, m, units)
    below   what its sources sent to them, shape (T, m, sources)
    """

    steps: Array
    rows: Array
    own: Array
    below: Array


@dataclass(frozen=True)
class Drawn:
    """What some updates of P parameters did with gradients: their rates, and what they divided by.

    rates    shape (T, 1)
    moments  by name: second moments, shape (T, P), and shared numbers, shape (T, 1)

    What belongs to each parameter has the run's own type of floats.
    """

    rates: Array
    moments: Mapping[str, Array]

    def some(self, steps: slice, places: slice) -> "Drawn":
        """Return some of the steps, for parameters that lie side by side."""
        return Drawn(
            self.rates[steps],
            {
                name: array[steps] if array.shape[1] == 1 else array[steps, places]
                for name, array in self.moments.items()
            },
        )

    def put(self, first: int, steps: "Drawn") -> None:
        """Write what some steps drew to where there is room, from the step `first` on."""
        some = slice(first, first + len(steps.rates))
        self.rates[some] = steps.rates
        for name, array in steps.moments.items():
            self.moments[name][some] = array

    def carrying(self, rule: Rule) -> Carrying:
        """Return what the steps made of gradients."""
        return rule.of_steps(self.rates, self.moments)


@dataclass(frozen=True)
class Updates:
    """Some updates of P parameters, all but their gradients.

    drawn    what they drew from all examples
    w        the parameters before, shape (T, P); (T, 1) where no weight decay asks for them
    lambdas  what weight decay multiplies w by to add it to the gradient, shape (T, 1)
    decays   which parameters weight decay acts on, shape (P,)
    """

    drawn: Drawn
    w: Array
    lambdas: Array
    decays: Array

    def some(self, places: slice) -> "Updates":
        """Return those of parameters that lie side by side."""
        every, one = slice(None), self.w.shape[1] == 1
        w = self.w if one else self.w[:, places]
        return Updates(self.drawn.some(every, places), w, self.lambdas, self.decays[places])

    def asked(self) -> Array | None:
        """Return what weight decay adds to gradients; None where it adds nothing to them."""
        if not self.lambdas.any():
            return None
        return np.where(self.decays, self.lambdas * self.w.astype(np.float64), 0.0)

    def shrunk(self, rule: Rule) -> Array:
        """Return what a decay of the weights themselves changes: nothing for most rules."""
        if rule.optimizer.decoupled_update is None or not self.decays.any():
            return np.zeros((len(self.w), 1))
        return np.where(self.decays, rule.shrunk(self.drawn.rates, self.drawn.moments, self.w), 0.0)


@dataclass(frozen=True)
class Reader:
    """Reads steps of a run for a selection."""

    run: Run
    selection: Selection

    @property
    def job(self) -> Job:
        """The training."""
        return self.run.replay.plan.job

    @property
    def numbers(self) -> int:
        """How many numbers a pass through one step keeps at a time."""
        job = self.job
        return job.network.parameter_count + job.batches.sizes[0] * sum(job.network.layers)

    @cached_property
    def rule(self) -> Rule:
        """What the update rule does to gradients."""
        return Rule.of(self.run.network, self.run.learning)

    @cached_property
    def frozen(self) -> Array:
        """Which parameters are frozen."""
        return frozen_of(self.run, self.selection)

    @cached_property
    def decayed(self) -> Array:
        """Which parameters weight decay acts on."""
        return self.selection.weights & ~self.frozen & decays(self.run)

    def batches(self, turns: Sequence[Turn]) -> tuple[Batches, ...]:
        """Return what the selection sees of the batches of some steps."""
        sizes = sorted({len(turn.rows) for turn in turns})
        return tuple(self.batches_of_size(turns, size) for size in sizes)

    def batches_of_size(self, turns: Sequence[Turn], size: int) -> Batches:
        """Return the steps with batches of one size."""
        selection = self.selection
        steps = [step for step, turn in enumerate(turns) if len(turn.rows) == size]
        rows = np.array([turns[step].rows for step in steps])
        passes = passes_of(self.job, [turns[step].before for step in steps], rows, selection.layer)
        own, below = passes.delta[..., selection.units], passes.sent[..., selection.sources]
        return Batches(np.array(steps), rows, own.copy(), below.copy())  # the rest may go

    def updates(self, turns: Sequence[Turn]) -> Updates:
        """Return the updates of some steps."""
        drawn, where, steps = self.room(len(turns)), self.selection.where, len(turns)
        for step, turn in enumerate(turns):
            drawn.rates[step] = turn.rate
            for name in self.rule.denominators:
                drawn.moments[name][step] = turn.after.optimizer.vectors[name][where]
            for name in self.rule.optimizer.shared_state:
                drawn.moments[name][step] = turn.after.optimizer.shared[name]
        w, lambdas = np.zeros((steps, 1)), np.zeros((steps, 1))
        if self.decayed.any():
            w = np.array([turn.before.parameters.vector[where] for turn in turns])
            if self.rule.optimizer.decoupled_update is None:
                each = (self.job.learning_of(turn.rows) for turn in turns)
                lambdas[:, 0] = [learning.constant("weight_decay") for learning in each]
        return Updates(drawn, w, lambdas, self.decayed)

    def room(self, steps: int) -> Drawn:
        """Return room for what some steps draw."""
        dtype, places = self.run.settings.dtype, len(self.selection.places)
        moments = {name: np.empty((steps, places), dtype) for name in self.rule.denominators}
        shared = {name: np.empty((steps, 1)) for name in self.rule.optimizer.shared_state}
        return Drawn(np.empty((steps, 1)), {**moments, **shared})

    def carried(self, state: TrainingState) -> Array:
        """Return what the optimizer carries, where gradients are added up; of a frozen one 0."""
        name, places = self.rule.carried, self.selection.places
        if name is None:
            return np.zeros(len(places))
        return np.where(self.frozen, 0.0, state.optimizer.vectors[name][places].astype(np.float64))


@dataclass(frozen=True)
class Span:
    """Steps of a run, and where in an account the rows of the training part that they visit are.

    rows, visits  those that are visited, and how often each
    slots         the place of each of them, shape (rows,): of its own, or where `grouped`, shared
    """

    run: Run
    since: int
    until: int
    rows: Array
    visits: Array
    slots: Array
    grouped: bool

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return self.until - self.since

    def slot_of(self, slots: Array) -> Array:
        """Return for each row of the training part its slot, 0 where it is not visited."""
        found = np.zeros(self.run.replay.plan.job.batches.examples, dtype=np.int64)
        found[self.rows] = slots
        return found

    def turns(self) -> Iterator[Turn]:
        """Yield the steps, one after another, as the run took them.

        Raises
        ------
        Disagreement, RunError, DataError: as `Run.at`.
        """
        replay, since, until = self.run.replay, self.since, self.until
        states = walk(replay, since, until)
        state, job = next(states), replay.plan.job
        for after, rows in zip(states, batches_of(job, since, until), strict=True):
            yield Turn(state, rows, rate_of(job, state), after)
            state = after


def span_of(run: Run, since: int, until: int, groups: Array | None) -> Span:
    """Return a span; `groups` numbers the group of each row of the training part, 0, 1, …"""
    rows, visits = visited(run.replay.plan.job, since, until)
    slots = np.arange(len(rows))
    if groups is not None:
        slots = np.unique(groups[rows], return_inverse=True)[1]
    return Span(run, since, until, rows, visits, slots, groups is not None)


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


def frozen_of(run: Run, selection: Selection) -> Array:
    """Return which parameters of a selection are frozen, shape (P,)."""
    found: Array = frozen_mask(run.network, run.learning.frozen)[selection.places]
    return found


def decays(run: Run) -> bool:
    """Return whether a run's weights decay."""
    return run.learning.constant("weight_decay") > 0 or run.settings.penalty > 0
