"""Networks too large to read: shape, norm and extreme entries of each quantity of a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot

import numpy as np

from clearprop.formulas.notation import Mark
from clearprop.network.parameters import Array
from clearprop.network.quantities import (
    Activation,
    Bias,
    NetInput,
    Quantity,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.tracing.values import Step


@dataclass(frozen=True)
class OverviewRow:
    """An array of the step: its title, shape, Euclidean norm, and smallest and largest entry."""

    title: str
    phase: str
    shape: tuple[int, ...]
    norm: float
    smallest: tuple[Mark, float]
    largest: tuple[Mark, float]


def overview(step: Step) -> Iterator[OverviewRow]:
    """Yield a row for each array of the step, in the order of the pass."""
    network, gradients = step.lesson.network, step.backward.gradient
    yield row(step, "x", "forward", step.lesson.x, lambda k, u: Activation(0, u, k))
    for layer in network.layer_numbers:
        z, a = step.forward.z[layer - 1], step.forward.a[layer]
        yield row(step, f"z[{layer}]", "forward", z, lambda k, u, l=layer: NetInput(l, u, k))
        yield row(step, f"a[{layer}]", "forward", a, lambda k, u, l=layer: Activation(l, u, k))
    for layer in reversed(network.layer_numbers):
        deltas, weights = step.backward.delta[layer - 1], gradients.weights[layer - 1]
        yield row(step, f"δ[{layer}]", "backward", deltas, lambda k, u, l=layer: delta(l, u, k))
        yield row(
            step,
            f"∂L/∂W[{layer}]",
            "backward",
            weights,
            lambda u, s, l=layer: gradient(Weight(l, u, s)),
        )
        if (biases := gradients.biases[layer - 1]) is not None:
            yield row(
                step, f"∂L/∂b[{layer}]", "backward", biases, lambda u, l=layer: gradient(Bias(l, u))
            )
    for layer in network.layer_numbers:
        weights = step.updated.weights[layer - 1]
        yield row(
            step,
            f"W[{layer}]_new",
            "update",
            weights,
            lambda u, s, l=layer: Updated(Weight(l, u, s)),
        )


def row(
    step: Step, title: str, phase: str, array: Array, quantity: Callable[..., Quantity]
) -> OverviewRow:
    """Return the row of an array; `quantity` makes the quantity at an index."""

    def entry(flat: int) -> tuple[Mark, float]:
        index = tuple(int(i) for i in np.unravel_index(flat, array.shape))
        return step.lesson.names.symbol(quantity(*index)), float(array[index])

    return OverviewRow(
        title=title,
        phase=phase,
        shape=array.shape,
        norm=norm(array),
        smallest=entry(int(np.argmin(array))),
        largest=entry(int(np.argmax(array))),
    )


def norm(array: Array) -> float:
    """Return the square root of the sum of squares, which may be too large for a float."""
    return hypot(*array.ravel().tolist())
