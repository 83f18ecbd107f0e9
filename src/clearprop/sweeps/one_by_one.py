"""Networks that do not fit into lanes, one after another on each core, by the compiled loops.

Comes in: a plan and the cells of one network shape. Goes out: pieces of work, one for each network.
The engine is always the same: a row must not depend on how many others there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from time import perf_counter

import numpy as np

from clearprop.network.initializers import initialize
from clearprop.network.parameters import Array, Parameters
from clearprop.sweeps.goals import stuck_from
from clearprop.sweeps.outcomes import Outcomes
from clearprop.sweeps.planning import SweepPlan
from clearprop.training.batches import Batches
from clearprop.training.choices import network_for
from clearprop.training.engine import Advance, Engine, TrainingState
from clearprop.training.examples import Examples, examples_of
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.scoring import Figures, outputs_of
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import engine_of

SECONDS_PER_CALL = 0.1  # so that ctrl-C is soon heard

Asked = Callable[[], bool]
Tell = Callable[[float], None]
Piece = Callable[[Asked, Tell], None]


@dataclass(frozen=True)
class SingleWork:
    """The networks of some cells of one shape."""

    plan: SweepPlan
    cells: tuple[int, ...]
    outcomes: Outcomes

    @cached_property
    def engine(self) -> Engine:
        """The engine of the first network, which has all that the others need."""
        return OneTraining.of(self.plan, self.cells[0], self.plan.seeds[0]).engine

    @property
    def to_compile(self) -> list[str]:
        """What this machine has not compiled before, in words."""
        return self.engine.to_compile

    def prepare(self) -> None:
        """Compile what has to be compiled."""
        self.engine.prepare()

    def pieces(self) -> Iterator[Piece]:
        """Yield the work: the training of one network after another."""
        for cell in self.cells:
            for place in range(len(self.plan.seeds)):
                yield partial(train, self.plan, cell, place, self.outcomes)


def train(
    plan: SweepPlan, cell: int, place: int, outcomes: Outcomes, asked: Asked, tell: Tell
) -> None:
    """Train the network of a cell and a seed, and fill in its outcome."""
    training = OneTraining.of(plan, cell, plan.seeds[place])
    row = cell * len(plan.seeds) + place
    found = training.carry_out(asked, tell)
    if found is None:
        return
    outcomes.first[row], outcomes.before[row] = found.first, found.before
    outcomes.diverged[row] = found.diverged
    for name, figures in (("", found.trained), ("held_out_", found.held_out)):
        if figures is not None:
            getattr(outcomes, f"{name}loss")[row] = figures.loss
            score = figures.score if plan.table.kind == "classes" else None
            getattr(outcomes, f"{name}accuracy")[row] = np.nan if score is None else score
    outcomes.finished[row] = True


@dataclass(frozen=True)
class OneOutcome:
    """How one network ended; meanings as in `Outcomes`."""

    first: float
    before: float
    diverged: bool
    trained: Figures | None
    held_out: Figures | None


@dataclass(frozen=True)
class OneTraining:
    """The training of one network, whose watched rows are those it is trained on."""

    plan: SweepPlan
    engine: Engine
    start: Parameters
    examples: Examples

    @classmethod
    def of(cls, plan: SweepPlan, cell: int, seed: int) -> OneTraining:
        """Return the training of a cell's network with a seed, as `train` would begin it."""
        settings = replace(
            plan.cells[cell].settings, seed=seed, engine="generic", arithmetic=plan.arithmetic
        )
        examples = plan.examples
        if plan.holds_out:
            examples = examples_of(plan.table, settings, impute=plan.reading["impute"])
        network = network_for(examples.encoding, plan.table.kind, settings)
        drawn = initialize(network, settings.initializer, seed)
        x, y = examples.part("train", settings.dtype)
        weights = examples.weights_of("train", settings.dtype)
        batches = Batches(x, y, settings.batch_size, seed, weights)
        engine = engine_of(Job(network, settings, batches, (x, y), plan.table.kind))
        start = drawn.with_vector(drawn.vector.astype(settings.dtype))
        return cls(plan, engine, start, examples)

    @property
    def settings(self) -> TrainingSettings:
        """The settings of the training."""
        return self.engine.job.settings

    @property
    def per_epoch(self) -> int:
        """The number of steps in an epoch."""
        return self.engine.job.batches.per_epoch

    def carry_out(self, asked: Asked, tell: Tell) -> OneOutcome | None:
        """Train for all epochs; None where somebody asked to stop meanwhile."""
        state = self.engine.first_state(self.start)
        first = 0.0 if self.has_converged(state) else np.inf
        begin = self.engine.look(self.start)
        before, mark = begin.loss if begin else np.nan, stuck_from(self.settings.epochs)
        steps, mark, chunk = self.engine.job.steps, mark * self.per_epoch, 1
        while state.step < steps:
            if asked():
                return None
            until = min(state.step + chunk, mark if state.step < mark else steps)
            started = perf_counter()
            advance = self.engine.advance(state, until)
            if advance.broke:
                tell(1 - state.step / steps)
                return OneOutcome(np.inf, np.nan, True, None, None)
            if not np.isfinite(first):
                first = self.convergence(state, advance)
            seconds = max(perf_counter() - started, 1e-6)
            tell((until - state.step) / steps)
            pace = (until - state.step) / seconds
            chunk = max(1, min(4 * chunk, int(pace * SECONDS_PER_CALL)))
            state = advance.state
            if until == mark:
                before = float(advance.epochs.held_out[-1])
        trained = self.engine.look(state.parameters)
        return OneOutcome(first, before, False, trained, self.look_held_out(state.parameters))

    def advance(self, state: TrainingState, epoch: int) -> Advance:
        """Train until an epoch is finished."""
        return self.engine.advance(state, epoch * self.per_epoch)

    def convergence(self, before: TrainingState, advance: Advance) -> float:
        """Return the first epoch of a call in which the goal was reached, infinite if in none.

        The engine gives the loss of each epoch, and the accuracy. Only from where that is 1 on can
        all outputs be near their targets, and the outputs are looked at epoch by epoch.
        """
        epoch = before.step // self.per_epoch
        if self.plan.goal.by_loss:
            reached = np.flatnonzero(advance.epochs.held_out <= self.plan.goal.limit)
            return float(epoch + 1 + reached[0]) if len(reached) else np.inf
        right = np.flatnonzero(advance.epochs.score == 1)
        state, last = before, epoch + len(advance.epochs)
        for here in range(epoch + 1 + right[0], last + 1) if len(right) else ():
            state = self.advance(state, here).state
            if self.has_converged(state):
                return float(here)
        return np.inf

    def has_converged(self, state: TrainingState) -> bool:
        """Return whether the parameters as they are reach the goal."""
        goal = self.plan.goal
        if goal.by_loss:
            found = self.engine.look(state.parameters)
            return found is not None and found.loss <= goal.limit
        x, y = self.engine.job.batches.x, self.engine.job.batches.y
        distances: Array = np.abs(y - outputs_of(state.parameters, x))
        return bool((distances < goal.limit).all())

    def look_held_out(self, parameters: Parameters) -> Figures | None:
        """Return loss and score of the rows that were held out, if there are any."""
        if not self.plan.holds_out:
            return None
        job = replace(self.engine.job, watched=self.examples.part("test", self.settings.dtype))
        return ReferenceEngine(job, self.plan.arithmetic).look(parameters)
