"""Drawings of networks: which unit leads to which.

Comes in: the lines of a drawing, `x₁ ──w₁──┐` and so on. Goes out: its edges. Names between dashes
are those of weights; a line that ends at a corner leads to the arrow that leaves the same stroke.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clearprop.checking.reading.labels import tree
from clearprop.checking.reading.tokens import tokens
from clearprop.formulas.expressions import Variable

STROKE = "─━—–-"
HEADS = "►▶>→"
UNIT = r"(?<![\w{s}])([^\W\d_][\w\u0300-\u036f]*)(?![\w])".replace("{s}", re.escape(STROKE))
ARROW = re.compile(rf"{UNIT}\s*[{STROKE}]+(?:\s*[\w,]+\s*[{STROKE}]+)?[{HEADS}]\s*(?={UNIT})")
SOURCE = re.compile(rf"^\s*{UNIT}\s*[{STROKE}]+[^┐┘┤├]*[┐┘┤]")
TARGET = re.compile(rf"[├┼┬┴][{STROKE}]*[{HEADS}]\s*{UNIT}")


def edges(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the edges of a drawing.

    >>> list(edges(["x1 ──w1──┐", "          ├──► h ──w3──► ŷ", "x2 ──w2──┘"]))
    [('x1', 'h'), ('x2', 'h'), ('h', 'yhat')]
    """
    sources = [match[1] for line in lines if (match := SOURCE.match(line[:400]))]
    targets = [match[1] for line in lines for match in TARGET.finditer(line[:400])]
    if len(set(targets)) == 1:
        for source in sources:
            yield in_ascii(source), in_ascii(targets[0])
    for line in lines:
        for match in ARROW.finditer(line[:400]):
            yield in_ascii(match[1]), in_ascii(match[2])


def in_ascii(unit: str) -> str:
    """Return a unit's name in ASCII."""
    found = tree(tokens(unit, mathematics=True))
    return str(found.name.text) if isinstance(found, Variable) else unit
