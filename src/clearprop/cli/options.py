"""Options as the commands declare them: a help text, and the panel that `--help` shows it in."""

from typing import Any

import typer


def option(help: str, panel: str, *names: str, metavar: str | None = None) -> Any:
    """Return an option with its help and the panel it is shown in."""
    return typer.Option(
        *names, help=help, rich_help_panel=panel, metavar=metavar, show_default=False
    )
