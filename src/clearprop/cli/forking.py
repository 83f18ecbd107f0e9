"""Commands that ask "what if": `clearprop fork` and `clearprop diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.cli.runs import RunFolder
from clearprop.cli.screen import console
from clearprop.errors import SettingError

if TYPE_CHECKING:
    from rich.console import Console

    from clearprop.runs.making import Plan

DIFFER = 1  # the exit code of `diff` for runs that do, as that of the command for files


def fork(
    run: RunFolder,
    at: Annotated[int, typer.Option(metavar="S", help="Leave the run after S finished steps.")],
    drop_example: Annotated[
        list[int] | None,
        typer.Option(
            metavar="K", help="Row of the data, from 0, that adds nothing; may be given again."
        ),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Another value of a weight or bias; may be given again."
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(help="Another learning rate; a schedule goes on with it.", show_default=False),
    ] = None,
    relabel: Annotated[
        list[str] | None,
        typer.Option(metavar="K=LABEL", help="Another label of row K; may be given again."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the fork. Default: RUN-fork-1, -2, …", show_default=False),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a run that lies there already.")
    ] = False,
) -> None:
    """Train on from some step of a run with something changed, to its planned end.

    The fork is a run like any other, in a folder of its own. Without changes it ends with the very
    bits of the run; `clearprop diff` shows what a change has changed.
    """
    from clearprop.api import check_out
    from clearprop.cli.training import report
    from clearprop.cli.watching import watched
    from clearprop.runs import open_run
    from clearprop.runs.folder import free_path
    from clearprop.runs.forking import changes_of, check_apart, fork_plan
    from clearprop.runs.making import prepare
    from clearprop.runs.recording import begun
    from clearprop.training.interruption import Interruption

    opened = open_run(run)
    name = f"{run.name}-fork"
    place = free_path(run.parent, name) if out is None else out
    check_apart(run, place)
    check_out(place, force)
    changes = changes_of(
        drop_example or (), parted("--set", set, "W1[3,7]=0"), rate,
        row_keys(parted("--relabel", relabel, "5=2")),
    )  # fmt: skip
    plan, page = fork_plan(opened, at, changes), console()
    with Interruption() as interruption:
        unread = announce(page, plan)
        prepare(plan, interruption)
        recorder = begun(plan, place, force, series=name if out is None else None)
        found, remarks = watched(plan, interruption, recorder)
    if unread:
        raise unread
    report(page, found, out, remarks)


def parted(option: str, given: list[str] | None, like: str) -> dict[str, str]:
    """Return what stands before and behind the = of each text.

    >>> parted("--set", ["W1[3,7]=0"], "W1[3,7]=0")
    {'W1[3,7]': '0'}
    """
    found: dict[str, str] = {}
    for text in given or ():
        name, mark, value = text.partition("=")
        if not (name.strip() and mark and value.strip()):
            raise SettingError(f"{option} takes what stands in '{like}', not '{text}'")
        if name.strip() in found:
            raise SettingError(f"{option} is given twice for {name.strip()}; leave one out")
        found[name.strip()] = value.strip()
    return found


def row_keys(given: dict[str, str]) -> dict[int, str]:
    """Return labels by rows; SettingError for a row that is no whole number."""
    for row in given:
        if not row.isdecimal():
            raise SettingError(f"--relabel takes a row of the data, from 0, not '{row}'")
    return {int(row): label for row, label in given.items()}


def announce(page: "Console", plan: "Plan") -> Any:
    """Say what is forked where, then what `train` says; return why that could not be printed."""
    from clearprop.cli.training import announce as announce_training

    assert plan.branch is not None, "it is a fork"
    try:
        page.file.write(f"Fork of {plan.branch.words}\n")
    except OSError as error:
        return error
    return announce_training(page, plan)


def diff(
    run: RunFolder,
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="The folder of another run.")],
) -> None:
    """Show where two runs part: the first number that differs, settings, losses, scores.

    The exit code is 0 where all numbers are the same, and 1 where some differ.
    """
    from clearprop.runs import open_run

    found = open_run(run).diff(open_run(other))
    console().print(found)
    if not found.equal:
        raise typer.Exit(DIFFER)
