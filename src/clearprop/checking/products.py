"""Products of vectors and matrices: which factors go together, and what shape comes out.

Comes in: the shapes of two operands. Goes out: how they are multiplied and the shape of the result,
or `NoShape` where they do not go together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clearprop.checking.solution import Numeral
from clearprop.formulas.expressions import Expression, Sum, Variable

Shape = tuple[int, ...]  # (): a number, (n,): a vector, (rows, columns): a matrix
# np.sum, the same along an axis, and with that axis kept
REDUCING = re.compile(r"(?P<by>sum|mean)(?:(?P<axis>-?[01])(?P<kept>k?))?")


class NoShape(Exception):
    """Vectors that do not go together, or whose length is not known."""


def pair(
    left: Shape, right: Shape, by_entries: bool = False, wanted: Shape | None = None
) -> tuple[str, Shape]:
    """Return how two factors without a sign of their own are multiplied, and what comes out.

    "numbers", "entries" (one by one), "matrix" (by the rules of matrices) or "outer". Two vectors
    of one length are multiplied as what is `wanted` asks for, two square matrices as matrices
    unless `by_entries`.
    """
    if not left or not right:
        return "numbers", left or right
    if len(left) == len(right) == 1:
        if wanted == () and left == right:
            return "matrix", ()
        if left != right or (wanted is not None and len(wanted) == 2):
            return "outer", left + right
        return "entries", left
    if by_entries:
        try:
            found = together(left, right)
            if len(left) == len(right) or wanted == found:
                return "entries", found
        except NoShape:
            pass
    try:
        return "matrix", matrix_product(left, right)
    except NoShape:
        return "entries", together(left, right)


def is_row_of(row: Shape, matrix: Shape) -> bool:
    """Return whether a factor is a row that stands for a vector: w of X w, one row of weights."""
    return len(row) == len(matrix) == 2 and row[0] == 1 < row[1] == matrix[1]


def matrix_product(left: Shape, right: Shape) -> Shape:
    """Return the shape of a product of matrices or vectors; NoShape where there is none."""
    if not left or not right:
        return left or right
    if left[-1] == right[0]:
        return left[:-1] + right[1:]
    if len(left) == 1 and len(right) == 2 and right[0] == 1:  # a column by a row
        return left + right[1:]
    if len(left) == 2 and len(right) == 1 and left[1] == 1:
        return left[:1] + right
    if is_row_of(right, left):
        return left[:1]
    raise NoShape


def together(left: Shape, right: Shape) -> Shape:
    """Return the shape of two that are added or multiplied entry by entry, rows repeated."""
    if not left or not right or left == right:
        return left or right
    if len(left) == len(right) == 2:
        if all(a == b or 1 in (a, b) for a, b in zip(left, right, strict=True)):
            return tuple(map(max, left, right))
        raise NoShape
    short, long = sorted((left, right), key=len)
    if len(long) == 2 and (short[0] in long or short == (1,)):
        return long
    if len(long) == 1 and (1,) in (left, right):
        return max(left, right)
    raise NoShape


def along(shape: Shape, axis: int) -> Shape:
    """Return what is left of a shape when it is summed along an axis, -1 for the last one."""
    if axis >= len(shape):
        raise NoShape
    axis %= len(shape)
    return shape[:axis] + shape[axis + 1 :]


def reduced_shape(shape: Shape, reducing: re.Match[str]) -> Shape:
    """Return the shape of a sum or a mean of something of some shape."""
    if not reducing["axis"] or not shape:
        return ()
    left = along(shape, int(reducing["axis"]))
    place = int(reducing["axis"]) % len(shape)
    return (*left[:place], 1, *left[place:]) if reducing["kept"] else left


def index_lengths(function: str, shapes: Sequence[Shape]) -> dict[str, int]:
    """Return how far each index of an einsum runs: i and j of `einsum ij,j->i`."""
    indices = function.split()[1].partition("->")[0].split(",")
    found: dict[str, int] = {}
    for letters, shape in zip(indices, shapes, strict=False):
        if len(letters) != len(shape):
            raise NoShape
        for letter, length in zip(letters, shape, strict=True):
            if found.setdefault(letter, length) != length:
                raise NoShape
    return found


def size(shape: Shape) -> int:
    """Return how many entries there are."""
    count = 1
    for length in shape:
        count *= length
    return count


def is_complement(tree: Expression) -> bool:
    """Return whether a factor is such as 1 - H, which is multiplied entry by entry."""
    match tree:
        case Sum((Variable(Numeral()), *others)):
            return bool(others)
    return False
