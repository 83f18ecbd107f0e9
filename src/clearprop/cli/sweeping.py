"""`clearprop sweep`: train many small networks at once, over seeds and grids, and count."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from clearprop.cli.options import option
from clearprop.cli.output import check_free, write_text
from clearprop.cli.screen import console
from clearprop.cli.training import DATA, ENGINE, INTERRUPTED, LEARNING, NETWORK, RESULT, layers
from clearprop.errors import FailedRun, SettingError

if TYPE_CHECKING:
    from clearprop.sweeps.carrying_out import SweepProgress
    from clearprop.sweeps.planning import SweepPlan
    from clearprop.sweeps.sweep import Sweep
    from clearprop.training.interruption import Interruption

SWEEP = "Sweep"
PICTURE = "histogram.svg"
Number = TypeVar("Number", int, float)


def sweep(
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="A built-in set, or a file: CSV, Parquet, NPZ."),
    ],
    seeds: Annotated[
        str,
        option("How many seeds, or which: 100:200 are 100 to 199. Default: 10000.", SWEEP),
    ] = "10000",
    rates: Annotated[str | None, option("Learning rates, as in 0.1,0.5,1.", SWEEP)] = None,
    momenta: Annotated[str | None, option("Momenta, as in 0,0.5,0.9.", SWEEP)] = None,
    widths: Annotated[
        str | None, option("Units of the one hidden layer, as in 2,3,4.", SWEEP)
    ] = None,
    goal: Annotated[
        float | None,
        option(
            "The training loss at which a network has converged; needed for numbers. Default for"
            " classes: every output less than 0.4 from its target.",
            SWEEP,
        ),
    ] = None,
    epochs: Annotated[
        int | None, option("Passes over the training rows. Default: about 2,000 steps.", SWEEP)
    ] = None,
    test_size: Annotated[
        float | None, option("Share of rows held out. Default: 0.25; 0 for xor.", SWEEP)
    ] = None,
    target: Annotated[str | None, option("Column to be learnt; needed for a file.", DATA)] = None,
    kind: Annotated[
        str | None, option("classes or numbers. Default: told by values.", DATA)
    ] = None,
    drop: Annotated[
        list[str] | None, option("Column to leave out; may be given several times.", DATA)
    ] = None,
    impute: Annotated[bool, option("Fill missing values.", DATA, "--impute")] = False,
    sample_weight: Annotated[
        str | None, option("Column that says how much each row counts in the loss.", DATA)
    ] = None,
    hidden: Annotated[
        str | None, option("Units of the hidden layers, as in 32,16. Default: 32.", NETWORK)
    ] = None,
    activation: Annotated[
        str | None, option("Activation of the hidden layers. Default: tanh.", NETWORK)
    ] = None,
    dropout: Annotated[
        float, option("Probability that a hidden unit is left out. Default: 0.", NETWORK)
    ] = 0.0,
    initializer: Annotated[
        str | None, option("Starting weights. Default: by the activation.", NETWORK)
    ] = None,
    dtype: Annotated[str, option("float64 or float32. Default: float64.", NETWORK)] = "float64",
    loss: Annotated[str | None, option("Loss. Default: by the target.", LEARNING)] = None,
    reduction: Annotated[
        str, option("How examples are joined: mean or sum. Default: mean.", LEARNING)
    ] = "mean",
    optimizer: Annotated[str | None, option("Update rule. Default: adam.", LEARNING)] = None,
    rate: Annotated[
        float | None, option("Learning rate. Default: by the update rule.", LEARNING)
    ] = None,
    schedule: Annotated[
        str, option("constant, step, exponential, cosine or inverse. Default: constant.", LEARNING)
    ] = "constant",
    decay_factor: Annotated[
        float | None, option("What a schedule multiplies the rate by.", LEARNING)
    ] = None,
    decay_every: Annotated[
        int | None, option("Epochs between the falls of step. Default: 10.", LEARNING)
    ] = None,
    warmup: Annotated[
        int, option("Epochs in which the rate grows from near 0. Default: 0.", LEARNING)
    ] = 0,
    momentum: Annotated[
        float | None, option("Momentum, for momentum and nesterov. Default: 0.9.", LEARNING)
    ] = None,
    weight_decay: Annotated[
        float | None, option("Weight decay. Default: as `train` has it.", LEARNING)
    ] = None,
    clip_norm: Annotated[float | None, option("Largest norm of the gradient.", LEARNING)] = None,
    freeze: Annotated[
        list[str] | None,
        option("What stays: weights, biases, or a name; may be given several times.", LEARNING),
    ] = None,
    batch_size: Annotated[int, option("Examples per step. Default: 32.", LEARNING)] = 32,
    strict: Annotated[
        bool, option("To the bits of `train --strict` with the same seed.", ENGINE, "--strict")
    ] = False,
    threads: Annotated[int | None, option("Default: as many as there are cores.", ENGINE)] = None,
    frame: Annotated[
        Path | None, option("Write a row for each network: .csv or .parquet.", RESULT)
    ] = None,
    output: Annotated[
        Path | None, option("Write the histogram as SVG: a file, or a folder for it.", RESULT)
    ] = None,
    force: Annotated[bool, option("Replace these files.", RESULT, "--force")] = False,
) -> None:
    """Train many networks, one for each seed and each point of a grid, and say how they ended.

    The options are those of `train`; ctrl-C keeps the networks that are finished (exit code 130).
    """  # fmt: skip
    from clearprop.sweeps.planning import planned_sweep
    from clearprop.sweeps.sweep import frame_writer
    from clearprop.training.choices import Wishes
    from clearprop.training.interruption import Interruption

    picture = output / PICTURE if output is not None and output.is_dir() else output
    check_free(picture, force)
    check_free(frame, force)
    if frame is not None:
        frame_writer(frame)
    wishes = Wishes(
        hidden=layers(hidden), activation=activation, loss=loss, optimizer=optimizer, rate=rate,
        momentum=momentum, weight_decay=weight_decay, batch_size=batch_size, epochs=epochs,
        test_size=test_size, dtype=dtype, reduction=reduction, initializer=initializer,
        frozen=freeze or (), schedule=schedule, decay_factor=decay_factor,
        decay_every=decay_every, warmup=warmup, clip_norm=clip_norm, dropout=dropout,
        arithmetic="strict" if strict else "auto",
    )  # fmt: skip
    plan = planned_sweep(
        data, wishes, seeds=seeds, widths=values("widths", widths, int),
        rates=values("rates", rates, float), momenta=values("momenta", momenta, float),
        goal=goal, threads=threads, target=target, kind=kind, drop=drop or (), impute=impute,  # type: ignore[arg-type]
        sample_weight=sample_weight,
    )  # fmt: skip
    with Interruption() as interruption:
        announce(plan)
        found = watched(plan, interruption)
        report(found, frame, picture)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def values(name: str, text: str | None, kind: type[Number]) -> tuple[Number, ...] | None:
    """Return the numbers of `0.1,0.5`.

    >>> values("widths", "2,3", int)
    (2, 3)
    """
    if text is None:
        return None
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        example = "2,3,4" if kind is int else "0.1,0.5"
        raise SettingError(
            f"--{name} takes numbers with commas between them, as in {example}; not '{text}'"
        ) from None


def announce(plan: SweepPlan) -> None:
    """Say what will be trained."""
    from clearprop.render.sweep_text import plan_lines

    for line in plan_lines(plan):
        print(line)
    sys.stdout.flush()


def watched(plan: SweepPlan, interruption: Interruption) -> Sweep:
    """Train with a progress bar on the error stream, if both streams are terminals."""
    from clearprop.sweeps.carrying_out import carry_out

    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        return carry_out(plan, interruption)
    bar, task = progress_bar(plan)
    try:
        return carry_out(plan, interruption, lambda progress: show(bar, task, progress))
    finally:
        bar.stop()


def progress_bar(plan: SweepPlan) -> tuple[Any, Any]:
    """Return a bar with the networks done and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        MofNCompleteColumn(),
        BarColumn(bar_width=None),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        expand=True,
        transient=True,
    )
    return bar, bar.add_task("", total=plan.networks)


def show(bar: Any, task: Any, progress: SweepProgress) -> None:
    """Move the bar to where the sweep stands; it is there when the first training is."""
    bar.start()
    bar.update(task, completed=int(progress.done + 0.5))


def report(found: Sweep, frame: Path | None, picture: Path | None) -> None:
    """Print what came of the sweep, and write its files."""
    from clearprop.render.histogram import sweep_svg
    from clearprop.render.sweep_text import sweep_page

    if frame is not None:
        try:
            found.write(frame)
        except OSError as error:
            raise FailedRun(f"{frame} cannot be written: {error.strerror}") from None
    if picture is not None:
        write_text(picture, sweep_svg(found))
    console().print(sweep_page(found), soft_wrap=True)  # a command is copied whole
    for path in (frame, picture):
        if path is not None:
            print(f"Written: {path}")
