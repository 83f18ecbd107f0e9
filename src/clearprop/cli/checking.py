"""`clearprop check`: a worked solution, marked line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearprop.cli.options import option
from clearprop.errors import SettingError, SolutionError
from clearprop.render.documents import REPORT_FORMATS, check_format

if TYPE_CHECKING:
    from clearprop.checking.report import Report

SOLUTION, OUTPUT = "The solution", "What is shown"

Solution = Annotated[
    Path,
    typer.Argument(
        metavar="SOLUTION",
        help="Markdown, plain text, LaTeX, or a CSV or JSON sheet of name, value; - for the "
        "standard input.",
        show_default=False,
    ),
]
LessonFile = Annotated[
    Path | None,
    option(
        "The network and its numbers. Default: read out of the solution.",
        SOLUTION,
        metavar="LESSON.toml",
    ),
]
Names = Annotated[
    list[str] | None,
    option(
        "A name of the solution, and clearprop's for it, such as net_h1=z_h1; may be given "
        "several times.",
        SOLUTION,
        "--name",
        metavar="THEIRS=OURS",
    ),
]
Format = Annotated[
    str, option(f"One of {', '.join(REPORT_FORMATS)}. Default: text.", OUTPUT, metavar="NAME")
]
Output = Annotated[
    Path | None, option("Write to a file.", OUTPUT, "--output", "-o", metavar="FILE")
]
Force = Annotated[bool, option("Replace a file that is there.", OUTPUT, "--force")]


def check(
    solution: Solution,
    lesson: LessonFile = None,
    name: Names = None,
    format: Format = "text",
    output: Output = None,
    force: Force = False,
) -> None:
    """Mark a worked solution line by line, and name the first mistake.

    Exit code 0: all of it holds; 1: something is wrong; 2: nothing could be understood.
    """
    from clearprop.api import check as marked
    from clearprop.cli.output import check_free
    from clearprop.render.marked import nothing_understood

    check_format(format, REPORT_FORMATS)
    check_free(output, force)
    report = marked(solution, lesson, read_names(name or ()))
    show(report, format, output)
    if not report.understood:
        raise SolutionError(nothing_understood(report))
    raise typer.Exit(report.exit_code)


def read_names(pairs: Sequence[str]) -> dict[str, str]:
    """Return the names of `net_h1=z_h1`, theirs to ours.

    >>> read_names(["net_h1=z_h1", "out_h1 = h1"])
    {'net_h1': 'z_h1', 'out_h1': 'h1'}
    """
    names: dict[str, str] = {}
    for pair in pairs:
        theirs, equals, ours = (part.strip() for part in pair.partition("="))
        if not (theirs and equals and ours) or "=" in ours:
            raise SettingError(f"--name takes THEIRS=OURS, as in net_h1=z_h1, not '{pair}'")
        if names.get(theirs, ours) != ours:
            raise SettingError(f"--name gives {theirs} two meanings, {names[theirs]} and {ours}")
        names[theirs] = ours
    return names


def show(report: Report, format: str, output: Path | None) -> None:
    """Print a marked solution, on a terminal in colours, or write it to a file."""
    from clearprop.api import document
    from clearprop.cli.output import write_text
    from clearprop.cli.screen import console

    if output is None and format == "text":
        from clearprop.render.report_text import report_page

        console().print(report_page(report), soft_wrap=True, end="")
    else:
        write_text(output, document(report, format))
