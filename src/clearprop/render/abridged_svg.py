"""The drawing of a network too large to draw whole: a few units of each layer, and how many more.

Comes in: a diagram. Goes out: an `<svg>` element, in the colours of `network.css`.
"""

from __future__ import annotations

from html import escape

from clearprop.errors import counted
from clearprop.render.network_places import Plan
from clearprop.tracing.diagram import Diagram

MOST = 5  # units drawn of a layer
LETTERS = 34


def abridged_svg(diagram: Diagram) -> str:
    """Return the drawing, its layers named with their sizes and activations."""
    counts = tuple(min(size, MOST) for size in diagram.sizes)
    plan = Plan(counts, has_biases=False)
    words = [counted(diagram.sizes[0], "input")] + [
        f"{size:,} {name}"
        for size, name in zip(diagram.sizes[1:], diagram.activations, strict=True)
    ]
    parts = []
    for layer in range(1, len(counts)):
        parts += [
            thread(plan, plan.unit(layer - 1, source), plan.unit(layer, unit))
            for unit in range(counts[layer])
            for source in range(counts[layer - 1])
        ]
    parts += [thread(plan, plan.unit(len(counts) - 1, k), plan.loss) for k in range(counts[-1])]
    for layer, size in enumerate(diagram.sizes):
        for unit in range(counts[layer]):
            parts.append(disc(plan, plan.unit(layer, unit), is_rest(size, unit)))
        x, _ = plan.unit(layer, 0)
        parts.append(
            f'<text class="n" x="{x:.0f}" y="{plan.height + 20:.0f}">{words[layer]}</text>'
        )
    x, y = plan.loss
    parts.append(disc(plan, plan.loss, False))
    parts.append(f'<text x="{x:.0f}" y="{y + 9:.0f}">L</text>')
    name = escape("The network: " + ", ".join(words))
    return (
        f'<svg class="network" viewBox="-60 0 {plan.width + 80:.0f} {plan.height + 36:.0f}" '
        f'font-size="{LETTERS}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
    )


def is_rest(size: int, unit: int) -> bool:
    """Return whether a circle stands for all units that are not drawn: the last but one does."""
    return size > MOST and unit == MOST - 2


def thread(plan: Plan, start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a thin line between two units."""
    (x1, y1), (x2, y2) = plan.line(start, end)
    return f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}"/>'


def disc(plan: Plan, place: tuple[float, float], rest: bool) -> str:
    """Return a unit, or the dots that stand for the rest of them."""
    x, y = place
    if rest:
        return f'<text class="rest" x="{x:.0f}" y="{y + 12:.0f}">⋮</text>'
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{plan.size.radius}"/>'
