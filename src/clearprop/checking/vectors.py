"""Vectors and matrices spelled out: an equality between vectors is one equality for each entry.

Comes in: a solution. Goes out: the same with every chain of vectors as a group of chains of
numbers, `z1 = W1 x + b1 = [0.3, 0.4]` as z1's first entry = W1's first row · x + … = 0.3, and so
on. Shapes come from the vectors that stand there in numbers. An entry of W1 is called w_{2,1}^{1}:
its row and column, with the layer above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from clearprop.checking.keys import Key, counts_from_zero, key_of
from clearprop.checking.letters import LETTERS
from clearprop.checking.solution import (
    Chain,
    Link,
    Matrix,
    Name,
    Numeral,
    Solution,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
    children,
    exp,
    rebuild,
    total,
)
from clearprop.formulas.expressions import replace as replace_nodes
from clearprop.network.network import Network

Shape = tuple[int, ...]  # (): a number, (n,): a vector, (rows, columns): a matrix
Index = tuple[int, ...]
MOST_ENTRIES = 2000  # of a vector or matrix that is spelled out
OUTPUT_LETTERS = ("y", "h", "a", "o", "yhat", "f")  # of what is written with (x) behind it
PROBLEM = "this form of vectors could not be worked out"


class NoShape(Exception):
    """Vectors that do not go together, or whose length is not known."""


@dataclass
class Spelling:
    """Spells chains out; it learns the shapes of names on the way."""

    shapes: dict[Key, Shape] = field(default_factory=dict)
    with_bias_column: set[str] = field(default_factory=set)
    network: Network | None = None
    from_zero: bool = False

    def groups(self, solution: Solution) -> list[list[Chain]]:
        """Return for each chain of a solution the chains of its entries."""
        self.with_bias_column = set(letters_with_bias_column(solution))
        self.from_zero = counts_from_zero(solution)
        for chain in solution.chains:
            self.learn(chain)
        if not self.shapes:
            self.network = None  # numbers only: x is no vector, though the network has two inputs
        return [list(self.entries(chain)) for chain in solution.chains]

    def learn(self, chain: Chain) -> None:
        """Note the shape of the names that a chain of a vector gives it: a¹ = x = [1, 0.5]."""
        shape = self.stated_shape(chain)
        for link in chain.links:
            match link.tree:
                case Variable(Written() as name) if shape is not None:
                    self.shapes.setdefault(self.shape_key(name), shape)

    def shape_key(self, name: Written) -> Key:
        """Return what names of one shape share."""
        return key_of(name)

    def stated_shape(self, chain: Chain) -> Shape | None:
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

    def entries(self, chain: Chain) -> Iterator[Chain]:
        """Yield a chain of vectors entry by entry, another chain as it is."""
        shape = self.stated_shape(chain)
        if shape is None:
            head = chain.links[0].tree
            named = isinstance(head, Variable) and not isinstance(head.name, Numeral)
            shape = self.shape(head) if named and head is not None else ()
        count = 1
        for size in shape:
            count *= size
        if shape == () or count > MOST_ENTRIES:
            yield replace(chain, links=tuple(map(self.as_number, chain.links)))
            return
        for index in product(*map(range, shape)):
            yield replace(chain, links=tuple(self.link(link, index, shape) for link in chain.links))

    def as_number(self, link: Link) -> Link:
        """Return a side of an equality of numbers, its products of vectors spelled out."""
        if link.tree is None:
            return link
        if not self.has_vectors(link.tree):
            return replace(link, tree=replace_nodes(link.tree, of_numbers))
        if not self.has_vectors(tree := without_argument(link.tree)):
            return replace(link, tree=tree)
        return self.link(link, (), ())

    def has_vectors(self, tree: Expression) -> bool:
        """Return whether a name or literal in a formula is a vector."""
        if isinstance(tree, Matrix):
            return True
        if isinstance(tree, Variable):
            return self.shape(tree) != ()
        return any(map(self.has_vectors, children(tree)))

    def link(self, link: Link, index: Index, shape: Shape) -> Link:
        """Return one entry of a side."""
        if link.tree is None:
            return link
        try:
            return replace(link, tree=self.entry(without_argument(link.tree), index, shape))
        except (NoShape, IndexError, RecursionError):
            return replace(link, tree=None, problem=PROBLEM)

    def first_column(self, name: Name) -> int:
        """Return what the columns of a matrix count from: 0 in code, and where Θ₁₀ is a bias."""
        letter = (name.bottom if isinstance(name, WrittenSlope) else name).letter
        return 0 if self.from_zero or letter in self.with_bias_column else 1

    # --- shapes ----------------------------------------------------------------------------------

    def shape(self, tree: Expression) -> Shape:
        """Return the shape of a name or a literal; () where none is known."""
        match tree:
            case Matrix(rows):
                if len(rows) == 1 or len(rows[0]) == 1:
                    return (max(len(rows), len(rows[0])),)
                return (len(rows), len(rows[0]))
            case Variable(Written(superscript=above) as name) if above.endswith("T"):
                return self.shape(Variable(without_transpose(name)))[::-1]
            case Variable(Written() as name):
                return self.name_shape(replace(name, new=False))
            case Variable(WrittenSlope(_, bottom)):
                return self.name_shape(bottom)
            case Call("transpose", (inner,)):
                return self.shape(inner)[::-1]
            case Product(factors):
                return self.product_shape([self.shape(factor) for factor in factors])
            case Call(("dot" | "matmul"), arguments):
                return self.product_shape([self.shape(argument) for argument in arguments])
            case Call("outer", (left, right)):
                return self.shape(left) + self.shape(right)
            case Call(("sum" | "mean"), _):
                return ()
        return max((self.shape(part) for part in children(tree)), key=len, default=())

    def name_shape(self, name: Written) -> Shape:
        """Return the shape of a name: as it stands there in numbers, or as the network has it."""
        known = self.shapes.get(self.shape_key(name))
        if known is not None or self.network is None:
            return known or ()
        layer = re.fullmatch(r"[(\[]?(\d)[)\]]?", name.superscript or "".join(name.subscripts))
        sizes, fit = self.network.layers, LETTERS.get(name.letter, {})
        if name.letter in ("x", "X") and not name.subscripts and not name.superscript:
            return (sizes[0],) if sizes[0] > 1 else ()
        if layer is None or (name.superscript and name.subscripts):
            return ()
        if not 1 <= int(layer[1]) < len(sizes):
            return ()
        units, inputs = sizes[int(layer[1])], sizes[int(layer[1]) - 1]
        if name.letter == "W":
            return (units, inputs) if units * inputs > 1 else ()
        of_units = {"bias", "net", "unit", "delta"} & set(fit) and name.superscript
        return (units,) if of_units and units > 1 else ()

    def product_shape(self, shapes: list[Shape]) -> Shape:
        """Return the shape of a product, by the rules of matrices where they fit."""
        result: Shape = ()
        for shape in shapes:
            match result, shape:
                case (), _:
                    result = shape
                case _, ():
                    pass
                case (rows, columns), (length,) if columns == length:
                    result = (rows,)
                case (length,), (rows, columns) if rows == length:
                    result = (columns,)
                case (rows, middle), (other, columns) if middle == other:
                    result = (rows, columns)
                case _ if result == shape:
                    pass
                case (rows,), (columns,):
                    result = (rows, columns)
                case _:
                    raise NoShape
        return result

    # --- entries ---------------------------------------------------------------------------------

    def entry(self, tree: Expression, index: Index, shape: Shape) -> Expression:
        """Return one entry of a formula whose value has that shape."""
        match tree:
            case Matrix(rows):
                return entry_of_literal(rows, index)
            case Variable(Numeral()):
                return tree
            case Variable(Written(superscript=above) as name) if above.endswith("T"):
                inner = Variable(without_transpose(name))
                return self.entry(Call("transpose", (inner,)), index, shape)
            case Variable(name):
                own = self.shape(tree)
                if not own:
                    return tree
                column = self.first_column(name)
                return Variable(entry_name(name, fitted(index, own), self.from_zero, column))
            case Product(factors):
                return self.product_entry(list(factors), index, shape)
            case Call(("dot" | "matmul"), factors):
                return self.product_entry(list(factors), index, shape, of_matrices=True)
            case Call("outer", (left, right)):
                of_row = self.entry(left, index[:1], self.shape(left))
                return of_row * self.entry(right, index[1:], self.shape(right))
            case Call("hadamard", factors):
                return Product(tuple(self.entry(factor, index, shape) for factor in factors))
            case Call("transpose", (inner,)):
                return self.entry(inner, index[::-1], shape[::-1])
            case Call("softmax", (inner,)) if len(self.shape(inner)) == 1:
                terms = [exp(self.entry(inner, (k,), shape)) for k in range(self.shape(inner)[0])]
                return Quotient(terms[index[0]], total(terms))
            case Call("sum", (inner,)) if len(self.shape(inner)) == 1:
                length = self.shape(inner)[0]
                return total(self.entry(inner, (k,), (length,)) for k in range(length))
            case Call("mean", (inner,)) if len(self.shape(inner)) == 1:
                count = Variable(Numeral(str(self.shape(inner)[0])))
                return Quotient(self.entry(Call("sum", (inner,)), (), ()), count)
            case Sum() | Negative() | Quotient() | Power() | Call():
                parts = tuple(self.entry(part, index, shape) for part in children(tree))
                return rebuild(tree, parts)
        return tree

    def product_entry(
        self, factors: list[Expression], index: Index, shape: Shape, of_matrices: bool = False
    ) -> Expression:
        """Return one entry of a product, by the rules of matrices where the shapes ask for it.

        Factors of one shape are multiplied entry by entry, but for those said to be matrices.
        """
        if len(factors) == 1:
            return self.entry(factors[0], index, shape)
        shapes = [self.shape(factor) for factor in factors]
        vectors = [place for place, each in enumerate(shapes) if each]
        if len(vectors) < 2:
            return Product(tuple(self.entry(factor, index, shape) for factor in factors))
        *others, last = factors
        left, right = self.shape(Product(tuple(others))), shapes[-1]
        if not right or (left == right == shape and not of_matrices):
            entry = self.entry(last, index, right)
            return self.product_entry(others, index, shape) * entry
        if len(shape) == 2 and len(left) == len(right) == 1:
            row = self.product_entry(others, index[:1], left)
            return row * self.entry(last, index[1:], right)
        inner = right[0]
        if left and left[-1] != inner:
            raise NoShape
        return total(
            self.product_entry(others, (*index[: len(left) - 1], k), left)
            * self.entry(last, (k, *index[len(left) - 1 :]), right)
            for k in range(inner)
        )


def fitted(index: Index, shape: Shape) -> Index:
    """Return an index for a value of some shape: a column of a matrix of one row is a vector."""
    if len(index) == len(shape):
        return index
    if len(index) == 1 and len(shape) == 2 and 1 in shape:
        return (0, index[0]) if shape[0] == 1 else (index[0], 0)
    if len(shape) == 1 and len(index) == 2 and 0 in index:
        return (max(index),)
    if len(shape) == 1 and shape[0] == 1 and not index:
        return (0,)
    raise NoShape


def entry_of_literal(rows: tuple[tuple[Expression, ...], ...], index: Index) -> Expression:
    """Return an entry of a vector or matrix that stands there in numbers."""
    if len(index) == 2:
        return rows[index[0]][index[1]]
    flat = [entry for row in rows for entry in row]
    if not index and len(flat) == 1:
        return flat[0]
    if len(index) != 1 or (len(rows) > 1 and len(rows[0]) > 1):
        raise NoShape
    return flat[index[0]]


def letters_with_bias_column(solution: Solution) -> Iterator[str]:
    """Yield the letters of matrices with a column 0 for biases: Θ of Θ₁₀."""
    for chain in solution.chains:
        for link in chain.links:
            found = names_and_numerals(link.tree) if link.tree is not None else ()
            for name in (each for each in found if isinstance(each, Written)):
                zero = re.fullmatch(r"[1-9],?0", ",".join(name.subscripts))
                if zero and name.letter in ("theta", "Theta"):
                    yield name.letter


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
        case (layer,) if layer.isdigit() and not above:
            above = layer
        case (role,) if not role.isdigit() and len(numbers) == 1:
            subscripts = (f"{role}{numbers[0]}",)
    text = f"{name.letter}^{above}_{','.join(subscripts)}"
    return replace(name, text=text, subscripts=subscripts, superscript=above)


def of_numbers(node: Expression) -> Expression | None:
    """Return w @ x of numbers as their product."""
    match node:
        case Call(("dot" | "matmul" | "hadamard"), factors):
            return Product(factors)
    return None


def without_argument(tree: Expression) -> Expression:
    """Return a formula with y for y(x), h for h_Θ(x): what a network gives for its inputs."""

    def change(node: Expression) -> Expression | None:
        match node:
            case Product(
                (*others, Variable(Written(letter=name)) as output, Variable(Written("x")))
            ):
                if name in OUTPUT_LETTERS:
                    return Product((*others, output)) if others else output
        return None

    return replace_nodes(tree, change)


def without_transpose(name: Written) -> Written:
    """Return the name of what is transposed."""
    above = name.superscript.removesuffix("T")
    return replace(name, superscript=above, text=name.text.removesuffix("T"))


def subject_names(chain: Chain) -> Iterator[Written]:
    """Yield the name that a chain begins with; for a slope, that of what it is by."""
    match chain.links[0].tree:
        case Variable(Written() as name):
            yield name
        case Variable(WrittenSlope(_, bottom)):
            yield bottom


def flat(groups: list[list[Chain]], solution: Solution) -> Solution:
    """Return the solution with its chains spelled out."""
    return replace(solution, chains=tuple(chain for group in groups for chain in group))
