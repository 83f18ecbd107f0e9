"""A moment of a run: its state after S finished updates, and the step that follows.

Comes in: a run and the state. Goes out: `Moment`. S = 0 is the start; the batch, the loss and the
rate are those of update S + 1, which the parameters after S updates go into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState, forward_pass, losses, total_loss
from clearprop.errors import SettingError, counted
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.run import SMALLEST_RATE, check_row
from clearprop.shown import Shown
from clearprop.training.dropout import step_masks
from clearprop.training.engine import TrainingState, cuts_before
from clearprop.training.job import Job
from clearprop.training.reference import ReferenceEngine
from clearprop.training.schedules import scheduled_rates
from clearprop.training.scoring import Figures
from clearprop.training.threads import threads

if TYPE_CHECKING:
    from clearprop.runs.run import Run

ROWS_NAMED = 8  # of a batch, in words


@dataclass(frozen=True)
class Moment(Shown):
    """A run as it was after `step` finished updates, bit for bit."""

    run: "Run"
    state: TrainingState

    def __repr__(self) -> str:
        return f"<Moment of {self.run.name}: after {counted(self.step, 'step')}>"

    @property
    def step(self) -> int:
        """S: the number of finished updates."""
        return self.state.step

    @property
    def parameters(self) -> Parameters:
        """The parameters after S updates."""
        return self.state.parameters

    @property
    def optimizer(self) -> OptimizerState:
        """What the optimizer carried from update S to update S + 1."""
        return self.state.optimizer

    @property
    def job(self) -> Job:
        """What was trained, on what."""
        return self.run.replay.plan.job

    @property
    def learning(self) -> Learning:
        """How update S + 1 learns: the run's own loss and rule, with its batch's weight decay."""
        return self.job.learning_of(self.job.batches.rows(self.step))

    @property
    def per_epoch(self) -> int:
        """The number of steps in an epoch."""
        return -(-len(self.run.split.train) // self.run.settings.batch_size)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return self.step // self.per_epoch

    @property
    def rate(self) -> float:
        """The learning rate of update S + 1; after the last, what the schedule would go on with."""
        step, settings, cuts = self.step, self.run.settings, cuts_before(self.state)
        return float(scheduled_rates(settings, step, step + 1, self.per_epoch, cuts)[0])

    @property
    def rows(self) -> Array:
        """The rows of the data, as given, in the batch that update S + 1 takes, in its order."""
        return self.run.split.train[self.job.batches.rows(self.step)]

    @property
    def learnt(self) -> Array:
        """For each of the rows, whether the update learns from it: its weight is above 0.

        What a fork leaves out has the weight 0.
        """
        rows = self.job.batches.rows(self.step)
        weights = self.job.batches.weights_of(rows)
        return np.ones(len(rows), bool) if weights is None else weights > 0

    @property
    def rows_learnt(self) -> Array:
        """Those of the rows that the update learns from."""
        return self.rows[self.learnt]

    @cached_property
    def loss(self) -> float:
        """The loss of that batch before the update, with its dropout and sample weights."""
        job, batches = self.job, self.job.batches
        rows = batches.rows(self.step)
        products = ReferenceEngine(job, self.run.replay.plan.shape.arithmetic).products
        masks = step_masks(job.network, job.settings, self.step, len(rows))
        with threads(job.settings.threads):
            forward = forward_pass(self.parameters, batches.x[rows], products, masks)
            each = losses(job.network, job.learning, forward, batches.y[rows], products)
        loss = total_loss(job.learning, each, batches.weights_of(rows))
        return loss + job.penalty_of(self.parameters, rows)

    @cached_property
    def watched(self) -> Figures | None:
        """Loss and score of the watched rows with the parameters after S updates."""
        with threads(self.run.settings.threads):
            return self.run.replay.plan.engine.look(self.parameters)

    # --- the step that follows, as a lesson ------------------------------------------------------

    def lesson(self, example: int | None = None) -> Lesson:
        """Return update S + 1 as a lesson: its batch, or one row of the data alone.

        The parameters, what the optimizer carries and the rate are those of the moment. `example`
        is the zero-based row of the data as given, whichever part it fell in.

        Raises
        ------
        SettingError: the data have no such row; the fork leaves out all rows of the batch.
        DataError: the data cannot be loaded again, or have changed.
        """
        if example is None:
            rows, about = self.rows_learnt, self.about_batch
            if not len(rows):
                raise SettingError(
                    f"update {self.step + 1:,} has no rows to learn from: all of its batch are left"
                    " out; ask for another step, or for one example"
                )
        else:
            check_row(example, self.run.source.rows)
            rows, about = np.array([example]), self.about_row(example)
        run = self.run
        _, x, y = run.encoded_data
        learning = self.learning
        constants = {**learning.constants, "rate": self.rate or SMALLEST_RATE}
        dtype = run.settings.dtype  # the engine's numbers, not more digits than it had
        return Lesson(
            self.parameters.exact,
            x[rows].astype(dtype).astype(np.float64),
            y[rows].astype(dtype).astype(np.float64),
            replace(learning, constants=constants),
            about=about,
            carried=self.carried,
        )

    @property
    def carried(self) -> Mapping[str, Any]:
        """What the optimizer carries, by name, in float64."""
        vectors = {name: v.astype(np.float64) for name, v in self.optimizer.vectors.items()}
        return {**vectors, **self.optimizer.shared}

    @property
    def about_batch(self) -> str:
        """Return in words which rows the step takes."""
        rows = self.rows_learnt.tolist()
        named = ", ".join(map(str, rows[:ROWS_NAMED])) + (", …" if len(rows) > ROWS_NAMED else "")
        batch = f"the batch of {counted(len(rows), 'row')} ({named}) of {self.run.source.name}"
        return f"update {self.step + 1:,}: {batch}{self.run.shown_without}"

    def about_row(self, example: int) -> str:
        """Return in words which row it is, and that the step's batch is not."""
        part = self.run.part_in_words(example)
        return (
            f"row {example} of {self.run.source.name} ({part}) alone, with the numbers after"
            f" {counted(self.step, 'update')}{self.run.shown_without}"
        )
