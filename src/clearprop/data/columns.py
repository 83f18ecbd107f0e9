"""One column of a table, as numbers or as texts, with every defect named by row and column.

Rows count from zero, in the order of the data as given.
"""

import shlex
from collections.abc import Sequence
from difflib import get_close_matches

import polars as pl

from clearprop.data.cells import (
    Reading,
    as_numbers,
    read_as,
    reading_of,
    stripped,
    thousands_or_decimals,
    typed,
)
from clearprop.errors import DataError, UnknownName

SHOWN = 20
SPOKEN = {"number": "numbers", "truth": "truth values", "time": "dates or times"}


def is_number_column(column: pl.Series, is_target: bool = False) -> bool:
    """Tell numbers, truth values and times (True) from text and categories (False).

    Raises
    ------
    DataError: other values (lists, structs, bytes), numbers with commas that may mean two things,
    or a column of numbers with a text among them.
    """
    kind = column.dtype
    if kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean:
        return True
    if kind == pl.String:
        _check_commas(column, is_target)
        _check_no_stray_text(column, is_target)
        return False
    if isinstance(kind, pl.Categorical | pl.Enum | pl.Null):
        return False
    raise DataError(
        f"column '{column.name}' holds values of type {kind};"
        f" numbers, truth values, text and dates can be learnt from"
        f"{'' if is_target else f'; {drop_hint(column.name)}'}"
    )


def numbers(
    column: pl.Series, is_target: bool = False, reading: Reading | None = None
) -> pl.Series:
    """Return a column as float64, null where a value is missing (NaN counts as missing).

    Truth values are 1 and 0; dates and times are seconds since 1970-01-01 00:00 UTC, times of day
    and durations seconds. Text is read as a file's cells are, or as `reading` says.

    Raises
    ------
    DataError: a text that is no number, an infinite number, or values of another kind than
    `reading`.
    """
    can_drop = not is_target and reading is None  # columns are left out when training begins
    if column.dtype == pl.String:
        column = _read_text(column, can_drop, reading)
    if reading is not None:
        _check_reading(column, reading)
    result = _seconds(column) if column.dtype.is_temporal() else column.cast(pl.Float64)
    result = result.fill_nan(None)
    infinite = result.is_infinite().fill_null(False)
    if infinite.any():
        raise DataError(
            f"row {first_row(infinite)}, column '{column.name}' holds an infinite number;"
            f" {_cell_hint(column.name, can_drop)}"
        )
    return result


def texts(column: pl.Series) -> pl.Series:
    """Return a column as text, null where a value is missing; whole numbers without ".0".

    >>> texts(pl.Series("a", [1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    """
    if column.dtype == pl.String:
        return stripped(column)
    if column.dtype.is_float() or column.dtype.is_decimal():
        values = column.cast(pl.Float64).fill_nan(None)
        whole = values.cast(pl.Int64, strict=False)
        return values.cast(pl.String).zip_with(
            (whole != values).fill_null(True), whole.cast(pl.String)
        )
    return column.cast(pl.String)


def first_row(cells: pl.Series) -> int:
    """Return the zero-based row of the first true cell."""
    row = cells.arg_max()
    assert row is not None, "the caller knows that some cell is true"
    return row


def check_present(column: pl.Series, way_out: str | None = None) -> None:
    """Raise DataError, naming row and column, when a value is missing.

    The ways out are those of training, or the one given.
    """
    if column.null_count():
        ways = f", or {way_out}" if way_out else f", use --impute, or {drop_hint(column.name)}"
        raise DataError(f"{_gap(column, 'column')}; fill it in{ways}")


def check_target_present(column: pl.Series) -> None:
    """Raise DataError, naming row and column, when a value of the target is missing."""
    if column.null_count():
        raise DataError(
            f"{_gap(column, 'target column')}; fill it in or remove the row,"
            " for a target is never imputed"
        )


def _gap(column: pl.Series, what: str) -> str:
    count = column.null_count()
    cells = "1 such cell" if count == 1 else f"{count} such cells"
    row = first_row(column.is_null())
    return f"row {row}, {what} '{column.name}' has no value ({cells} in this column)"


