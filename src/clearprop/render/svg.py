"""Trace -> SVG: an image of the network with the numbers of the whole step in it."""

from __future__ import annotations

import re

from clearprop.render.abridged_svg import abridged_svg
from clearprop.render.network_svg import Drawing, arrows, style
from clearprop.tracing.scenes import scenes
from clearprop.tracing.trace import Trace

DRAWN_DIGITS = 4  # at most: a unit has no room for more


def trace_svg(trace: Trace, digits: int = 4) -> str:
    """Return the drawing of a trace: activations, deltas, weights before and after, the loss.

    Where weights lie close together, what they were is left out. In a batch the units have no
    numbers; of a network too large to draw, some units stand for all.
    """
    svg = network_svg(trace, digits)
    width, height = re.findall(r'viewBox="\S+ \S+ (\d+) (\d+)"', svg)[0]
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    head, _, body = svg.partition(">")
    return f"{head.replace('<svg ', f'<svg {size}')}><style>{style()}</style>{arrows()}{body}\n"


def network_svg(trace: Trace, digits: int) -> str:
    """Return the drawing of a whole step as an element of a page."""
    if not trace.readable:
        return abridged_svg(trace.diagram)
    drawing = Drawing(trace.diagram, scenes(trace)[-1], min(digits, DRAWN_DIGITS), linked=False)
    return drawing.svg("The network with the numbers of the step")
