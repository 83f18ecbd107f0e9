"""Resuming: a run that was cut off or interrupted -> the plan to go on with.

Comes in: a run's folder. Goes out: a `Plan` whose start is the newest whole checkpoint, and a
`Recorder` that goes on writing where the other one stopped. The training ends with the bits of one
that never stopped.
"""

from dataclasses import replace
from os import PathLike
from pathlib import Path

from clearprop.errors import Disagreement, FailedRun, RunError, SettingError, counted
from clearprop.runs import disk
from clearprop.runs.checkpoints import Checkpoints, checkpoint_path, steps_in
from clearprop.runs.folder import CHECKPOINTS, GROWING, MANIFEST, restored
from clearprop.runs.history import figures_of
from clearprop.runs.lock import in_training, is_locked
from clearprop.runs.making import Before, Plan, run_in_training
from clearprop.runs.manifest import run_files
from clearprop.runs.reading import open_run
from clearprop.runs.recording import Recorder
from clearprop.runs.run import RESUMABLE, Run
from clearprop.training.examples import Examples


def run_to_go_on(path: "str | PathLike[str]") -> Run:
    """Return the run of a folder, which is put back first if its replacement was cut off."""
    restored(Path(path))
    return open_run(path)


def plan_of(run: Run) -> Plan:
    """Return the training of a run as a plan: the same steps, on the same data.

    Its parameters are those of the run; where it begins is for the caller to say.

    Raises
    ------
    DataError: the data cannot be loaded again, or have changed.
    """
    table, x, y = run.encoded_data
    weights = None if table.weights is None else table.weights.to_numpy()
    examples = Examples(x, y, run.split, run.encoding, weights)
    return Plan(
        table, examples, run.settings, run.parameters, run.source, run.init, branch=run.branch
    )


def plan_to_go_on(run: Run) -> Plan:
    """Return the plan by which a run that is not over goes on.

    Raises
    ------
    SettingError: its training is over.
    RunError: it has no checkpoint to go on from.
    DataError: the data cannot be loaded again, or have changed.
    Disagreement: this version of clearprop would take another engine.
    """
    checkpoints = checkpoints_to_go_on(run)
    last = next(checkpoints.whole(0, run.outcome.steps, backward=True), None)
    if last is None:
        raise RunError(f"{run.name} is damaged: none of its checkpoints is whole")
    plan = plan_of(run)
    figures = figures_of(run.history[: last.state.step // plan.job.batches.per_epoch])
    plan = replace(plan, before=Before(last, figures, run.outcome.created, checkpoints))
    if plan.engine.name != run.outcome.engine:
        raise Disagreement(
            f"{run.name} was computed by the engine '{run.outcome.engine}', and this version of"
            f" clearprop would take '{plan.engine.name}': it cannot go on to the same bits"
        )
    return plan


def checkpoints_to_go_on(run: Run) -> Checkpoints:
    """Return the checkpoints of a run that is not over; raise where there are none."""
    place = run.path or run.name
    if run.path is None:
        raise SettingError(f"the run on {run.name} is in memory only: nothing was cut off")
    if (over := sentence_of_end(run)) is not None:
        raise SettingError(over)
    if is_locked(run.path):
        raise in_training(run.path)
    if run.checkpoints is None or not run.checkpoints.steps:
        raise RunError(
            f"{place} has no checkpoints, so it cannot go on to the same bits;"
            f" --init {place} goes on from its weights"
        )
    return run.checkpoints


def sentence_of_end(run: Run) -> str | None:
    """Return why there is nothing to go on with; None where there is something."""
    outcome, place = run.outcome, run.path or run.name
    if outcome.status in RESUMABLE:
        return None
    if outcome.status == "finished":
        return f"{place} is finished: all of its {counted(run.settings.epochs, 'epoch')} are done"
    return f"{place} is over: {outcome.note}"


def gone_on(plan: Plan, folder: Path | None) -> Recorder:
    """Make a run's folder that of a training once more, and return what goes on writing.

    Raises
    ------
    RunError: another process is training it.
    FailedRun: the disk is full, not writable or gone; the run is what it was.
    """
    assert plan.before is not None, "it goes on"
    assert folder is not None, "it lies in a folder"
    try:
        recorder = Recorder(folder, plan.before.checkpoint, len(plan.before.figures))
        try:
            take_up(plan, folder)
        except BaseException:
            recorder.__exit__(None, None, None)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise FailedRun(f"the run cannot go on in {folder}: {reason}") from None
    return recorder


def take_up(plan: Plan, folder: Path) -> None:
    """Write what makes a folder that of a training at its last checkpoint."""
    assert plan.before is not None, "it goes on"
    remove_remains(folder, plan.before.checkpoint.state.step)
    files = run_files(replace(run_in_training(plan), checkpoints=None))
    manifest = files.pop(MANIFEST)
    for name in (name for name in files if name.startswith(GROWING)):
        disk.make_folder(folder / GROWING)
        disk.replace_whole(folder / name, files[name])
    disk.replace_whole(folder / MANIFEST, manifest)


def remove_remains(folder: Path, last: int) -> None:
    """Remove files that were being written when the training was cut off, and what is no use."""
    for path in [*folder.glob(".*.partial"), *folder.glob("*/.*.partial")]:
        disk.remove(path)
    for step in steps_in(folder / CHECKPOINTS):
        if step > last:
            disk.remove(checkpoint_path(folder, step))
