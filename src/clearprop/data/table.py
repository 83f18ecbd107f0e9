"""A table ready to learn from: checked columns, one of them the target.

In: a built-in name, a file, a polars or pandas frame, or a pair (X, y). Out: a `Table`. Every row
is kept, in its order, so "row 17" means the same to the user, here, and in a trace.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from clearprop.data.arrays import frame_of_arrays, frame_of_columns
from clearprop.data.builtin import builtin, builtin_frame, builtin_names
from clearprop.data.cells import NO_READINGS, Readings, reading_of
from clearprop.data.columns import (
    check_present,
    check_target_present,
    drop_hint,
    is_number_column,
    listed,
    numbers,
    texts,
    unknown_column,
)
from clearprop.data.kinds import KINDS, Kind
from clearprop.data.tables import read_table_as
from clearprop.data.targets import MOST_CLASSES, kind_of, sorted_labels
from clearprop.data.weights import parted
from clearprop.errors import DataError, SettingError, UnknownName, counted

ENDINGS = (".csv", ".tsv", ".txt", ".data", ".parquet", ".npz")


@dataclass(frozen=True)
class Table:
    """Rows to learn from.

    frame       all columns; the target as text (classes) or float64 (numbers), without gaps
    target      name of the target column
    kind        "classes" or "numbers"
    name        short: "iris", "houses.csv", "table"
    source      where it comes from, for people
    holds_out   whether rows should be held out for testing by default
    readings    how the cells of each column were read, the target's among them
    weights     how much each row counts in training, float64, named as their column was
    """

    frame: pl.DataFrame
    target: str
    kind: Kind
    name: str
    source: str
    holds_out: bool = True
    readings: Readings = field(default_factory=dict)
    weights: pl.Series | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.frame.height

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns to learn from, without the target."""
        return tuple(name for name in self.frame.columns if name != self.target)

    @property
    def labels(self) -> tuple[str, ...]:
        """The different class labels in order; empty for numbers."""
        return sorted_labels(self.frame[self.target]) if self.kind == "classes" else ()


def load(
    source: object,
    target: str | None = None,
    kind: Kind | None = None,
    *,
    drop: Collection[str] = (),
    missing: Literal["error", "impute"] = "error",
    rows: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    readings: Readings = NO_READINGS,
    sample_weight: object = None,
) -> Table:
    """Return the table of a built-in name, a file, a frame or a pair (X, y), checked.

    A built-in name goes before a file of that name ("./iris" is the file). `rows`, `noise` and
    `seed` are for the generated sets. With `missing="impute"` the columns may have gaps, which
    `Encoding.fit(impute=True)` fills; the target never. Columns of text that `readings` names are
    read so. `sample_weight` names the column of the rows' weights, which is then no input; for a
    pair it may be an array.

    Raises
    ------
    DataError, UnknownName, SettingError: one sentence each, naming row and column.

    >>> load("iris").labels
    ('setosa', 'versicolor', 'virginica')
    """
    if kind is not None and kind not in KINDS:
        raise UnknownName.of("kind of target", kind, KINDS)
    if missing not in ("error", "impute"):
        raise UnknownName.of("way with missing values", missing, ("error", "impute"))
    name = source if isinstance(source, str) and source in builtin_names() else None
    if name is None and (rows is not None or noise is not None):
        raise SettingError("rows and noise are for the generated sets spirals, moons and circles")
    entry = builtin(name) if name else None
    frame, commas = (
        (builtin_frame(name, rows, noise, seed), NO_READINGS)
        if name
        else _read_frame(source, readings)
    )
    if target is None:
        target = entry.target if entry else _only_target(source, frame)
    _check_target_is_there(target, frame)
    frame, weights = parted(frame, sample_weight, target, drop, isinstance(source, tuple))
    frame = _without(frame, drop, target)
    if entry and target == entry.target:
        kind = kind or entry.kind
    readings = {**{column.name: reading_of(column) for column in frame}, **commas}
    values, kind = _checked_target(frame[target], kind)
    frame = frame.with_columns(values)
    _check_inputs(frame.drop(target), missing)
    return Table(
        frame, target, kind, name or _name(source), entry.source if entry else _origin(source),
        entry.holds_out if entry else True, readings, weights,
    )  # fmt: skip


def read_frame(
    source: object, readings: Readings = NO_READINGS, names: Sequence[str] = ()
) -> pl.DataFrame:
    """Return the frame of a built-in name, a file, a frame or a pair (X, y), as it is.

    For predictions: there the target may be absent, and `readings` are those of the encoding. An
    array alone is X; its columns are called by `names` where these are as many, else x1, x2, ….
    """
    return _read_frame(source, readings, names)[0]


def _read_frame(
    source: object, readings: Readings, names: Sequence[str] = ()
) -> tuple[pl.DataFrame, Readings]:
    commas = NO_READINGS
    if isinstance(source, pl.DataFrame):
        frame = source
    elif isinstance(source, pl.LazyFrame):
        frame = source.collect()
    elif isinstance(source, str) and source in builtin_names():
        frame = builtin_frame(source)
    elif isinstance(source, str | PathLike):
        frame, commas = _read_file(source, readings)
    elif isinstance(source, tuple) and len(source) == 2:
        frame = _pair_frame(*source, readings)
    elif _is_pandas(source):
        frame = _pandas_frame(source)
    elif isinstance(source, np.ndarray | list):
        frame = frame_of_arrays(source, readings=readings, names=names)
    else:
        raise DataError(
            f"{type(source).__name__} cannot be read as a table; give a built-in name, a file,"
            " a polars or pandas frame, or a pair (X, y)"
        )
    if frame.is_empty():
        raise DataError("the table has no rows; it needs at least one")
    return frame, commas


