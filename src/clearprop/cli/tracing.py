"""`clearprop trace`: one training step, every number of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.api import FORMATS, document
from clearprop.errors import SettingError

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson
    from clearprop.tracing.trace import Trace

NETWORK, LEARNING, OUTPUT = "The network", "How it learns", "What is shown"


def trace(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[LESSON.toml | RUN]",
            help="A lesson file or a run folder; without one, the seed's 2-1-1 network.",
        ),
    ] = None,
    example: Annotated[
        int | None,
        typer.Option(metavar="K", help="Of a run: the row of its data to trace, from 0."),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="2,1,1",
            help="Inputs, then the units of each layer: a network without a file.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="0.5,0.3,…", help="In name order.", rich_help_panel=NETWORK),
    ] = None,
    biases: Annotated[
        str | None,
        typer.Option(metavar="0.1,…", help="In name order.", rich_help_panel=NETWORK),
    ] = None,
    no_bias: Annotated[
        bool, typer.Option("--no-bias", help="No layer has biases.", rich_help_panel=NETWORK)
    ] = False,
    activation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[,NAME…]",
            help="For all layers, or one for each.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    initializer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How weights that are not given are drawn.",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="What they are drawn from.", rich_help_panel=NETWORK),
    ] = None,
    x: Annotated[
        str | None,
        typer.Option(
            "--x",
            metavar="1,2[;3,4…]",
            help="Inputs; examples separated by ;",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    y: Annotated[
        str | None,
        typer.Option("--y", metavar="1[;0…]", help="Targets likewise.", rich_help_panel=NETWORK),
    ] = None,
    loss: Annotated[
        str | None, typer.Option(metavar="NAME", rich_help_panel=LEARNING, help="The loss.")
    ] = None,
    reduction: Annotated[
        str | None,
        typer.Option(
            metavar="mean|sum", help="How examples' losses join.", rich_help_panel=LEARNING
        ),
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="NAME", help="The update rule.", rich_help_panel=LEARNING)
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="η", help="The learning rate.", rich_help_panel=LEARNING),
    ] = None,
    momentum: Annotated[
        float | None,
        typer.Option(metavar="α", help="Of the last step, carried on.", rich_help_panel=LEARNING),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(
            metavar="λ", help="How much each weight shrinks by itself.", rich_help_panel=LEARNING
        ),
    ] = None,
    by_hand: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The arithmetic of paper: every value rounded to N digits when it is written.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    digits: Annotated[
        int, typer.Option(metavar="N", help="Significant digits shown.", rich_help_panel=OUTPUT)
    ] = 4,
    steps: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Repeat the cycle N times; the first and last are shown in full.",
            rich_help_panel=OUTPUT,
        ),
    ] = 1,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this quantity, such as dL/dw1 or W1[3,7]_new, and all it is made of.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Print the central difference beside each gradient.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    format: Annotated[
        str, typer.Option(metavar="|".join(FORMATS), help="As what.", rich_help_panel=OUTPUT)
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to a file.", rich_help_panel=OUTPUT),
    ] = None,
    save_lesson: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the lesson as TOML.", rich_help_panel=OUTPUT),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a file that is there.", rich_help_panel=OUTPUT),
    ] = False,
) -> None:
    """Show one training step, every number with the arithmetic that made it.

    Without a file it is the seed's network; `clearprop trace --explain dL/dw1` shows how one
    number came about.
    """
    from clearprop.cli.output import check_free, write_text
    from clearprop.network.options import lesson_from_options

    for path in (output, save_lesson):
        check_free(path, force)
    learning = {
        "loss": loss,
        "reduction": reduction,
        "optimizer": optimizer,
        "rate": rate,
        "momentum": momentum,
        "weight_decay": weight_decay,
    }
    options = {
        "layers": layers,
        "weights": weights,
        "biases": biases,
        "no_bias": no_bias or None,
        "activation": activation,
        "initializer": initializer,
        "seed": seed,
        "x": x,
        "y": y,
        "learning": {k: v for k, v in learning.items() if v is not None} or None,
    }
    lesson = lesson_from_options(read_source(source, example), options)
    if save_lesson is not None:
        from clearprop.network.lesson import lesson_toml

        write_text(save_lesson, lesson_toml(lesson))
    result = run(lesson, steps, by_hand, verify)
    write_text(output, document(result, format, digits=digits, explain=explain))


def read_source(source: Path | None, example: int | None) -> Lesson:
    """Return the lesson of a file, of a run's example, or the seed's."""
    from clearprop.network.lesson import read_lesson, seed_lesson

    if source is not None and source.is_dir():
        from clearprop.runs import open_run

        return open_run(source).lesson(example=example or 0)
    if example is not None:
        raise SettingError("--example K goes with a run: clearprop trace RUN --example K")
    return seed_lesson() if source is None else read_lesson(source)


def run(lesson: Lesson, steps: int, by_hand: int | None, verify: bool) -> Trace:
    """Return the trace of a lesson's step, or of the last of several, with a progress bar."""
    from clearprop.cli.output import counting
    from clearprop.tracing.trace import trace_steps

    with counting("steps", steps) as progress:
        return trace_steps(lesson, steps, by_hand=by_hand, verify=verify, progress=progress)
