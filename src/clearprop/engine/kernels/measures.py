"""What a score is made of, row by row, as in `training/scoring.py`."""

import math

import numpy as np

from clearprop.engine.kernels.marks import kernel, spliced


@spliced
def measure(so_far, k, outputs, y, classes):
    """Return the number of right rows so far and row k, or for numbers the sum of (y - ŷ)².

    Classes of outputs that are not finite have no meaning: the score is NaN then, and stays so.
    """
    if classes == 0:
        for u in range(y.shape[1]):
            error = np.float64(y[k, u] - outputs[k, u])
            so_far = so_far + error * error
    else:
        finite = True
        for u in range(y.shape[1]):
            finite = finite and math.isfinite(outputs[k, u])
        if y.shape[1] == 1:
            right = (outputs[k, 0] >= 0.5) == (y[k, 0] >= 0.5)
        else:
            right = largest_place(k, outputs) == largest_place(k, y)
        so_far = so_far + (1.0 if right else 0.0) if finite else np.nan
    return so_far


@kernel
def largest_place(k, values):
    """Return where the first of the largest values of row k stands."""
    place = 0
    for u in range(1, values.shape[1]):
        if values[k, u] > values[k, place]:
            place = u
    return place
