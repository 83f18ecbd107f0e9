"""`clearprop blame`: which weight misled a run about a row, and which examples made it so."""

from typing import Annotated

import typer

from clearprop.cli.explaining import Digits, check_shown
from clearprop.cli.output import counting
from clearprop.cli.runs import RunFolder
from clearprop.cli.screen import console

Example = Annotated[
    int | None,
    typer.Option(
        metavar="K", help="A row that is taken for another class; by default the worst mistake.",
        show_default=False,
    ),
]  # fmt: skip
Top = Annotated[int, typer.Option(metavar="N", help="How many terms and examples are listed.")]


def blame(run: RunFolder, example: Example = None, top: Top = 5, digits: Digits = 4) -> None:
    """Find the weight most to blame for a mistake, and the training examples that made it so.

    The wrong class is ahead by a sum of terms, one for each unit below it.
    Of the largest, one weight is most to blame; its ledger says what made it.
    Rows that are images are shown.
    """
    from clearprop.render.blame_text import blame_page
    from clearprop.runs.reading import open_run

    check_shown(top, digits)
    opened = open_run(run)
    with counting("steps", opened.outcome.step - opened.first_step) as progress:
        found = opened.blame(example, progress=progress)
    console().print(blame_page(found, top, digits))
