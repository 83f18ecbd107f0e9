"""`clearprop lesson`: one training step as a page to step through, or as an image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from clearprop.api import document
from clearprop.cli.options import option
from clearprop.cli.tracing import (
    OUTPUT,
    Activations,
    At,
    Biases,
    ByHand,
    Digits,
    Example,
    Force,
    Initializer,
    Inputs,
    Layers,
    LossName,
    Momentum,
    NoBias,
    OptimizerName,
    Rate,
    Reduction,
    Seed,
    Source,
    Targets,
    WeightDecay,
    Weights,
    given,
    lesson_asked_for,
    traced,
)
from clearprop.errors import SettingError
from clearprop.render.documents import check_format

OTHER_IMAGES = (".pdf", ".png", ".jpg", ".jpeg")
FILES = {"html": ("lesson", "lesson.html"), "svg": ("svg", "lesson.svg")}  # document, file

Format = Annotated[
    str | None,
    option("One of html, svg. Default: by the file's name, else html.", OUTPUT, metavar="NAME"),
]
Output = Annotated[
    Path | None,
    option("The file. Default: lesson.html.", OUTPUT, "--output", "-o", metavar="FILE"),
]


def lesson(
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
    format: Format = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Write one training step as a page to step through: one file, for any browser, offline too.

    With --format svg an image of the network with its numbers.
    """
    from clearprop.cli.output import check_free, write_text

    kind, file = FILES[format_name(format, output)]
    path = Path(file) if output is None else output
    check_free(path, force)
    learning = given(
        loss=loss, reduction=reduction, optimizer=optimizer, rate=rate, momentum=momentum,
        weight_decay=weight_decay,
    )  # fmt: skip
    options = given(
        layers=layers, weights=weights, biases=biases, no_bias=no_bias or None,
        activation=activation, initializer=initializer, seed=seed, x=x, y=y,
    )  # fmt: skip
    found = lesson_asked_for(source, example, at, options, learning, "lesson")
    write_text(path, document(traced(found, None, by_hand, False), kind, digits=digits))
    print(f"Written: {path}")


def format_name(given: str | None, output: Path | None) -> str:
    """Return the format: as given, else by the output's name, else a page."""
    if given is not None:
        check_format(given, tuple(FILES))
        return given
    suffix = "" if output is None else output.suffix.lower()
    if suffix in OTHER_IMAGES:
        raise SettingError(
            f"a lesson is written as a page (.html) or an image (.svg), not as {suffix}; open the"
            " page in a browser and print it, or give --format"
        )
    return "svg" if suffix == ".svg" else "html"
