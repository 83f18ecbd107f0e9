"""Symbols of vectors: what the letter and the indices of a name say of it.

Comes in: names, and the chains they stand in. Goes out: whether a letter is that of weights, the
layer that stands behind it, the numbers that are written for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from clearprop.checking.letters import LETTERS
from clearprop.checking.products import Shape
from clearprop.checking.solution import Chain, IndexedSum, Matrix, Numeral, Written, WrittenSlope
from clearprop.formulas.expressions import Expression, Variable, children

OFTEN = 1.1  # how usual a letter is for what it is taken for


def stated_shape(chain: Chain) -> Shape | None:
    """Return the shape of the vector that stands in a chain in numbers."""
    matrix = next((link.tree for link in chain.links if isinstance(link.tree, Matrix)), None)
    if matrix is None:
        return None
    rows, columns = len(matrix.rows), len(matrix.rows[0])
    letters = (name.letter.removeprefix("d") for name in subject_names(chain))
    of_weights = any("weight" in LETTERS.get(letter, {}) for letter in letters)
    if (rows == 1 or columns == 1) and not of_weights:
        return (max(rows, columns),)
    return (rows, columns)


def subject_names(chain: Chain) -> Iterator[Written]:
    """Yield the name that a chain begins with; for a slope, that of what it is by."""
    match chain.links[0].tree:
        case Variable(Written() as name):
            yield name
        case Variable(WrittenSlope(_, bottom)):
            yield bottom


def names_in(tree: Expression | None) -> Iterator[Written]:
    """Yield the names of a formula, of slopes what they are by."""
    match tree:
        case None | Variable(Numeral()):
            return
        case Variable(Written() as name):
            yield name
        case Variable(WrittenSlope(_, bottom)):
            yield bottom
        case IndexedSum(_, body):
            yield from names_in(body)
        case Matrix(rows):
            yield from (name for row in rows for entry in row for name in names_in(entry))
        case _:
            for part in children(tree):
                yield from names_in(part)


def is_weight(name: Written) -> bool:
    """Return whether a letter is first of all that of weights."""
    kinds = LETTERS.get(name.letter, {})
    return kinds.get("weight", 0.0) >= OFTEN and kinds["weight"] == max(kinds.values())


def bare_letter(name: Written) -> str:
    """Return the letter of a name, that of dW1 without the d of a slope."""
    letter = name.letter
    short = len(letter) > 1 and letter[0] == "d" and letter not in LETTERS
    return letter[1:] if short and letter[1:] in LETTERS else letter


def layer_marks(name: Written) -> Sequence[str]:
    """Return the subscripts and the superscript of a name."""
    return [mark for mark in (*name.subscripts, name.superscript) if mark]


def layer_of(name: Written) -> int | None:
    """Return the one number that stands behind a letter, None where there is none or another."""
    marks = layer_marks(name)
    found = re.fullmatch(r"[(\[]?(\d)[)\]]?", marks[0]) if len(marks) == 1 else None
    return int(found[1]) if found else None


def without_transpose(name: Written) -> Written:
    """Return the name of what is transposed."""
    above = name.superscript.removesuffix("T")
    return replace(name, superscript=above, text=name.text.removesuffix("T"))
