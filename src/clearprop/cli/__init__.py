"""The command line: one file for each group of commands.

`main` runs the program and turns every mistake into one sentence on the error stream: exit code 2
for what was given wrongly, 1 for work that began and broke.
"""

import gc
import io
import os
import sys
from collections.abc import Iterable
from importlib import import_module
from inspect import cleandoc
from typing import Any

import typer

from clearprop.cli.screen import end_at_ctrl_c
from clearprop.errors import ClearpropError

# typer brings a copy of click, of whose errors it names only this one, a UsageError.
UsageError: type[Any] = typer.BadParameter.__mro__[1]

# In which file each command lies, in the order in which they are listed.
COMMANDS = {
    "trace": "tracing", "lesson": "lessons", "check": "checking", "worksheet": "worksheets",
    "studio": "studio",
    "train": "training", "sweep": "sweeping", "predict": "runs", "evaluate": "runs",
    "runs": "runs", "show": "runs", "find": "finding", "explain": "explaining",
    "ledger": "ledgers", "blame": "blaming", "fork": "forking", "diff": "forking",
    "export": "exporting", "import": "importing", "doctor": "doctor",
}  # fmt: skip
WITH_TABLES = {  # commands that need polars
    "train", "sweep", "predict", "evaluate", "runs", "show", "find", "explain", "ledger", "blame",
    "fork", "diff", "export",
}  # fmt: skip
FUNCTIONS = {"import": "import_network"}  # where a command's name is a word of Python


def version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from clearprop import __version__

        print(f"clearprop {__version__}")
        raise typer.Exit


def start(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=version, is_eager=True
    ),
) -> None:
    """Train neural networks by back-propagation, and see every number of every step."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def program(names: Iterable[str]) -> typer.Typer:
    """Return the command line with some of the commands."""
    from clearprop.cli.typed import Command, Commands

    app = typer.Typer(
        name="clearprop",
        cls=Commands,
        help="Train neural networks by back-propagation, and see every number of every step.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(start)
    for name in names:
        file = import_module(f"clearprop.cli.{COMMANDS[name]}")
        function = getattr(file, FUNCTIONS.get(name, name))
        app.command(name, cls=Command, help=flowing(function.__doc__))(function)
    return app


def flowing(text: str) -> str:
    r"""Return a text whose paragraphs are a line each, which a terminal breaks where it ends.

    >>> flowing("One sentence.\n\n    Another, that takes\n    two lines.\n    ")
    'One sentence.\n\nAnother, that takes two lines.'
    """
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)


def main() -> None:
    """Run the command line and end with its exit code."""
    gc.set_threshold(100_000)  # what is imported is no garbage: looking for some takes 50 ms
    typed, helped = sys.argv[1:2], {"-h", "--help"} & {*sys.argv}
    end_at_ctrl_c(with_polars=not helped and bool(WITH_TABLES & {*typed}))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without ∂ shows an escape instead
            stream.reconfigure(errors="backslashreplace")
    # what the other commands are like is not needed
    app = program(typed if typed and typed[0] in COMMANDS else COMMANDS)
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code)
    except ClearpropError as error:
        fail(str(error), error.exit_code)
    except UsageError as error:
        command = error.ctx.command_path if error.ctx else "clearprop"
        fail(f"{error.format_message().rstrip('.')}; see '{command} --help'", 2)
    except BrokenPipeError:  # whoever read the output, `head` say, has had enough
        discard_output()
        sys.exit(0)
    except OSError as error:
        discard_output()
        place = f"{error.filename}: " if error.filename else "the output cannot be written: "
        fail(f"{place}{error.strerror}", 1)


def discard_output() -> None:
    """Let what is still to be printed go nowhere: Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(sentence: str, exit_code: int) -> None:
    """Print a sentence to the error stream and end."""
    print(f"clearprop: {sentence}", file=sys.stderr)
    sys.exit(exit_code)
