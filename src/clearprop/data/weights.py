"""Sample weights: how much each row counts in the loss that is trained.

Comes in: the name of a column, which is then no input, or an array beside a pair (X, y). Goes out:
the frame without that column, and the checked weights, float64, with their name.
"""

from collections.abc import Collection

import numpy as np
import polars as pl

from clearprop.data.arrays import frame_of_columns
from clearprop.data.cells import reading_of
from clearprop.data.columns import check_present, first_row, numbers, unknown_column
from clearprop.errors import DataError, SettingError

OF_AN_ARRAY = "sample_weight"  # the name of weights that are no column


def parted(
    frame: pl.DataFrame, given: object, target: str, drop: Collection[str], is_pair: bool
) -> tuple[pl.DataFrame, pl.Series | None]:
    """Return the frame without its sample weights, and these.

    Raises
    ------
    DataError, SettingError, UnknownName: one sentence each.

    >>> frame, weights = parted(pl.DataFrame({"x": [1], "y": [2], "c": [3]}), "c", "y", (), False)
    >>> frame.columns, weights.to_list()
    (['x', 'y'], [3.0])
    """
    if given is None:
        return frame, None
    if isinstance(given, str):
        check_name(given, frame, target, drop)
        return frame.drop(given), checked(frame[given])
    if not is_pair:
        raise SettingError(
            "sample weights as an array go with a pair (X, y); for other data name their column"
        )
    array = np.asarray(given)
    if array.ndim != 1:
        raise DataError(
            f"sample weights are one number for each row, shape (rows,), not shape {array.shape}"
        )
    column = frame_of_columns({OF_AN_ARRAY: array}, "the sample weights")[OF_AN_ARRAY]
    if len(column) != frame.height:
        raise DataError(
            f"there are {len(column)} sample weights, but X has {frame.height} rows;"
            " both need the same number"
        )
    return frame, checked(column)


def check_name(name: str, frame: pl.DataFrame, target: str, drop: Collection[str]) -> None:
    """Raise unless the column of sample weights is there, and has no other use."""
    if name not in frame.columns:
        raise unknown_column("column of sample weights", name, frame.columns)
    if name == target:
        raise SettingError(f"'{name}' is the target column and cannot hold the sample weights too")
    if name in drop:
        raise SettingError(
            f"'{name}' holds the sample weights and cannot be dropped; it is no input anyway"
        )


def checked(column: pl.Series) -> pl.Series:
    """Return sample weights as float64: each at least 0 and finite, and not all of them 0."""
    if reading_of(column) == "time":
        raise DataError(f"column '{column.name}' holds dates or times, which are no sample weights")
    values = numbers(column, is_target=True)
    check_present(values, "remove the row")
    negative = values < 0
    if negative.any():
        row = first_row(negative)
        raise DataError(
            f"row {row}, column '{column.name}' holds the sample weight {values[row]:g};"
            " sample weights are at least 0"
        )
    if (values == 0).all():
        raise DataError(
            f"the sample weights in column '{column.name}' are all 0; at least one row must count"
        )
    return values
