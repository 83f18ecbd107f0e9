"""A frame: what a training looks like at a moment, as bytes for the browser.

Little-endian, in this order, so that each part lies at a multiple of its size:

    int32    [12]     FORMAT, parameters, layers, side, planes, unit pictures, their side, flags,
                      and zeros
    float64  [6]      step shown, newest step, loss, held-out loss, score, steps per second
    float32  [P]      the parameters: the flat vector, W1 row by row, b1, W2, …
    float32  [3D]     norms per layer: weights, gradient, update of the step that follows
    uint8    [planes * side²]   the decision surface; then the units' pictures, layer by layer

Flags: 1 it plays, 2 an earlier moment is shown, 4 it is being compiled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import forward_pass, losses
from clearprop.network.parameters import Array
from clearprop.runs.making import Plan
from clearprop.studio.pictures import EVERY, SIDE, Board, Bytes
from clearprop.studio.trainer import Trainer
from clearprop.training.engine import TrainingState
from clearprop.training.reference import ReferenceEngine
from clearprop.training.scoring import Figures
from clearprop.training.step_numbers import StepNumbers
from clearprop.training.vital_signs import norm

FORMAT = 1
HEAD = 12
PLAYS, EARLIER, COMPILES = 1, 2, 4
MOST_ROWS = 2_000  # training rows that the loss is taken over


@dataclass(frozen=True)
class Painter:
    """Makes the frames of a training."""

    trainer: Trainer
    board: Board | None

    @property
    def plan(self) -> Plan:
        """What is trained."""
        return self.trainer.plan

    def frame(self) -> bytes:
        """Return the moment that is looked at as a frame."""
        with np.errstate(all="ignore"):  # what is huge, or no number, is drawn as it is
            return b"".join(part.tobytes() for part in self.parts())

    def parts(self) -> tuple[Array | Bytes, ...]:
        """Return the parts of the frame, in their order."""
        trainer = self.trainer
        state = trainer.moment
        # a large network goes on while its frame is made, which makes no earlier moment of it
        newest = state.step if trainer.shown is None else trainer.step
        surface, units = self.pictures(state)
        layers = self.plan.network.depth
        flags = (
            PLAYS * trainer.playing
            | EARLIER * (state.step < newest)
            | COMPILES * bool(trainer.compiling)
        )
        head = (FORMAT, len(state.parameters.vector), layers, SIDE, len(surface), len(units),
                -(-SIDE // EVERY), flags)  # fmt: skip
        held_out = self.trainer.engine.look(state.parameters) or Figures(float("nan"), None)
        score = float("nan") if held_out.score is None else held_out.score
        figures = (state.step, newest, self.loss(state), held_out.loss, score,
                   trainer.pace.steps_per_second)  # fmt: skip
        return (
            np.array([*head, *[0] * (HEAD - len(head))], "<i4"),
            np.array(figures, "<f8"),
            state.parameters.vector.astype("<f4"),
            self.sizes(state).astype("<f4"),
            surface,
            units,
        )

    def pictures(self, state: TrainingState) -> tuple[Array, Array]:
        """Return the surface and the units' pictures, none without a board."""
        if self.board is None:
            return np.zeros((0, SIDE, SIDE), np.uint8), np.zeros((0, 1, 1), np.uint8)
        return self.board.pictures(state.parameters)

    def loss(self, state: TrainingState) -> float:
        """Return the mean loss of the training rows, of 2,000 of them where there are more."""
        job = self.plan.job
        x, y = job.batches.x[:MOST_ROWS], job.batches.y[:MOST_ROWS]
        forward = forward_pass(state.parameters, x)
        return float(np.mean(losses(job.network, job.learning, forward, y)))

    def sizes(self, state: TrainingState) -> Array:
        """Return the norms of weights, gradient and update of every layer, shape (3, D)."""
        shape = self.plan.shape
        products = ReferenceEngine(self.plan.job, shape.arithmetic).products
        numbers = StepNumbers(self.plan.job, state, products)
        pairs = zip(state.parameters.weights, numbers.updated.weights, strict=True)
        return np.array(
            [
                [norm(w) for w in state.parameters.weights],
                [norm(w) for w in numbers.gradient.weights],
                [norm(new - w) for w, new in pairs],
            ]
        )
