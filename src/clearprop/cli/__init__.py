"""The command line: one file for each group of commands.

`main` runs the program and turns every mistake into one sentence on the error stream: exit code 2
for what was given wrongly, 1 for work that began and broke.
"""

import sys

import typer

from clearprop.cli.tracing import trace
from clearprop.errors import ClearpropError

app = typer.Typer(
    name="clearprop",
    help="Train neural networks by back-propagation, and see every number of every step.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(trace)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ClearpropError as error:
        print(f"clearprop: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
