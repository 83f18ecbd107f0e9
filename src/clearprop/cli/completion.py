"""What can stand where something is typed, for the shell to complete: by the parameter's name.

Comes in: a parameter of a command and what was typed of it. Goes out: names from the tables that
the parameter is looked up in, data sets and files of data, lessons, runs. Where nothing fits, the
shell completes the names of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

# The tables of names: where they lie. By parameter, or by command and parameter.
TABLES: Mapping[str, str] = {
    "activation": "formulas.activations.ACTIVATIONS",
    "loss": "formulas.losses.LOSSES",
    "reduction": "formulas.losses.REDUCTIONS",
    "optimizer": "formulas.optimizers.OPTIMIZERS",
    "schedule": "formulas.schedules.SCHEDULES",
    "initializer": "network.initializers.INITIALIZERS",
    "kind": "data.kinds.KINDS",
    "dtype": "training.settings.DTYPES",
    "engine": "training.settings.ENGINES",
    "by": "ledgers.ledger.GROUPINGS",
    "trace format": "render.documents.FORMATS",
    "lesson format": "cli.lessons.FILES",
    "check format": "render.documents.REPORT_FORMATS",
    "worksheet format": "cli.worksheets.FORMATS",
    "export format": "interop.exchange.export.FORMATS",
}
RUN_PLACES = ("*", "runs/*")


def runs(typed: str) -> Iterator[str]:
    """Yield the folders of runs: here, in runs/, and where the path that is typed leads."""
    for pattern in (*RUN_PLACES, f"{typed}*", f"{typed}/*"):
        yield from (str(path.parent) for path in found(f"{pattern}/run.json"))


def lessons(typed: str) -> Iterator[str]:
    """Yield lesson files."""
    yield from (str(path) for path in found(f"{typed}*.toml"))


def networks(typed: str) -> Iterator[str]:
    """Yield files of other programs' networks."""
    from clearprop.interop.exchange.reading import READERS

    yield from (str(path) for path in found(f"{typed}*") if path.suffix.lower() in READERS)


def data(typed: str) -> Iterator[str]:
    """Yield the built-in sets and files of data."""
    from clearprop.data.builtin import builtin_names
    from clearprop.data.table import ENDINGS

    yield from builtin_names()
    yield from (str(path) for path in found(f"{typed}*") if path.suffix.lower() in ENDINGS)


def found(pattern: str) -> list[Path]:
    """Return the files of a pattern, relative to the current folder; none of one that is absolute.

    Absolute paths are left to the shell.
    """
    if Path(pattern).is_absolute() or ".." in pattern or "**" in pattern or pattern == "":
        return []
    return sorted(Path().glob(pattern))


def either(*places: Callable[[str], Iterable[str]]) -> Callable[[str], Iterator[str]]:
    """Return what yields what any of some places has."""

    def words(typed: str) -> Iterator[str]:
        for place in places:
            yield from place(typed)

    return words


PLACES: Mapping[str, Callable[[str], Iterable[str]]] = {
    "run": runs,
    "other": runs,
    "init": either(lessons, runs),
    "resume": runs,
    "data": data,
    "lesson": lessons,
    "source": either(lessons, runs),
    "import file": networks,
    "worksheet source": lessons,
    "studio source": either(data, lessons, runs),
}


def completed(command: str, parameter: str, typed: str) -> list[str]:
    """Return what begins as typed and can stand for a command's parameter.

    >>> completed("train", "optimizer", "ad"), completed("trace", "format", "l")
    (['adam', 'adamw'], ['latex', 'lesson'])
    >>> completed("train", "data", "di"), completed("train", "rate", "")
    (['diabetes', 'digits'], [])
    """
    names = (f"{command} {parameter}", parameter)
    place = next((PLACES[name] for name in names if name in PLACES), None)
    table = next((TABLES[name] for name in names if name in TABLES), None)
    words = place(typed) if place else table_words(table) if table else ()
    return sorted({word for word in words if word.startswith(typed)})


def table_words(place: str) -> Iterable[str]:
    """Return the names in a table."""
    module, _, name = place.rpartition(".")
    table: Iterable[str] = getattr(import_module(f"clearprop.{module}"), name)
    return table


def complete(context: Any, parameter: Any, typed: str) -> list[str]:
    """Return what a shell offers for a parameter, as typer asks for it."""
    return completed(str(context.info_name), str(parameter.name), typed)
