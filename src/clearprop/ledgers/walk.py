"""The states of a run one after another, each of them held against the run's checkpoints.

`Replay` brings back one state at a time and looks for the nearest checkpoint for each; a walk takes
every step once, and meets each checkpoint on its way.
"""

from collections.abc import Iterator

from clearprop.errors import RunError
from clearprop.runs.checkpoints import state_hash
from clearprop.runs.replay import Replay
from clearprop.runs.run import Run
from clearprop.training.engine import TrainingState
from clearprop.training.threads import threads


def walk(run: Run, first: int, last: int) -> Iterator[TrainingState]:
    """Yield the states after `first`, `first` + 1, …, `last` updates, bit for bit.

    Raises
    ------
    Disagreement: the steps come to other bits than those of the training.
    SettingError, RunError, DataError: as `Run.at`.
    """
    replay = run.replay
    state = replay.advanced(replay.state(first), first)  # no step yet: the engine is made ready
    assert run.checkpoints is not None, "the state was found"
    checkpoints = {step for step in run.checkpoints.steps if first < step <= last}
    yield state
    with threads(run.settings.threads):
        for step in range(first + 1, last + 1):
            state = replay.plan.engine.advance(state, step).state
            if state.step != step:
                raise replay.drift(step)
            if step in checkpoints:
                meet(replay, state)
            yield state
    replay.hold(state)


def meet(replay: Replay, state: TrainingState) -> None:
    """Raise Disagreement unless a state has the bits of its checkpoint; a damaged one says none."""
    assert replay.run.checkpoints is not None, "it has one of this step"
    try:
        then = replay.run.checkpoints.load(state.step).state
    except RunError:
        return
    if state_hash(then) != state_hash(state):
        raise replay.drift(state.step)
    replay.held.add(state.step)
