"""How one column is coded: as a standardised number, one-hot, or as the classes of a target.

In: a column's training values, or the JSON of a coding. Out: the coding.
"""

import math
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.data.cells import Reading, reading_of
from clearprop.data.columns import check_present, drop_hint, is_number_column, numbers, texts
from clearprop.data.records import Record
from clearprop.data.targets import sorted_labels
from clearprop.errors import DataError

Array = npt.NDArray[np.float64]
FEW_CATEGORIES = 20
MOST_CATEGORIES = 1000


@dataclass(frozen=True)
class NumberColumn:
    """A column that goes in as one standardised number; the mean also fills its gaps.

    `reading` is how its cells were read in training, and are read ever after.
    """

    name: str
    mean: float
    scale: float
    reading: Reading = "number"

    def standardised(self, values: pl.Series) -> Array:
        """Return (values - mean) / scale."""
        return (values.to_numpy() - self.mean) / self.scale

    @property
    def unscaled(self) -> "NumberColumn":
        """The same column with its numbers as they are."""
        return replace(self, mean=0.0, scale=1.0)


@dataclass(frozen=True)
class CategoryColumn:
    """A column that goes in one-hot; `fill` is the most frequent category."""

    name: str
    categories: tuple[str, ...]
    fill: str


@dataclass(frozen=True)
class NumbersTarget:
    """A target of several numbers, each an output, as they are; `reading` is theirs."""

    name: str
    count: int
    reading: Reading = "number"


@dataclass(frozen=True)
class ClassTarget:
    """A target of classes: one-hot, or with `one_output` 0 for the first and 1 for the second.

    `reading` is how its cells were read before they became labels ("1.50" as a number is "1.5").
    """

    name: str
    labels: tuple[str, ...]
    one_output: bool
    reading: Reading = "text"


def fitted_column(
    column: pl.Series, impute: bool, reading: Reading | None = None
) -> NumberColumn | CategoryColumn:
    """Return the coding of a column, learnt from its values in the training rows.

    `reading` is how its cells were read (None: as its type tells).

    Raises
    ------
    DataError: no values at all, a missing one (unless `impute`), or too many categories.
    """
    values = numbers(column) if is_number_column(column) else texts(column)
    if values.null_count() == len(values):
        raise DataError(
            f"column '{column.name}' has no values in the training rows; {drop_hint(column.name)}"
        )
    if not impute:
        check_present(values)
    if values.dtype == pl.String:
        return _fitted_categories(values)
    return fitted_numbers(values, reading or reading_of(column))


def fitted_numbers(values: pl.Series, reading: Reading = "number") -> NumberColumn:
    """Return the mean and the standard deviation of the known values (1 where all are equal).

    Raises
    ------
    DataError: numbers so large that their standard deviation is infinite.
    """
    known = values.drop_nulls().to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        mean, variance = mean_and_variance(known)
    if not (np.isfinite(mean) and np.isfinite(variance)):
        raise DataError(
            f"column '{values.name}' has numbers too large to scale (up to"
            f" {np.abs(known).max():g}); use another unit, or {drop_hint(values.name)}"
        )
    scale = 1.0 if is_constant(mean, variance, len(known)) else math.sqrt(variance)
    return NumberColumn(values.name, mean, scale, "number" if reading == "text" else reading)


def mean_and_variance(values: Array) -> tuple[float, float]:
    """Return mean and variance, to the bits of scikit-learn's StandardScaler.

    The two-pass algorithm whose second pass also takes off what rounding left in the first (Chan,
    Golub & LeVeque 1983, eq. 1.7). scikit-learn itself is not asked: to import it takes longer than
    most trainings. A test holds these lines to it (`tests/oracles/test_scikit_learn.py`).
    """
    mean = values.sum() / len(values)
    apart = values - mean
    left_over = apart.sum()
    squares = np.square(apart).sum() - left_over * left_over / len(values)
    return float(mean), float(squares / len(values))


