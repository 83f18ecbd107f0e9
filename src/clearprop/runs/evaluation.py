"""Scores of a run on some rows.

Comes in: parameters, encoding and rows with their target. Goes out: an `Evaluation`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clearprop.data.encoding import Encoding
from clearprop.data.kinds import Kind
from clearprop.data.scores import ClassScores, NumberScores, class_scores, number_scores
from clearprop.errors import counted
from clearprop.network.learning import Learning
from clearprop.network.parameters import Array, Parameters
from clearprop.shown import Shown
from clearprop.training.scoring import figures, outputs_of


@dataclass(frozen=True)
class Evaluation(Shown):
    """The scores of `rows` rows, and their mean loss; `part` says which rows these were."""

    part: str
    rows: int
    loss: float
    scores: ClassScores | NumberScores

    def __repr__(self) -> str:
        name = "accuracy" if isinstance(self.scores, ClassScores) else "r2"
        score = "none" if self.score is None else f"{self.score:.4g}"
        rows = counted(self.rows, "row")
        return f"<Evaluation of {rows} ({self.part}): {name} {score}, loss {self.loss:.4g}>"

    @property
    def score(self) -> float | None:
        """The accuracy, or R²."""
        if isinstance(self.scores, ClassScores):
            return self.scores.accuracy
        return self.scores.r2

    def json(self) -> dict[str, Any]:
        """Return the figures that `run.json` keeps."""
        values: dict[str, Any] = {"rows": self.rows, "loss": self.loss}
        if isinstance(self.scores, ClassScores):
            return {**values, "accuracy": self.scores.accuracy}
        return {
            **values,
            "r2": self.scores.r2,
            "mean_absolute_error": self.scores.mean_absolute_error,
            "root_mean_squared_error": self.scores.root_mean_squared_error,
        }


def evaluate(
    parameters: Parameters, learning: Learning, encoding: Encoding, frame: pl.DataFrame, part: str
) -> Evaluation:
    """Return the scores of a frame's rows; its target column is compared with the predictions.

    Raises
    ------
    DataError: no target column, a label that was not in training, or what `Encoding` raises.
    """
    x, y = encoding.inputs(frame), encoding.targets(frame)
    return evaluate_arrays(parameters, learning, encoding, x, y, part)


def evaluate_arrays(
    parameters: Parameters, learning: Learning, encoding: Encoding, x: Array, y: Array, part: str
) -> Evaluation:
    """Return the scores of encoded rows."""
    dtype = parameters.vector.dtype
    outputs = outputs_of(parameters, x.astype(dtype))
    kind: Kind = "classes" if encoding.labels else "numbers"
    loss = figures(parameters, learning, x.astype(dtype), y.astype(dtype), kind).loss
    with np.errstate(all="ignore"):  # errors of a diverged run may be too large to be squared
        return Evaluation(part, len(x), loss, scores_of(encoding, outputs, y))


def scores_of(encoding: Encoding, outputs: Array, y: Array) -> ClassScores | NumberScores:
    """Return the scores of outputs against targets, both encoded."""
    if encoding.labels:
        actual, predicted = encoding.decode_labels(y), encoding.decode_labels(outputs)
        return class_scores(actual, predicted, encoding.labels)
    return number_scores(encoding.decode_numbers(y), encoding.decode_numbers(outputs))
