"""`cp.fork` and `run.fork`: a training that leaves a run at some step and does something otherwise.

A door to `runs/forking.py`, which says what a fork is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.api.keeping import carried_out, check_out
from clearprop.api.progress import Asked
from clearprop.api.trainings import open_run

if TYPE_CHECKING:
    from clearprop.runs.run import Run
    from clearprop.training.loop import Progress


def fork(
    run: Run | str | PathLike[str],
    at: int,
    *,
    drop_examples: Iterable[int] = (),
    set: Mapping[str, float] | None = None,
    rate: float | None = None,
    relabel: Mapping[int, object] | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Asked[Progress] = None,
) -> Run:
    """Train on from step `at` of a run with changes, to its planned end, and return the fork.

    `drop_examples` are rows of the data, from 0, that add nothing any more; `relabel` gives rows
    another label, `set` gives weights or biases another value at the step, and `rate` is another
    learning rate. With `out` the fork is recorded in a folder. Without changes it ends with the
    bits of the run.

    Raises
    ------
    ClearpropError: something given does not fit, in one sentence.
    Diverged: training reached a number that is not finite.

    >>> from clearprop import train
    >>> run = train("xor", hidden=[2], epochs=20)
    >>> other = fork(run, 5, drop_examples=[0], set={"w1": 0})
    >>> other.branch.changes.words, other.outcome.steps
    ('without row 0, w1 set to 0', 20)
    """
    from clearprop.runs.forking import changes_of, check_apart, fork_plan
    from clearprop.runs.run import Run

    origin = run if isinstance(run, Run) else open_run(run)
    if out is not None:
        if origin.path is not None:
            check_apart(origin.path, Path(out))
        check_out(out, force)
    plan = fork_plan(origin, at, changes_of(drop_examples, set, rate, relabel))
    return carried_out(plan, out, force, progress)