def is_constant(mean: float, variance: float, count: int) -> bool:
    """Return whether a variance is no larger than rounding makes it where all values are equal.

    The bound is that of the two-pass algorithm (Chan, Golub & LeVeque 1983), as in scikit-learn.
    """
    epsilon = float(np.finfo(np.float64).eps)
    error = count * mean * epsilon
    return variance <= count * epsilon * variance + error * error  # error**2 would raise if large


def _fitted_categories(values: pl.Series) -> CategoryColumn:
    categories = sorted_labels(values)
    if len(categories) > max(FEW_CATEGORIES, min(MOST_CATEGORIES, len(values) // 2)):
        raise DataError(
            f"column '{values.name}' has {len(categories)} different texts in {len(values)}"
            " training rows (an identifier or free text?), too many to be categories;"
            f" {drop_hint(values.name)}"
        )
    return CategoryColumn(values.name, categories, str(values.drop_nulls().mode().sort()[0]))


def input_names(column: NumberColumn | CategoryColumn) -> list[str]:
    """Return the names of a column's inputs."""
    if isinstance(column, NumberColumn):
        return [column.name]
    return [f"{column.name}={category}" for category in column.categories]


def width(column: NumberColumn | CategoryColumn) -> int:
    """Return the number of a column's inputs."""
    return 1 if isinstance(column, NumberColumn) else len(column.categories)


def set_one_hot(block: Array, values: pl.Series, categories: tuple[str, ...]) -> None:
    """Set a 1 in every row of a block of zeros, at its category if that is a known one."""
    places = list(range(len(categories)))
    codes = values.replace_strict(list(categories), places, default=-1, return_dtype=pl.Int64)
    place = codes.to_numpy()
    known = np.flatnonzero(place >= 0)
    block[known, place[known]] = 1.0


def column_json(
    column: NumberColumn | CategoryColumn | ClassTarget | NumbersTarget,
) -> dict[str, object]:
    """Return a coding as plain values for JSON."""
    if isinstance(column, NumbersTarget):
        return {"name": column.name, "form": "numbers", "count": column.count}
    if isinstance(column, NumberColumn):
        values = {"form": "number", "mean": column.mean, "scale": column.scale}
        values["reading"] = column.reading
    elif isinstance(column, CategoryColumn):
        values = {"form": "category", "categories": list(column.categories), "fill": column.fill}
    else:
        values = {"form": "class", "labels": list(column.labels), "one_output": column.one_output}
        values["reading"] = column.reading
    return {"name": column.name, **values}


def column_from(record: Record) -> NumberColumn | CategoryColumn:
    """Return the coding of a column from its JSON."""
    form = record.text("form")
    if form == "number":
        return _number_from(record)
    if form == "category":
        categories, fill = record.texts("categories"), record.text("fill")
        if fill not in categories:
            raise record.damaged("fill", "one of the categories")
        return CategoryColumn(record.text("name"), categories, fill)
    raise record.damaged("form", "'number' or 'category'")


def target_from(record: Record) -> NumberColumn | ClassTarget | NumbersTarget:
    """Return the coding of a target from its JSON."""
    form = record.text("form")
    if form == "numbers":
        count = record.number("count")
        if count < 1 or count != int(count):
            raise record.damaged("count", "a whole number of at least 1")
        return NumbersTarget(record.text("name"), int(count))
    if form == "number":
        return _number_from(record)
    if form != "class":
        raise record.damaged("form", "'number', 'numbers' or 'class'")
    labels, one_output = record.texts("labels"), record.truth("one_output")
    if len(labels) < 2 or (one_output and len(labels) > 2):
        raise record.damaged("labels", "a list of labels that fits the outputs")
    return ClassTarget(record.text("name"), labels, one_output, _reading_from(record))


def _number_from(record: Record) -> NumberColumn:
    scale = record.number("scale")
    if scale <= 0:
        raise record.damaged("scale", "a number above 0")
    reading = _reading_from(record)
    return NumberColumn(record.text("name"), record.number("mean"), scale, reading)


def _reading_from(record: Record) -> Reading:
    readings: tuple[Reading, ...] = get_args(Reading)
    for reading in readings:
        if record.text("reading") == reading:
            return reading
    raise record.damaged("reading", f"one of {', '.join(readings)}")
