"""The interface between the training loop and what computes the steps.

An engine takes a state and returns a state; nothing is overwritten. Its result does not depend on
how the steps are parted into calls, so the loop may choose the calls by the clock.
"""

from dataclasses import dataclass
from typing import Protocol

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.network.parameters import Array, Parameters
from clearprop.training.batches import Batches


@dataclass(frozen=True)
class TrainingState:
    """All that a step needs from the steps before it.

    `step` counts finished updates. With the seed it also is the whole random state (`batches.py`).
    """

    parameters: Parameters
    optimizer: OptimizerState
    step: int = 0


@dataclass(frozen=True)
class Advance:
    """The state after some steps, and the loss L of each of them, before its update.

    `broke` says that the step after `state` reached a number that is not finite; its result is
    not kept.
    """

    state: TrainingState
    losses: Array
    broke: bool = False


class Engine(Protocol):
    """What computes training steps."""

    @property
    def name(self) -> str:
        """What the record of a run calls the engine."""

    @property
    def batches(self) -> Batches:
        """The examples, and which of them each step takes."""

    def first_state(self, parameters: Parameters) -> TrainingState:
        """Return the state before the first step."""

    def advance(self, state: TrainingState, until: int) -> Advance:
        """Train from `state` until `until` updates are finished, or one breaks."""
