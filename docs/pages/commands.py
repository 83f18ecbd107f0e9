"""Writes docs/commands.md, the help of every command: `python docs/pages/commands.py`.

Comes in: the command line. Goes out: a page with a heading for each command, what it does, and its
arguments and options in tables. A test compares the page with what this program would write.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from clearprop.cli import COMMANDS, program

PAGE = Path(__file__).parents[1] / "commands.md"
INTRODUCTION = """# Every command

What `clearprop COMMAND --help` says. This page is written by `python docs/pages/commands.py`, and a
test compares it with the program.

`clearprop --install-completion` lets the shell complete commands, options and what they take.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page."""
    commands = typer.main.get_command(program(COMMANDS)).commands  # type: ignore[attr-defined]
    sections = (line for name, command in commands.items() for line in section(name, command))
    return "\n".join([INTRODUCTION, *sections])


def section(name: str, command: Any) -> Iterator[str]:
    """Yield the lines of a command's section."""
    yield f"## clearprop {name}\n"
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = " ".join(usage(each) for each in arguments)
    yield f"```text\nclearprop {name} [OPTIONS] {words}".rstrip() + "\n```\n"
    yield f"{command.help.strip()}\n"
    if arguments:
        rows = [(each.metavar or each.name.upper(), each.help) for each in arguments]
        yield from table("Argument", rows)
    for panel, options in panels(command).items():
        yield from table(panel, [(spelled(each), each.help) for each in options])


def usage(argument: Any) -> str:
    """Return an argument as it stands in a command, in brackets where it may be left out."""
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required or name.startswith("[") else f"[{name}]"


def panels(command: Any) -> dict[str, list[Any]]:
    """Return the options of a command by the panel that they are shown in."""
    found: dict[str, list[Any]] = {}
    for each in command.params:
        if each.param_type_name == "option" and not each.hidden:
            found.setdefault(each.rich_help_panel or "Options", []).append(each)
    return found


def spelled(option: Any) -> str:
    """Return an option as it is typed: `--strict / --fast`, `--rate RATE`."""
    names = " / ".join([", ".join(option.opts), *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.metavar or option.name.upper()}"


def table(head: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a table of names and what they mean."""
    yield f"| {head} | |"
    yield "|---|---|"
    for name, meaning in rows:
        yield f"| <code>{escaped(name)}</code> | {escaped(meaning)} |"
    yield ""


def escaped(text: str) -> str:
    """Return a text as a cell takes it."""
    return " ".join((text or "").split()).replace("<", "&lt;").replace("|", "&#124;")


if __name__ == "__main__":
    main()
