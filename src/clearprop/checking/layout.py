"""Layout: which way the matrices of a solution lie.

Comes in: a solution and the lesson it is held against. Goes out: whether the number behind a letter
is a layer, whether a batch has its examples in rows, and whether the rows of W belong to the inputs
or to the units. What is printed for W counts more than the products that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from clearprop.checking.numerals import number_of
from clearprop.checking.solution import Matrix, Solution, Written
from clearprop.checking.symbols import (
    bare_letter,
    is_weight,
    layer_of,
    names_in,
    subject_names,
    without_transpose,
)
from clearprop.formulas.expressions import Call, Expression, Product, Variable, children
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Array
from clearprop.network.quantities import Loss, Slope, Weight
from clearprop.tracing.values import Values, run_step

FORWARD = {"x", "a", "h", "hidden", "o", "y"}  # what a layer takes in, in small letters


@dataclass(frozen=True)
class Layout:
    """How a solution writes its matrices.

    by_layers     whether the number behind a letter is a layer: W1 is a matrix
    rows          whether the rows of a batch are its examples, as in X W; in W X its columns are
    from_inputs   whether the rows of W belong to its inputs, as in x W, not to its units
    gradients     the same of the gradient by W, for layers whose gradient is printed and W is not
    """

    by_layers: bool = False
    rows: bool = True
    from_inputs: bool = False
    gradients: Mapping[int, bool] = field(default_factory=dict)


def layout(solution: Solution, lesson: Lesson) -> Layout:
    """Return how a solution writes its matrices."""
    trees = [link.tree for chain in solution.chains for link in chain.links if link.tree]
    pairs = [pair for tree in trees for pair in adjacent(tree)]
    ways = [way for left, right in pairs if (way := way_of(left, right)) is not None]
    found = Layout(numbers_layers(solution, lesson))
    if ways:
        rows = sum(left for left, _ in ways) * 2 >= len(ways)
        from_inputs = sum(inputs for _, inputs in ways) * 2 > len(ways)
        found = replace(found, rows=rows, from_inputs=from_inputs)
    weights = list(turned_matrices(solution, lesson, of_weights=True))
    gradients = list(turned_matrices(solution, lesson, of_weights=False))
    printed = [turned for _, turned in weights] or [turned for _, turned in gradients]
    if printed:
        found = replace(found, from_inputs=sum(printed) * 2 > len(printed))
    known = {layer for layer, _ in weights}
    return replace(found, gradients={n: turned for n, turned in gradients if n not in known})


def numbers_layers(solution: Solution, lesson: Lesson) -> bool:
    """Return whether the number behind a letter is a layer: that of a W which is no number."""
    scalars = {
        (name.letter, name.subscripts)
        for chain in solution.chains
        for name in subject_names(chain)
        if number_of(chain.links[-1].tree) is not None
    }
    batch, numbers = len(lesson.x) > 1, set()
    links = (link for chain in solution.chains for link in chain.links)
    for name in (without_transpose(name) for link in links for name in names_in(link.tree)):
        is_whole = is_weight(name) or (batch and name.letter in ("Z", "A"))
        number = layer_of(name) if name.letter.isupper() and not name.superscript else None
        if is_whole and number is not None:
            if (name.letter, name.subscripts) in scalars:
                return False
            numbers.add(number)
    return bool(numbers) and max(numbers) <= lesson.network.depth


def speaks_of_vectors(solution: Solution) -> bool:
    """Return whether signs of matrices stand in a solution, though no matrix in numbers."""
    links = (link for chain in solution.chains for link in chain.links)
    return any(link.tree is not None and has_signs(link.tree) for link in links)


def has_signs(tree: Expression) -> bool:
    """Return whether a formula has a sign that only vectors and matrices have."""
    match tree:
        case Call(("dot" | "matmul" | "outer" | "transpose" | "hadamard"), _):
            return True
        case Variable(Written(superscript=above)) if above.endswith("T"):
            return True
        case Product((Variable(Written(letter="W")), Variable(Written() as name), *_)):
            if not name.subscripts:
                return True
    return any(map(has_signs, children(tree)))


def turned_matrices(
    solution: Solution, lesson: Lesson, of_weights: bool
) -> Iterator[tuple[int, bool]]:
    """Yield for each W that is printed its layer, and whether its rows belong to its inputs.

    Or for each gradient by W. What cannot be told is left out.
    """
    depth = lesson.network.depth
    for chain in solution.chains:
        matrices = [link.tree for link in chain.links if isinstance(link.tree, Matrix)]
        for name in subject_names(chain) if matrices else ():
            layer = layer_of(name) or (1 if depth == 1 else 0)
            bare = replace(name, letter=bare_letter(name))
            is_weights = bare == name and chain.links[0].tree == Variable(name)
            if is_weight(bare) and 1 <= layer <= depth and is_weights == of_weights:
                exact = lesson.parameters.weights[layer - 1]
                if not of_weights and len(set(exact.shape)) == 1:
                    exact = gradient(lesson, layer)
                found = turned(exact, numbers_of(matrices[-1]))
                if found is not None:
                    yield layer, found


def turned(exact: Array, printed: Array) -> bool | None:
    """Return whether what is printed lies across the lesson's, by its shape or its numbers."""
    rows, columns = exact.shape
    if rows != columns:
        return {(rows, columns): False, (columns, rows): True}.get(printed.shape)
    if printed.shape != exact.shape or np.isnan(printed).any():
        return None
    straight, across = (float(np.abs(each - printed).sum()) for each in (exact, exact.T))
    return None if straight == across else across < straight


def gradient(lesson: Lesson, layer: int) -> Array:
    """Return the slopes of the loss by the weights of a layer."""
    values = Values(run_step(lesson))
    units, inputs = lesson.network.layers[layer], lesson.network.layers[layer - 1]
    slopes = [
        [values[Slope(Loss(), Weight(layer, u, i))] for i in range(inputs)] for u in range(units)
    ]
    return np.array(slopes, dtype=np.float64)


def numbers_of(matrix: Matrix) -> Array:
    """Return the numbers of a printed matrix, NaN where a formula stands."""
    texts = [[number_of(entry) or "nan" for entry in row] for row in matrix.rows]
    return np.array(texts, dtype=np.float64)


def adjacent(tree: Expression | None) -> Iterator[tuple[Expression, Expression]]:
    """Yield the factors of a formula that stand side by side."""
    if tree is None:
        return
    match tree:
        case Product(factors) | Call(("dot" | "matmul"), factors):
            yield from pairwise(factors)
    for part in children(tree):
        yield from adjacent(part)


def way_of(left: Expression, right: Expression) -> tuple[bool, bool] | None:
    """Return whether what a layer takes in stands left of its weights, and their rows are inputs.

    None where two factors are not such ones.
    """
    (one, turned), (other, other_turned) = upright(left), upright(right)
    if one is None or other is None:
        return None
    if is_weight(other) and is_forward(one):
        return True, not other_turned
    if is_weight(one) and is_forward(other) and not other_turned:
        return False, turned
    return None


def upright(tree: Expression) -> tuple[Written | None, bool]:
    """Return the name that a factor is, and whether it is transposed."""
    match tree:
        case Variable(Written(superscript=above) as name):
            return (without_transpose(name), True) if above.endswith("T") else (name, False)
        case Call("transpose", (Variable(Written() as name),)):
            return name, True
    return None, False


def is_forward(name: Written) -> bool:
    """Return whether a letter is one of what a layer takes in."""
    return name.letter.lower() in FORWARD
