"""What is typed for a command, read without pydantic, which typer would import for it.

That import takes a tenth of a second, as long as many a command's work. Read here is what can be
read in one way only: text, paths, and numbers in their usual form. All else, and so every mistake,
is left to typer, which says what is wrong.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup

WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]*)?([eE]-?[0-9]{1,2})?", re.ASCII)
READERS: dict[type, Callable[[str], Any]] = {
    str: str,
    Path: Path,
    int: lambda text: int(text) if WHOLE.fullmatch(text) else None,
    float: lambda text: float(text) if DECIMAL.fullmatch(text) else None,
}


class Command(TyperCommand):
    """A command that reads what is typed itself where there is no doubt about it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what is typed; where a shell completes it, tell what can stand there."""
        if ctx.resilient_parsing:
            from clearprop.cli.completion import complete

            for parameter in self.get_params(ctx):
                parameter._custom_shell_complete = complete
        else:
            read_first(self.get_params(ctx), get_type_hints(self.callback))
        return super().parse_args(ctx, args)


class Commands(TyperGroup):
    """The program itself, which does the same with its own options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what is typed."""
        read_first(self.get_params(ctx), {})
        return super().parse_args(ctx, args)


def read_first(parameters: Iterable[Any], hints: Mapping[str, Any]) -> None:
    """Let parameters read plain values before they ask typer."""
    for parameter in parameters:
        read_by(parameter, hints.get(parameter.name))


def read_by(parameter: Any, hint: Any) -> None:
    """Let a parameter read plain values; what is left out needs no reading."""
    usual = parameter.process_value

    def process_value(context: Any, value: Any) -> Any:
        found = read(value, hint)
        if found is None and (value is not None or parameter.required):
            try:
                return usual(context, value)
            except BadParameter:
                if value is None or (wanted := number_wanted(hint)) is None:
                    raise
                typed = value if isinstance(value, str) else " ".join(value)
                raise BadParameter(
                    f"{wanted} is needed, not '{typed}'", context, parameter
                ) from None
        called = parameter.callback
        return found if called is None else called(context, parameter, found)

    parameter.process_value = process_value


def number_wanted(hint: Any) -> str | None:
    """Return in words which number a type hint asks for; None for what is no number.

    >>> number_wanted(int | None), number_wanted(list[float]), number_wanted(str)
    ('a whole number', 'a number', None)
    """
    kinds = [part for kind in (hint, *get_args(hint)) for part in (kind, *get_args(kind))]
    return "a whole number" if int in kinds else "a number" if float in kinds else None


def read(value: Any, hint: Any) -> Any:
    """Return a value as the type hint has it; None where there may be a doubt.

    >>> read("12", int | None), read("1e-3", float), read(("a", "b"), list[str])
    (12, 0.001, ['a', 'b'])
    >>> read("12 ", int), read("1_2", float), read(("1", "x"), list[int])
    (None, None, None)
    """
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    if get_origin(hint) is list:
        items = [read(item, kinds[0]) for item in value or ()]
        return items if items and None not in items else None
    kind = kinds[0] if len(kinds) == 1 else hint
    if get_origin(kind) is list:
        return read(value, kind)
    if kind not in READERS:
        return None
    if isinstance(value, kind):
        return value
    return READERS[kind](value) if isinstance(value, str) else None
