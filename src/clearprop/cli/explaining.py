"""`clearprop explain`: one update of one weight, every number of it."""

from typing import Annotated

import typer

from clearprop.cli.runs import RunFolder
from clearprop.cli.screen import console
from clearprop.errors import SettingError

Weight = Annotated[
    str, typer.Argument(metavar="NAME", help="A weight or bias: W1[3,7], b2[0], or w3, b1.")
]
At = Annotated[
    int,
    typer.Option(
        metavar="S", help="The update that follows S finished ones; 0 is the first.",
        show_default=False,
    ),
]  # fmt: skip
Digits = Annotated[int, typer.Option(metavar="N", help="Significant digits shown.")]


def explain(
    run: RunFolder,
    weight: Weight,
    at: At,
    top: Annotated[int, typer.Option(metavar="N", help="How many examples are listed.")] = 20,
    digits: Digits = 4,
) -> None:
    """Explain how one update of a run changed a weight, and which examples asked for it.

    Its value then, its gradient as a sum over the examples of the batch that the update took, the
    update rule with its numbers, and the new value.
    """
    from clearprop.api import open_run
    from clearprop.render.explanation_text import explanation_page

    check_shown(top, digits)
    console().print(explanation_page(open_run(run).explain(weight, at), top, digits))


def check_shown(top: int, digits: int) -> None:
    """Raise SettingError unless the numbers of rows and digits can be shown."""
    if top < 1:
        raise SettingError(f"--top takes a number of rows, at least 1, not {top}")
    if digits not in range(1, 18):
        raise SettingError(f"digits must be a whole number from 1 to 17, not {digits}")
