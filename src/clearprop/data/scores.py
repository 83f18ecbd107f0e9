"""Scores of predictions, by scikit-learn's definitions and to its bits.

Classes: accuracy, and per class precision, recall and F1 (0 where a class was never predicted).
Numbers: R², mean absolute error, root mean squared error, in the units of the target.

scikit-learn itself is not asked: to import it takes longer than most trainings. A test holds these
lines to it (`tests/oracles/test_scikit_learn.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clearprop.errors import DataError, ShapeError

Places = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one class; `support` is the number of rows that belong to it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassScores:
    """Scores of predicted classes; confusion[i, j] counts rows of label i predicted as label j."""

    accuracy: float
    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    classes: tuple[ClassFigures, ...]


@dataclass(frozen=True)
class NumberScores:
    """Scores of predicted numbers.

    R² is None where it has no meaning: all targets equal, or numbers whose squares overflow.
    """

    r2: float | None
    mean_absolute_error: float
    root_mean_squared_error: float


def class_scores(
    actual: Sequence[str] | npt.NDArray[np.str_],
    predicted: Sequence[str] | npt.NDArray[np.str_],
    labels: Sequence[str],
) -> ClassScores:
    """Return the scores of predicted labels.

    >>> class_scores(["a", "b"], ["a", "a"], ["a", "b"]).accuracy
    0.5
    """
    _check_lengths(actual, predicted)
    known = len(labels)
    # One row and one column more, for labels that are none of those given.
    pairs = np.zeros((known + 1, known + 1), np.int64)
    np.add.at(pairs, (_places(actual, labels), _places(predicted, labels)), 1)
    confusion = pairs[:known, :known]
    confusion.flags.writeable = False
    figures = zip(
        labels, confusion.diagonal().tolist(), pairs.sum(axis=0).tolist(),
        pairs.sum(axis=1).tolist(), strict=False,
    )  # fmt: skip
    return ClassScores(
        accuracy=float(np.mean(np.asarray(actual) == np.asarray(predicted))),
        labels=tuple(labels),
        confusion=confusion,
        classes=tuple(_class_figures(*counts) for counts in figures),
    )


def _places(given: Sequence[str] | npt.NDArray[np.str_], labels: Sequence[str]) -> Places:
    """Return the place of each label given among the labels; their number where it is none."""
    names, places = np.unique(np.asarray(given), return_inverse=True)
    known = {label: place for place, label in enumerate(labels)}
    return np.array([known.get(name, len(labels)) for name in names.tolist()], np.int64)[places]


def _class_figures(label: str, right: int, predicted: int, rows: int) -> ClassFigures:
    """Return the figures of a class: of `rows` rows, `right` of `predicted` predictions."""
    return ClassFigures(
        label,
        precision=_share(right, predicted),
        recall=_share(right, rows),
        f1=_share(2 * right, rows + predicted),
        support=rows,
    )


def _share(part: int, whole: int) -> float:
    """Return part / whole, and 0 of nothing."""
    return part / whole if whole else 0.0


def number_scores(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> NumberScores:
    """Return the scores of predicted numbers, both of shape (rows,), in the target's units.

    Of several numbers in a row, shape (rows, n), R² is the mean of theirs.

    >>> number_scores([1.0, 3.0], [1.0, 2.0]).mean_absolute_error
    0.5
    """
    targets, outputs = (as_columns(each) for each in (actual, predicted))
    _check_lengths(targets, outputs)
    if not np.isfinite(outputs).all():
        place = np.argwhere(~np.isfinite(outputs))[0]
        bad = outputs[tuple(place)]
        raise DataError(f"row {place[0]}: the prediction is {bad}, not a finite number")
    with np.errstate(over="ignore", invalid="ignore"):
        errors = targets - outputs
        return NumberScores(
            _mean_r_squared(targets, errors),
            float(np.abs(errors).mean()),
            float(np.sqrt(np.square(errors).mean())),
        )


def as_columns(numbers: npt.ArrayLike) -> Numbers:
    """Return numbers as one row of them, or, of several in a row, as a table."""
    found = np.asarray(numbers, np.float64)
    return found if found.ndim == 2 and found.shape[1] > 1 else found.ravel()


def _mean_r_squared(targets: Numbers, errors: Numbers) -> float | None:
    """Return R², or the mean of those of several columns, None where one has no meaning."""
    if targets.ndim == 1:
        return _r_squared(targets, errors)
    each = [_r_squared(*pair) for pair in zip(targets.T, errors.T, strict=True)]
    found = [score for score in each if score is not None]
    return float(np.mean(found)) if len(found) == len(each) else None


def _r_squared(targets: Numbers, errors: Numbers) -> float | None:
    """Return 1 - Σ error² / Σ(target - mean)², None where it has no meaning."""
    # Not `spread > 0` alone: the mean of 0.1, 0.1, 0.1 is not 0.1.
    if (targets == targets[0]).all():
        return None
    spread = np.square(targets - targets.mean()).sum()
    found = 1 - np.square(errors).sum() / spread if spread > 0 else np.nan
    return float(found) if np.isfinite(found) else None


def _check_lengths(
    actual: Sequence[object] | npt.NDArray[np.generic],
    predicted: Sequence[object] | npt.NDArray[np.generic],
) -> None:
    if len(actual) != len(predicted):
        raise ShapeError(
            f"there are {len(predicted)} predictions for {len(actual)} rows; one per row is needed"
        )
    if len(actual) == 0:
        raise DataError("there are no rows to score; at least one is needed")
