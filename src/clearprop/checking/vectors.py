"""Vectors and matrices spelled out: an equality between vectors is one equality for each entry.

Comes in: a solution. Goes out: the same with every chain of vectors as a group of chains of
numbers, `z1 = W1 x + b1 = [0.3, 0.4]` as z1's first entry = W1's first row · x + … = 0.3, and so
on. An entry of W1 is called w_{2,1}^{1}: its row and column, with the layer above; one of a batch
z_{2}^{1}@3, with the number of its example behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from clearprop.checking.entries import Index, entry_name, entry_of_literal, fitted, of_example
from clearprop.checking.keys import counts_from_zero
from clearprop.checking.letters import LETTERS
from clearprop.checking.numerals import number_of
from clearprop.checking.products import (
    REDUCING,
    NoShape,
    Shape,
    index_lengths,
    is_complement,
    is_row_of,
    pair,
    reduced_shape,
    size,
)
from clearprop.checking.shapes import OF_UNITS, Shapes, is_transposed
from clearprop.checking.solution import (
    Chain,
    Link,
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
    layer_of,
    names_in,
    stated_shape,
    without_transpose,
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
from clearprop.network.lesson import Lesson

MOST_ENTRIES = 2000  # of a vector or matrix that is spelled out
OUTPUT_LETTERS = ("y", "h", "a", "o", "yhat", "f")  # of what is written with (x) behind it
PROBLEM = "this form of vectors could not be worked out"
STAR = re.compile(r"[^\d\s.*]\s*\*(?!\*)\s*[^\d\s*]")  # of code, between two names
CODE = re.compile(
    r"^\s*>>>|^\s*In ?\[|\bnp\.|\bnumpy\b|\.dot\(|\btorch\.|counting from 0|\w [-+*/]= ",
    re.MULTILINE,
)
JULIA = re.compile(r"^\s*(?:julia>|(?:octave:\d+)?>> )", re.MULTILINE)  # they count from 1


@dataclass
class Spelling:
    """Spells chains out; it learns the shapes of names first."""

    lesson: Lesson | None = None
    shapes: Shapes = field(init=False)
    with_bias_column: set[str] = field(default_factory=set)
    from_zero: bool = False
    first: int | None = None  # from which code counts what stands in square brackets
    by_entries: bool = False  # whether the side that is spelled out multiplies with a star

    def groups(self, solution: Solution) -> list[list[Chain]]:
        """Return for each chain of a solution the chains of its entries."""
        self.with_bias_column = set(letters_with_bias_column(solution))
        self.from_zero = counts_from_zero(solution)
        text = "\n".join(solution.lines)
        is_code = self.from_zero or bool(CODE.search(text))
        self.first = 0 if is_code else 1 if JULIA.search(text) else None
        self.shapes = Shapes(self.lesson)
        self.shapes.learn(solution, is_code)
        return [list(self.entries(chain)) for chain in solution.chains]

    def entries(self, chain: Chain) -> Iterator[Chain]:
        """Yield a chain of vectors entry by entry, another chain as it is."""
        shape = self.shape_of(chain)
        if shape == () or size(shape) > MOST_ENTRIES:
            yield replace(chain, links=tuple(map(self.as_number, chain.links)))
            return
        for index in product(*map(range, shape)):
            yield replace(chain, links=tuple(self.link(link, index, shape) for link in chain.links))

    def shape_of(self, chain: Chain) -> Shape:
        """Return the shape of what a chain is about."""
        match chain.links[0].tree:
            case Variable(Written() | WrittenSlope() as name) if shape := self.shapes.of_name(name):
                stated = stated_shape(chain)
                return shape if stated is None or size(stated) == size(shape) else stated
        return stated_shape(chain) or ()

    def as_number(self, link: Link) -> Link:
        """Return a side of an equality of numbers, its products of vectors spelled out."""
        if link.tree is None or number_of(link.tree) is not None:
            return link
        try:
            tree = self.with_places(link.tree)
        except NoShape:
            return replace(link, tree=None, problem=PROBLEM)
        if self.shapes.has_vectors(tree):
            tree = without_argument(tree)
        if self.shapes.has_vectors(tree) or has_sums(tree):
            return self.link(link, (), ())
        tree = replace_nodes(tree, of_numbers)
        return link if tree is link.tree else replace(link, tree=tree)

    def link(self, link: Link, index: Index, shape: Shape) -> Link:
        """Return one entry of a side."""
        if link.tree is None:
            return link
        self.by_entries = bool(STAR.search(link.text))
        try:
            tree = without_argument(self.with_places(link.tree))
            return replace(link, tree=self.entry(tree, index, shape))
        except (NoShape, IndexError, RecursionError):
            return replace(link, tree=None, problem=PROBLEM)

    def with_places(self, tree: Expression) -> Expression:
        """Return a formula with probs[1], of code, as an entry of the vector probs."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written() as name) if self.shapes.counts_examples(name):
                    return Variable(Numeral(str(self.shapes.examples)))
                case Variable(Written() as name) if found := re.fullmatch(
                    r"(\w+)\[(\d{1,6})\]", name.text
                ):
                    whole = replace(name, text=found[1], subscripts=name.subscripts[:-1])
                    if own := self.shapes.of_name(whole):
                        place = -1 if self.first is None else int(found[2]) - self.first
                        if min((*own, 1)[:2]) > 1 or not 0 <= place < max(own):
                            raise NoShape
                        return self.named(whole, fitted((place,), own, (max(own),)), own)
            return None

        return replace_nodes(tree, change)

    # --- entries ---------------------------------------------------------------------------------

    def entry(self, tree: Expression, index: Index, shape: Shape) -> Expression:
        """Return one entry of a formula whose value has that shape, or is repeated to have it."""
        match tree:
            case Matrix(rows):
                return entry_of_literal(rows, index)
            case Variable(Numeral()):
                return tree
            case Variable(Written(superscript=above) as name) if above.endswith("T"):
                inner = Variable(without_transpose(name))
                return self.entry(Call("transpose", (inner,)), index, shape)
            case Variable(name):
                own = self.shapes.of(tree)
                return self.named(name, self.place(index, own, shape), own) if own else tree
            case Product(factors):
                return self.product_entry(list(factors), index, shape)
            case Call(("dot" | "matmul"), factors):
                return self.product_entry(list(factors), index, shape, of_matrices=True)
            case Call("outer", (left, right)):
                of_row = self.entry(left, index[:1], self.shapes.of(left))
                return of_row * self.entry(right, index[1:], self.shapes.of(right))
            case Call("hadamard", factors):
                return Product(tuple(self.entry(factor, index, shape) for factor in factors))
            case Call("transpose", (inner,)):
                return self.turned(inner, index, shape)
            case Call(("column" | "row"), (inner,)):
                own, outer = self.shapes.of(inner), self.shapes.of(tree)
                if len(own) != 1:
                    return self.entry(inner, index, shape)
                places = fitted(index, outer, shape)
                return self.entry(inner, (max(places),), own)
            case Call("softmax", (inner,)) if own := self.shapes.of(inner):
                return self.softmax(inner, fitted(index, own, shape), own)
            case Call(function, (inner,)) if reducing := REDUCING.fullmatch(function):
                return self.reduced(reducing, inner, index, shape)
            case Call(function, arguments) if function.startswith("einsum"):
                return self.einsum(function, arguments, fitted(index, self.shapes.of(tree), shape))
            case Sum() | Negative() | Quotient() | Power() | Call():
                parts = tuple(self.entry(part, index, shape) for part in children(tree))
                return rebuild(tree, parts)
        return tree

    def place(self, index: Index, own: Shape, shape: Shape) -> Index:
        """Return where an entry of a name is found; a bias runs along a batch's units."""
        of_columns = self.lesson is not None and not self.shapes.layout.rows
        if of_columns and len(own) == 1 and shape == (*own, *own):  # as many units as examples
            return index[:1]
        return fitted(index, own, shape)

    def named(self, name: Name, index: Index, own: Shape) -> Expression:
        """Return the name of an entry of a name of some shape."""
        bottom = name.bottom if isinstance(name, WrittenSlope) else name
        column = 0 if self.from_zero or bottom.letter in self.with_bias_column else 1
        letter = replace(bottom, letter=bare_letter(bottom))
        if self.shapes.lesson is not None and len(own) == 2:
            if is_weight(letter) and self.is_turned(name, own):
                return Variable(entry_name(name, index[::-1], self.from_zero, column))
            if self.shapes.examples in own and OF_UNITS & set(LETTERS.get(letter.letter, {})):
                example, unit = self.example_and_unit(index, own)
                of_unit = entry_name(name, (unit,), self.from_zero, column)
                return Variable(of_example(of_unit, example + 1))
        return Variable(entry_name(name, index, self.from_zero, column))

    def is_turned(self, name: Name, own: Shape) -> bool:
        """Return whether the rows of a matrix of weights, or of slopes, belong to its inputs."""
        bottom = name.bottom if isinstance(name, WrittenSlope) else name
        usual, layout = self.shapes.by_lesson(bottom), self.shapes.layout
        if usual is not None and len(usual) == 2 and own[0] != own[1]:
            return (own == usual) == layout.from_inputs
        is_slope = bottom is not name or bare_letter(bottom) != bottom.letter
        layer = layer_of(bottom) or 1
        return layout.gradients.get(layer, layout.from_inputs) if is_slope else layout.from_inputs

    def example_and_unit(self, index: Index, own: Shape) -> tuple[int, int]:
        """Return the example and the unit of an entry of a batch."""
        rows, columns = own
        by_rows = self.shapes.layout.rows if rows == columns else rows == self.shapes.examples
        return (index[0], index[1]) if by_rows else (index[1], index[0])

    def turned(self, inner: Expression, index: Index, shape: Shape) -> Expression:
        """Return an entry of a transpose."""
        own = self.shapes.of(inner)
        if len(own) < 2:
            return self.entry(inner, fitted(index, own, shape), own)
        return self.entry(inner, fitted(index, own[::-1], shape)[::-1], own)

    def softmax(self, inner: Expression, index: Index, own: Shape) -> Expression:
        """Return an entry of a softmax, which runs over the units of one example."""
        axis = len(own) - 1 if self.shapes.layout.rows else 0
        places = ((*index[:axis], k, *index[axis + 1 :]) for k in range(own[axis]))
        return Quotient(
            exp(self.entry(inner, index, own)),
            total(exp(self.entry(inner, place, own)) for place in places),
        )

    def reduced(
        self, reducing: re.Match[str], inner: Expression, index: Index, shape: Shape
    ) -> Expression:
        """Return a sum or a mean of all entries, or of those along an axis."""
        own = self.shapes.of(inner)
        if not own:
            if not self.shapes.are_numbers(inner):
                raise NoShape  # y may be one number or the vector of all
            return self.entry(inner, (), ())
        if reducing["axis"]:
            at = fitted(index, reduced_shape(own, reducing), shape)
            place = int(reducing["axis"]) % len(own)
            after = place + (reducing["kept"] == "k")
            places = [(*at[:place], k, *at[after:]) for k in range(own[place])]
        else:
            places = list(product(*map(range, own)))
        terms = total(self.entry(inner, place, own) for place in places)
        return terms if reducing["by"] == "sum" else terms / Variable(Numeral(str(len(places))))

    def einsum(self, function: str, arguments: tuple[Expression, ...], at: Index) -> Expression:
        """Return an entry of an einsum: the sum over all indices that it does not keep."""
        shapes = [self.shapes.of(argument) for argument in arguments]
        lengths = index_lengths(function, shapes)
        taken, _, kept = function.split()[1].partition("->")
        free = [letter for letter in lengths if letter not in kept]
        terms = []
        for places in product(*(range(lengths[letter]) for letter in free)):
            place = dict(zip((*kept, *free), (*at, *places), strict=True))
            of_each = zip(arguments, taken.split(","), shapes, strict=True)
            factors = [self.entry(a, tuple(place[i] for i in own), s) for a, own, s in of_each]
            terms.append(Product(tuple(factors)))
        return total(terms)

    def product_entry(
        self, factors: list[Expression], index: Index, shape: Shape, of_matrices: bool = False
    ) -> Expression:
        """Return one entry of a product, by the rules of matrices where the shapes ask for it."""
        *others, last = factors
        if not others:
            return self.entry(last, index, shape)
        before = Product(tuple(others)) if len(others) > 1 else others[0]
        left, right = self.shapes.of(before), self.shapes.of(last)
        by_entries = self.by_entries or any(map(is_complement, factors))
        how = pair(left, right, by_entries, shape)[0]
        if of_matrices and left and right:  # MATLAB has * for numbers, too
            how = "numbers" if size(left) == size(right) == 1 else "matrix"
        if how == "outer" or (len(left) == len(right) == 1 < len(index) and is_transposed(last)):
            row = self.product_entry(others, index[:1], left)
            return row * self.entry(last, index[1:], right)
        if how == "matrix":
            return self.matrix_entry(others, last, left, right, index, shape)
        return self.product_entry(others, index, shape) * self.entry(last, index, shape)

    def matrix_entry(
        self,
        others: list[Expression],
        last: Expression,
        left: Shape,
        right: Shape,
        index: Index,
        shape: Shape,
    ) -> Expression:
        """Return one entry of a product of two matrices, or of a matrix and a vector."""
        if is_row_of(right, left):
            at = fitted(index, left[:-1], shape)
            return total(
                self.product_entry(others, (*at, k), left) * self.entry(last, (0, k), right)
                for k in range(right[1])
            )
        if left[-1] != right[0]:  # a column by a row
            left = left if len(left) == 2 else (*left, 1)
            right = right if len(right) == 2 else (1, *right)
        if left[-1] != right[0]:
            raise NoShape
        own = left[:-1] + right[1:]
        at = fitted(index, own, shape)
        rows = len(left) - 1
        return total(
            self.product_entry(others, (*at[:rows], k), left)
            * self.entry(last, (k, *at[rows:]), right)
            for k in range(right[0])
        )


def letters_with_bias_column(solution: Solution) -> Iterator[str]:
    """Yield the letters of matrices with a column 0 for biases: Θ of Θ₁₀."""
    for chain in solution.chains:
        for link in chain.links:
            for name in names_in(link.tree):
                zero = re.fullmatch(r"[1-9],?0", ",".join(name.subscripts))
                if zero and name.letter in ("theta", "Theta"):
                    yield name.letter


def has_sums(tree: Expression) -> bool:
    """Return whether a sum or a mean of a vector's entries stands in a formula."""
    if isinstance(tree, Call) and REDUCING.fullmatch(tree.function):
        return True
    return any(map(has_sums, children(tree)))


def of_numbers(node: Expression) -> Expression | None:
    """Return w @ x of numbers as their product."""
    match node:
        case Call(("dot" | "matmul" | "hadamard" | "outer"), factors):
            return Product(tuple(replace_nodes(factor, of_numbers) for factor in factors))
        case Call(("column" | "row" | "sum" | "mean"), (inner,)):
            return replace_nodes(inner, of_numbers)
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


def flat(groups: list[list[Chain]], solution: Solution) -> Solution:
    """Return the solution with its chains spelled out."""
    return replace(solution, chains=tuple(chain for group in groups for chain in group))
