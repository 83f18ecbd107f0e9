"""Many steps: trainings, their runs, and sweeps over many of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING, Literal, cast

from clearprop.api.keeping import DivergedRun, carried_out, check_out, recorded
from clearprop.api.progress import Asked, followed
from clearprop.errors import RunError

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson
    from clearprop.network.parameters import Parameters
    from clearprop.runs.run import Run
    from clearprop.sweeps.carrying_out import SweepProgress
    from clearprop.sweeps.sweep import Sweep
    from clearprop.training.loop import Progress


def train(
    data: object,
    *,
    target: str | None = None,
    kind: Literal["classes", "numbers"] | None = None,
    drop: Collection[str] = (),
    impute: bool = False,
    sample_weight: object = None,
    hidden: Sequence[int] | None = None,
    activation: str | None = None,
    loss: str | None = None,
    reduction: str = "mean",
    optimizer: str | None = None,
    rate: float | None = None,
    momentum: float | None = None,
    weight_decay: float | None = None,
    batch_size: int = 32,
    epochs: int | None = None,
    seed: int = 0,
    early_stopping: bool = False,
    patience: int | None = None,
    test_size: float | None = None,
    validation_size: float | None = None,
    dtype: str = "float64",
    initializer: str | None = None,
    frozen: Sequence[str] = (),
    schedule: str = "constant",
    decay_factor: float | None = None,
    decay_every: int | None = None,
    warmup: int = 0,
    clip_norm: float | None = None,
    dropout: float = 0.0,
    arithmetic: str = "auto",
    engine: str = "auto",
    threads: int = 1,
    init: Run | Lesson | Parameters | str | PathLike[str] | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Asked[Progress] = None,
) -> Run:
    """Train a network on data and return the run; with `out` it is recorded in a folder.

    `data` is a built-in name, a file, a polars or pandas frame, or a pair (X, y). What is left
    None is chosen from the data. `sample_weight` names a column, or, for a pair, is an array: how
    much each row counts in the loss that is trained. `progress` is called about ten times a second;
    True shows a line that is gone at the end, as a notebook and the prompt do by themselves unless
    it is False.
    Ctrl-C ends the training and keeps what was learnt (`run.outcome.status` is "interrupted").
    `init` is a run to go on from, or a lesson or parameters, whose network is then the one trained.

    Raises
    ------
    ClearpropError: something given does not fit, in one sentence.
    Diverged: training reached a number that is not finite. The last finite parameters are in the
    error's `run`, and in `out`.

    >>> run = train("xor", hidden=[4], epochs=300)
    >>> run.predict([[0, 1], [1, 1]]).tolist()
    ['1', '0']
    """
    from clearprop.runs.making import planned
    from clearprop.runs.starting import start_of
    from clearprop.training.choices import Wishes

    if out is not None:
        check_out(out, force)
    wishes = Wishes(
        hidden=hidden, activation=activation, loss=loss, reduction=reduction, optimizer=optimizer,
        rate=rate, momentum=momentum, weight_decay=weight_decay, batch_size=batch_size,
        epochs=epochs, seed=seed, early_stopping=early_stopping, patience=patience,
        test_size=test_size, validation_size=validation_size, dtype=dtype,
        initializer=initializer, frozen=frozen, schedule=schedule, decay_factor=decay_factor,
        decay_every=decay_every, warmup=warmup, clip_norm=clip_norm, dropout=dropout,
        arithmetic=arithmetic, engine=engine, threads=threads,
    )  # fmt: skip
    plan = planned(
        data, wishes, target=target, kind=kind, drop=drop, impute=impute,
        sample_weight=sample_weight, init=start_of(init),
    )  # fmt: skip
    return carried_out(plan, out, force, progress)


def resume(run: Run | str | PathLike[str], *, progress: Asked[Progress] = None) -> Run:
    """Go on with a recorded run that was cut off or interrupted, and return it.

    It ends with the bits of a run that never stopped. A run that is finished or stopped early is
    returned as it is. Where the data were in memory: `resume(open_run(path).with_data((X, y)))`.

    Raises
    ------
    ClearpropError: there is nothing to go on with, in one sentence.
    Diverged: training reached, or had reached, a number that is not finite.
    """
    from clearprop.runs.making import carry_out, prepare
    from clearprop.runs.resuming import gone_on, plan_to_go_on, run_to_go_on
    from clearprop.runs.run import RESUMABLE, Run
    from clearprop.training.interruption import Interruption

    found = run if isinstance(run, Run) else run_to_go_on(run)
    if found.outcome.status in RESUMABLE:
        plan, folder = plan_to_go_on(found), found.path
        with Interruption() as interruption, followed(progress, "training") as watch:
            prepare(plan, interruption)
            with gone_on(plan, folder) as recorder:
                found = recorded(carry_out(plan, interruption, watch, recorder), recorder)
    if found.outcome.status == "diverged":
        raise DivergedRun(found)
    return found


def sweep(
    network_or_data: object,
    data: object = None,
    *,
    seeds: int | range | str = 10_000,
    widths: Sequence[int] | None = None,
    rates: Sequence[float] | None = None,
    momenta: Sequence[float] | None = None,
    goal: float | None = None,
    target: str | None = None,
    kind: Literal["classes", "numbers"] | None = None,
    drop: Collection[str] = (),
    impute: bool = False,
    sample_weight: object = None,
    hidden: Sequence[int] | None = None,
    activation: str | None = None,
    loss: str | None = None,
    reduction: str = "mean",
    optimizer: str | None = None,
    rate: float | None = None,
    momentum: float | None = None,
    weight_decay: float | None = None,
    batch_size: int = 32,
    epochs: int | None = None,
    test_size: float | None = None,
    dtype: str = "float64",
    initializer: str | None = None,
    frozen: Sequence[str] = (),
    schedule: str = "constant",
    decay_factor: float | None = None,
    decay_every: int | None = None,
    warmup: int = 0,
    clip_norm: float | None = None,
    dropout: float = 0.0,
    strict: bool = False,
    threads: int | None = None,
    progress: Asked[SweepProgress] = None,
) -> Sweep:
    """Train many networks, one for each seed and each point of a grid, and return how they ended.

    `sweep("xor", hidden=[2])`, or with a `Network` or layer sizes first, `sweep([2, 2, 1], "xor")`.
    `seeds` is a count or a range; `widths` are units of one hidden layer. A network has converged
    when the training loss is at most `goal`, or, for classes without a goal, when every output is
    less than 0.4 from its target. The other options are those of `train`. Without `threads` all
    cores are used. Ctrl-C keeps the networks that are finished.

    Raises
    ------
    ClearpropError: something given does not fit, in one sentence.

    >>> sweep("xor", hidden=[2], epochs=200, rate=0.05, seeds=20).frame.columns[:4]
    ['seed', 'converged', 'epoch', 'loss']
    """
    from clearprop.sweeps.carrying_out import carry_out
    from clearprop.sweeps.planning import planned_sweep
    from clearprop.training.choices import Wishes
    from clearprop.training.interruption import Interruption

    wishes = Wishes(
        hidden=hidden, activation=activation, loss=loss, reduction=reduction, optimizer=optimizer,
        rate=rate, momentum=momentum, weight_decay=weight_decay, batch_size=batch_size,
        epochs=epochs, test_size=test_size, dtype=dtype, initializer=initializer, frozen=frozen,
        schedule=schedule, decay_factor=decay_factor, decay_every=decay_every, warmup=warmup,
        clip_norm=clip_norm, dropout=dropout, arithmetic="strict" if strict else "auto",
    )  # fmt: skip
    network = None if data is None else network_or_data
    plan = planned_sweep(
        network_or_data if data is None else data, wishes, network=network, seeds=seeds,
        widths=widths, rates=rates, momenta=momenta, goal=goal, threads=threads, target=target,
        kind=kind, drop=drop, impute=impute, sample_weight=sample_weight,
    )  # fmt: skip
    with Interruption() as interruption, followed(progress, "sweep") as watch:
        return carry_out(plan, interruption, watch)


def open_run(path: str | PathLike[str]) -> Run:
    """Return the run of a folder; that of a watched PyTorch loop is a `WatchedRun`.

    Raises
    ------
    RunError: no such folder, no run, a newer format, or a truncated or damaged file.
    MissingExtra: it is a watched PyTorch loop, and PyTorch is not installed.
    """
    from clearprop.runs import reading

    folder = reading.folder_at(path)
    with suppress(RunError):
        return reading.open_run(folder)
    if reading.recording_of(folder) is None:
        return reading.open_run(folder)  # which says once more what is wrong with it
    from clearprop.torch import open_watched

    return cast("Run", open_watched(folder))
