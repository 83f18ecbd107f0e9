"""What a score is made of, row by row, as in `training/scoring.py`."""

import numpy as np

from clearprop.engine.kernels.marks import kernel


@kernel
def measure(so_far, outputs, y, classes):
    """Return the number of right rows so far and this one, or for numbers the sum of (y - ŷ)²."""
    if classes == 0:
        for u in range(y.shape[0]):
            error = np.float64(y[u] - outputs[u])
            so_far = so_far + error * error
        return so_far
    if y.shape[0] == 1:
        right = (outputs[0] >= 0.5) == (y[0] >= 0.5)
    else:
        right = largest_place(outputs) == largest_place(y)
    return so_far + 1.0 if right else so_far


@kernel
def largest_place(values):
    """Return where the first of the largest values stands."""
    place = 0
    for u in range(1, values.shape[0]):
        if values[u] > values[place]:
            place = u
    return place
