"""Arrays -> a frame: NPZ files, and (X, y) pairs from memory.

A pair becomes the columns x1, x2, … and y; examples of more dimensions (images) are laid out flat.
An NPZ file holds either such a pair (arrays `x` and `y`, or `x` alone; `X` and `Y` will do) or one
array per column. Nothing is ever unpickled.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.data.cells import NO_READINGS, Readings, read_as, typed
from clearprop.data.memory import check_room
from clearprop.errors import DataError

KINDS = "biufSUM"  # truth values, whole numbers, floats, bytes, text, dates


def read_npz(path: Path, readings: Readings = NO_READINGS) -> pl.DataFrame:
    """Return an NPZ file's arrays as a frame; text is read as `readings` say.

    Raises
    ------
    DataError: truncated or damaged, pickled objects inside, arrays that do not fit each other, or
    too large once unpacked.
    """
    arrays = _unpacked(path)
    lower = {name.lower(): array for name, array in arrays.items()}
    if "x" in lower and lower.keys() <= {"x", "y"} and lower["x"].ndim > 0:
        return frame_of_arrays(lower["x"], lower.get("y"), str(path), readings)
    return frame_of_columns(arrays, str(path), readings)


def frame_of_arrays(
    x: object,
    y: object = None,
    source: str = "the pair (X, y)",
    readings: Readings = NO_READINGS,
    names: Sequence[str] = (),
) -> pl.DataFrame:
    """Return inputs `x`, shape (m, …), and targets `y`, shape (m,) or (m, 1), as x1, x2, …, y.

    Where `names` are as many as the columns of `x`, they are theirs.

    >>> frame_of_arrays([[1, 2], [3, 4]], [0, 1]).columns
    ['x1', 'x2', 'y']
    >>> frame_of_arrays([[1, 2], [3, 4]], names=["size", "age"]).columns
    ['size', 'age']
    """
    inputs = _any_array(x, "x", source)  # of objects, too: each column may have its own type
    if inputs.ndim == 0 or len(inputs) == 0:
        raise DataError(f"{source}: array 'x' holds no rows; it needs shape (rows, columns)")
    inputs = inputs.reshape(len(inputs), -1)
    if len(names) != inputs.shape[1]:
        names = [f"x{place + 1}" for place in range(inputs.shape[1])]
    columns = dict(zip(names, inputs.T, strict=True))
    if y is not None:
        targets = _array(y, "y", source)
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = targets[:, 0]
        columns["y"] = targets
    return frame_of_columns(columns, source, readings)


def frame_of_columns(
    columns: Mapping[str, npt.ArrayLike], source: str, readings: Readings = NO_READINGS
) -> pl.DataFrame:
    """Return one array per column as a frame.

    Raises
    ------
    DataError: no arrays, arrays of other than one dimension, of different lengths, or of objects.
    """
    arrays = {name: _array(array, name, source) for name, array in columns.items()}
    if not arrays:
        raise DataError(f"{source} holds no arrays; it needs x and y, or one array per column")
    first, rows = next((name, array.shape[:1]) for name, array in arrays.items())
    for name, array in arrays.items():
        if array.ndim != 1:
            raise DataError(
                f"{source}: array '{name}' has shape {array.shape}, but a column has one dimension;"
                " give arrays x (rows, columns) and y (rows,), or one array per column"
            )
        if array.shape != rows:
            raise DataError(
                f"{source}: array '{name}' has {len(array)} rows, but '{first}' has {rows[0]};"
                " all arrays need the same number of rows"
            )
    return pl.DataFrame([_column(name, array, readings) for name, array in arrays.items()])


def _any_array(values: object, name: str, source: str) -> npt.NDArray[np.generic]:
    try:
        return np.asarray(values)
    except ValueError:  # nested lists of different lengths
        raise DataError(
            f"{source}: '{name}' is no array: its rows have different lengths;"
            " give every row the same number of values"
        ) from None


def _array(values: object, name: str, source: str) -> npt.NDArray[np.generic]:
    array = _any_array(values, name, source)
    if array.dtype.kind == "O":
        array = _plain(array.astype(np.object_))
    if array.dtype.kind not in KINDS:
        raise DataError(
            f"{source}: array '{name}' holds {array.dtype} values;"
            " numbers, truth values, text and dates can be learnt from"
        )
    return array


def _plain(array: npt.NDArray[np.object_]) -> npt.NDArray[np.generic]:
    """Return an array of objects as text, or as floats (None: NaN), if it holds nothing else."""
    cells = array.ravel().tolist()
    if all(cell is None or isinstance(cell, str) for cell in cells):
        return np.array(["" if cell is None else cell for cell in cells]).reshape(array.shape)
    if all(cell is None or isinstance(cell, bool | int | float) for cell in cells):
        return array.astype(np.float64)
    return array


def _column(name: str, array: npt.NDArray[np.generic], readings: Readings) -> pl.Series:
    if array.dtype.kind == "S":
        array = np.char.decode(array.astype(np.bytes_), "utf-8", "replace")
    if array.dtype.kind == "U":
        text = pl.Series(name, array.tolist(), dtype=pl.String)
        return read_as(text, readings[name]) if name in readings else typed(text)
    if array.dtype == np.float16 or array.dtype.itemsize > 8:  # polars knows neither
        array = array.astype(np.float64)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]")
    return pl.Series(name, np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))))


def _unpacked(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            size = sum(entry.file_size for entry in archive.infolist())
        if not all(name.endswith(".npy") for name in names):
            raise DataError(
                f"{path} is a zip archive, but holds no NumPy arrays (the first entry is"
                f" '{names[0]}'); unpack it and give the CSV, Parquet or NPZ file inside"
            )
        check_room(3 * size, f"reading {path}")
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{path} holds pickled Python objects, which could run any code and are never"
                " loaded; save plain arrays of numbers or text instead"
            ) from None
        raise _damaged(path) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, MemoryError):
        raise _damaged(path) from None


def _damaged(path: Path) -> DataError:
    return DataError(f"{path} is a truncated or damaged NPZ file; write it again")
