"""Text cells and what they mean: numbers, truth values, dates, or just text.

In: one column of text, as a file gives it. Out: the same column with the narrowest type that
holds *every* cell. A single cell that does not fit leaves the whole column text, so that nothing
is lost; `columns` then names that cell.

A cell that is empty, or that says n/a or the like in a column otherwise of numbers, is missing.

How a column was read is its `Reading`. Columns that are met again, at prediction say, are read
as they were the first time (`read_as`), not guessed anew from other cells.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import polars as pl

Reading = Literal["text", "number", "decimal comma", "truth", "time"]
Readings = Mapping[str, Reading]  # by column
NO_READINGS: Readings = {}
MISSING = ("na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "--", ".")
ZERO_PADDED = r"^0\d+$"
DECIMAL_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?$"
THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$"
COMMA_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"
ISO_TIME = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"


def typed(column: pl.Series, decimal_comma: bool = False) -> pl.Series:
    """Return a column of text as numbers, truth values or dates where every cell is one.

    Codes with leading zeros ("007") stay text. With `decimal_comma`, "1.234,5" is 1234.5.

    >>> typed(pl.Series("a", ["1", " 2", "n/a"])).to_list()
    [1, 2, None]
    >>> typed(pl.Series("a", ["1,5", "2"]), decimal_comma=True).to_list()
    [1.5, 2.0]
    >>> typed(pl.Series("a", ["1", "2", "three"])).to_list()
    ['1', '2', 'three']
    """
    text = stripped(column)
    if text.null_count() == len(text):
        return text
    for reading in (_numbers, _decimal_comma_numbers) if decimal_comma else (_numbers,):
        numbers = reading(text)
        if numbers is not None:
            return numbers
    for reading in (_truths, _times):
        values = reading(text)
        if values is not None:
            return values
    return text


def thousands_or_decimals(text: pl.Series) -> str | None:
    """Return a cell whose comma may be a decimal one or mark thousands, if all such cells may.

    >>> thousands_or_decimals(pl.Series(["12", "1,234"]))
    '1,234'
    >>> thousands_or_decimals(pl.Series(["1,5", "1,234"]))
    """
    with_comma = text.filter(text.str.contains(",", literal=True)).drop_nulls()
    if with_comma.is_empty() or not with_comma.str.contains(COMMA_THOUSANDS).all():
        return None
    numbers = _numbers(text.str.replace_all(",", "", literal=True))
    return None if numbers is None else str(with_comma[0])


def reading_of(column: pl.Series) -> Reading:
    """Return how a column was read, as far as its type tells (a decimal comma it does not)."""
    if column.dtype == pl.Boolean:
        return "truth"
    if column.dtype.is_temporal():
        return "time"
    return "number" if column.dtype.is_numeric() else "text"


def read_as(column: pl.Series, reading: Reading) -> pl.Series:
    """Return a column of text read so, or as text where a cell cannot be.

    >>> read_as(pl.Series(["1.134"]), "decimal comma").to_list()
    [1134]
    """
    text = stripped(column)
    values = None if text.null_count() == len(text) else READERS[reading](text)
    return text if values is None else values


def stripped(column: pl.Series) -> pl.Series:
    """Return a column of text without blanks around its cells; empty cells are missing."""
    text = column.str.strip_chars()
    return text.set(text == "", None)


def as_numbers(text: pl.Series) -> pl.Series:
    """Return the cells as numbers, null where a cell is none; n/a and the like are NaN.

    >>> as_numbers(pl.Series(["1.5", "n/a", "one"])).to_list()
    [1.5, nan, None]
    """
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return numbers
    return numbers.set(text.str.to_lowercase().is_in(list(MISSING)), float("nan"))


def _numbers(text: pl.Series) -> pl.Series | None:
    numbers = as_numbers(text)
    if numbers.null_count() > text.null_count() or numbers.fill_nan(None).count() == 0:
        return None
    if text.str.contains(ZERO_PADDED).any():
        return None
    numbers = numbers.fill_nan(None)
    whole = text.cast(pl.Int64, strict=False)
    return whole if whole.null_count() == numbers.null_count() else numbers


def _decimal_comma_numbers(text: pl.Series) -> pl.Series | None:
    if not text.str.contains(DECIMAL_COMMA).any():
        return None
    return _with_decimal_comma(text)


def _with_decimal_comma(text: pl.Series) -> pl.Series | None:
    dotted = text.str.replace_all(".", "", literal=True).zip_with(
        text.str.contains(THOUSANDS).fill_null(False), text
    )
    # "1.5" beside "1,5": the dot is neither a thousands mark nor, here, a decimal one.
    if (dotted.str.contains(".", literal=True) & text.str.contains(r"\d")).any():
        return None
    return _numbers(dotted.str.replace(",", ".", literal=True))


def _truths(text: pl.Series) -> pl.Series | None:
    lower = text.str.to_lowercase()
    return lower == "true" if lower.drop_nulls().is_in(["true", "false"]).all() else None


def _times(text: pl.Series) -> pl.Series | None:
    if not text.drop_nulls().str.contains(ISO_TIME).all():
        return None
    try:
        times = text.str.to_datetime(strict=True)
    except pl.exceptions.PolarsError:  # mixed forms, or a day such as 2023-02-30
        return None
    return times.cast(pl.Date) if text.str.len_chars().max() == 10 else times


READERS: Mapping[Reading, Callable[[pl.Series], pl.Series | None]] = {
    "text": lambda text: text,
    "number": _numbers,
    "decimal comma": _with_decimal_comma,
    "truth": _truths,
    "time": _times,
}
