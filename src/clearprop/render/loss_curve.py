"""The losses of a run by epoch, or by step, as a picture: SVG for light and dark pages.

Comes in: a run's history. Goes out: the SVG's text. The loss is drawn by its logarithm where it
spans more than a factor of 20; its colours are in `loss_curve.css`.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import polars as pl

from clearprop.runs.run import Run

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 56, 52
MOST_POINTS = 600
LOG_FROM = 20  # the factor between greatest and least loss


@dataclass(frozen=True)
class Curve:
    """A line of the picture: points (epoch, loss) in order, all finite."""

    name: str
    style: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Axis:
    """A scale from numbers to places on the paper."""

    low: float
    high: float
    start: float
    stop: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies.

        >>> Axis(1, 100, 0, 10, logarithmic=True).place(10)
        5.0
        """
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return round(self.start + (value - low) / (high - low) * (self.stop - self.start), 2)

    @property
    def ticks(self) -> list[float]:
        """The numbers to print beside the axis."""
        return log_ticks(self.low, self.high) if self.logarithmic else ticks(self.low, self.high)


def run_curve(run: Run) -> str:
    """Return the picture of a run's losses."""
    held_out = {"train": None, "test": "held out"}.get(run.watched, run.watched)
    return loss_curve(run.history, f"{run.source.name}: loss by epoch", held_out)


def loss_curve(
    history: pl.DataFrame, title: str, held_out: str | None = "held out", unit: str = "epoch"
) -> str:
    """Return the picture of a history's columns epoch (or another `unit`), loss, held_out_loss.

    `held_out` names the watched rows; None where no rows were held out.
    """
    columns = [("training", "training", "loss")]
    if held_out is not None:
        columns.append((held_out, "held-out", "held_out_loss"))
    found = [Curve(name, style, points(history, unit, column)) for name, style, column in columns]
    curves = [curve for curve in found if curve.points]
    svg = paper(title)
    if curves:
        draw(svg, curves, unit)
    else:
        text(svg, WIDTH / 2, HEIGHT / 2, f"no {unit} was finished", "note", "middle")
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def points(history: pl.DataFrame, unit: str, column: str) -> tuple[tuple[float, float], ...]:
    """Return the finite points of a column, at most `MOST_POINTS` of them and always the last."""
    # In polars: of a training of millions of epochs too the picture is there at once.
    found = history.select(unit, column).filter(pl.col(column).is_finite())
    stride = -(-len(found) // MOST_POINTS) or 1
    return tuple(found.reverse().gather_every(stride).reverse().rows())


def paper(title: str) -> ET.Element:
    """Return an empty picture with its title."""
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "width": str(WIDTH),
            "height": str(HEIGHT),
            "role": "img",
        },
    )
    ET.SubElement(svg, "title").text = title
    style = files("clearprop.render").joinpath("loss_curve.css")
    ET.SubElement(svg, "style").text = style.read_text(encoding="utf-8")
    ET.SubElement(svg, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    text(svg, LEFT, 30, title, "title")
    return svg


def draw(svg: ET.Element, curves: Sequence[Curve], unit: str) -> None:
    """Draw axes, curves and legend."""
    across, up = axes(curves)
    draw_grid(svg, across, up, unit)
    for curve in curves:
        places = (f"{across.place(epoch)},{up.place(loss)}" for epoch, loss in curve.points)
        ET.SubElement(
            svg, "polyline", {"class": f"curve {curve.style}", "points": " ".join(places)}
        )
        if len(curve.points) == 1 or curve.style == "held-out":
            draw_least(svg, curve, across, up, unit)
    draw_legend(svg, curves)


def axes(curves: Sequence[Curve]) -> tuple[Axis, Axis]:
    """Return the axis of epochs, or steps, and the losses' axis."""
    epochs = [epoch for curve in curves for epoch, _ in curve.points]
    losses = [loss for curve in curves for _, loss in curve.points]
    low, high = min(losses), max(losses)
    logarithmic = low > 0 and high > LOG_FROM * low
    if logarithmic:
        low, high = low / 1.15, high * 1.15
    else:
        room = (high - low or abs(high) or 1.0) * 0.06
        low, high = (0.0 if 0 <= low < 0.3 * high else low - room), high + room
    last = max(epochs)
    across = Axis(min(1, epochs[0], last - 1), last, LEFT, WIDTH - RIGHT)
    return across, Axis(low, high, HEIGHT - BOTTOM, TOP, logarithmic)


def draw_grid(svg: ET.Element, across: Axis, up: Axis, unit: str) -> None:
    """Draw the axes with their ticks and names."""
    for value in up.ticks:
        y = up.place(value)
        line(svg, LEFT, y, WIDTH - RIGHT, y, "grid")
        text(svg, LEFT - 10, y + 4, tick_text(value), "", "end")
    for value in across.ticks:
        if value == round(value):
            x = across.place(value)
            line(svg, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, "axis")
            text(svg, x, HEIGHT - BOTTOM + 20, f"{value:,.0f}", "", "middle")
    line(svg, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis")
    text(svg, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, unit, "note", "middle")
    name = "loss (logarithmic)" if up.logarithmic else "loss"
    label = text(svg, 18, (TOP + HEIGHT - BOTTOM) / 2, name, "note", "middle")
    label.set("transform", f"rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2})")


def draw_least(svg: ET.Element, curve: Curve, across: Axis, up: Axis, unit: str) -> None:
    """Mark a curve's least loss."""
    epoch, loss = min(curve.points, key=lambda point: point[1])
    x, y = across.place(epoch), up.place(loss)
    dot = ET.SubElement(svg, "circle", {"class": "dot", "cx": str(x), "cy": str(y), "r": "4"})
    ET.SubElement(dot, "title").text = f"least {curve.name} loss: {loss:.4g} in {unit} {epoch:,}"


def draw_legend(svg: ET.Element, curves: Sequence[Curve]) -> None:
    """Name the curves with their last losses, in the upper right."""
    x = float(WIDTH - RIGHT)
    for curve in reversed(curves):
        label = f"{curve.name} {curve.points[-1][1]:.4g}"
        text(svg, x, 30, label, "", "end")
        x -= 7.2 * len(label) + 10
        line(svg, x - 22, 26, x, 26, f"curve {curve.style}")
        x -= 44


# --- ticks ---------------------------------------------------------------------------------------


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers from low to high, about five.

    >>> ticks(0, 47)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / raw)))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(place * step, 12) for place in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten from low to high; 2 and 5 times them too where there are few.

    >>> log_ticks(0.03, 3)
    [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    factors = (1, 2, 5) if decades <= 3 else (1,)
    stride = max(1, round(decades / 7))
    values = [float(f"{f}e{p}") for p in range(first, last + 1, stride) for f in factors]
    return [value for value in values if low <= value <= high]


def tick_text(value: float) -> str:
    """Return a tick's number: 0.05, 200, 1e-07."""
    return f"{value:,g}" if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:.0e}"


# --- shapes --------------------------------------------------------------------------------------


def text(
    svg: ET.Element, x: float, y: float, words: str, style: str = "", anchor: str = "start"
) -> ET.Element:
    """Add words to the picture."""
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor, "class": style}
    element = ET.SubElement(svg, "text", {name: value for name, value in place.items() if value})
    element.text = words
    return element


def line(svg: ET.Element, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
    """Add a straight line to the picture."""
    ends = {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}"}
    ET.SubElement(svg, "line", {"class": style, **ends})
