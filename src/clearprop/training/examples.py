"""A table -> the encoded examples of a training: all rows, in three parts.

Comes in: a `Table` and the settings. Goes out: `Examples`. The encoding is learnt from the
training part alone; row K is row K of the data as given, whichever part it fell in.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.data.encoding import Encoding
from clearprop.data.splits import Split, split
from clearprop.data.table import Table
from clearprop.errors import DataError
from clearprop.network.parameters import Array
from clearprop.training.settings import TrainingSettings

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Examples:
    """Inputs x, shape (m, n_0), and targets y, shape (m, n_D), of all rows, in float64.

    `weights` are their sample weights, shape (m,), if they have any.
    """

    x: Array
    y: Array
    split: Split
    encoding: Encoding
    weights: Array | None = None

    def part(self, name: str, dtype: str = "float64") -> tuple[Array, Array]:
        """Return x and y of a part: "train", "validation" or "test"."""
        rows = getattr(self.split, name)
        return self.x[rows].astype(dtype), self.y[rows].astype(dtype)

    def weights_of(self, name: str, dtype: str = "float64") -> Array | None:
        """Return the sample weights of a part, if there are any."""
        return (
            None if self.weights is None else self.weights[getattr(self.split, name)].astype(dtype)
        )

    @property
    def watched(self) -> str:
        """The part to look at while training."""
        return watched_part(self.split)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the encoded rows, and of their sample weights."""
        return fingerprint(self.x, self.y, self.weights)


def watched_part(split: Split) -> str:
    """Return the part to look at while training: validation, else test, else training part."""
    if split.validation.size:
        return "validation"
    return "test" if split.test.size else "train"


def examples_of(
    table: Table,
    settings: TrainingSettings,
    *,
    impute: bool = False,
    encoding: Encoding | None = None,
    scaled: bool = True,
) -> Examples:
    """Return a table's rows, split and encoded; by the encoding given, or one learnt here.

    Where they are not `scaled`, numbers are as they stand in the table.

    Raises
    ------
    DataError, SettingError: what `split` and `Encoding` raise, one sentence each.
    """
    parts = split(
        table.rows,
        settings.test_size,
        settings.validation_size,
        settings.seed,
        table.frame[table.target] if table.kind == "classes" else None,
    )
    encoding = encoding or Encoding.fit(
        table, parts.train, impute=impute, one_output=settings.learning.loss != "cross_entropy"
    )
    if not scaled:
        encoding = encoding.unscaled
    weights = None if table.weights is None else table.weights.to_numpy()
    check_some_count(weights, parts.train)
    return Examples(
        encoding.inputs(table.frame), encoding.targets(table.frame), parts, encoding, weights
    )


def check_some_count(weights: Array | None, rows: Array) -> None:
    """Raise DataError where all rows of the training part have the weight 0."""
    if weights is not None and not weights[rows].any():
        raise DataError(
            "all rows of the training part have the sample weight 0, so there is nothing to learn;"
            " take another seed, or a smaller test size"
        )


def fingerprint(x: Array, y: Array, weights: Any = None) -> str:
    """Return the SHA-256 of float64 arrays and their shapes, in hexadecimal.

    >>> fingerprint(np.zeros((1, 2)), np.ones((1, 1)))[:16]
    'f08b1ba5329388fe'
    """
    digest = hashlib.sha256()
    for array in (x, y) if weights is None else (x, y, np.asarray(weights)):
        digest.update(f"{array.shape} float64;".encode())
        digest.update(np.ascontiguousarray(array, dtype="<f8").data)
    return digest.hexdigest()
