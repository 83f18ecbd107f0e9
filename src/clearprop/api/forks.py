"""`cp.fork` and `run.fork`: a training that leaves a run at some step and does something otherwise.

A door to `runs/forking.py`, which says what a fork is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.api.keeping import DivergedRun, check_out, recorded, with_picture
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
    progress: Callable[[Progress], object] | None = None,
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
    from clearprop.runs.forking import changes_of, fork_plan
    from clearprop.runs.making import carry_out, prepare
    from clearprop.runs.recording import begun
    from clearprop.runs.run import Run
    from clearprop.training.interruption import Interruption

    if out is not None:
        check_out(out, force)
    origin = run if isinstance(run, Run) else open_run(run)
    plan = fork_plan(origin, at, changes_of(drop_examples, set, rate, relabel))
    with Interruption() as interruption:
        prepare(plan, interruption)
        if out is None:
            found = with_picture(carry_out(plan, interruption, progress))
        else:
            with begun(plan, Path(out), force) as recorder:
                found = recorded(carry_out(plan, interruption, progress, recorder), recorder)
    if found.outcome.status == "diverged":
        raise DivergedRun(found)
    return found
