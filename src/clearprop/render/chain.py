"""The chain of a line, the same in every format: = formula = with numbers ≈ value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clearprop.formulas.expressions import Expression, Number
from clearprop.render.numbers import number_text
from clearprop.tracing.lines import Line

T = TypeVar("T")


def chain(
    line: Line, digits: int, formula: Callable[[Expression], T], figure: Callable[[str], T]
) -> list[tuple[str, T]]:
    """Return the links of a line: the relation = or ≈, and what stands after it.

    `formula` and `figure` write a tree and a number in the format. A formula that is one number,
    or becomes one once its numbers are put in, is not written again as the value.
    """
    links = [("=", formula(tree)) for tree in line.trees]
    written_out = [tree for tree in (line.names, line.numbers) if isinstance(tree, Number)]
    links = links[: len(links) - len(written_out)]
    value, exact = number_text(line.written, digits)
    return [*links, ("=" if exact and not line.rounded else "≈", figure(value))]


def remarks(line: Line, digits: int) -> list[str]:
    """Return what is said beside a line: its note, and the central difference of a gradient."""
    found = [line.note] if line.note else []
    if line.difference is not None:
        found.append(f"central difference {number_text(line.difference, max(digits, 6))[0]}")
    return found
