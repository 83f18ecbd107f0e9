"""`clearprop find`: the step of a run at which a condition holds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from clearprop.cli.runs import RunFolder
from clearprop.cli.screen import console

NEVER = 1  # the exit code where a condition never holds, as grep has it
INTERRUPTED = 130
LONG = 500  # steps from which on a bar is shown


def find(
    run: RunFolder,
    condition: Annotated[
        str,
        typer.Argument(
            metavar="CONDITION",
            help="As in 'dead h3', 'W2[0,1] changes sign', 'loss > 2 * median', 'first nan',"
            " 'saturated layer 1 > 50%', 'held_out_loss rises'.",
        ),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="List every step at which it holds, not the first alone.")
    ] = False,
    first: Annotated[
        int | None, typer.Option("--from", metavar="S", help="The first step to look at.")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", metavar="S", help="The last step to look at.")
    ] = None,
) -> None:
    """Find the first step of a run at which a condition holds, and the command that explains it.

    Every step is looked at, by replay. Exit code 1 where it never holds; ctrl-C ends the search
    with what is known.
    """
    from clearprop.api import open_run
    from clearprop.render.finding_text import findings_page
    from clearprop.training.interruption import Interruption

    opened = open_run(run)
    end = opened.outcome.steps if last is None else last
    with Interruption() as interruption, looking(first or 0, end) as watch:
        found = opened.find(condition, first, last, every, watch, interruption)
    console().print(findings_page(found, every))
    if found.cut_off:
        raise typer.Exit(INTERRUPTED)
    if not found.found:
        raise typer.Exit(NEVER)


@contextmanager
def looking(first: int, last: int) -> Iterator[Callable[[int], None]]:
    """Yield a function to tell the step that is looked at; a long search has a bar."""
    if last - first < LONG or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("steps", total=last - first)
        yield lambda step: bar.update(task, completed=step - first)
