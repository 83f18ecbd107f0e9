"""A frame of predictions: one row per input row, in order.

For classes the columns are `prediction` and `probability_<label>` for each label; for numbers
`prediction` alone, in the units of the target.
"""

import numpy as np
import polars as pl

from clearprop.data.encoding import Encoding
from clearprop.network.parameters import Array


def prediction_frame(encoding: Encoding, outputs: Array) -> pl.DataFrame:
    """Return the predictions that a network's outputs mean, shape (rows, n_D)."""
    if not encoding.labels:
        return pl.DataFrame({"prediction": encoding.decode_numbers(outputs)})
    columns = {"prediction": encoding.decode_labels(outputs).tolist()}
    shares = probabilities(encoding, outputs)
    for place, label in enumerate(encoding.labels):
        columns[f"probability_{label}"] = shares[:, place]
    return pl.DataFrame(columns)


def probabilities(encoding: Encoding, outputs: Array) -> Array:
    """Return one column per label; of a single output p they are 1 - p and p."""
    outputs = np.asarray(outputs, dtype=np.float64)
    if outputs.shape[1] == len(encoding.labels):
        return outputs
    return np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
