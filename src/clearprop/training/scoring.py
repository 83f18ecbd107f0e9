"""Loss and score of a part of the data, as they are watched while training.

Comes in: parameters and the encoded rows of one part. Goes out: `Figures`. The full scores of a
finished run, with confusion matrix and errors in the target's units, are made from `data/scores`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import ForwardPass, forward_pass, losses
from clearprop.backprop.products import FAST_PRODUCTS, Products
from clearprop.data.kinds import Kind
from clearprop.network.learning import Learning
from clearprop.network.parameters import Array, Parameters

SLICE = 8192  # rows at a time: the activations of a million rows need not fit the memory at once


@dataclass(frozen=True)
class Figures:
    """The mean loss of some rows, and their accuracy or R² (None where it has no meaning)."""

    loss: float
    score: float | None


def figures(
    parameters: Parameters,
    learning: Learning,
    x: Array,
    y: Array,
    kind: Kind,
    products: Products = FAST_PRODUCTS,
) -> Figures:
    """Return loss and score of the rows x, y; losses are added from the first row to the last.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> figures(lesson.parameters, lesson.learning, lesson.x, lesson.y, "classes")
    Figures(loss=0.12552571851659558, score=1.0)
    """
    total, outputs = 0.0, []
    for forward, targets in passes(parameters, x, y, products):
        each = losses(parameters.network, learning, forward, targets, products)
        total = from_left(total, each)
        outputs.append(forward.outputs)
    return Figures(total / len(x), score(np.concatenate(outputs), y, kind))


def outputs_of(parameters: Parameters, x: Array) -> Array:
    """Return the network's outputs for the rows x, shape (m, n_D)."""
    found = [forward.outputs for forward, _ in passes(parameters, x, x)]
    return np.concatenate(found) if found else np.zeros((0, parameters.network.layers[-1]))


def passes(
    parameters: Parameters, x: Array, y: Array, products: Products = FAST_PRODUCTS
) -> Iterator[tuple[ForwardPass, Array]]:
    """Yield the forward pass of a slice of rows, and their targets."""
    for start in range(0, len(x), SLICE):
        rows = slice(start, start + SLICE)
        yield forward_pass(parameters, x[rows], products), y[rows]


def from_left(start: float, terms: Array) -> float:
    """Return start + the terms, added one after another in float64: `np.sum` adds in pairs."""
    with np.errstate(all="ignore"):
        return float(np.add.accumulate(np.append(start, terms), dtype=np.float64)[-1])


def score(outputs: Array, y: Array, kind: Kind) -> float | None:
    """Return the accuracy for classes, R² for numbers; None for outputs that are not finite."""
    if not np.isfinite(outputs).all():
        return None
    return accuracy(outputs, y) if kind == "classes" else r_squared(outputs, y)


def accuracy(outputs: Array, y: Array) -> float:
    """Return the share of rows whose class is right."""
    if y.shape[1] == 1:
        return float(((outputs >= 0.5) == (y >= 0.5)).mean())
    return float((outputs.argmax(axis=1) == y.argmax(axis=1)).mean())


def r_squared(outputs: Array, y: Array) -> float | None:
    """Return 1 - Σ(y - ŷ)² / Σ(y - mean)²; None where all targets are equal."""
    with np.errstate(over="ignore"):
        error = from_left(0.0, ((y - outputs).astype(np.float64) ** 2).ravel())
    return r_squared_of(error, spread_of(y))


def spread_of(y: Array) -> float:
    """Return Σ(y - mean)², what R² measures errors against: 0 where all targets are equal."""
    if (y == y.flat[0]).all():  # the mean of 0.1, 0.1, 0.1 is not 0.1
        return 0.0
    return float(((y - y.mean(dtype=np.float64)) ** 2).sum())


def r_squared_of(error: float, spread: float) -> float | None:
    """Return 1 - error / spread, of two sums of squares; None where it has no meaning."""
    return 1 - error / spread if spread > 0 and np.isfinite(error) else None
