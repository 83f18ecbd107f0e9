"""What a network answers everywhere: the decision surface, and what each unit responds to.

Comes in: a plan and two columns of its data. Goes out: a `Board`: a grid over both, on which
parameters become pictures of bytes. Where there are more columns, the others stand at their mean
(numbers) or their most frequent category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from clearprop.backprop.backpropagation import forward_pass
from clearprop.data.codings import CategoryColumn, ClassTarget, NumberColumn
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.making import Plan
from clearprop.studio.features import AS_THEY_ARE, featured

Bytes = npt.NDArray[np.uint8]
DRAWN = "drawn"  # the name of points that were drawn by hand, on a plane from -1 to 1
SIDE = 72  # cells of the surface, each way
EVERY = 3  # of which a unit's small picture has every third
MARGIN = 0.08  # around the data, as a share of their width
PICTURED = 12  # units of a layer that have one: those that are drawn
MIDDLE = 128  # the byte that stands for 0 in a unit's picture


@dataclass(frozen=True)
class Board:
    """Two columns of the data, and the grid over them.

    `whole` where the data have no other columns: then features can be made of the two.
    """

    plan: Plan
    columns: tuple[str, str]
    features: tuple[str, ...] = AS_THEY_ARE
    whole: bool = False

    @cached_property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The least and largest value of both columns, with a margin; what is drawn has its own."""
        if self.plan.source.name == DRAWN:
            return (-1.0, 1.0), (-1.0, 1.0)
        return tuple(bounds(self.plan.table.frame[name].to_numpy()) for name in self.columns)  # type: ignore[return-value]

    @cached_property
    def inputs(self) -> Array:
        """The encoded inputs of the cells, shape (SIDE * SIDE, n_0), row by row from below."""
        (left, right), (low, high) = self.bounds
        across, up = np.meshgrid(cells(left, right), cells(low, high))
        encoding = self.plan.examples.encoding
        plane = dict(zip(self.columns, (across.ravel(), up.ravel()), strict=True))
        frame = featured(pl.DataFrame(plane), self.columns, self.features)
        others = {
            column.name: column.fill if isinstance(column, CategoryColumn) else column.mean
            for column in encoding.columns
            if column.name not in frame.columns
        }
        frame = frame.with_columns(pl.lit(value).alias(name) for name, value in others.items())
        return encoding.inputs(frame).astype(np.float32)  # more than the 256 shades can show

    def pictures(self, parameters: Parameters) -> tuple[Bytes, Bytes]:
        """Return the surface, shape (planes, SIDE, SIDE), and the units' pictures, (units, …)."""
        with np.errstate(all="ignore"):
            single = parameters.with_vector(parameters.vector.astype(np.float32))
            a = forward_pass(single, self.inputs).a
            return self.surface(a[-1]), self.units(parameters, a)

    def surface(self, outputs: Array) -> Bytes:
        """Return what is predicted, as bytes.

        For one output how far it is between the least and largest target; for more the class, and
        how probable it is.
        """
        target = self.plan.examples.encoding.target
        if outputs.shape[1] > 1:
            classes = outputs.argmax(axis=1)
            planes = np.stack([classes, 255 * outputs.max(axis=1)])
        elif isinstance(target, ClassTarget):
            planes = 255 * outputs.T
        else:
            low, high = self.targets
            planes = 255 * (outputs.T - low) / (high - low)
        return to_bytes(planes).reshape(-1, SIDE, SIDE)

    @cached_property
    def targets(self) -> tuple[float, float]:
        """The least and largest encoded target."""
        y = self.plan.examples.y
        low, high = float(y.min()), float(y.max())
        return (low, high) if high > low else (low - 1, high + 1)

    def units(self, parameters: Parameters, a: tuple[Array, ...] | list[Array]) -> Bytes:
        """Return what the first units of each layer respond to: 128 for 0, more for more."""
        network, found = parameters.network, []
        for layer in network.layer_numbers:
            grid = a[layer].reshape(SIDE, SIDE, -1)[::EVERY, ::EVERY, :PICTURED]
            middle, most = SCALES.get(network.activation(layer), (0.0, None))
            shifted = grid - middle
            scale = np.abs(shifted).max(axis=(0, 1)) if most is None else most
            found.append(np.moveaxis(MIDDLE + 127 * shifted / np.maximum(scale, 1e-12), -1, 0))
        return to_bytes(np.concatenate(found))


SCALES: Mapping[str, tuple[float, float]] = {  # what is drawn as nothing, and how far it goes
    "sigmoid": (0.5, 0.5),
    "softmax": (0.5, 0.5),
    "tanh": (0.0, 1.0),
}


def bounds(values: Array) -> tuple[float, float]:
    """Return the least and largest of some values, with a margin around them.

    >>> bounds(np.array([0.0, 100.0]))
    (-8.0, 108.0)
    """
    low, high = float(np.min(values)), float(np.max(values))
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def cells(low: float, high: float) -> Array:
    """Return the middles of the cells between two bounds."""
    return low + (np.arange(SIDE) + 0.5) * (high - low) / SIDE


def to_bytes(values: Array) -> Bytes:
    """Return values as bytes; what is no number is in the middle."""
    return np.nan_to_num(values, nan=MIDDLE).clip(0, 255).astype(np.uint8)


def number_columns(plan: Plan) -> list[str]:
    """Return the columns that a surface can be drawn over."""
    columns = plan.examples.encoding.columns
    return [column.name for column in columns if isinstance(column, NumberColumn)]
