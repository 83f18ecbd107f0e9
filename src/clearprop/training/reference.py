"""The engine in plain NumPy: the pass of `backprop`, batch after batch.

The formulas are evaluated from their trees, in strict or fast arithmetic, in the parameters' own
dtype. The compiled shapes are held to it: in strict arithmetic bit for bit.
"""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from clearprop.backprop.backpropagation import (
    backward_pass,
    first_state,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.backprop.clipping import clipped
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS, Products
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.dropout import step_masks
from clearprop.training.engine import Advance, EpochFigures, TrainingState, cuts_before
from clearprop.training.job import Job
from clearprop.training.scoring import Figures, figures
from clearprop.training.stopping import stopping_of


@dataclass(frozen=True)
class ReferenceEngine:
    """Trains a network on batches, one NumPy pass per step."""

    job: Job
    arithmetic: str = "fast"

    @property
    def name(self) -> str:
        """What the record of a run calls the engine."""
        return f"reference, {self.arithmetic}"

    @property
    def products(self) -> Products:
        """The arithmetic of the pass."""
        return STRICT_PRODUCTS if self.arithmetic == "strict" else FAST_PRODUCTS

    @cached_property
    def frozen(self) -> Array | None:
        """Which parameters the update leaves alone; None where it changes all."""
        if not self.job.learning.frozen:
            return None
        return frozen_mask(self.job.network, self.job.learning.frozen)

    @property
    def to_compile(self) -> list[str]:
        """What has to be compiled: nothing."""
        return []

    def prepare(self) -> None:
        """Do nothing: it is ready."""

    def first_state(self, parameters: Parameters) -> TrainingState:
        """Return the state before the first step."""
        return first_training_state(self.job, parameters)

    def look(self, parameters: Parameters) -> Figures | None:
        """Return loss and score of the watched rows."""
        if self.job.watched is None:
            return None
        x, y = self.job.watched
        return figures(parameters, self.job.learning, x, y, self.job.kind, self.products)

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train until `until` updates are finished, one breaks, or early stopping says enough."""
        batches, finished = self.job.batches, list[tuple[float, float, float]]()
        order = batches.order(state.step // batches.per_epoch)
        first, cuts = state.step, cuts_before(state)
        rates = self.rates(first, until, cuts)
        while state.step < until and not state.is_over and cuts_before(state) == cuts:
            epoch, place = divmod(state.step, batches.per_epoch)
            if place == 0:
                order = batches.order(epoch)
            rows = order[place * batches.size : (place + 1) * batches.size]
            loss, after = self.step(state, rows, rates[state.step - first])
            if not (isfinite(loss) and np.isfinite(after.parameters.vector).all()):
                return Advance(state, epoch_figures(finished), broke=True)
            state = after
            if place == batches.per_epoch - 1:
                state, row = self.closed(state)
                finished.append(row)
        return Advance(state, epoch_figures(finished))

    def rates(self, first: int, until: int, cuts: int = 0) -> list[float]:
        """Return the learning rate of each step."""
        found: list[float] = self.job.rates(first, until, cuts).tolist()
        return found if len(found) > 1 else found * (until - first)

    def of_examples(self, loss: float, rows: Array) -> float:
        """Return the sum of the losses of a batch's examples."""
        return loss * len(rows) if self.job.learning.reduction == "mean" else loss

    def closed(self, state: TrainingState) -> tuple[TrainingState, tuple[float, float, float]]:
        """Return the state at the end of an epoch, and the epoch's figures."""
        loss = state.loss_sum / self.job.batches.examples
        look, stopping = self.look(state.parameters), state.stopping
        if stopping is not None:
            stopping = stopping.after(self.judged(loss, look), state.parameters, state.step)
        held_out, score = (look.loss, look.score) if look else (None, None)
        row = (loss, as_entry(held_out), as_entry(score))
        return TrainingState(state.parameters, state.optimizer, state.step, 0.0, stopping), row

    def judged(self, loss: float, look: Figures | None) -> float:
        """Return what early stopping goes by, to be as small as may be."""
        if self.job.settings.stop_on == "training loss":
            return loss
        assert look is not None, "the validation part is watched"
        if self.job.settings.stop_on == "validation loss":
            return look.loss
        return -(look.score or 0.0)

    def step(self, state: TrainingState, rows: Array, rate: float) -> tuple[float, TrainingState]:
        """Return the loss of a batch and the state after its update."""
        job, learning = self.job, self.job.learning_of(rows)
        network, settings = job.network, job.settings
        x, y = self.job.batches.x[rows], self.job.batches.y[rows]
        weights = self.job.batches.weights_of(rows)
        masks = step_masks(network, settings, state.step, len(rows))
        forward = forward_pass(state.parameters, x, self.products, masks)
        each = losses(network, learning, forward, y, self.products)
        back = backward_pass(state.parameters, learning, forward, y, self.products, weights)
        gradient = back.gradient
        if settings.clip_norm is not None:
            gradient = clipped(gradient, settings.clip_norm, self.frozen, self.products)
        parameters, optimizer = update(
            state.parameters, gradient, learning, state.optimizer, self.frozen, self.products, rate
        )
        loss = total_loss(learning, each, weights) + job.penalty_of(state.parameters, rows)
        loss_sum = state.loss_sum + self.of_examples(loss, rows)
        after = TrainingState(parameters, optimizer, state.step + 1, loss_sum, state.stopping)
        return loss, after


def first_training_state(job: Job, parameters: Parameters) -> TrainingState:
    """Return the state of a job before the first step."""
    optimizer = first_state(parameters, job.learning)
    return TrainingState(parameters, optimizer, stopping=stopping_of(job.settings))


def as_entry(value: float | None) -> float:
    """Return a figure as an entry of an array, NaN where there is none."""
    return float("nan") if value is None else value


def epoch_figures(rows: list[tuple[float, float, float]]) -> EpochFigures:
    """Return the figures of epochs, column by column."""
    return EpochFigures(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)
