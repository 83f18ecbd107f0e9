"""Where the parts of a network's drawing lie: units in columns, the loss to their right.

Comes in: a `Diagram`. Goes out: a `Plan`: the place of every unit, the ends of every line, and the
place along it where its label stands, all in the units of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot

from clearprop.tracing.diagram import Diagram

Point = tuple[float, float]

MARGIN = 16
TARGET = 4.9  # of the letters' size, how wide the label of a target is, between outputs and loss
BEFORE_BIAS = 0.38  # of the way to a unit, where labels leave room for that of its bias
ROOM_ABOVE, ROOM_BELOW = 30, 34  # of a unit, for its bias and for the number under it


@dataclass(frozen=True)
class Size:
    """How large units are drawn: their radius, the way from one to the next, their letters."""

    radius: int
    pitch: int
    letters: int


SIZES = (
    (2, Size(40, 164, 19)),
    (4, Size(36, 136, 17)),
    (8, Size(28, 106, 14)),
    (999, Size(20, 74, 10)),
)
# weights between two columns -> how far apart these are
GAPS = ((2, 300), (9, 350), (10_000, 450))


def first_of(table: Sequence[tuple[int, object]], count: int) -> object:
    """Return the entry of the first limit that is not exceeded."""
    return next(entry for limit, entry in table if count <= limit)


@dataclass(frozen=True)
class Plan:
    """The places of a drawing; `counts` are the units that each column shows."""

    counts: tuple[int, ...]
    has_biases: bool

    @classmethod
    def of(cls, diagram: Diagram) -> Plan:
        """Return the plan of a network whose units are all drawn."""
        counts = tuple(map(len, diagram.columns))
        return cls(counts, any(biases is not None for biases in diagram.biases))

    @cached_property
    def size(self) -> Size:
        """How large units are drawn: by the tallest column."""
        found = first_of(SIZES, max(self.counts))
        assert isinstance(found, Size)
        return found

    @cached_property
    def columns(self) -> tuple[float, ...]:
        """The middle of each column, and of the loss, from the left."""
        found = [float(MARGIN + self.size.radius)]
        for left, right in zip(self.counts, self.counts[1:], strict=False):
            gap = first_of(GAPS, left * right)
            assert isinstance(gap, int)
            found.append(found[-1] + gap)
        return (*found, found[-1] + 2 * self.size.radius + TARGET * self.size.letters)

    @property
    def width(self) -> float:
        """The width of the picture."""
        return self.columns[-1] + self.size.radius + MARGIN

    @property
    def above(self) -> float:
        """The room above the middle of a column's first unit."""
        return self.size.radius + (ROOM_ABOVE if self.has_biases else 8)

    @property
    def height(self) -> float:
        """The height of the picture."""
        between = (max(self.counts) - 1) * self.size.pitch
        return self.above + between + self.size.radius + ROOM_BELOW

    @property
    def middle(self) -> float:
        """Half way down the columns."""
        return self.above + (max(self.counts) - 1) * self.size.pitch / 2

    def unit(self, layer: int, unit: int) -> Point:
        """Return the middle of a unit."""
        down = (unit - (self.counts[layer] - 1) / 2) * self.size.pitch
        return self.columns[layer], self.middle + down

    @property
    def loss(self) -> Point:
        """The middle of the loss."""
        return self.columns[-1], self.middle

    def line(self, start: Point, end: Point) -> tuple[Point, Point]:
        """Return the ends of a line between two units, at their rims."""
        across, down = end[0] - start[0], end[1] - start[1]
        share = (self.size.radius + 2) / hypot(across, down)
        return (
            (start[0] + across * share, start[1] + down * share),
            (end[0] - across * share, end[1] - down * share),
        )

    def label(self, layer: int, unit: int, source: int) -> Point:
        """Return where the label of a weight stands: where lines that cross lie equally apart."""
        start, end = self.unit(layer - 1, source), self.unit(layer, unit)
        most = BEFORE_BIAS if self.has_biases else 0.5
        share = min(most, 1 / (self.counts[layer] + 1)) if self.counts[layer - 1] > 1 else 0.5
        return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share

    def has_room(self, layer: int) -> bool:
        """Return whether the labels of a layer's weights lie below each other, none on another."""
        apart = self.size.pitch / (self.counts[layer] + 1)
        return self.counts[layer - 1] == 1 or apart >= self.size.letters
