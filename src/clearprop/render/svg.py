"""Trace -> SVG: an image of the network with the numbers of the whole step in it."""

from __future__ import annotations

import re

from clearprop.render.abridged_svg import abridged_svg
from clearprop.render.network_svg import Drawing, arrows, style
from clearprop.tracing.scenes import scenes
from clearprop.tracing.trace import Trace

DRAWN_DIGITS = 4  # at most: a unit has no room for more
VARIABLE = r"var\((--[\w-]+)(?:, ([^()]*))?\)"  # its name, and what is taken where it has no value


def trace_svg(trace: Trace, digits: int = 4) -> str:
    """Return the drawing of a trace: activations, deltas, weights before and after, the loss.

    Where weights lie close together, what they were is left out. In a batch the units have no
    numbers; of a network too large to draw, some units stand for all. The image has its own paper,
    in whatever it is put.
    """
    svg = network_svg(trace, digits)
    width, height = re.findall(r'viewBox="\S+ \S+ (\d+) (\d+)"', svg)[0]
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    head, _, body = svg.partition(">")
    paper = f'<rect width="{width}" height="{height}"/>'
    before = f"<style>{plain_style()}</style>{arrows()}{paper}"
    return f"{head.replace('<svg ', f'<svg {size}')}>{before}{body}\n"


def plain_style() -> str:
    """Return the style sheet of the drawing in its light colours and without variables.

    Drawing programs know no variables, and would make everything black; and an image that is dark
    where the system is would be so in a white document too.
    """
    sheet = style()
    colours, rest = sheet.split("}", 1)
    light: dict[str, str] = dict(re.findall(r"(--[\w-]+): ([^;]+);", colours))
    rules = re.sub(r"@media.*?\n}\n|/\*.*?\*/\n|\.lit.*?}\n", "", rest, flags=re.DOTALL)
    while "var(" in rules:  # from the inside out: what is left to choose may be a variable
        rules = re.sub(VARIABLE, lambda found: light.get(found[1], found[2]), rules)
    return rules


def network_svg(trace: Trace, digits: int) -> str:
    """Return the drawing of a whole step as an element of a page."""
    if not trace.readable:
        return abridged_svg(trace.diagram)
    drawing = Drawing(trace.diagram, scenes(trace)[-1], min(digits, DRAWN_DIGITS), linked=False)
    return drawing.svg("The network with the numbers of the step")
