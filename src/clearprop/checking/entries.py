"""Entries of vectors and matrices: where one is found, and what it is called.

Comes in: an index and a shape, numbers that stand in rows, or the name of a whole vector. Goes out:
the index in another value, the entry, or its name.
"""

from __future__ import annotations

from dataclasses import replace

from clearprop.checking.products import NoShape, Shape
from clearprop.checking.solution import Name, Written, WrittenSlope
from clearprop.formulas.expressions import Expression

Index = tuple[int, ...]


def fitted(index: Index, own: Shape, shape: Shape) -> Index:
    """Return where an entry of a value of some shape is found in one that is repeated to have it.

    A vector is a row of a batch or, where only that fits, a column; a matrix of one row or column
    is a vector.
    """
    if len(own) == len(index):
        if 1 in own and own != shape and own[::-1] == shape:  # a vector, as a row or a column
            return index[::-1]
        if any(length not in (1, wanted) for length, wanted in zip(own, shape, strict=True)):
            raise NoShape
        return tuple(min(place, length - 1) for place, length in zip(index, own, strict=True))
    if own == (1,):
        return (0,)
    match index, own:
        case (), (1, 1):
            return (0, 0)
        case (place,), (1, columns) if place < columns:
            return (0, place)
        case (place,), (rows, 1) if place < rows:
            return (place, 0)
        case (row, column), (length,):
            if shape[1] == length:
                return (column,)
            if shape[0] == length:
                return (row,)
    raise NoShape


def entry_of_literal(rows: tuple[tuple[Expression, ...], ...], index: Index) -> Expression:
    """Return an entry of a vector or matrix that stands there in numbers."""
    flat = [entry for row in rows for entry in row]
    is_vector = len(rows) == 1 or len(rows[0]) == 1
    if len(index) == 2 and not (is_vector and (index[0] >= len(rows) or index[1] >= len(rows[0]))):
        return rows[index[0]][index[1]]
    if not index and len(flat) == 1:
        return flat[0]
    if not index or not is_vector or 0 not in (*index, 0)[:2]:
        raise NoShape
    return flat[max(index)]


def entry_name(name: Name, index: Index, from_zero: bool = False, first_column: int = 1) -> Name:
    """Return the name of an entry: rows and columns count from 1 or 0, the layer stands above."""
    if isinstance(name, WrittenSlope):
        bottom = entry_name(name.bottom, index, from_zero, first_column)
        assert isinstance(bottom, Written)
        return replace(name, bottom=bottom)
    numbers = tuple(str(place + (not from_zero)) for place in index)
    if first_column == 0 and not from_zero:
        numbers = (*numbers[:-1], str(index[-1]))
        if len(numbers) == 1:  # a matrix of one row
            numbers = ("1", *numbers)
    above, subscripts = name.superscript, numbers
    match name.subscripts:
        case ("0",) if above and name.letter in ("W", "w", "Theta", "theta"):  # its biases
            subscripts = (str(max(index) + 1), "0")
        case (layer,) if layer.isdigit() and not above:
            above = layer
        case (role,) if not role.isdigit() and len(numbers) == 1:
            subscripts = (f"{role}{numbers[0]}",)
    raised = f"^{above}_" if above else ""
    text = f"{name.letter}{raised}{','.join(subscripts)}"
    return replace(name, text=text, subscripts=subscripts, superscript=above)


def of_example(name: Name, example: int) -> Name:
    """Return the name of what an example of a batch has."""
    if isinstance(name, WrittenSlope):
        bottom = of_example(name.bottom, example)
        assert isinstance(bottom, Written)
        return replace(name, bottom=bottom)
    return replace(name, text=f"{name.text}@{example}", example=example)
