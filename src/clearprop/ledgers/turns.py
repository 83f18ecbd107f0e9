"""Some steps of a run, read: what examples ask of some parameters, and what the rule makes of it.

Comes in: a run, a selection, and steps with the states around them. Goes out: `Turns`: δ and what
was sent for each batch, what the update rule made of gradients, and what weight decay asked. No
more of the states is kept than this, so that many steps can wait for what becomes of their shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.ledgers.carrying import Carrying, Rule
from clearprop.ledgers.selection import Selection
from clearprop.ledgers.shares import passes_of
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array
from clearprop.runs.run import Run
from clearprop.training.engine import TrainingState


@dataclass(frozen=True)
class Turn:
    """One step: the state it began with, its batch's rows, its rate, and what it carried on."""

    before: TrainingState
    rows: Array
    rate: float
    after: OptimizerState


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
class Turns:
    """Some steps as some parameters see them; `asked`, shape (T, P), is what weight decay asks."""

    count: int
    batches: tuple[Batches, ...]
    carrying: Carrying
    asked: Array | None


@dataclass(frozen=True)
class Reader:
    """Reads steps of a run for a selection."""

    run: Run
    selection: Selection

    @cached_property
    def rule(self) -> Rule:
        """What the update rule does to gradients."""
        return Rule.of(self.run.network, self.run.learning)

    @cached_property
    def decayed(self) -> Array:
        """Which parameters weight decay acts on."""
        return self.selection.weights & ~frozen_of(self.run, self.selection) & decays(self.run)

    def read(self, turns: Sequence[Turn]) -> Turns:
        """Return what the selection sees of some steps."""
        w = np.zeros((len(turns), 1))
        if self.decayed.any():
            where = self.selection.where
            w = np.array([turn.before.parameters.vector[where] for turn in turns], dtype=float)
        return Turns(
            len(turns),
            tuple(self.batches(turns, size) for size in sorted({len(turn.rows) for turn in turns})),
            self.carrying(turns, w),
            self.asked(turns, w),
        )

    def batches(self, turns: Sequence[Turn], size: int) -> Batches:
        """Return the steps with batches of one size."""
        job, selection = self.run.replay.plan.job, self.selection
        steps = [step for step, turn in enumerate(turns) if len(turn.rows) == size]
        rows = np.array([turns[step].rows for step in steps])
        passes = passes_of(job, [turns[step].before for step in steps], rows, selection.layer)
        own, below = passes.delta[..., selection.units], passes.sent[..., selection.sources]
        return Batches(np.array(steps), rows, own.copy(), below.copy())  # the rest may go

    def carrying(self, turns: Sequence[Turn], w: Array) -> Carrying:
        """Return what the steps made of gradients."""
        rates, after = np.array([turn.rate for turn in turns]), [turn.after for turn in turns]
        return self.rule.of_steps(rates, after, self.selection.where, w, self.decayed)

    def asked(self, turns: Sequence[Turn], w: Array) -> Array | None:
        """Return what weight decay adds to gradients; None where it adds nothing to them."""
        if not self.decayed.any() or self.rule.optimizer.decoupled_update is not None:
            return None
        job = self.run.replay.plan.job
        each = [job.learning_of(turn.rows).constant("weight_decay") for turn in turns]
        return np.where(self.decayed, np.array(each)[:, np.newaxis] * w, 0.0)


def frozen_of(run: Run, selection: Selection) -> Array:
    """Return which parameters of a selection are frozen, shape (P,)."""
    found: Array = frozen_mask(run.network, run.learning.frozen)[selection.places]
    return found


def decays(run: Run) -> bool:
    """Return whether a run's weights decay."""
    return run.learning.constant("weight_decay") > 0 or run.settings.penalty > 0
