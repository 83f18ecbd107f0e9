"""Shapes: which names of a solution are vectors or matrices, and how many entries they have.

Comes in: a solution, and a lesson's network where there is one. Goes out: the shape of any name or
formula. A shape is learnt from the numbers that stand there, from the formula a name is computed
by, and from the lesson's layers: W2 and b2 are those of layer 2 where W1 is a matrix. Where a shape
cannot be told, `NoShape` says so: b1 is never silently the first unit's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import pairwise

from clearprop.checking.keys import Key, key_of
from clearprop.checking.letters import LETTERS
from clearprop.checking.numerals import number_of
from clearprop.checking.products import (
    REDUCING,
    NoShape,
    Shape,
    along,
    index_lengths,
    is_complement,
    matrix_product,
    pair,
    size,
    together,
)
from clearprop.checking.solution import (
    Chain,
    IndexedSum,
    Matrix,
    Name,
    Numeral,
    Solution,
    Written,
    WrittenSlope,
)
from clearprop.formulas.expressions import Call, Expression, Product, Variable, children
from clearprop.network.network import Network

SCALARS = {"rate", "loss", "share"}  # what is one number, however many units there are
OF_UNITS = {"net", "unit", "delta", "hidden", "output", "input", "target"}
OUTPUTS = {"y", "t", "p", "o", "yhat", "target", "d", "pred", "out", "output", "prediction"}
FORWARD = {"x", "a", "h", "hidden", "o", "y"}  # what a layer takes in, in small letters
OFTEN = 1.1  # how usual a letter is for what it is taken for


@dataclass
class Shapes:
    """The shapes of a solution's names; `examples` is how many the lesson has.

    known         by name, as they stand there in numbers or as they are computed
    numbers       the names that the solution gives one number
    by_layers     whether the number behind a letter is a layer: W1 is a matrix
    rows          whether the rows of a batch are its examples, as in X W; in W X its columns are
    from_inputs   whether the rows of W belong to its inputs, as in x W, not to its units
    """

    network: Network | None = None
    examples: int = 1
    known: dict[Key, Shape] = field(default_factory=dict)
    numbers: dict[Key, str] = field(default_factory=dict)
    by_layers: bool = False
    rows: bool = True
    from_inputs: bool = False

    def learn(self, solution: Solution) -> None:
        """Note what a solution says about the shapes of its names."""
        any_vector = False
        for chain in solution.chains:
            shape = stated_shape(chain)
            any_vector |= shape is not None
            match chain.links[0].tree:
                case Variable(Written() as name):
                    if shape is not None:
                        self.known.setdefault(key_of(name), shape)
                    elif (digits := number_of(chain.links[-1].tree)) is not None:
                        self.numbers[key_of(name)] = digits
        if not any_vector:
            self.network = None  # numbers only: x is no vector, though the network has two inputs
            return
        if self.network is not None:
            self.learn_layout(solution)
        for chain in solution.chains:
            self.learn_computed(chain)

    def learn_layout(self, solution: Solution) -> None:
        """Note how the solution numbers its layers, and which way its matrices lie."""
        trees = [link.tree for chain in solution.chains for link in chain.links if link.tree]
        for name in (name for tree in trees for name in names_in(tree)):
            if is_weight(name) and name.letter.isupper() and layer_of(name) is not None:
                self.by_layers |= not name.superscript and key_of(name) not in self.numbers
        pairs = [pair for tree in trees for pair in adjacent(tree)]
        ways = [way for left, right in pairs if (way := way_of(left, right)) is not None]
        if ways:
            self.rows = sum(left for left, _ in ways) * 2 >= len(ways)
            self.from_inputs = sum(inputs for _, inputs in ways) * 2 > len(ways)

    def learn_computed(self, chain: Chain) -> None:
        """Note the shape of a name by the formula that it is computed by."""
        match chain.links[0].tree:
            case Variable(Written() as name) if self.of_name(name) is None:
                for link in chain.links[1:]:
                    try:
                        shape = self.of(link.tree) if link.tree is not None else ()
                    except NoShape:
                        continue
                    if shape and link.tree is not None:
                        self.known.setdefault(key_of(name), shape)

    # --- of formulas -----------------------------------------------------------------------------

    def of(self, tree: Expression, strict: bool = True) -> Shape:
        """Return the shape of a formula.

        Raises
        ------
        NoShape: it is not known, or its parts do not go together; where it is not `strict` a name
        of which nothing is known is a number.
        """
        match tree:
            case Matrix(rows):
                if len(rows) == 1 or len(rows[0]) == 1:
                    return (max(len(rows), len(rows[0])),)
                return (len(rows), len(rows[0]))
            case Variable(Numeral()):
                return ()
            case Variable(Written() | WrittenSlope() as name):
                found = self.of_name(name)
                if found is None and strict and self.network is not None:
                    raise NoShape
                return found or ()
            case Call("transpose", (inner,)):
                return self.of(inner, strict)[::-1]
            case Product(factors):
                shapes = [self.of(factor, strict) for factor in factors]
                by_entries = any(map(is_complement, factors))
                return reduce(lambda left, right: pair(left, right, by_entries)[1], shapes)
            case Call(("dot" | "matmul"), (left, right)):
                return matrix_product(self.of(left, strict), self.of(right, strict))
            case Call("outer", (left, right)):
                return self.of(left, strict) + self.of(right, strict)
            case Call("column", (inner,)):
                shape = self.of(inner, strict)
                return (*shape, 1) if len(shape) == 1 else shape
            case Call("row", (inner,)):
                shape = self.of(inner, strict)
                return (1, *shape) if len(shape) == 1 else shape
            case Call(function, (inner,)) if reduced := REDUCING.fullmatch(function):
                shape = self.of(inner, strict)
                return along(shape, int(reduced[2])) if reduced[2] and shape else ()
            case Call("norm", (_,)):
                return ()
            case Call(function, arguments) if function.startswith("einsum"):
                lengths = index_lengths(function, [self.of(each, strict) for each in arguments])
                return tuple(lengths[index] for index in function.partition("->")[2])
        return reduce(together, (self.of(part, strict) for part in children(tree)), ())

    def has_vectors(self, tree: Expression) -> bool:
        """Return whether a name or literal in a formula is a vector."""
        match tree:
            case Matrix():
                return True
            case Variable(Written() | WrittenSlope() as name):
                return bool(self.of_name(name))
        return any(map(self.has_vectors, children(tree)))

    def are_numbers(self, tree: Expression) -> bool:
        """Return whether all names in a formula are known to stand for one number."""
        return all(self.of_name(name) == () for name in names_in(tree))

    # --- of names --------------------------------------------------------------------------------

    def of_name(self, name: Name) -> Shape | None:
        """Return the shape of a name, None where it is not known."""
        if isinstance(name, WrittenSlope):
            return self.of_name(name.bottom)
        if name.superscript.endswith("T"):
            shape = self.of_name(without_transpose(name))
            return None if shape is None else shape[::-1]
        key = key_of(name)
        by_lesson = self.by_lesson(name) if self.network is not None else None
        known = self.known.get(key)
        if known is not None:
            lesson = by_lesson or ()
            batch_of_one = len(lesson) == 2 and 1 in lesson and size(lesson) == size(known)
            return lesson if batch_of_one and len(known) == 1 else known
        if by_lesson == (1,):  # z2 of a layer with one unit: not the second unit's
            return by_lesson
        if key in self.numbers:
            return ()
        return by_lesson

    def counts_examples(self, name: Written) -> bool:
        """Return whether a name is said to be how many examples there are: m = 3."""
        is_count = name.letter in ("m", "n", "N", "M") and not layer_marks(name)
        return (
            is_count and self.examples > 1 and self.numbers.get(key_of(name)) == str(self.examples)
        )

    def by_lesson(self, name: Written) -> Shape | None:
        """Return the shape of a name as the lesson's layers have it, None where it has none."""
        assert self.network is not None
        kinds = LETTERS.get(bare_letter(name), {})
        if not kinds or not set(kinds) - SCALARS or len(layer_marks(name)) > 1:
            return ()
        if name.example is not None:
            return None
        layer = self.layer(name, set(kinds))
        if layer is None:
            return None
        units = self.network.layers[layer]
        if is_weight(replace(name, letter=bare_letter(name))):
            shape = (units, self.network.layers[layer - 1])
            return () if size(shape) == 1 else shape[::-1] if self.from_inputs else shape
        if kinds.get("bias", 0.0) == max(kinds.values()) or self.examples == 1:
            alone = units == 1 and not (self.by_layers and name.subscripts)
            return () if alone else (units,)
        return (self.examples, units) if self.rows else (units, self.examples)

    def layer(self, name: Written, kinds: set[str]) -> int | None:
        """Return the layer whose whole vector or matrix a name stands for, None for no one."""
        assert self.network is not None
        depth, letter = self.network.depth, bare_letter(name)
        if (number := layer_of(name)) is not None:
            first = 1 if {"weight", "bias"} & kinds and letter not in "ah" else 0
            return (
                number
                if (name.superscript or self.by_layers) and first <= number <= depth
                else None
            )
        if name.subscripts or name.superscript:
            return None
        if letter in ("x", "X"):
            return 0
        if letter.lower() in OUTPUTS:
            return depth
        if letter in ("h", "H", "hidden") and depth == 2:
            return 1
        return 1 if depth == 1 and letter not in ("c", "e", "E") else None


# --- what stands there ---------------------------------------------------------------------------


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


def is_weight(name: Written) -> bool:
    """Return whether a letter is first of all that of weights."""
    kinds = LETTERS.get(name.letter, {})
    return kinds.get("weight", 0.0) >= OFTEN and kinds["weight"] == max(kinds.values())


def is_forward(name: Written) -> bool:
    """Return whether a letter is one of what a layer takes in."""
    return name.letter.lower() in FORWARD


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
