"""Scores of predictions, by scikit-learn's definitions.

Classes: accuracy, and per class precision, recall and F1 (0 where a class was never predicted).
Numbers: R², mean absolute error, root mean squared error, in the units of the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clearprop.errors import DataError, ShapeError


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
    """Scores of predicted numbers; R² is None where it has no meaning (all targets equal)."""

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
    from sklearn import metrics

    _check_lengths(actual, predicted)
    known = list(labels)
    confusion = metrics.confusion_matrix(actual, predicted, labels=known).astype(np.int64)
    confusion.flags.writeable = False
    figures = metrics.precision_recall_fscore_support(
        actual, predicted, labels=known, zero_division=0
    )
    return ClassScores(
        accuracy=float(metrics.accuracy_score(actual, predicted)),
        labels=tuple(known),
        confusion=confusion,
        classes=tuple(
            ClassFigures(label, float(precision), float(recall), float(f1), int(support))
            for label, precision, recall, f1, support in zip(known, *figures, strict=True)
        ),
    )


def number_scores(actual: npt.ArrayLike, predicted: npt.ArrayLike) -> NumberScores:
    """Return the scores of predicted numbers, both of shape (rows,), in the target's units.

    >>> number_scores([1.0, 3.0], [1.0, 2.0]).mean_absolute_error
    0.5
    """
    from sklearn import metrics

    targets, outputs = np.ravel(np.asarray(actual)), np.ravel(np.asarray(predicted))
    _check_lengths(targets, outputs)
    if not np.isfinite(outputs).all():
        row = int(np.argmin(np.isfinite(outputs)))
        raise DataError(f"row {row}: the prediction is {outputs[row]}, not a finite number")
    r2 = float(metrics.r2_score(targets, outputs)) if np.ptp(targets) > 0 else None
    return NumberScores(
        r2,
        float(metrics.mean_absolute_error(targets, outputs)),
        float(metrics.root_mean_squared_error(targets, outputs)),
    )


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
