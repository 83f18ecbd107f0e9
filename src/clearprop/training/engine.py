"""The interface between the training loop and what computes the steps.

An engine takes a state and returns a state; nothing is overwritten. Its result does not depend on
how the steps are parted into calls, so the loop may choose the calls by the clock.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.network.parameters import Array, Parameters
from clearprop.training.job import Job
from clearprop.training.scoring import Figures
from clearprop.training.stopping import Stopping


@dataclass(frozen=True)
class TrainingState:
    """All that a step needs from the steps before it.

    parameters, optimizer   what the updates made
    step       finished updates; with the seed it also is the whole random state (`batches.py`)
    loss_sum   of the examples of the unfinished epoch, each before its own update
    stopping   the state of early stopping, if that is on
    """

    parameters: Parameters
    optimizer: OptimizerState
    step: int = 0
    loss_sum: float = 0.0
    stopping: Stopping | None = None

    @property
    def is_over(self) -> bool:
        """Whether early stopping ends the training here."""
        return self.stopping is not None and self.stopping.is_over


def cuts_before(state: TrainingState) -> int:
    """Return how often an adaptive rate was cut before the step that follows a state."""
    return 0 if state.stopping is None else state.stopping.cuts


def rate_of(job: Job, state: TrainingState) -> float:
    """Return the learning rate of the step that follows a state."""
    return float(job.rates(state.step, state.step + 1, cuts_before(state))[0])


@dataclass(frozen=True)
class EpochFigures:
    """Figures of some epochs, one entry each: NaN where there are none.

    `loss` is the mean training loss of the epoch's examples, each before its own update; `held_out`
    and `score` are those of the watched rows after the epoch.
    """

    loss: Array = field(default_factory=lambda: np.zeros(0))
    held_out: Array = field(default_factory=lambda: np.zeros(0))
    score: Array = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.loss)


@dataclass(frozen=True)
class Advance:
    """The state after some steps, and the figures of the epochs that they finished.

    `broke` says that the step after `state` reached a number that is not finite; its result is
    not kept.
    """

    state: TrainingState
    epochs: EpochFigures
    broke: bool = False


class Engine(Protocol):
    """What computes training steps."""

    @property
    def name(self) -> str:
        """What the record of a run calls the engine."""

    @property
    def job(self) -> Job:
        """What is to be trained."""

    @property
    def to_compile(self) -> list[str]:
        """What this machine has not compiled before, in words."""

    def prepare(self) -> None:
        """Compile what has to be compiled, or take it from the cache."""

    def first_state(self, parameters: Parameters) -> TrainingState:
        """Return the state before the first step."""

    def look(self, parameters: Parameters) -> Figures | None:
        """Return loss and score of the watched rows."""

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train until `until` updates are finished, one breaks, or early stopping says enough.

        It also comes back where early stopping cuts an adaptive rate.
        """
