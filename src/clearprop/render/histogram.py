"""When the networks of a sweep converged, as a histogram: bars of text, or an SVG picture.

Comes in: the epochs of those that converged, and how many never did. Goes out: lines, or the SVG's
text; its colours are in `histogram.css`.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from clearprop.errors import counted
from clearprop.render.loss_curve import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    line,
    paper,
    text,
    tick_text,
)
from clearprop.sweeps.sweep import Sweep

TEXT_BINS, PICTURE_BINS = 16, 40  # at most
BLOCKS = " ▏▎▍▌▋▊▉█"
BAR_LENGTH = 40
NEVER_ROOM = 70  # of the picture, for the bar of those that never converged


@dataclass(frozen=True)
class Bin:
    """The networks that converged after more than `low` and at most `high` epochs."""

    low: int
    high: int
    count: int

    @property
    def epochs(self) -> str:
        """The epochs in words."""
        alone = self.high == self.low + 1
        return f"{self.high:,}" if alone else f"{self.low + 1:,} to {self.high:,}"


def bins(epochs: Sequence[int], most: int) -> list[Bin]:
    """Return at most `most` bins of one round width that hold all epochs, from 0 on.

    The first one has those that had converged before any training too.

    >>> bins([0, 3, 4, 11], most=3)
    [Bin(low=0, high=5, count=3), Bin(low=5, high=10, count=0), Bin(low=10, high=15, count=1)]
    """
    width = round_width(max(epochs, default=0), most)
    counts = [0] * max(1, math.ceil(max(epochs, default=0) / width))
    for epoch in epochs:
        counts[max(0, math.ceil(epoch / width) - 1)] += 1
    return [Bin(place * width, (place + 1) * width, n) for place, n in enumerate(counts)]


def round_width(last: int, most: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, … with which so many bins reach the last epoch."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * most >= last:
                return factor * power
        power *= 10


# --- text ----------------------------------------------------------------------------------------


def histogram_lines(epochs: Sequence[int], never: int) -> list[str]:
    """Return the histogram as lines of text, the last one for those that never converged.

    >>> for line in histogram_lines([1, 2, 2, 2, 2], never=1):
    ...     print(line)
          1  ██████████ 1
          2  ████████████████████████████████████████ 4
      never  ██████████ 1
    """
    found = bins(epochs, TEXT_BINS) if epochs else []
    labels = [one.epochs for one in found]
    counts = [one.count for one in found]
    rows = [*zip(labels, counts, strict=True), ("never", never)]
    width = max(len(label) for label, _ in rows)
    most = max(1, *(count for _, count in rows))
    return [f"  {label:>{width}}  {bar(count / most)} {count:,}" for label, count in rows]


def bar(share: float) -> str:
    """Return a bar of text, to an eighth of a letter; whatever is more than nothing is seen."""
    eighths = max(round(share * BAR_LENGTH * 8), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    return "█" * full + (BLOCKS[rest] if rest else "")


# --- picture -------------------------------------------------------------------------------------


def sweep_svg(sweep: Sweep) -> str:
    """Return the histogram of a sweep as a picture."""
    epochs = sweep.frame["epoch"].drop_nulls().to_list()
    title = f"{sweep.name}: {len(sweep):,} networks, epochs to convergence"
    return histogram_svg(epochs, len(sweep) - len(epochs), title)


def histogram_svg(epochs: Sequence[int], never: int, title: str) -> str:
    """Return the histogram as a picture."""
    svg = paper(title)
    style = files("clearprop.render").joinpath("histogram.css")
    ET.SubElement(svg, "style").text = style.read_text(encoding="utf-8")
    found = bins(epochs, PICTURE_BINS)
    most = max(never, *(one.count for one in found), 1)
    up = Axis(0, most * 1.05, HEIGHT - BOTTOM, TOP)
    right = WIDTH - RIGHT - (NEVER_ROOM if never else 0)
    across = Axis(0, found[-1].high, LEFT, right)
    draw_axes(svg, across, up, right)
    for one in found:
        x, end = across.place(one.low), across.place(one.high)
        words = f"{counted(one.count, 'network')} after {one.epochs} epochs"
        draw_bar(svg, x + 0.5, end - x - 1, up, one.count, "bar", words)
    if never:
        x = right + 24.0
        draw_bar(svg, x, 30, up, never, "never", f"{counted(never, 'network')} never converged")
        text(svg, x + 15, HEIGHT - BOTTOM + 20, "never", "", "middle")
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def draw_axes(svg: ET.Element, across: Axis, up: Axis, right: float) -> None:
    """Draw the axes with their ticks and names."""
    for value in up.ticks:
        if value == round(value):
            y = up.place(value)
            line(svg, LEFT, y, WIDTH - RIGHT, y, "grid")
            text(svg, LEFT - 10, y + 4, tick_text(value), "", "end")
    for value in across.ticks:
        if value == round(value):
            x = across.place(value)
            line(svg, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, "axis")
            text(svg, x, HEIGHT - BOTTOM + 20, f"{value:,.0f}", "", "middle")
    line(svg, LEFT, HEIGHT - BOTTOM, right, HEIGHT - BOTTOM, "axis")
    text(svg, (LEFT + right) / 2, HEIGHT - 12, "epochs to convergence", "note", "middle")
    label = text(svg, 18, (TOP + HEIGHT - BOTTOM) / 2, "networks", "note", "middle")
    label.set("transform", f"rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2})")


def draw_bar(
    svg: ET.Element, x: float, width: float, up: Axis, count: int, style: str, words: str
) -> None:
    """Draw one bar, which says what it is where a pointer rests on it."""
    if not count:
        return
    top = up.place(count)
    place = {"x": f"{x:g}", "y": f"{top:g}", "width": f"{max(width, 0.5):g}"}
    shape = ET.SubElement(
        svg, "rect", {"class": style, **place, "height": f"{HEIGHT - BOTTOM - top:g}"}
    )
    ET.SubElement(shape, "title").text = words
