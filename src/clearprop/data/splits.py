"""Rows -> a training, a validation and a test part that never share a row.

Sizes are shares of all rows; the same seed gives the same parts. For classes each part gets its
share of every class (scikit-learn's stratified split) where the classes have enough rows; a class
with a single row stays in the training part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.errors import DataError, SettingError, ShapeError

Rows = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint32]
SEEDS = 2**32  # scikit-learn's seeds end here


@dataclass(frozen=True)
class Split:
    """Zero-based rows of each part, ascending."""

    train: Rows
    validation: Rows
    test: Rows

    def __repr__(self) -> str:
        parts = {"training": self.train, "validation": self.validation, "test": self.test}
        return f"<Split: {', '.join(f'{len(r)} {name}' for name, r in parts.items())} rows>"


def split(
    n_rows: int,
    test_size: float = 0.25,
    validation_size: float = 0.0,
    seed: int = 0,
    labels: Sequence[str] | npt.NDArray[np.str_] | pl.Series | None = None,
) -> Split:
    """Return the rows of the three parts; a size of 0 leaves its part empty.

    Raises
    ------
    SettingError: a size outside [0, 1), or sizes that leave nothing to train on.
    DataError: a part that would be empty, or a class that would not be in the training part.

    >>> split(8, test_size=0.25, seed=1).test.size
    2
    """
    _check_sizes(n_rows, test_size, validation_size, seed)
    if labels is not None and len(labels) != n_rows:
        raise ShapeError(f"{len(labels)} labels were given for {n_rows} rows; give one per row")
    # Numbers in place of labels: NumPy sorts a million texts in seconds, Polars in a blink.
    classes = None if labels is None else pl.Series(labels).rank("dense").to_numpy()
    rows = np.arange(n_rows)
    test_count = _count(n_rows, test_size, "test")
    validation_count = _count(n_rows, validation_size, "validation")
    if test_count + validation_count >= n_rows:
        raise DataError(
            f"of {n_rows} rows, {test_count} for testing and {validation_count} for validation"
            " leave none to train on; take smaller parts"
        )
    rest, test = _parted(rows, test_count, seed, classes)
    train, validation = _parted(rest, validation_count, seed, classes)
    if labels is not None and classes is not None:
        _check_classes(labels, classes, train)
    return Split(*(_read_only(part) for part in (train, validation, test)))


def _parted(rows: Rows, count: int, seed: int, classes: Classes | None) -> tuple[Rows, Rows]:
    """Return the rows that stay and the `count` rows that are taken."""
    if count == 0:
        return rows, rows[:0]
    from sklearn.model_selection import train_test_split

    if classes is None:
        stay, taken = train_test_split(rows, test_size=count, random_state=seed)
        return stay, taken
    _, codes, members = np.unique(classes[rows], return_inverse=True, return_counts=True)
    alone = members[codes] == 1
    if count >= rows.size - alone.sum():  # then they cannot all stay; _check_classes names one
        alone[:] = False
    free = rows[~alone]
    stratify = classes[free] if _can_stratify(classes[free], count) else None
    stay, taken = train_test_split(free, test_size=count, random_state=seed, stratify=stratify)
    return np.concatenate([stay, rows[alone]]), taken


def _can_stratify(classes: Classes, count: int) -> bool:
    """Tell whether every class has two rows, and each part room for a row of every class."""
    members = np.unique(classes, return_counts=True)[1]
    return bool(members.min() >= 2 and members.size <= min(count, classes.size - count))


def _check_sizes(n_rows: int, test_size: float, validation_size: float, seed: int) -> None:
    for name, size in (("test", test_size), ("validation", validation_size)):
        if not 0 <= size < 1:
            raise SettingError(
                f"the {name} size is {size}, but it is a share of all rows:"
                " at least 0 and less than 1"
            )
    if test_size + validation_size >= 1:
        raise SettingError(
            f"a test size of {test_size} and a validation size of {validation_size} leave nothing"
            " to train on; together they must be less than 1"
        )
    if not 0 <= seed < SEEDS:
        raise SettingError(f"seed is {seed}, but it must be from 0 to {SEEDS - 1}")
    if n_rows < 1:
        raise DataError("there are no rows to split; at least one is needed")


def _count(n_rows: int, size: float, name: str) -> int:
    count = round(n_rows * size)
    if size > 0 and count == 0:
        raise DataError(
            f"a {name} size of {size} of {n_rows} rows is less than one row;"
            f" give --{name}-size 0 or a larger share"
        )
    return count


def _check_classes(
    labels: Sequence[str] | npt.NDArray[np.str_] | pl.Series, classes: Classes, train: Rows
) -> None:
    absent = np.setdiff1d(classes, classes[train])
    if absent.size:
        rows = np.flatnonzero(classes == absent[0])
        raise DataError(
            f"the training part would have no row of class '{labels[int(rows[0])]}'"
            f" (of {rows.size} in all); hold fewer rows out, or take another seed"
        )


def _read_only(rows: Rows) -> Rows:
    rows = np.sort(rows).astype(np.int64)
    rows.flags.writeable = False
    return rows
