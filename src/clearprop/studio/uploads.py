"""Tables that are uploaded: a text with columns -> a `Table` of the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from clearprop.data.table import Table, load, read_frame
from clearprop.errors import ClearpropError, DataError
from clearprop.studio.asking import Answer, Given, wanted

if TYPE_CHECKING:
    from clearprop.studio.sessions import Session

LARGEST_UPLOAD = 10_000_000  # bytes
MOST_TABLES = 8  # of a session
ENDINGS = (".csv", ".tsv", ".txt", ".data")


def upload(session: Session, given: Given) -> Answer:
    """Take a table, as text with columns; return its name and columns, and the target taken.

    Raises
    ------
    DataError: it is too large, or no table that can be learnt from.
    """
    name, text = Path(wanted(given, "name", str)).name or "table.csv", wanted(given, "text", str)
    size = len(text.encode())
    if size > LARGEST_UPLOAD:
        raise DataError(
            f"{name} has {size / 1e6:.0f} MB, and the studio takes {LARGEST_UPLOAD / 1e6:.0f} MB;"
            " clearprop train takes files of any size"
        )
    table = read(name, text, given.get("target"))
    while len(session.tables) >= MOST_TABLES:
        del session.tables[next(iter(session.tables))]
    session.tables[name] = table
    return {"name": name, "columns": list(table.frame.columns), "target": table.target,
            "kind": table.kind, "rows": table.rows}  # fmt: skip


def read(name: str, text: str, target: Any) -> Table:
    """Return the table of an uploaded text; its target is the one given, or the first that fits."""
    with TemporaryDirectory(prefix="clearprop-") as folder:
        known = Path(name).suffix in ENDINGS
        path = Path(folder) / (name if known else f"{name}.csv")
        path.write_text(text, encoding="utf-8")
        try:
            return loaded(path, target)
        except ClearpropError as error:
            raise DataError(str(error).replace(str(path), name)) from None


def loaded(path: Path, target: Any) -> Table:
    """Return the table of a file; without a target the last column that can be one is taken."""
    if isinstance(target, str) and target:
        return replace(load(path, target), name=path.name)
    problem: ClearpropError | None = None
    for column in likely(read_frame(path).columns):
        try:
            return replace(load(path, column), name=path.name)
        except ClearpropError as error:
            problem = problem or error
    raise problem or DataError(f"{path} has no columns")


def likely(columns: list[str]) -> Iterator[str]:
    """Yield the columns of a table, the likeliest target first: by its name, else the last."""
    usual = ("target", "label", "class", "species", "y")
    named = [name for name in columns if name.lower() in usual]
    yield from [*named, *(name for name in reversed(columns) if name not in named)][:3]
