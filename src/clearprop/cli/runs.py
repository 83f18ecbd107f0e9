"""Commands on runs that lie on disk: `predict`, `evaluate`, `runs`, `show`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.cli.output import check_free, write_text
from clearprop.cli.screen import console
from clearprop.cli.training import RUNS

if TYPE_CHECKING:
    import polars as pl

    from clearprop.runs.run import Run

RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run's folder, such as runs/digits-1.")
]


At = Annotated[
    int | None,
    typer.Option(metavar="S", help="As it was after S finished steps; 0 is the start."),
]


def predict(
    run: RunFolder,
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="A built-in set or a file; the target may be absent."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Write the CSV here, not to the screen.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
) -> None:
    """Predict every row of some data with a trained network, as CSV.

    The columns are prediction and, for classes, probability_LABEL for each label; one row per
    input row, in order.
    """  # fmt: skip
    from clearprop.data.table import read_frame
    from clearprop.runs.reading import open_run

    check_free(output, force)
    opened = open_run(run)
    frame = read_frame(data, opened.encoding.readings)
    found = opened.predictions(frame)
    report_unseen(opened, frame)
    write_text(output, found.write_csv())


def report_unseen(run: "Run", frame: "pl.DataFrame") -> None:
    """Say on the error stream where categories are new: they count as none of those known."""
    for column, cells in run.encoding.unseen(frame).items():
        what = "1 cell with a category" if cells == 1 else f"{cells} cells with categories"
        print(
            f"clearprop: column '{column}' has {what} not seen in training, taken as none of them",
            file=sys.stderr,
        )


def evaluate(
    run: RunFolder,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]", help="A built-in set or a file. Default: the rows that were held out."
        ),
    ] = None,
) -> None:
    """Print the scores of a trained network on some data.

    Classes: the confusion matrix, and precision, recall and F1 per class. Numbers: R² and errors.
    """
    from clearprop.data.table import read_frame
    from clearprop.render.evaluation_text import evaluation_page
    from clearprop.runs.reading import open_run

    opened = open_run(run)
    if data is None:
        evaluation = opened.evaluate()
    else:
        frame = read_frame(data, opened.encoding.readings)
        evaluation = opened.evaluate(frame)
        report_unseen(opened, frame)
    console().print(evaluation_page(evaluation))


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where the runs lie.", show_default=True)
    ] = RUNS,
) -> None:
    """List the runs in a folder, newest first, with score, size and age."""
    from clearprop.render.run_text import run_list
    from clearprop.runs.listing import list_runs

    # The usual folder is not there before the first training: it lists as an empty one.
    found = list_runs(folder) if folder != RUNS or folder.exists() else []
    if found:
        console().print(run_list(found))
    else:
        print(f"There are no runs in {folder}; `clearprop train digits` makes a first one.")


def show(
    run: RunFolder,
    at: At = None,
    health: Annotated[
        bool,
        typer.Option(
            "--health",
            help="Norms of weights, gradients and updates, dead units and saturation per layer.",
        ),
    ] = False,
) -> None:
    """Print a summary of a run: data, network, settings, scores, and the course of the loss.

    With --at the run as it was at that step: losses, score, rate, and the size of its parameters.
    With --health what each layer is like at the end, or at that step, and what is wrong.
    """
    from clearprop.api import open_run
    from clearprop.render.health_text import health_page
    from clearprop.render.moment_text import moment_page
    from clearprop.render.run_text import run_page

    opened = open_run(run)
    if health:
        console().print(health_page(opened.health(at)))
    elif not opened.traceable:  # a watched PyTorch loop, whose pages are its own
        console().print(opened if at is None else opened.at(at))
    else:
        console().print(run_page(opened) if at is None else moment_page(opened.at(at)))
