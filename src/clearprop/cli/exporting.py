"""`clearprop export`: a trained network for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.cli.options import option
from clearprop.errors import SettingError
from clearprop.interop.exchange.export import FORMATS, format_named, format_of, written
from clearprop.written import check_place, put

if TYPE_CHECKING:
    from clearprop.interop.exchange.models import Model

OUTPUT = "What is written"
SCREEN = Path("-")

Source = Annotated[
    Path,
    typer.Argument(metavar="RUN | LESSON.toml", help="A run's folder, or a lesson file."),
]
Format = Annotated[
    str | None,
    option(f"One of {', '.join(FORMATS)}. Default: by the file's name.", OUTPUT, metavar="NAME"),
]
Output = Annotated[
    Path | None,
    option(
        "The file; - for the screen. Default: the screen for text, else a file named as the run.",
        OUTPUT,
        "--output",
        "-o",
        metavar="FILE",
    ),
]
Force = Annotated[bool, option("Replace a file that is there.", OUTPUT, "--force")]


def export(
    source: Source, format: Format = None, output: Output = None, force: Force = False
) -> None:
    """Write a trained network for other programs: ONNX, PyTorch, or code without dependencies.

    ONNX and code (c, python, javascript) take the raw row and give its label and probabilities, or
    its number: scaling and categories are inside.
    """
    from clearprop.interop.exchange.models import model_of

    chosen = format_of(name_of(format, output))
    if output not in (None, SCREEN):
        check_place(output, force)
    model = model_of(source)
    if output is None and not chosen.is_text:
        output = default_file(source, model, chosen.ending)
        check_place(output, force)
    content = written(model, chosen)
    if output is None or output == SCREEN:
        print_content(content)
        return
    put(output, content)
    print(f"Written: {output}")


def name_of(format: str | None, output: Path | None) -> str:
    """Return the format: as given, else by the output's name, which may not say another one."""
    named = None if output is None else format_named(output)
    found = named if format is None else format
    if named is not None and found in FORMATS and found != named:
        raise SettingError(
            f"--format {found} and --output {output} do not agree, for that name says {named};"
            " give one of them"
        )
    if found is None:
        raise SettingError(
            f"which format? Give --format with one of {', '.join(FORMATS)},"
            " or --output with a name such as model.onnx"
        )
    return found


def default_file(source: Path, model: Model, ending: str) -> Path:
    """Return the file for a model whose format is no text: named as its run, in this folder."""
    return Path(f"{model.name or source.resolve().name}{ending}")


def print_content(content: str | bytes) -> None:
    """Print a text, or send bytes to where the output goes."""
    if isinstance(content, str):
        sys.stdout.write(content)
        return
    if sys.stdout.isatty():
        raise SettingError("a terminal shows no bytes; give --output a file, or send it on with >")
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
