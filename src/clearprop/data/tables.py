"""Any table file -> a frame: CSV and its relatives, Parquet, NPZ.

The first bytes decide what a file is, not its ending (only `.tsv` is believed: tab-separated).
"""

from pathlib import Path

import polars as pl

from clearprop.data.arrays import read_npz
from clearprop.data.cells import NO_READINGS, Readings
from clearprop.data.delimited import read_delimited
from clearprop.data.memory import check_room
from clearprop.errors import DataError

FOREIGN = (
    (b"\x1f\x8b", "compressed with gzip", "unpack it first"),
    (b"BZh", "compressed with bzip2", "unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard", "unpack it first"),
    (b"\x93NUMPY", "a single NumPy array", "save x and y together with numpy.savez"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV"),
    (b"\x89HDF", "an HDF5 file", "save it as Parquet or NPZ"),
    (b"SQLite format 3", "an SQLite database", "save the table as CSV or Parquet"),
    (b"ARROW1", "an Arrow file", "save it as Parquet"),
)


def read_table(path: str | Path) -> pl.DataFrame:
    """Return a table file as a frame: one row per example, in the order of the file.

    Raises
    ------
    DataError: what `read_table_as` raises.
    """
    return read_table_as(path)[0]


def read_table_as(
    path: str | Path, readings: Readings = NO_READINGS
) -> tuple[pl.DataFrame, Readings]:
    """Return a table file as a frame, and which of its columns have decimal commas.

    Columns of text that are named in `readings` are read so, and not as their cells look.

    Raises
    ------
    DataError: no such file, a folder, a pipe, empty, truncated, no table, or too large for the
    memory.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder; give one CSV, Parquet or NPZ file")
        if path.exists() and not path.is_file():  # what it holds could be read only once
            raise DataError(
                f"{path} is a pipe or a device, not a file; save the table as a file first"
            )
        with path.open("rb") as file:
            head = file.read(16)
        return _read(path, head, readings)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}; check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}") from None


def _read(path: Path, head: bytes, readings: Readings) -> tuple[pl.DataFrame, Readings]:
    for magic, what, way_out in FOREIGN:
        if head.startswith(magic):
            raise DataError(f"{path} is {what}; {way_out}")
    if head.startswith(b"PAR1"):
        return read_parquet(path), NO_READINGS
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return read_npz(path, readings), NO_READINGS
    return read_delimited(path, "\t" if path.suffix.lower() == ".tsv" else None, readings)


def read_parquet(path: Path) -> pl.DataFrame:
    """Return a Parquet file as a frame.

    Raises
    ------
    DataError: truncated or damaged, without rows, or too large once unpacked.
    """
    try:
        lazy = pl.scan_parquet(path, glob=False)
        columns = len(lazy.collect_schema())
        rows = lazy.select(pl.len()).collect().item()
        check_room(2 * 8 * rows * columns, f"reading {path}")
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise DataError(f"{path} is a truncated or damaged Parquet file; write it again") from None
    if frame.is_empty():
        raise DataError(f"{path} has no rows; a table needs at least one")
    return frame
