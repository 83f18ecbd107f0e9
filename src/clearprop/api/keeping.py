"""Runs written down: where asked, else where they can be: what was learnt is not lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from os import PathLike
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from clearprop.api.progress import Asked, followed
from clearprop.errors import Diverged, FailedRun, RunError

if TYPE_CHECKING:
    from clearprop.runs.making import Plan
    from clearprop.runs.recording import Recorder
    from clearprop.runs.run import Run
    from clearprop.training.loop import Progress


logger = logging.getLogger("clearprop")


class DivergedRun(Diverged):
    """Training reached a number that is not finite; `run` has the last finite parameters."""

    def __init__(self, run: Run) -> None:
        kept = f"; the parameters after step {run.outcome.step:,} are kept"
        place = f" in {run.path}" if run.path else ""
        super().__init__(f"{run.outcome.note}{kept}{place}. A smaller rate may help")
        self.run = run


def check_out(out: str | PathLike[str], force: bool = False) -> None:
    """Raise RunError, before any training, where a run could not be written to `out`."""
    from clearprop.runs.folder import check_free, check_writable

    check_free(Path(out), force)
    check_writable(Path(out))


def carried_out(
    plan: Plan,
    out: str | PathLike[str] | None,
    force: bool,
    progress: Asked[Progress],
) -> Run:
    """Carry a plan out, recorded in `out` where that is given, and return the run.

    Raises
    ------
    Diverged: training reached a number that is not finite.
    """
    from clearprop.runs.making import carry_out, prepare
    from clearprop.runs.recording import begun
    from clearprop.training.interruption import Interruption

    with Interruption() as interruption, followed(progress, "training") as watch:
        prepare(plan, interruption)
        if out is None:
            run = with_picture(carry_out(plan, interruption, watch))
        else:
            with begun(plan, Path(out), force) as recorder:
                run = recorded(carry_out(plan, interruption, watch, recorder), recorder)
    if run.outcome.status == "diverged":
        raise DivergedRun(run)
    return run


def recorded(run: Run, recorder: Recorder) -> Run:
    """Finish the folder of a run whose training is over; or write it where it can be.

    Raises
    ------
    FailedRun: the disk is full or gone; the run lies elsewhere then, if there is any room.
    """
    drawn, folder = with_picture(run), recorder.folder
    try:
        return recorder.finish(drawn)
    except FileNotFoundError:  # somebody removed the folder, or what is in it
        logger.warning(
            "%s vanished while it was trained, and its checkpoints with it; it is written once"
            " more, with the first state and the last: steps between are replayed from the start",
            folder,
        )
        return written(drawn, folder)
    except OSError as error:
        reason = error.strerror or str(error)
        kept = kept_elsewhere(drawn, f"clearprop-{folder.name}")
        raise FailedRun(f"the run cannot be written to {folder}: {reason}; {kept}") from None


def with_picture(run: Run) -> Run:
    """Return the run with its loss curve drawn."""
    from clearprop.render.loss_curve import run_curve
    from clearprop.runs.folder import PICTURE

    return replace(run, pictures={PICTURE: run_curve(run)})


def written(
    run: Run, out: str | PathLike[str], force: bool = False, series: str | None = None
) -> Run:
    """Write a run where asked, or else where it can be: what was learnt is not lost.

    Where another run took that place meanwhile it is written beside, as the next of the `series`
    (None: of the name of `out`): NAME-1, NAME-2, …

    Raises
    ------
    FailedRun: the disk is full or gone; the run lies elsewhere then, if there is any room.
    """
    from clearprop.runs.folder import free_path

    name = series or Path(out).name
    try:
        return run.save(out, force)
    except RunError:
        return written(run, free_path(Path(out).parent, name), series=name)
    except FailedRun as error:
        raise FailedRun(f"{error}; {kept_elsewhere(run, f'clearprop-{name}')}") from None


def kept_elsewhere(run: Run, name: str) -> str:
    """Write a run wherever there is room, and say where."""
    from clearprop.runs.folder import free_path

    for place in (Path.home, Path.cwd, lambda: Path(gettempdir())):
        try:
            return f"it is kept in {run.save(free_path(place(), name)).path}"
        # no home, a current folder that is gone
        except (FailedRun, RunError, OSError, RuntimeError):
            continue
    return "nor could it be kept anywhere else"
