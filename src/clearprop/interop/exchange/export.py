"""A trained network in a format that other programs take.

Comes in: a run, a lesson, the path of one or parameters, and the name of a format. Goes out: the
content of a file, or the file. A writer is imported when its format is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.errors import SettingError, UnknownName, counted
from clearprop.written import check_place, put

if TYPE_CHECKING:
    from clearprop.interop.exchange.models import Model
    from clearprop.network.lesson import Lesson
    from clearprop.network.parameters import Parameters
    from clearprop.runs.run import Run

MOST_IN_A_PROGRAM = 1_000_000  # parameters, which is some 20 MB of text


@dataclass(frozen=True)
class Format:
    """How files of a format end, which function writes it, and whether it is text and a program."""

    ending: str
    writer: str
    is_text: bool = False
    is_program: bool = False


FORMATS: Mapping[str, Format] = {
    "onnx": Format(".onnx", "onnx_graph.onnx_bytes"),
    "safetensors": Format(".safetensors", "files.safetensors_bytes"),
    "torch": Format(".pt", "files.torch_bytes"),
    "json": Format(".json", "files.json_text", is_text=True),
    "c": Format(".c", "c_code.c_code", is_text=True, is_program=True),
    "python": Format(".py", "python_code.python_code", is_text=True, is_program=True),
    "javascript": Format(".js", "javascript_code.javascript_code", is_text=True, is_program=True),
}


def format_of(name: str) -> Format:
    """Return a format; UnknownName where there is none of that name."""
    if name not in FORMATS:
        raise UnknownName.of("format", name, FORMATS)
    return FORMATS[name]


def format_named(path: Path) -> str | None:
    """Return the format that a file's name says, if it says one.

    >>> format_named(Path("model.js"))
    'javascript'
    """
    return next((n for n, f in FORMATS.items() if f.ending == path.suffix.lower()), None)


def export(
    source: Run | Lesson | Parameters | str | PathLike[str],
    format: str,
    path: str | PathLike[str] | None = None,
    *,
    force: bool = False,
) -> str | bytes:
    """Return a run, a lesson or parameters in a format; with `path` it is written there too.

    The formats are onnx, safetensors, torch, json, c, python and javascript: text as `str`, the
    first three as `bytes`. `force` replaces a file that is there.

    Raises
    ------
    MissingExtra: onnx or torch, which their formats need, is not installed.
    SettingError: a file is there already, it is too large for a program, or no network.
    UnknownName, RunError, LessonError: no such format, run or lesson.

    >>> from clearprop.network.lesson import seed_lesson
    >>> export(seed_lesson(), "javascript").splitlines()[0]
    '// The outputs of a network, from one row of 2 columns.'
    """
    from clearprop.interop.exchange.models import model_of

    chosen = format_of(format)
    if path is not None:
        check_place(Path(path), force)
    content = written(model_of(source), chosen)
    if path is not None:
        put(Path(path), content)
    return content


def written(model: Model, format: Format) -> str | bytes:
    """Return a model in a format."""
    count = model.network.parameter_count
    if format.is_program and count > MOST_IN_A_PROGRAM:
        raise SettingError(
            f"{counted(count, 'parameter')} are too many for a program (at most"
            f" {MOST_IN_A_PROGRAM:,}); take onnx or safetensors"
        )
    file, function = format.writer.split(".")
    content: str | bytes = getattr(import_module(f"clearprop.interop.exchange.{file}"), function)(
        model
    )
    return content
