"""What goes from one fit of an estimator to the next: the rule of stopping, and the optimizer.

Comes in: what a fit left. Goes out: the state that a warm start or `partial_fit` begins with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.backprop.backpropagation import first_state as nothing_carried
from clearprop.network.parameters import Parameters
from clearprop.training.engine import TrainingState
from clearprop.training.settings import TrainingSettings
from clearprop.training.stopping import Stopping, stopping_of


@dataclass(frozen=True)
class Memory:
    """The stopping rule's state, what the optimizer carried (of which rule), the rate from here."""

    stopping: Stopping
    optimizer: OptimizerState
    rule: str
    learning_rate: float

    @property
    def waited(self) -> int:
        """The epochs since the last one that was better."""
        return self.stopping.waited


def fresh_state(start: Parameters, settings: TrainingSettings) -> TrainingState:
    """Return the state before the first step."""
    carried = nothing_carried(start, settings.learning)
    return TrainingState(start, carried, stopping=stopping_of(settings))


def warm_state(
    start: Parameters, settings: TrainingSettings, memory: Memory | None
) -> TrainingState:
    """Return the state of a fit that goes on to wait for an epoch better than those before."""
    state = fresh_state(start, settings)
    fresh = state.stopping
    if memory is None or fresh is None:
        return state
    waited = min(memory.waited, fresh.patience - 1)
    going_on = replace(fresh, best_loss=memory.stopping.best_loss, waited=waited)
    if fresh.keeps:  # the weights to start from are the best of the fits before
        going_on = replace(going_on, best=start)
    return replace(state, stopping=going_on)


def carried_state(
    start: Parameters, settings: TrainingSettings, memory: Memory | None
) -> TrainingState:
    """Return the state of one more epoch: with what the optimizer carried, if it is the same."""
    state = fresh_state(start, settings)
    if memory is None or memory.rule != settings.learning.optimizer:
        return state
    same = all(
        vector.shape == start.vector.shape and vector.dtype == start.vector.dtype
        for vector in memory.optimizer.vectors.values()
    )
    return replace(state, optimizer=memory.optimizer) if same else state
