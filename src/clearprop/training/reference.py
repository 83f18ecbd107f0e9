"""The engine in plain NumPy: the pass of `backprop`, batch after batch.

The formulas are evaluated from their trees in fast arithmetic, in the parameters' own dtype.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearprop.backprop.backpropagation import (
    backward_pass,
    first_state,
    forward_pass,
    losses,
    update,
)
from clearprop.network.learning import Learning
from clearprop.network.lesson import frozen_mask
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
from clearprop.training.batches import Batches
from clearprop.training.engine import Advance, TrainingState


@dataclass(frozen=True)
class ReferenceEngine:
    """Trains a network on batches, one NumPy pass per step."""

    network: Network
    learning: Learning
    batches: Batches
    name: str = "reference"

    @cached_property
    def frozen(self) -> Array | None:
        """Which parameters the update leaves alone; None where it changes all."""
        if not self.learning.frozen:
            return None
        return frozen_mask(self.network, self.learning.frozen)

    def first_state(self, parameters: Parameters) -> TrainingState:
        """Return the state before the first step."""
        return TrainingState(parameters, first_state(parameters, self.learning))

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train from `state` until `until` updates are finished, or one breaks."""
        found: list[float] = []
        order = self.batches.order(state.step // self.batches.per_epoch)
        while state.step < until:
            epoch, place = divmod(state.step, self.batches.per_epoch)
            if place == 0:
                order = self.batches.order(epoch)
            start = place * self.batches.size
            loss, after = self.step(state, order[start : start + self.batches.size])
            if not (np.isfinite(loss) and np.isfinite(after.parameters.vector).all()):
                return Advance(state, np.array(found), broke=True)
            found.append(loss)
            state = after
        return Advance(state, np.array(found))

    def step(self, state: TrainingState, rows: Array) -> tuple[float, TrainingState]:
        """Return the loss of a batch and the state after its update."""
        x, y = self.batches.x[rows], self.batches.y[rows]
        forward = forward_pass(state.parameters, x)
        each = losses(self.network, self.learning, forward, y)
        back = backward_pass(state.parameters, self.learning, forward, y)
        parameters, optimizer = update(
            state.parameters, back.gradient, self.learning, state.optimizer, self.frozen
        )
        with np.errstate(over="ignore"):
            loss = float(each.mean() if self.learning.reduction == "mean" else each.sum())
        return loss, TrainingState(parameters, optimizer, state.step + 1)
