"""`clearprop import`: the network of another program, as a lesson file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.options import option
from clearprop.errors import SettingError, counted

LESSON = "The lesson"

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="An ONNX file (of PyTorch, Keras or others), or a safetensors or PyTorch file that"
        " clearprop wrote.",
    ),
]
Inputs = Annotated[
    str | None,
    option("Inputs of the example. Default: 1 for each.", LESSON, "--x", metavar="1,2[;3,4…]"),
]
Targets = Annotated[
    str | None,
    option(
        "Targets likewise. Default: 1 for the first output, 0 for the others.",
        LESSON,
        "--y",
        metavar="1[;0…]",
    ),
]
Output = Annotated[
    Path | None,
    option(
        "The lesson file. Default: the file's name with .toml.",
        LESSON,
        "--output",
        "-o",
        metavar="LESSON.toml",
    ),
]
Force = Annotated[bool, option("Replace a file that is there.", LESSON, "--force")]


def import_network(
    file: File,
    x: Inputs = None,
    y: Targets = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Read the network of another program, and write it as a lesson file.

    The lesson is for trace, lesson, check, studio, export, and train DATA --init LESSON.toml.
    """
    from clearprop.cli.output import check_free, write_text
    from clearprop.interop.exchange.reading import lesson_with, reader_of
    from clearprop.network.lesson import LARGEST_FILE, lesson_toml
    from clearprop.network.options import rows
    from clearprop.render.run_text import network_line

    path = Path(f"{file.stem}.toml") if output is None else output
    read = reader_of(file)
    check_free(path, force)
    parameters = read(file)
    lesson = lesson_with(
        parameters,
        None if x is None else rows("--x", x),
        None if y is None else rows("--y", y),
    )
    text = lesson_toml(lesson)
    if len(text) > LARGEST_FILE:
        raise SettingError(
            f"the network has {counted(parameters.network.parameter_count, 'parameter')}, too many"
            f" for a lesson file (at most {LARGEST_FILE:,} bytes); in Python, cp.from_onnx reads it"
        )
    write_text(path, text)
    print(f"Written: {path}: network {network_line(parameters.network)}")
