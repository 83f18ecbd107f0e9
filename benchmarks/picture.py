"""Two pictures of a run in SVG, for light and dark pages: the ratios, and how the cost grows.

Comes in: rows and points. Goes out: the SVG's text. Colours are in `picture.css`.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.growth import CURVES, Point
from benchmarks.measure import Row
from benchmarks.targets import best

STYLE = Path(__file__).with_name("picture.css")
WIDTH = 860
# The families of programs in the picture, and the names their rows begin with.
FAMILIES = {
    "clearprop": "clearprop",
    "C": "C",
    "products": "the matrix products alone",
    "FANN": "FANN",
    "JAX": "JAX",
    "NumPy": "NumPy",
    "PyTorch": "PyTorch",
    "scikit-learn": "scikit-learn",
}


def family(row: Row) -> str:
    """Return the family of a row."""
    return next(name for name, start in FAMILIES.items() if row.peer.startswith(start))


# --- ratios --------------------------------------------------------------------------------------


def ratios_picture(rows: Mapping[str, Sequence[Row]]) -> str:
    """Return the picture of each program's time over the best of ours, one line a workload."""
    shown = {name: places(of) for name, of in rows.items()}
    shown = {name: found for name, found in shown.items() if found}
    left, right, top, step = 150, 30, 92, 34
    height = top + step * len(shown) + 46
    svg = paper("Time of each program, over that of clearprop at its best", height)
    low = min([0.3, *(min(found.values()) / 1.3 for found in shown.values())])
    high = max([10, *(max(found.values()) * 1.4 for found in shown.values())])
    bottom = top + step * len(shown)

    def across(ratio: float) -> float:
        share = math.log(ratio / low) / math.log(high / low)
        return round(left + share * (WIDTH - left - right), 1)

    for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1):
        x = across(10.0**power)
        line(svg, x, top - 14, x, bottom, "even" if power == 0 else "grid")
        text(svg, x, bottom + 18, f"{10.0**power:g} ×", "", "middle")
    text(svg, across(1) + 6, bottom + 38, "slower than clearprop →", "note")
    for place, (name, found) in enumerate(shown.items()):
        y = top + step * place + step / 2 - 8
        text(svg, left - 14, y + 4, name, "", "end")
        line(svg, left, y, WIDTH - right, y, "grid")
        for peer, ratio in found.items():
            mark(svg, across(ratio), y, peer, f"{name}, {peer}: {ratio:.3g} × clearprop")
    legend(svg, left, 58, {name for found in shown.values() for name in found})
    return written(svg)


def places(rows: Sequence[Row]) -> dict[str, float]:
    """Return each family's best time over the best of ours."""
    ours = best([row for row in rows if row.kind == "ours"])
    if ours is None:
        return {}
    found = {name: best([row for row in rows if family(row) == name]) for name in FAMILIES}
    return {name: row.seconds / ours.seconds for name, row in found.items() if row}


# --- growth --------------------------------------------------------------------------------------


def growth_picture(points: Sequence[Point]) -> str:
    """Return three panels: seconds against parameters, examples and batch size."""
    height, top, bottom, gap = 360, 96, 54, 62
    svg = paper("How the cost grows (both axes logarithmic)", height)
    wide = (WIDTH - 40 - gap * len(CURVES)) / len(CURVES)
    for place, curve in enumerate(CURVES):
        of = [p for p in points if p.curve == curve.name and p.seconds]
        if of:
            left = 20 + gap + place * (wide + gap)
            panel(svg, of, (left, left + wide), (height - bottom, top))
            title = f"seconds for {curve.unit}, by {curve.name}"
            text(svg, left - gap + 14, top - 14, title, "note")
    legend(svg, 34, 58, {program_family(p) for p in points if p.seconds})
    return written(svg)


def program_family(point: Point) -> str:
    """Return the family of a point's program."""
    return next(name for name, start in FAMILIES.items() if point.program.startswith(start))


def panel(
    svg: ET.Element, points: Sequence[Point], x_ends: tuple[float, float], y_ends: tuple
) -> None:
    """Draw one panel."""
    sizes, times = [p.size for p in points], [p.seconds for p in points]
    across = scale(min(sizes), max(sizes), *x_ends)
    up = scale(min(times) / 1.5, max(times) * 1.5, *y_ends)
    for power in decades(min(times) / 1.5, max(times) * 1.5):
        y = up(10.0**power)
        line(svg, x_ends[0], y, x_ends[1], y, "grid")
        text(svg, x_ends[0] - 6, y + 4, f"1e{power}", "", "end")
    for power in decades(min(sizes), max(sizes)):
        text(svg, across(10.0**power), y_ends[0] + 18, f"1e{power}", "", "middle")
    line(svg, x_ends[0], y_ends[0], x_ends[1], y_ends[0], "axis")
    for program in dict.fromkeys(p.program for p in points):
        of = [p for p in points if p.program == program]
        style = css_class(program_family(of[0]))
        path = " ".join(f"{across(p.size)},{up(p.seconds)}" for p in of)
        ET.SubElement(svg, "polyline", {"class": f"curve {style}-line", "points": path})
        for p in of:
            mark(svg, across(p.size), up(p.seconds), program_family(p), f"{program}, {p.size:,}", 3)


def scale(low: float, high: float, start: float, stop: float):
    """Return a function from numbers to places, logarithmic."""
    span = math.log(high / low) or 1.0
    return lambda value: round(start + math.log(value / low) / span * (stop - start), 1)


def decades(low: float, high: float) -> list[int]:
    """Return the powers of ten from low to high, every second one where there are many."""
    found = list(range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1))
    return found[:: 2 if len(found) > 5 else 1]


# --- shapes --------------------------------------------------------------------------------------


def paper(title: str, height: float) -> ET.Element:
    """Return an empty picture with its title."""
    size = {"viewBox": f"0 0 {WIDTH} {height:g}", "width": str(WIDTH), "height": f"{height:g}"}
    svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img"})
    ET.SubElement(svg, "title").text = title
    ET.SubElement(svg, "style").text = STYLE.read_text(encoding="utf-8")
    ET.SubElement(svg, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    text(svg, 20, 30, title, "title")
    return svg


def css_class(name: str) -> str:
    """Return a family's class in the style sheet."""
    return name.lower().replace(" ", "-")


def mark(svg: ET.Element, x: float, y: float, name: str, words: str, radius: float = 5) -> None:
    """Put a dot for a family; its words show when it is pointed at."""
    place = {"cx": f"{x:g}", "cy": f"{y:g}", "r": f"{radius:g}"}
    dot = ET.SubElement(svg, "circle", {"class": css_class(name), **place})
    ET.SubElement(dot, "title").text = words


def legend(svg: ET.Element, x: float, y: float, names: set[str]) -> None:
    """Name the families from left to right."""
    for name in (known for known in FAMILIES if known in names):
        mark(svg, x, y - 4, name, name)
        text(svg, x + 10, y, name)
        x += 34 + 7.4 * len(name)


def text(
    svg: ET.Element, x: float, y: float, words: str, style: str = "", anchor: str = "start"
) -> None:
    """Add words."""
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor, "class": style}
    element = ET.SubElement(svg, "text", {name: value for name, value in place.items() if value})
    element.text = words


def line(svg: ET.Element, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
    """Add a straight line."""
    ends = {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}"}
    ET.SubElement(svg, "line", {"class": style, **ends})


def written(svg: ET.Element) -> str:
    """Return the picture's text."""
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"
