"""`clearprop train`: learn from data, with a progress bar, and write a run folder."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.cli.options import option
from clearprop.cli.screen import console
from clearprop.cli.watching import watched
from clearprop.errors import SettingError

if TYPE_CHECKING:
    from rich.console import Console

    from clearprop.runs.making import Plan
    from clearprop.runs.recording import Recorder
    from clearprop.runs.run import Run

RUNS = Path("runs")
TYPED = "COMMANDLINE"  # where an option comes from, as click calls it
INTERRUPTED = 130  # the exit code of a program that ctrl-C ended, as shells have it

DATA, NETWORK, LEARNING = "Data", "Network", "Learning"
STOPPING, ENGINE, RESULT = "How long, and on which rows", "Engine", "Result"
ARITHMETICS = {None: "auto", True: "strict", False: "fast"}


def train(
    context: typer.Context,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A built-in set (digits, iris, wine, breast_cancer, diabetes, xor, spirals,"
            " moons, circles) or a file: CSV, Parquet, NPZ.",
        ),
    ] = None,
    target: Annotated[str | None, option("Column to be learnt; needed for a file.", DATA)] = None,
    kind: Annotated[
        str | None,
        option("What the target is: classes or numbers. Default: told by its values.", DATA),
    ] = None,
    drop: Annotated[
        list[str] | None, option("Column to leave out; may be given several times.", DATA)
    ] = None,
    impute: Annotated[
        bool,
        option(
            "Fill missing values: by the mean, or the most frequent category.", DATA, "--impute"
        ),
    ] = False,
    sample_weight: Annotated[
        str | None,
        option("Column that says how much each row counts in the loss; it is no input.", DATA),
    ] = None,
    hidden: Annotated[
        str | None,
        option(
            "Units of the hidden layers, as in 32,16; 'none' for no hidden layer. Default: 32.",
            NETWORK,
        ),
    ] = None,
    activation: Annotated[
        str | None, option("Activation of the hidden layers. Default: tanh.", NETWORK)
    ] = None,
    dropout: Annotated[
        float,
        option("Probability that a hidden unit is left out of an example. Default: 0.", NETWORK),
    ] = 0.0,
    initializer: Annotated[
        str | None,
        option(
            "Starting weights. Default: glorot_uniform; he_uniform for relu and its kin.", NETWORK
        ),
    ] = None,
    init: Annotated[
        Path | None, option("Go on from the weights of this run, or lesson file.", NETWORK)
    ] = None,
    dtype: Annotated[str, option("float64 or float32. Default: float64.", NETWORK)] = "float64",
    loss: Annotated[
        str | None,
        option(
            "Loss. Default: cross_entropy for classes (binary_cross_entropy for two),"
            " mean_squared_error for numbers.",
            LEARNING,
        ),
    ] = None,
    reduction: Annotated[
        str, option("How examples are joined in a batch: mean or sum. Default: mean.", LEARNING)
    ] = "mean",
    optimizer: Annotated[str | None, option("Update rule. Default: adam.", LEARNING)] = None,
    rate: Annotated[
        float | None,
        option("Learning rate. Default: by the update rule; 0.005 for adam.", LEARNING),
    ] = None,
    schedule: Annotated[
        str,
        option(
            "How the rate changes: constant, step, exponential, cosine, inverse or adaptive."
            " Default: constant.",
            LEARNING,
        ),
    ] = "constant",
    decay_factor: Annotated[
        float | None,
        option(
            "What the rate is multiplied by. Default: 0.1 for step, 0.95 for exponential, 0.2 for"
            " adaptive.",
            LEARNING,
        ),
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
        float | None,
        option(
            "Weight decay, added to the gradient (adamw: apart from it). Default: adam 0.001 for"
            " classes and 0.03 for numbers, adamw 0.01, others 0.",
            LEARNING,
        ),
    ] = None,
    clip_norm: Annotated[
        float | None,
        option("Largest norm of the gradient; a longer one is shortened to it.", LEARNING),
    ] = None,
    freeze: Annotated[
        list[str] | None,
        option(
            "What the update leaves alone: weights, biases, or a name such as W1[3,7]; may be"
            " given several times.",
            LEARNING,
        ),
    ] = None,
    batch_size: Annotated[int, option("Examples per step. Default: 32.", LEARNING)] = 32,
    seed: Annotated[
        int, option("Seed of split, starting weights, order and dropout. Default: 0.", LEARNING)
    ] = 0,
    epochs: Annotated[
        int | None, option("Passes over the training rows. Default: about 2,000 steps.", STOPPING)
    ] = None,
    early_stopping: Annotated[
        bool,
        option(
            "Stop when the validation loss no longer falls, and keep the best.",
            STOPPING,
            "--early-stopping",
        ),
    ] = False,
    patience: Annotated[
        int | None, option("Epochs that early stopping waits. Default: 10.", STOPPING)
    ] = None,
    test_size: Annotated[
        float | None, option("Share of rows held out for the final score. Default: 0.25.", STOPPING)
    ] = None,
    validation_size: Annotated[
        float | None,
        option(
            "Share of rows to watch while training. Default: 0, with early stopping 0.1.", STOPPING
        ),
    ] = None,
    strict: Annotated[
        bool | None,
        option(
            "Sums from left to right, to the bits of the trace; or whatever order is fast."
            " Default: by the engine.",
            ENGINE,
            "--strict/--fast",
        ),
    ] = None,
    engine: Annotated[
        str,
        option(
            "What computes the steps: auto, reference, straight-line or generic. Default: auto.",
            ENGINE,
        ),
    ] = "auto",
    threads: Annotated[int, option("Threads it may use. Default: 1.", ENGINE)] = 1,
    out: Annotated[
        Path | None, option("Folder for the run. Default: runs/DATA-1, -2, …", RESULT)
    ] = None,
    force: Annotated[
        bool, option("Replace a run that lies there already.", RESULT, "--force")
    ] = False,
    resume: Annotated[
        Path | None,
        option("Go on with this run, which was cut off or interrupted, to the same bits.", RESULT),
    ] = None,
) -> None:
    """Train a network on data, and record it in a run folder.

    Ctrl-C ends the training and keeps what was learnt (exit code 130).
    """  # fmt: skip
    from clearprop.api import check_out
    from clearprop.runs.making import planned, prepare
    from clearprop.runs.starting import start_of
    from clearprop.training.choices import Wishes
    from clearprop.training.interruption import Interruption

    if resume is not None:
        go_on(resume, given(context))
        return
    if data is None:
        raise SettingError("train takes DATA, a built-in set or a file; or --resume RUN")
    check_out(RUNS / "any" if out is None else out, force)
    wishes = Wishes(
        hidden=layers(hidden), activation=activation, loss=loss, optimizer=optimizer, rate=rate,
        momentum=momentum, weight_decay=weight_decay, batch_size=batch_size, epochs=epochs,
        seed=seed, early_stopping=early_stopping, patience=patience, test_size=test_size,
        validation_size=validation_size, dtype=dtype, reduction=reduction,
        initializer=initializer, frozen=freeze or (), schedule=schedule,
        decay_factor=decay_factor, decay_every=decay_every, warmup=warmup, clip_norm=clip_norm,
        dropout=dropout, arithmetic=ARITHMETICS[strict], engine=engine, threads=threads,
    )  # fmt: skip
    plan = planned(
        data, wishes, target=target, kind=kind, drop=drop or (), impute=impute,  # type: ignore[arg-type]
        sample_weight=sample_weight, init=start_of(init),
    )  # fmt: skip
    page = console()
    with Interruption() as interruption:
        unread = announce(page, plan)
        prepare(plan, interruption)
        run, remarks = watched(plan, interruption, recorder(plan, out, force))
    if unread:
        raise unread
    report(page, run, out, remarks)


def given(context: typer.Context) -> list[str]:
    """Return what was given besides --resume, as it is typed."""
    found = []
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is not None and source.name == TYPED and parameter.name != "resume":
            is_option = parameter.param_type_name == "option"
            found.append(parameter.opts[-1] if is_option else str(parameter.name).upper())
    return found


def go_on(path: Path, options: list[str]) -> None:
    """Go on with a run that was cut off or interrupted, or say that it is over."""
    from clearprop.api import DivergedRun
    from clearprop.runs.making import prepare
    from clearprop.runs.resuming import gone_on, plan_to_go_on, run_to_go_on, sentence_of_end
    from clearprop.training.interruption import Interruption

    if options:
        raise SettingError(f"--resume goes on with the run's own settings; leave out {options[0]}")
    run = run_to_go_on(path)
    if run.outcome.status == "diverged":
        raise DivergedRun(run)
    if (said := sentence_of_end(run)) is not None:
        print(said)
        return
    plan, page = plan_to_go_on(run), console()
    with Interruption() as interruption:
        unread = announce(page, plan)
        prepare(plan, interruption)
        run, remarks = watched(plan, interruption, gone_on(plan, path))
    if unread:
        raise unread
    report(page, run, path, remarks)


def layers(hidden: str | None) -> tuple[int, ...] | None:
    """Return the units of the hidden layers from `32,16`, or none from `none`.

    >>> layers("32,16"), layers("none"), layers(None)
    ((32, 16), (), None)
    """
    if hidden is None or hidden.strip() == "none":
        return None if hidden is None else ()
    if not re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*", hidden):
        raise SettingError(
            f"--hidden takes the units of each hidden layer, as in 32,16, or none; not '{hidden}'"
        )
    return tuple(int(units) for units in hidden.split(","))


def recorder(plan: "Plan", out: Path | None, force: bool) -> "Recorder":
    """Return what records the training where asked, or as the next run in runs/."""
    from clearprop.runs.folder import free_path
    from clearprop.runs.recording import begun

    if out is not None:
        return begun(plan, out, force)
    name = folder_name(plan.source.name)
    return begun(plan, free_path(RUNS, name), series=name)


def announce(page: "Console", plan: "Plan") -> OSError | None:
    """Say what will be trained; return why that could not be printed.

    A reader that has gone, or a full disk behind the output, is told after the training: neither
    is a reason to throw that away.
    """
    from clearprop.render.run_text import data_line, learning_line, network_line

    encoding = plan.examples.encoding
    line = data_line(plan.table.name, plan.table.rows, encoding.n_inputs, encoding.labels)
    going_on = f", going on after step {plan.start.step:,}" if plan.before else ""
    lines = (
        f"Training on {line}{going_on}",
        f"Network {network_line(plan.network)}",
        f"Learning with {learning_line(plan.settings)}",
    )
    try:
        page.file.write("".join(f"{line}\n" for line in lines))
        page.file.flush()
    except OSError as error:
        return error
    return None


def report(page: "Console", run: "Run", out: Path | None, remarks: list[str]) -> None:
    """Print the run's summary, and set the exit code."""
    from clearprop.api import DivergedRun
    from clearprop.render.run_text import run_result

    if run.outcome.status == "diverged":
        raise DivergedRun(run)
    page.print(run_result(run, remarks))
    if out is not None and run.path != out:
        print(f"clearprop: {out} was taken meanwhile; the run lies in {run.path}", file=sys.stderr)
    if run.outcome.status == "interrupted":
        raise typer.Exit(INTERRUPTED)


def folder_name(data: str) -> str:
    """Return the data's name as a folder's: letters, digits, dot, dash, without its ending.

    >>> folder_name("my houses.csv")
    'my-houses'
    """
    return re.sub(r"[^\w.-]+", "-", Path(data).stem)[:50].strip(".-") or "data"