def unknown_column(what: str, given: str, columns: Sequence[str]) -> UnknownName:
    """Return the error for a column that is not there, with the nearest and a list of all.

    >>> print(unknown_column("target column", "spezies", ["length", "species"]))
    unknown target column 'spezies'; did you mean 'species'? Known: length, species
    """
    if len(columns) <= SHOWN:
        return UnknownName.of(what, given, columns)
    near = get_close_matches(given, columns, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else "."
    return UnknownName(f"unknown {what} '{given}'{hint} Known: {listed(columns)}")


def listed(names: Sequence[str]) -> str:
    """Return the names with commas, shortened when there are many.

    >>> listed([f"x{i}" for i in range(30)])[-25:]
    ', x17, x18, … (30 in all)'
    """
    if len(names) <= SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: SHOWN - 1])}, … ({len(names)} in all)"


def drop_hint(column: str) -> str:
    """Return the words for the way out that is always there: leave the column out."""
    return f"leave the column out with --drop {shlex.quote(column)}"


def _check_reading(column: pl.Series, reading: Reading) -> None:
    """Raise DataError where dates stand for numbers, truth values for dates and so on.

    The numbers 0 and 1 may stand for truth values: they are what these become.
    """
    found = reading_of(column)
    expected = "number" if reading == "decimal comma" else reading
    bits = expected == "truth" and found == "number" and column.drop_nulls().is_in([0, 1]).all()
    if found in (expected, "text") or bits:
        return
    raise DataError(
        f"column '{column.name}' holds {SPOKEN[found]}, but held {SPOKEN[expected]} in training;"
        " give the same column as there"
    )


def _read_text(column: pl.Series, can_drop: bool, reading: Reading | None) -> pl.Series:
    meant = typed(column) if reading is None else read_as(column, reading)
    if meant.dtype != pl.String:
        return meant
    text = stripped(column)
    if text.null_count() == len(text):
        return text
    values = as_numbers(text)
    stray = values.is_null() & text.is_not_null()
    if stray.any():
        row = first_row(stray)
        raise DataError(
            f"row {row}, column '{column.name}' holds the text '{_short(text[row])}',"
            f" where a number is expected; {_cell_hint(column.name, can_drop)}"
        )
    return values


def _check_commas(column: pl.Series, is_target: bool) -> None:
    """Raise DataError when a column's commas may be decimal ones or mark thousands."""
    cell = thousands_or_decimals(stripped(column))
    if cell is not None:
        raise DataError(
            f"column '{column.name}' holds '{cell}': is that comma a decimal one, or does it mark"
            " thousands? Write the numbers with a decimal point and without thousands marks"
            f"{'' if is_target else f', or {drop_hint(column.name)}'}"
        )


def _check_no_stray_text(column: pl.Series, is_target: bool) -> None:
    """Raise DataError when more than half of the cells are numbers and others are not.

    Codes with leading zeros ("007") mark a column as text.
    """
    text = stripped(column)
    values = as_numbers(text)
    stray = (values.is_null() | values.is_nan()) & text.is_not_null()
    found = text.len() - text.null_count() - stray.sum()
    if not stray.any() or found <= stray.sum() or text.str.contains(r"^0\d+$").any():
        return
    row = first_row(stray)
    raise DataError(
        f"row {row}, column '{column.name}' holds the text '{_short(text[row])}',"
        f" but most of this column are numbers; {_cell_hint(column.name, not is_target)}"
    )


def _seconds(column: pl.Series) -> pl.Series:
    if column.dtype in (pl.Date, pl.Datetime):
        return column.cast(pl.Datetime("us")).to_physical() / 1e6
    if column.dtype == pl.Duration:
        return column.cast(pl.Duration("us")).to_physical() / 1e6
    return column.to_physical() / 1e9


def _cell_hint(column: str, can_drop: bool) -> str:
    return f"correct that cell, or {drop_hint(column)}" if can_drop else "correct that cell"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
