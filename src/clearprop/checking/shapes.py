"""Shapes: which names of a solution are vectors or matrices, and how many entries they have.

Comes in: a solution, and a lesson's network where there is one. Goes out: the shape of any name or
formula. A shape is learnt from the numbers that stand there, from the formula a name is computed
by, and from the lesson's layers: W2 and b2 are those of layer 2 where W1 is a matrix. Where a shape
cannot be told, `NoShape` says so: b1 is never silently the first unit's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import reduce

from clearprop.checking.keys import Key, key_of
from clearprop.checking.layout import Layout, layout, speaks_of_vectors
from clearprop.checking.letters import LETTERS
from clearprop.checking.numerals import number_of
from clearprop.checking.products import (
    REDUCING,
    NoShape,
    Shape,
    index_lengths,
    is_complement,
    matrix_product,
    pair,
    reduced_shape,
    size,
    together,
)
from clearprop.checking.reading.signs import COUNT as COUNTED
from clearprop.checking.solution import (
    Chain,
    Matrix,
    Name,
    Numeral,
    Solution,
    Written,
    WrittenSlope,
)
from clearprop.checking.symbols import (
    bare_letter,
    is_weight,
    layer_marks,
    layer_of,
    names_in,
    stated_shape,
    without_transpose,
)
from clearprop.formulas.expressions import Call, Expression, Product, Variable, children
from clearprop.network.lesson import Lesson

COUNT = re.compile(r"^\s*(?:>>> )?(\w+)\s*=\s*(?:\w+\.shape\[([01])\]|len\(\w+\))\s*(?:#.*)?$")
SCALARS = {"rate", "loss", "share"}  # what is one number, however many units there are
OF_UNITS = {"net", "unit", "delta", "hidden", "output", "input", "target"}
OUTPUTS = {"y", "t", "p", "o", "yhat", "target", "d", "pred", "out", "output", "prediction"}


@dataclass
class Shapes:
    """The shapes of a solution's names, by the lesson it is held against where there is one.

    known         by name, as they stand there in numbers or as they are computed
    numbers       the names that the solution gives one number
    layout        which way its matrices lie
    counted       the names that code counts the examples by: m = X.shape[0]
    """

    lesson: Lesson | None = None
    known: dict[Key, Shape] = field(default_factory=dict)
    numbers: dict[Key, str] = field(default_factory=dict)
    layout: Layout = field(default_factory=Layout)
    counted: set[str] = field(default_factory=set)

    @property
    def examples(self) -> int:
        """How many examples the lesson has."""
        return len(self.lesson.x) if self.lesson else 1

    def learn(self, solution: Solution, any_vector: bool = False) -> None:
        """Note what a solution says about the shapes of its names; of code they may be vectors."""
        for chain in solution.chains:
            shape = stated_shape(chain)
            any_vector |= shape is not None
            for link in chain.links:
                match link.tree:
                    case Variable(Written() as name) if shape is not None:
                        self.known.setdefault(key_of(name), shape)  # both of a¹ = x = [1, 0.5]
            match chain.links[0].tree:
                case Variable(Written() as name) if shape is None:
                    if (digits := number_of(chain.links[-1].tree)) is not None:
                        self.numbers[key_of(name)] = digits
                case Variable(WrittenSlope(_, bottom)) if shape is not None:
                    self.known.setdefault(key_of(bottom), shape)
        if not any_vector and not speaks_of_vectors(solution):
            self.lesson = None  # numbers only: x is no vector, though the network has two inputs
            return
        if self.lesson is not None:
            self.layout = layout(solution, self.lesson)
            axis = "0" if self.layout.rows else "1"
            counts = filter(None, map(COUNT.match, solution.lines))
            self.counted = {found[1] for found in counts if found[2] in (None, axis)}
        for chain in solution.chains:
            self.learn_computed(chain)

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
                        if keeps_axis(link.tree):  # a row or a column: of a bias, a vector
                            shape = tuple(length for length in shape if length > 1) or (1,)
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
                if found is None and strict and self.lesson is not None:
                    raise NoShape
                return found or ()
            case Call("transpose", (inner,)):
                return self.of(inner, strict)[::-1]
            case Product(factors):
                by_entries, found = any(map(is_complement, factors)), self.of(factors[0], strict)
                for factor in factors[1:]:
                    shape = self.of(factor, strict)
                    row = len(found) == len(shape) == 1 and is_transposed(factor)  # δ aᵀ
                    found = found + shape if row else pair(found, shape, by_entries)[1]
                return found
            case Call(("dot" | "matmul"), (left, right)):
                one, other = self.of(left, strict), self.of(right, strict)
                is_outer = len(one) == len(other) == 1 and is_transposed(right)
                return one + other if is_outer else matrix_product(one, other)
            case Call("outer", (left, right)):
                return self.of(left, strict) + self.of(right, strict)
            case Call("column", (inner,)):
                shape = self.of(inner, strict)
                return (*shape, 1) if len(shape) == 1 else shape
            case Call("row", (inner,)):
                shape = self.of(inner, strict)
                return (1, *shape) if len(shape) == 1 else shape
            case Call(function, (inner,)) if reducing := REDUCING.fullmatch(function):
                return reduced_shape(self.of(inner, strict), reducing)
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
        by_lesson = self.by_lesson(name) if self.lesson is not None else None
        known = self.known.get(key)
        if known is not None:
            lesson = by_lesson or ()
            batch_of_one = len(lesson) == 2 and 1 in lesson and size(lesson) == size(known)
            batch_of_one &= not (self.examples > 1 and is_weight(name))
            return lesson if batch_of_one and len(known) == 1 else known
        if by_lesson == (1,):  # z2 of a layer with one unit: not the second unit's
            return by_lesson
        if key in self.numbers:
            return (1,) if self.is_of_layer(key) else ()
        return by_lesson

    def is_of_layer(self, key: Key) -> bool:
        """Return whether a number is a layer's of one unit: z2 where z1 is a vector."""
        letter, marks, above, _ = key
        fit = LETTERS.get(letter, {})
        if len(marks) != 1 or not marks[0].isdecimal() or above or not {*fit} & {*OF_UNITS, "bias"}:
            return False
        return "weight" not in fit and any(
            other[0] == letter and others != marks and not other[2] and len(shape) == 1
            for other, shape in self.known.items()
            if len(others := other[1]) == 1 and others[0].isdecimal()
        )

    def counts_examples(self, name: Written) -> bool:
        """Return whether a name is said to be how many examples there are: m = 3."""
        if name.text == COUNTED:
            return self.examples > 1
        is_count = name.letter in ("m", "n", "N", "M") and not layer_marks(name)
        is_number = self.numbers.get(key_of(name)) == str(self.examples)
        return is_count and self.examples > 1 and (is_number or name.text in self.counted)

    def by_lesson(self, name: Written) -> Shape | None:
        """Return the shape of a name as the lesson's layers have it, None where it has none."""
        assert self.lesson is not None
        kinds = LETTERS.get(bare_letter(name), {})
        if not kinds or not set(kinds) - SCALARS or len(layer_marks(name)) > 1:
            return ()
        if name.letter == "x" and name.subscripts:
            return ()
        if name.example is not None:
            return None
        layer = self.layer(name, set(kinds))
        if layer is None:
            return None
        sizes = self.lesson.network.layers
        units = sizes[layer]
        if is_weight(replace(name, letter=bare_letter(name))):
            shape = (units, sizes[layer - 1])
            return () if size(shape) == 1 else shape[::-1] if self.layout.from_inputs else shape
        if kinds.get("bias", 0.0) == max(kinds.values()) or self.examples == 1:
            alone = units == 1 and not (self.layout.by_layers and name.subscripts)
            return () if alone else (units,)
        return (self.examples, units) if self.layout.rows else (units, self.examples)

    def layer(self, name: Written, kinds: set[str]) -> int | None:
        """Return the layer whose whole vector or matrix a name stands for, None for no one."""
        assert self.lesson is not None
        depth, letter = self.lesson.network.depth, bare_letter(name)
        if (number := layer_of(name)) is not None:
            if letter.lower() in ("x", "y", "t"):
                return None  # an input, a target, or an example: never a layer
            first = 1 if {"weight", "bias"} & kinds and letter not in "ah" else 0
            return (
                number
                if (name.superscript or self.layout.by_layers) and first <= number <= depth
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


def keeps_axis(tree: Expression) -> bool:
    """Return whether a sum along an axis stands in a formula that keeps it, with one entry."""
    match tree:
        case Call(function) if (reducing := REDUCING.fullmatch(function)) and reducing["kept"]:
            return True
    return any(map(keeps_axis, children(tree)))


def is_transposed(tree: Expression) -> bool:
    """Return whether a factor is a transpose."""
    match tree:
        case Call("transpose"):
            return True
        case Variable(Written(superscript=above)):
            return above.endswith("T")
    return False