def _read_file(source: "str | PathLike[str]", readings: Readings) -> tuple[pl.DataFrame, Readings]:
    path = Path(source)
    bare = path.name == source and path.suffix not in ENDINGS
    if isinstance(source, str) and bare and not _exists(path):
        raise UnknownName.of("file or built-in data set", source, builtin_names())
    return read_table_as(path, readings)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than any file's
        return False


def _pair_frame(x: object, y: object, readings: Readings) -> pl.DataFrame:
    if not (isinstance(x, pl.DataFrame) or _is_pandas(x)):
        return frame_of_arrays(x, y, readings=readings)
    frame = read_frame(x)
    name = str(getattr(y, "name", None) or "y")
    if name in frame.columns:
        raise DataError(f"X already has a column '{name}'; give y another name")
    column = frame_of_columns({name: np.asarray(y)}, "the pair (X, y)", readings)
    if column.height != frame.height:
        raise DataError(
            f"the pair (X, y): '{name}' has {column.height} rows, but X has {frame.height};"
            " both need the same number of rows"
        )
    return frame.hstack(column)


def _is_pandas(source: object) -> bool:
    return hasattr(source, "iloc") and hasattr(source, "columns")


def _pandas_frame(source: object) -> pl.DataFrame:
    # By way of NumPy: polars.from_pandas needs pyarrow as soon as a column holds text.
    columns = {str(name): source[name] for name in source.columns}  # type: ignore[index, attr-defined]
    if len(columns) < len(source.columns):  # type: ignore[attr-defined]
        raise DataError("two columns have the same name; give every column a name of its own")
    series = []
    for name, column in columns.items():
        values = column.to_numpy()
        if values.dtype.kind in "biufM":
            series.append(frame_of_columns({name: values}, "the frame")[name])
            continue
        cells = [None if gap else cell for cell, gap in zip(values, column.isna(), strict=True)]
        try:
            series.append(pl.Series(name, cells))
        except (TypeError, pl.exceptions.PolarsError):
            raise DataError(
                f"column '{name}' mixes values of different types; give it one type,"
                f" or {drop_hint(name)}"
            ) from None
    return pl.DataFrame(series)


def _only_target(source: object, frame: pl.DataFrame) -> str:
    if isinstance(source, tuple):
        return frame.columns[-1]
    raise DataError(
        "which column is to be learnt? Name it with --target;"
        f" the columns are: {listed(frame.columns)}"
    )


def _check_target_is_there(target: str, frame: pl.DataFrame) -> None:
    if target not in frame.columns:
        several = [name.strip() for name in target.split(",")]
        if len(several) > 1 and set(several) <= set(frame.columns):
            raise SettingError(
                f"a run learns one column, not {len(several)} ({', '.join(several)}); several"
                " targets at once are for the estimators of clearprop.sklearn"
            )
        raise unknown_column("target column", target, frame.columns)


def _without(frame: pl.DataFrame, drop: Collection[str], target: str) -> pl.DataFrame:
    for name in drop:
        if name not in frame.columns:
            raise unknown_column("column to drop", name, frame.columns)
        if name == target:
            raise SettingError(f"'{name}' is the target column and cannot be dropped")
    frame = frame.drop(drop)
    if frame.width == 1:
        raise DataError(
            f"the table has no column beside the target '{target}'; it needs at least one"
        )
    return frame


def _checked_target(column: pl.Series, kind: Kind | None) -> tuple[pl.Series, Kind]:
    if column.null_count() == len(column):
        raise DataError(f"the target column '{column.name}' has no values at all")
    if kind is None:
        kind = kind_of(column)
    values = texts(column) if kind == "classes" else numbers(column, is_target=True)
    check_target_present(values)
    different = values.n_unique()
    if different == 1:
        only = f"the label '{values[0]}'" if kind == "classes" else f"the number {values[0]:g}"
        raise DataError(
            f"the target column '{column.name}' holds only {only} in {counted(len(values), 'row')};"
            " there is nothing to learn: at least two different values are needed"
        )
    if kind == "classes" and different > max(MOST_CLASSES, len(values) // 2):
        raise DataError(
            f"the target column '{column.name}' has {different} different values in {len(values)}"
            " rows, too many for classes; take another target, or numbers with --kind numbers"
        )
    return values, kind


def _check_inputs(frame: pl.DataFrame, missing: str) -> None:
    for column in frame:
        values = numbers(column) if is_number_column(column) else texts(column)
        if values.null_count() == len(values):
            raise DataError(
                f"column '{column.name}' has no values at all; {drop_hint(column.name)}"
            )
        if missing == "error":
            check_present(values)


def _name(source: object) -> str:
    return Path(source).name if isinstance(source, str | PathLike) else "table"


def _origin(source: object) -> str:
    if isinstance(source, str | PathLike):
        return str(source)
    return "arrays in memory" if isinstance(source, tuple) else "a frame in memory"
