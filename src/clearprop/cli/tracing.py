"""`clearprop trace`: one training step, every number of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearprop.api import document
from clearprop.cli.options import option
from clearprop.errors import LessonError, SettingError
from clearprop.render.documents import FORMATS

if TYPE_CHECKING:
    from clearprop.network.lesson import Lesson
    from clearprop.tracing.trace import Trace

NETWORK, LEARNING, OUTPUT = "The network", "How it learns", "What is shown"

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="LESSON.toml | RUN",
        help="A lesson file or a run folder; without one, the seed's 2-1-1 network.",
    ),
]
Example = Annotated[
    int | None,
    typer.Option(
        metavar="K", help="Of a run: the row of its data, from 0. Default: 0.", show_default=False
    ),
]
At = Annotated[
    int | None,
    typer.Option(
        metavar="S",
        help="Of a run: with its numbers after S finished steps, 0 is the start. Without --example"
        " the batch that the next step takes.",
        show_default=False,
    ),
]

Layers = Annotated[
    str | None,
    option("Inputs, then the units of each layer: no file needed.", NETWORK, metavar="2,1,1"),
]
Weights = Annotated[str | None, option("All weights, in name order.", NETWORK, metavar="0.5,…")]
Biases = Annotated[str | None, option("All biases, in name order.", NETWORK, metavar="0.1,…")]
NoBias = Annotated[bool, option("No layer has biases.", NETWORK, "--no-bias")]
Activations = Annotated[
    str | None, option("One for all layers, or one for each.", NETWORK, metavar="NAME[,NAME…]")
]
Initializer = Annotated[
    str | None, option("How weights that are not given are drawn.", NETWORK, metavar="NAME")
]
Seed = Annotated[int | None, option("What they are drawn from.", NETWORK, metavar="N")]
Inputs = Annotated[
    str | None, option("Inputs; examples are separated by ;", NETWORK, "--x", metavar="1,2[;3,4…]")
]
Targets = Annotated[str | None, option("Targets likewise.", NETWORK, "--y", metavar="1[;0…]")]

LossName = Annotated[str | None, option("The loss.", LEARNING, metavar="NAME")]
Reduction = Annotated[
    str | None, option("How the losses of examples join.", LEARNING, metavar="mean|sum")
]
OptimizerName = Annotated[str | None, option("The update rule.", LEARNING, metavar="NAME")]
Rate = Annotated[float | None, option("The learning rate η.", LEARNING, metavar="0.1")]
Momentum = Annotated[
    float | None,
    option("The share α of the last step that is carried on.", LEARNING, metavar="0.9"),
]
WeightDecay = Annotated[
    float | None, option("How much λ each weight shrinks by itself.", LEARNING, metavar="0")
]

ByHand = Annotated[
    int | None,
    option("Paper: each value is rounded to N digits when written.", OUTPUT, metavar="N"),
]
Digits = Annotated[int, option("Significant digits shown. Default: 4.", OUTPUT, metavar="N")]
Steps = Annotated[
    int | None, option("Repeat the cycle; first and last step in full.", OUTPUT, metavar="N")
]
Explain = Annotated[
    str | None,
    option(
        "Only this quantity, such as dL/dw1 or W1[3,7]_new, and all it is made of.",
        OUTPUT,
        metavar="NAME",
    ),
]
Verify = Annotated[bool, option("The central difference beside each gradient.", OUTPUT, "--verify")]
Format = Annotated[str, option(f"One of {', '.join(FORMATS)}.", OUTPUT, metavar="NAME")]
Output = Annotated[
    Path | None, option("Write to a file.", OUTPUT, "--output", "-o", metavar="FILE")
]
SaveLesson = Annotated[
    Path | None, option("Write the lesson as a TOML file.", OUTPUT, metavar="FILE")
]
Force = Annotated[bool, option("Replace a file that is there.", OUTPUT, "--force")]


def trace(
    source: Source = None,
    example: Example = None,
    at: At = None,
    layers: Layers = None,
    weights: Weights = None,
    biases: Biases = None,
    no_bias: NoBias = False,
    activation: Activations = None,
    initializer: Initializer = None,
    seed: Seed = None,
    x: Inputs = None,
    y: Targets = None,
    loss: LossName = None,
    reduction: Reduction = None,
    optimizer: OptimizerName = None,
    rate: Rate = None,
    momentum: Momentum = None,
    weight_decay: WeightDecay = None,
    by_hand: ByHand = None,
    digits: Digits = 4,
    steps: Steps = None,
    explain: Explain = None,
    verify: Verify = False,
    format: Format = "text",
    output: Output = None,
    save_lesson: SaveLesson = None,
    force: Force = False,
) -> None:
    """Show one training step, every number with the arithmetic that made it."""
    from clearprop.cli.output import check_free, write_text
    from clearprop.network.lesson import lesson_toml
    from clearprop.runs.naming import nearest_offered

    if output is not None and output == save_lesson:
        raise SettingError(f"--output and --save-lesson name the same file, {output}")
    for path in (output, save_lesson):
        check_free(path, force)
    learning = given(
        loss=loss, reduction=reduction, optimizer=optimizer, rate=rate, momentum=momentum,
        weight_decay=weight_decay,
    )  # fmt: skip
    options = given(
        layers=layers, weights=weights, biases=biases, no_bias=no_bias or None,
        activation=activation, initializer=initializer, seed=seed, x=x, y=y,
    )  # fmt: skip
    check_at(at, save_lesson)
    lesson = lesson_asked_for(source, example, at, options, learning)
    trace = traced(lesson, steps, by_hand, verify)
    with nearest_offered(lesson.network, explain):
        result = document(trace, format, digits=digits, explain=explain)
    if save_lesson is not None:
        write_text(save_lesson, lesson_toml(lesson))
    write_text(output, result)


def given(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def check_at(at: int | None, save_lesson: Path | None) -> None:
    """Raise SettingError where a step of a run is asked for as a lesson file."""
    if at is not None and save_lesson is not None:
        raise SettingError(
            "--at shows what the optimizer carried, for which a lesson file has no place; leave out"
            " --save-lesson"
        )


def lesson_asked_for(
    source: Path | None,
    example: int | None,
    at: int | None,
    options: dict[str, Any],
    learning: dict[str, Any],
    command: str = "trace",
) -> Lesson:
    """Return the lesson of a file or a run, or the seed's, with the options put in.

    Raises
    ------
    SettingError: a step of a run is asked for, and something that would change it.
    """
    from clearprop.network.options import lesson_from_options

    for name in {**options, **learning} if at is not None else ():
        raise SettingError(
            f"--at shows a step of a run as it was; leave out --{name.replace('_', '-')}"
        )
    if learning:
        options = {**options, "learning": learning}
    return lesson_from_options(read_source(source, example, at, command), options)


def read_source(
    source: Path | None, example: int | None, at: int | None = None, command: str = "trace"
) -> Lesson:
    """Return the lesson of a file, of a run's example, or the seed's."""
    from clearprop.network.lesson import read_lesson, seed_lesson

    of_run = (example, at) != (None, None)
    if source is not None and (source.is_dir() or (of_run and not source.exists())):
        from clearprop.cli.screen import end_at_ctrl_c

        end_at_ctrl_c(with_polars=True)
        from clearprop.runs import open_run

        run = open_run(source)
        return run.lesson(example=example or 0) if at is None else run.at(at).lesson(example)
    if example is not None:
        raise SettingError(f"--example K goes with a run: clearprop {command} RUN --example K")
    if at is not None:
        raise SettingError(f"--at S goes with a run: clearprop {command} RUN --at S")
    if source is not None and source.suffix != ".toml" and not source.exists():
        raise LessonError(f"there is no lesson file and no run {source}")
    return seed_lesson() if source is None else read_lesson(source)


def traced(lesson: Lesson, steps: int | None, by_hand: int | None, verify: bool) -> Trace:
    """Return the trace of a lesson's step, or of the last of several, with a progress bar."""
    from clearprop.cli.output import counting
    from clearprop.tracing.trace import trace_steps

    with counting("steps", steps or 1) as progress:
        return trace_steps(lesson, steps, by_hand=by_hand, verify=verify, progress=progress)
