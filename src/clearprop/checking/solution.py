"""What stands in a worked solution: chains of formulas, over names and numerals as written.

The trees are those of `formulas/expressions.py`; the name of a `Variable` is here a `Numeral`, a
`Written` name or a `WrittenSlope`. Nothing is known of networks yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from clearprop.formulas.expressions import Expression, Variable, children

STEP_BEFORE = "old"  # above the Δ of Δw(t-1)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it is printed, with all its digits, in Python's notation: 0.750, -1.2e-05.

    A minus sign before a number in a formula is a `Negative` of the tree; only exponents have one.
    """

    text: str

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text)


@dataclass(frozen=True, slots=True)
class Written:
    """A name as somebody wrote it, taken apart.

    text        the name in ASCII without spaces, as it can be looked up: w3_new, z_h@2, W1[3,7]
    letter      Greek spelled out, accents after it: w, net, yhat, delta, E, theta
    subscripts  w₃ and w3 -> ("3",), w_{1,2} -> ("1", "2"), net_{h1} -> ("h1",), h1_2 -> ("1", "2")
    superscript (1) of a^{(1)}, [1] of a^{[1]}, "" without
    new         w_new, w⁺, w', w^{(t+1)}, w^{new}: after the update
    example     z_h@2 -> 2, one-based
    old         w_old, w(t-1): of a weight it says nothing, a step of old is the step before
    """

    text: str
    letter: str
    subscripts: tuple[str, ...] = ()
    superscript: str = ""
    new: bool = False
    example: int | None = None
    old: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class WrittenSlope:
    """A derivative as written: ∂E/∂w₅, dL/dw5."""

    top: Written
    bottom: Written
    example: int | None = None

    @property
    def text(self) -> str:
        """The derivative in ASCII, as it can be looked up."""
        example = "" if self.example is None else f"@{self.example}"
        return f"d{self.top.text}/d{self.bottom.text}{example}"


Name = Written | WrittenSlope


@dataclass(frozen=True, slots=True)
class Matrix(Expression):
    """A vector or matrix as written, row by row; a column has rows of one entry."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True)
class IndexedSum(Expression):
    """A sum written with Σ: over an index, such as k of Σ_k (y_k - ŷ_k)², or without one ("").

    `from_zero` is one of Σ_{i=0}^{n} w_ji x_i, whose x_0 is 1 and whose w_j0 is a bias.
    """

    index: str
    body: Expression
    from_zero: bool = False


def names_and_numerals(tree: Expression) -> Iterator[Written | WrittenSlope | Numeral]:
    """Yield what stands in a written tree, from left to right, within sums and matrices too."""
    open_parts = [tree]  # the next one last: long texts are gone through often
    while open_parts:
        part = open_parts.pop()
        if type(part) is Variable:  # most parts are; a match takes three times as long
            yield part.name
        elif type(part) is IndexedSum:
            open_parts.append(part.body)
        elif type(part) is Matrix:
            open_parts += [entry for row in reversed(part.rows) for entry in reversed(row)]
        else:
            open_parts += reversed(children(part))


def has_open_sum(tree: Expression | None) -> bool:
    """Return whether a formula has a sum whose terms are not spelled out."""
    if tree is None:
        return False
    return isinstance(tree, IndexedSum) or any(map(has_open_sum, children(tree)))


@dataclass(frozen=True)
class Link:
    """One side of an equality; `relation` leads to it: "=", "≈" or "→", "" for the first.

    `tree` is None where it was not understood; `problem` then says why.
    """

    relation: str
    text: str
    line: int
    tree: Expression | None
    problem: str = ""


@dataclass(frozen=True)
class Chain:
    """Formulas that are said to be equal, from left to right; `label` is the words before them."""

    links: tuple[Link, ...]
    label: str = ""


@dataclass(frozen=True)
class Solution:
    """A document, line by line as it was given, and its chains in order.

    `edges` holds the arrows of a drawing, from -> to, in the solution's names, where there is one;
    `ends` the weights of a table that says of each where it comes from and leads to.
    """

    lines: tuple[str, ...]
    chains: tuple[Chain, ...]
    edges: tuple[tuple[str, str], ...] = ()
    ends: tuple[tuple[Written, str, str], ...] = ()
