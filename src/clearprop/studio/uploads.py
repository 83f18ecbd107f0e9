"""Tables that are uploaded: a text with columns -> a `Table` of the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from clearprop.data.table import Table, load, read_frame
from clearprop.errors import ClearpropError, DataError
from clearprop.studio.asking import Answer, Given, wanted
from clearprop.studio.wording import in_the_studio

if TYPE_CHECKING:
    from clearprop.studio.sessions import Session

LARGEST_UPLOAD = 10_000_000  # bytes
MOST_TABLES = 8  # of a session
ENDINGS = (".csv", ".tsv", ".txt", ".data")
LONGEST_NAME = 80


def upload(session: Session, given: Given) -> Answer:
    """Take a table, as text with columns; return its name and columns, and the target taken.

    `why` is a sentence where the likeliest target cannot be learnt and another column was taken.
    With `bytes` each letter of the text is a byte of the file: it is in no Unicode.

    Raises
    ------
    DataError: it is too large, or no table that can be learnt from.
    """
    name = name_of(wanted(given, "name", str))
    code = "latin-1" if given.get("bytes") else "utf-8"
    content = wanted(given, "text", str).encode(code, "replace")
    size = len(content) / 1e6
    if len(content) > LARGEST_UPLOAD:
        raise DataError(
            f"{name} has {size:.1f} MB, and the studio takes {LARGEST_UPLOAD / 1e6:.0f} MB;"
            " clearprop train takes files of any size"
        )
    table, why = read(name, content, given.get("target"))
    session.keep(name, table, MOST_TABLES)
    return {"name": name, "columns": list(table.frame.columns), "target": table.target,
            "kind": table.kind, "rows": table.rows, "why": in_the_studio(why)}  # fmt: skip


def name_of(given: str) -> str:
    r"""Return what a file is called here: its own name without folders, with a table's ending.

    No built-in set has an ending, so no upload can stand in the place of one.

    >>> name_of("C:\\data\\iris"), name_of("../../x.tsv"), name_of("")
    ('iris.csv', 'x.tsv', 'table.csv')
    """
    letters = "".join(letter for letter in given if letter.isprintable()).rstrip(" .")
    path = PureWindowsPath(letters)  # which takes both kinds of strokes
    ending = path.suffix if path.suffix.lower() in ENDINGS else ".csv"
    name = path.name.removesuffix(ending)[:LONGEST_NAME]
    return f"{name or 'table'}{ending}"


def read(name: str, content: bytes, target: Any) -> tuple[Table, str]:
    """Return the table of an uploaded file, and why its target is not the likeliest, or ""."""
    with TemporaryDirectory(prefix="clearprop-") as folder:
        path = Path(folder, "table").with_suffix(Path(name).suffix)
        path.write_bytes(content)
        try:
            table, why = loaded(path, target)
            return replace(table, name=name, source=name), why
        except ClearpropError as error:
            told = str(error).replace(str(path), name)
            raise DataError(told if name in told else f"{name}: {told}") from None


def loaded(path: Path, target: Any) -> tuple[Table, str]:
    """Return the table of a file with its target: the one given, or the likeliest that can be one;
    and where the likeliest cannot, a sentence that says which was taken and why.
    """
    if isinstance(target, str) and target:
        return load(path, target), ""
    problem: ClearpropError | None = None
    for column in likely(read_frame(path).columns):
        try:
            table = load(path, column)
            return table, f"The target is '{column}': {problem}" if problem else ""
        except ClearpropError as error:
            problem = problem or error
    raise problem or DataError(f"{path} has no columns")


def likely(columns: list[str]) -> Iterator[str]:
    """Yield the columns of a table, the likeliest target first: by its name, else the last."""
    usual = ("target", "label", "class", "species", "y")
    named = [name for name in columns if name.lower() in usual]
    yield from [*named, *(name for name in reversed(columns) if name not in named)][:3]
