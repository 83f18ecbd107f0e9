"""The numbers of one training step: what a state's next update computes, in plain NumPy.

Comes in: the job, a state after S updates, and the arithmetic. Goes out: forward pass, loss and
gradient of the batch of update S + 1, and the parameters after it; each is computed when it is
asked for. In strict arithmetic they are those of the training, bit for bit; else to rounding.
"""

from dataclasses import dataclass
from functools import cached_property

from clearprop.backprop.backpropagation import (
    BackwardPass,
    ForwardPass,
    OptimizerState,
    backward_pass,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.backprop.clipping import clipped
from clearprop.backprop.products import FAST_PRODUCTS, Products
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.dropout import step_masks
from clearprop.training.engine import TrainingState, rate_of
from clearprop.training.job import Job


@dataclass(frozen=True)
class StepNumbers:
    """What update S + 1 computes, S being the state's finished updates."""

    job: Job
    state: TrainingState
    products: Products = FAST_PRODUCTS

    @cached_property
    def rows(self) -> Array:
        """The rows of the training part in the batch."""
        return self.job.batches.rows(self.state.step)

    @cached_property
    def forward(self) -> ForwardPass:
        """The forward pass of the batch, with the training's dropout."""
        job, state = self.job, self.state
        masks = step_masks(job.network, job.settings, state.step, len(self.rows))
        return forward_pass(state.parameters, job.batches.x[self.rows], self.products, masks)

    @cached_property
    def each_loss(self) -> Array:
        """The loss of every row of the batch, before sample weights."""
        job, y = self.job, self.job.batches.y[self.rows]
        return losses(job.network, job.learning, self.forward, y, self.products)

    @cached_property
    def loss(self) -> float:
        """The loss of the batch before the update."""
        job, weights = self.job, self.job.batches.weights_of(self.rows)
        loss = total_loss(job.learning, self.each_loss, weights)
        return loss + job.penalty_of(self.state.parameters, self.rows)

    @cached_property
    def backward(self) -> BackwardPass:
        """The deltas of the batch and its gradient, before that is clipped."""
        batches, learning = self.job.batches, self.job.learning
        y, weights = batches.y[self.rows], batches.weights_of(self.rows)
        parameters = self.state.parameters
        return backward_pass(parameters, learning, self.forward, y, self.products, weights)

    @property
    def gradient(self) -> Parameters:
        """The gradient of the batch, before it is clipped."""
        return self.backward.gradient

    @cached_property
    def clipped(self) -> Parameters:
        """The gradient that the update rule is given."""
        most = self.job.settings.clip_norm
        if most is None:
            return self.gradient
        return clipped(self.gradient, most, self.frozen, self.products)

    @property
    def frozen(self) -> Array | None:
        """Which parameters stay as they are, None where none does."""
        job = self.job
        return frozen_mask(job.network, job.learning.frozen) if job.learning.frozen else None

    @cached_property
    def update(self) -> tuple[Parameters, OptimizerState]:
        """The parameters after the update, and what the optimizer carries on."""
        job, state = self.job, self.state
        return update(
            state.parameters, self.clipped, job.learning_of(self.rows), state.optimizer,
            self.frozen, self.products, rate_of(job, state),
        )  # fmt: skip

    @property
    def updated(self) -> Parameters:
        """The parameters after the update."""
        return self.update[0]
