"""Walking: every state of a span of steps, one after another, to the bits of the training.

Comes in: a run and a span. Goes out: its states, each by one step of the run's own engine. At every
checkpoint on the way the bits are held against it, and after the last step against the next one.
"""

from collections.abc import Generator

from clearprop.runs.checkpoints import state_hash
from clearprop.runs.replay import Replay, check_branch
from clearprop.training.engine import TrainingState


def walk(replay: Replay, first: int, last: int) -> Generator[TrainingState, None, None]:
    """Yield the states after `first`, `first` + 1, …, `last` updates.

    A walk that is left early has not met the checkpoint after its last state: `Replay.hold` does.

    Raises
    ------
    SettingError, RunError, DataError, Disagreement: as `Run.at`.
    """
    check_branch(first, replay.run)
    state = replay.nearest(first)
    if state.step < first:
        state = replay.advanced(state, first)
    yield state
    if first == last:
        return
    engine, checkpoints = replay.engine, replay.run.checkpoints
    assert checkpoints is not None, "the nearest was one"
    state = replay.advanced(state, first + 1)  # makes the engine ready, or refuses it
    with replay.plan.threads():
        met = checkpoints.whole(first + 1, last)
        checkpoint = next(met, None)
        while True:
            if checkpoint is not None and checkpoint.state.step == state.step:
                if state_hash(state) != state_hash(checkpoint.state):
                    raise replay.drift(state.step)
                checkpoint = next(met, None)
            yield state
            if state.step >= last:
                break
            step, state = state.step, engine.advance(state, state.step + 1).state
            if state.step != step + 1:
                raise replay.drift(step + 1)
    replay.hold(state)
