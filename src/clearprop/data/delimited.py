"""CSV and its relatives: a text file -> a frame.

The delimiter is one of tab, `;`, `|` and `,`, found from the first lines; cells may stand in double
quotes and then hold delimiters and line ends. Numbers may have decimal commas, in quotes where a
comma is the delimiter.
The first line names the columns. Blank lines are skipped; in a file of one column a blank line
between others is a missing value.

Polars reads the cells, all as text. It fills short lines up without a word, so whatever looks
odd is read again with Python's own csv module, which knows the line numbers.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from clearprop.data.cells import (
    NO_READINGS,
    Reading,
    Readings,
    read_as,
    stripped,
    thousands_or_decimals,
    typed,
)
from clearprop.data.decoding import utf8_bytes
from clearprop.data.memory import check_room
from clearprop.errors import DataError

if TYPE_CHECKING:
    import _csv  # the reader's type, which the csv module does not name

DELIMITERS = "\t;|,"  # the earlier wins where two fit equally well
SAMPLE = 1 << 16
MEMORY_PER_BYTE = 5  # measured: 3 to 5 bytes of memory at the peak per byte of a file


def read_delimited(
    path: Path, delimiter: str | None = None, readings: Readings = NO_READINGS
) -> tuple[pl.DataFrame, Readings]:
    """Return a CSV file as a frame, every column with the narrowest type that holds all its cells.

    Columns named in `readings` are read so, or stay text where they cannot be. Beside the frame
    goes out which of its columns have decimal commas.

    Raises
    ------
    DataError: no header, columns of the same name, a line with too few or too many cells,
    a quote that is never closed, no rows, or a file that is not text or too large.
    """
    check_room(MEMORY_PER_BYTE * path.stat().st_size, f"reading {path}")
    data = utf8_bytes(path).rstrip(b"\r\n")
    if not data.strip():
        raise DataError(f"{path} is empty; it needs a line of column names and one line per row")
    delimiter = delimiter or sniffed_delimiter(data)
    header = _header(path, data, delimiter)
    frame = _cells(path, data, delimiter, _names(header))
    if frame.is_empty():
        raise DataError(f"{path} has a line of column names but no rows; add one line per row")
    columns = [_read(column, delimiter, readings) for column in frame]
    decimal_comma: dict[str, Reading] = {
        text.name: "decimal comma"
        for text, column in zip(frame, columns, strict=True)
        if column.dtype.is_numeric() and text.str.contains(",", literal=True).any()
    }
    # Delimiters at the end of every line make columns without name and cells.
    kept = [
        column
        for name, column in zip(header, columns, strict=True)
        if name or column.null_count() < len(column)
    ]
    return pl.DataFrame(kept), decimal_comma


def _read(column: pl.Series, delimiter: str, readings: Readings) -> pl.Series:
    if column.name in readings:
        return read_as(column, readings[column.name])
    # Elsewhere "1,234" may have a thousands mark: then it stays text, to be asked about.
    decimal_comma = delimiter in ";\t" or thousands_or_decimals(stripped(column)) is None
    return typed(column, decimal_comma)


def sniffed_delimiter(data: bytes) -> str:
    r"""Return the delimiter that splits most of the first lines into as many cells as the header.

    >>> sniffed_delimiter(b"a;b\n1,5;2,5")
    ';'
    """
    sample = data[:SAMPLE]
    whole = sample if len(data) <= SAMPLE else sample[: sample.rfind(b"\n") + 1] or sample

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _records(whole, delimiter, strict=False) if row]
        same = sum(width == widths[0] for width in widths)
        return (same / len(widths), widths[0]) if widths and widths[0] > 1 else (0.0, 0)

    best = max(DELIMITERS, key=fit)
    return best if fit(best) > (0.0, 0) else ","


def _header(path: Path, data: bytes, delimiter: str) -> list[str]:
    record = next(row for row, _ in _numbered_records(path, data, delimiter) if row)
    names = [cell.strip() for cell in record]
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path} has no line of column names: its first line holds only numbers;"
            f" add a first line such as {delimiter.join(_example_names(len(names)))!r}"
        )
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise DataError(
                f"{path} has two columns called '{name}'"
                f" (columns {names.index(name) + 1} and {place + 1});"
                " give every column a name of its own"
            )
    return names


def _names(header: list[str]) -> list[str]:
    """Return the header with a name for every nameless column: "column 1" for the first."""
    return [name or f"column {place}" for place, name in enumerate(header, start=1)]


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _example_names(count: int) -> list[str]:
    names = [f"x{place + 1}" for place in range(count)]
    return names if count <= 5 else [*names[:2], "…", names[-1]]


def _cells(path: Path, data: bytes, delimiter: str, names: list[str]) -> pl.DataFrame:
    """Return the cells below the header as text."""
    try:
        frame = pl.read_csv(data, separator=delimiter, infer_schema=False)
    except pl.exceptions.PolarsError:  # ragged, a broken quote, or a quote amid a cell
        frame = None
    if frame is not None and frame.width == len(names):
        short_lines_possible = frame.to_series(-1).null_count() > 0
        full_rows = _full_rows(path, data, delimiter, len(names))
        if not short_lines_possible or sum(1 for _ in full_rows) == frame.height:
            return frame.rename(dict(zip(frame.columns, names, strict=True)))
    rows = list(_full_rows(path, data, delimiter, len(names)))
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _full_rows(path: Path, data: bytes, delimiter: str, width: int) -> Iterator[list[str]]:
    """Yield the rows below the header, each with `width` cells; raise DataError at another."""
    before = 0
    header_seen = False
    for row, line in _numbered_records(path, data, delimiter):
        first, before = before + 1, line
        if not row and (width > 1 or not header_seen):
            continue
        row = row or [""]
        if len(row) != width:
            raise DataError(
                f"{path} line {first} has {_counted(len(row))}, but the line of column names has"
                f" {width}; give every line {_counted(width)},"
                f' and put a cell that contains {delimiter!r} in "double quotes"'
            )
        if header_seen:
            yield row
        header_seen = True


def _counted(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"


def _numbered_records(path: Path, data: bytes, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Yield each record with the number of its last line; raise DataError for a broken one."""
    reader = _records(data, delimiter, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(_broken_record(path, first, str(error))) from None
        yield row, reader.line_num


def _broken_record(path: Path, line: int, reason: str) -> str:
    if "unexpected end of data" in reason or "field larger" in reason:
        return (
            f"{path} line {line} opens a double quote that is never closed; close it or remove it"
        )
    return (
        f"{path} line {line} has text after a closing double quote; put the whole cell in quotes"
        ' and write a quote inside it twice ("")'
    )


def _records(data: bytes, delimiter: str, strict: bool) -> "_csv.Reader":
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", errors="replace", newline="")
    return csv.reader(text, delimiter=delimiter, strict=strict)
