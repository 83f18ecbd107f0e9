"""A formula as boxes: what stands beside, above or inside what; brackets and operators decided.

Comes in: a tree over symbols or numbers. Goes out: a box, which each format prints in its own
letters. A format that stacks fractions (LaTeX, MathML) needs fewer brackets than a line of text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
)
from clearprop.formulas.notation import Mark, Ratio, Symbol
from clearprop.render.numbers import number_text


@dataclass(frozen=True)
class Figure:
    """A written number."""

    text: str


@dataclass(frozen=True)
class Sign:
    """An operator: + - × / , or the minus of a negated expression (`prefix`)."""

    text: str
    prefix: bool = False


@dataclass(frozen=True)
class Name:
    """A symbol."""

    mark: Mark


@dataclass(frozen=True)
class Row:
    """Boxes beside each other."""

    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Brackets:
    """A box in round brackets."""

    box: Box


@dataclass(frozen=True)
class Fraction:
    """A box above another."""

    top: Box
    bottom: Box


@dataclass(frozen=True)
class Raised:
    """A box with an exponent."""

    base: Box
    exponent: Box


@dataclass(frozen=True)
class Root:
    """A square root."""

    box: Box


@dataclass(frozen=True)
class Bars:
    """An absolute value."""

    box: Box


@dataclass(frozen=True)
class Floor:
    """The largest whole number that is not above a box."""

    box: Box


@dataclass(frozen=True)
class Applied:
    """A function with its arguments; `name` is a word, or a letter of the legend."""

    name: str
    arguments: tuple[Box, ...]


Box = Figure | Sign | Name | Row | Brackets | Fraction | Raised | Root | Bars | Floor | Applied

EULER = Name(Symbol("e"))  # the base of the natural exponential

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a box holds together
WORDS = {"log": "ln"}  # functions whose name on paper is another than in the tables


@dataclass(frozen=True)
class Layout:
    """Lays trees out, with a number of significant digits, fractions stacked or in line."""

    digits: int
    stacked: bool

    def box(self, tree: Expression, leads: bool = True) -> Box:
        """Return the box of a tree; where it `leads`, a minus in front needs no brackets."""
        match tree:
            case Number(value):
                return Figure(number_text(value, self.digits)[0])
            case Variable(Symbol() | Ratio() as mark):
                return Name(mark)
            case Sum(terms):
                return self.sum(terms, leads)
            case Product(factors):
                return self.product(factors, leads)
            case Quotient(top, bottom):
                return self.quotient(top, bottom, leads)
            case Negative(operand):
                return Row((Sign("-", prefix=True), self.operand(operand, PRODUCT)))
            case Power(base, exponent):
                return Raised(self.operand(base, ATOM), Figure(str(exponent)))
            case Call(function, arguments):
                return self.call(function, arguments)
        raise TypeError(f"cannot be laid out: {tree!r}")

    def sum(self, terms: Sequence[Expression], leads: bool) -> Row:
        """Return terms with + and - between them."""
        boxes: list[Box] = [self.first(terms[0], SUM, leads)]
        for term in terms[1:]:
            negative = isinstance(term, Negative)
            inner = term.operand if isinstance(term, Negative) else term
            boxes += [Sign("-" if negative else "+"), self.operand(inner, PRODUCT)]
        return Row(tuple(boxes))

    def product(self, factors: Sequence[Expression], leads: bool) -> Row:
        """Return factors with × between them."""
        boxes: list[Box] = [self.first(factors[0], PRODUCT, leads)]
        for factor in factors[1:]:
            boxes += [Sign("×"), self.operand(factor, POWER)]
        return Row(tuple(boxes))

    def quotient(self, top: Expression, bottom: Expression, leads: bool) -> Box:
        """Return a fraction, stacked or in one line."""
        if self.stacked:
            return Fraction(self.box(top), self.box(bottom))
        return Row((self.first(top, PRODUCT, leads), Sign("/"), self.operand(bottom, ATOM)))

    def call(self, function: str, arguments: Sequence[Expression]) -> Box:
        """Return a function's box, as it is written on paper."""
        boxes = tuple(self.box(argument) for argument in arguments)
        match function:
            case "exp":
                return Raised(EULER, boxes[0])
            case "expm1":
                return Row((Raised(EULER, boxes[0]), Sign("-"), Figure("1")))
            case "log1p":
                return Applied("ln", (Row((Figure("1"), Sign("+"), boxes[0])),))
            case "pow":
                return Raised(self.operand(arguments[0], ATOM), boxes[1])
            case "sqrt":
                return Root(boxes[0])
            case "abs":
                return Bars(boxes[0])
            case "floor":
                return Floor(boxes[0])
        return Applied(WORDS.get(function, function), boxes)

    def first(self, tree: Expression, tightness: int, leads: bool) -> Box:
        """Return the first operand of a row; a minus in front of it all needs no brackets."""
        if leads and isinstance(tree, Number | Negative):
            return self.box(tree)
        if self.tightness(tree) >= tightness:
            return self.box(tree, leads)
        return Brackets(self.box(tree))

    def operand(self, tree: Expression, tightness: int) -> Box:
        """Return a tree's box, in brackets where it holds together less tightly than asked."""
        if self.tightness(tree) >= tightness:
            return self.box(tree, leads=False)
        return Brackets(self.box(tree))

    def tightness(self, tree: Expression) -> int:
        """Return how tightly a tree holds together once it is printed."""
        match tree:
            case Sum() | Negative() | Call("expm1", _):
                return SUM
            case Product():
                return PRODUCT
            case Quotient():
                return POWER if self.stacked else PRODUCT
            case Power() | Variable(Ratio()) | Call("exp" | "pow", _):
                return POWER
            case Number(value):
                return self.number_tightness(value)
        return ATOM

    def number_tightness(self, value: float | Decimal) -> int:
        """Return how tightly a number holds: a minus or a power of ten loosens it."""
        if value < 0:
            return SUM
        if "e" not in number_text(value, self.digits)[0]:
            return ATOM
        return PRODUCT if self.stacked else POWER
