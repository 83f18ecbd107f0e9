"""`clearprop ledger`: what each training example added to a weight over a span of a run."""

from typing import Annotated

import typer

from clearprop.cli.explaining import Digits, check_shown
from clearprop.cli.options import option
from clearprop.cli.output import counting
from clearprop.cli.runs import RunFolder
from clearprop.cli.screen import console

OF, SHOWN = "What it is of", "What is shown"

Weight = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="A weight or bias: W1[3,7], b2[0], or w3, b1.", show_default=False
    ),
]
Unit = Annotated[
    str | None, option("All that leads into a unit: h3, a1[3].", OF, "--unit", metavar="NAME")
]
Layer = Annotated[int | None, option("All that leads into a layer.", OF, "--layer", metavar="N")]
Since = Annotated[
    int | None, option("From after A finished steps; the run's start.", OF, "--from", metavar="A")
]
Until = Annotated[
    int | None, option("To after B finished steps; the run's parameters.", OF, "--to", metavar="B")
]
Top = Annotated[int, option("How many examples are listed; 20.", SHOWN, metavar="N")]
By = Annotated[str, option("One line for each example, or class.", SHOWN, metavar="example|class")]


def ledger(
    run: RunFolder,
    weight: Weight = None,
    unit: Unit = None,
    layer: Layer = None,
    since: Since = None,
    until: Until = None,
    by: By = "example",
    top: Top = 20,
    digits: Digits = 6,
) -> None:
    """Print a weight's statement: opening value, what each example added, closing value.

    It adds up: opening + entries = closing. Weight decay, what momentum carried in, and rounding
    are entries of their own.
    """
    from clearprop.api import open_run
    from clearprop.render.ledger_text import ledger_page

    check_shown(top, digits)
    opened = open_run(run)
    last = opened.outcome.step if until is None else until
    first = opened.first_step if since is None else since
    with counting("steps", last - first) as progress:
        found = opened.ledger(
            weight, unit=unit, layer=layer, since=since, until=until, by=by, progress=progress
        )
    console().print(ledger_page(found, top, digits))
