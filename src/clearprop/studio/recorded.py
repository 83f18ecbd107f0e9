"""A recorded run in the studio: its plan, its states, its history.

Comes in: a run. Goes out: a trainer that stands at its last step and knows all those before.
"""

from __future__ import annotations

from clearprop.errors import SettingError
from clearprop.runs.history import figures_of
from clearprop.runs.resuming import plan_of
from clearprop.runs.run import Run
from clearprop.studio.choices import Setup, board_of, plane_of
from clearprop.studio.trainer import MOST_HELD, Trainer


def setup_of_run(run: Run) -> Setup:
    """Return the plan of a run, and its board."""
    plan = plan_of(run)
    return Setup(plan, board_of(plan, {}, plane_of(plan.table)))


def trainer_of(found: Run) -> Trainer:
    """Return a trainer that stands at the end of a run.

    Raises
    ------
    RunError: the run was recorded without checkpoints, or none of them is whole.
    """
    last = found.at(found.outcome.steps).state
    held = {last.step: last, found.first_step: found.at(found.first_step).state}
    checkpoints = found.checkpoints
    if checkpoints is not None:
        for checkpoint in checkpoints.whole(found.first_step, last.step):
            if len(held) < MOST_HELD:
                held[checkpoint.state.step] = checkpoint.state
    return Trainer(plan_of(found), dict(sorted(held.items())), figures_of(found.history))


def opened(run: Run | None) -> Run:
    """Return the run that the studio was opened with."""
    if run is None:
        raise SettingError(
            "the studio was opened without a run; give its folder: clearprop studio RUN"
        )
    return run
