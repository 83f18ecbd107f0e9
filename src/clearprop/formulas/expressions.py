"""Expression trees: the one form in which every formula of clearprop is written.

A tree is built with Python's own operators, `1 / (1 + exp(-z))`, and never changes. It is
evaluated (`arithmetic.py`), written as program text (`code.py`) and printed (room `render`).
Sums and products run from left to right and are flat, so `a + b + c` is one node of three terms;
brackets on the right, `a + (b + c)`, stay as they are written: floating-point numbers can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import is_
from typing import Any

Name = Any  # a word in the tables of rules, a quantity in equations, a symbol in a printed line


class Expression:
    """A node of a tree; the operators build larger trees."""

    __slots__ = ()

    def __add__(self, other: Expression | float) -> Expression:
        left = self.terms if isinstance(self, Sum) else (self,)
        return Sum((*left, lift(other)))

    def __radd__(self, other: float) -> Expression:
        return lift(other) + self

    def __sub__(self, other: Expression | float) -> Expression:
        return self + Negative(lift(other))

    def __rsub__(self, other: float) -> Expression:
        return lift(other) - self

    def __mul__(self, other: Expression | float) -> Expression:
        left = self.factors if isinstance(self, Product) else (self,)
        return Product((*left, lift(other)))

    def __rmul__(self, other: float) -> Expression:
        return lift(other) * self

    def __truediv__(self, other: Expression | float) -> Expression:
        return Quotient(self, lift(other))

    def __rtruediv__(self, other: float) -> Expression:
        return lift(other) / self

    def __neg__(self) -> Expression:
        return Negative(self)

    def __pow__(self, exponent: int) -> Expression:
        return Power(self, exponent)

    def __gt__(self, other: Expression | float) -> Comparison:
        return Comparison(self, ">", lift(other))

    def __ge__(self, other: Expression | float) -> Comparison:
        return Comparison(self, ">=", lift(other))


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A number that belongs to the formula itself, such as the 2 of a squared error's slope."""

    value: float


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    """A quantity by its name."""

    name: Name


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """Terms added from left to right; a term to subtract is a `Negative`."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product(Expression):
    """Factors multiplied from left to right."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Expression):
    """One expression divided by another."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    """An expression with its sign changed."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Power(Expression):
    """A whole positive power, computed as a product: `x ** 3` is not always `x * x * x`."""

    base: Expression
    exponent: int


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function of the list in `arithmetic.py`, by name."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition of a `Select`."""

    left: Expression
    relation: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Select(Expression):
    """One of two expressions; which one a print shows is decided by the values."""

    condition: Comparison
    if_true: Expression
    if_false: Expression


@dataclass(frozen=True, slots=True)
class OverUnits(Expression):
    """A sum or maximum over the units of a layer; an equation of one unit spells it out."""

    reduction: str  # "sum" or "max"
    body: Expression


def lift(value: Expression | float) -> Expression:
    """Return a number as a tree, and a tree as it is."""
    return value if isinstance(value, Expression) else Number(value)


def exp(x: Expression) -> Expression:
    """Return e to the power x."""
    return Call("exp", (x,))


def expm1(x: Expression) -> Expression:
    """Return e to the power x, minus 1, without loss of digits near 0."""
    return Call("expm1", (x,))


def log(x: Expression) -> Expression:
    """Return the natural logarithm of x."""
    return Call("log", (x,))


def log1p(x: Expression) -> Expression:
    """Return the natural logarithm of 1 + x, without loss of digits near 0."""
    return Call("log1p", (x,))


def sqrt(x: Expression | float) -> Expression:
    """Return the square root of x."""
    return Call("sqrt", (lift(x),))


def tanh(x: Expression) -> Expression:
    """Return the hyperbolic tangent of x."""
    return Call("tanh", (x,))


def cos(x: Expression) -> Expression:
    """Return the cosine of x."""
    return Call("cos", (x,))


def floor(x: Expression) -> Expression:
    """Return the largest whole number that is not above x."""
    return Call("floor", (x,))


def power(x: Expression, exponent: Expression) -> Expression:
    """Return x to a power that is no whole number of the formula itself, as `Power` has it."""
    return Call("pow", (x, exponent))


def erf(x: Expression) -> Expression:
    """Return the error function of x."""
    return Call("erf", (x,))


def magnitude(x: Expression) -> Expression:
    """Return |x|."""
    return Call("abs", (x,))


def sign(x: Expression) -> Expression:
    """Return -1, 0 or 1; 0 for 0."""
    return Call("sign", (x,))


def maximum(*arguments: Expression | float) -> Expression:
    """Return the largest of the arguments."""
    return Call("max", tuple(lift(argument) for argument in arguments))


def select(
    condition: Comparison, if_true: Expression | float, if_false: Expression | float
) -> Expression:
    """Return one of two expressions, by a condition."""
    return Select(condition, lift(if_true), lift(if_false))


def sum_over_units(body: Expression) -> Expression:
    """Return the sum of `body` over the units of its layer."""
    return OverUnits("sum", body)


def max_over_units(body: Expression) -> Expression:
    """Return the largest `body` over the units of its layer."""
    return OverUnits("max", body)


def total(terms: Iterable[Expression]) -> Expression:
    """Return the sum of the terms; a single term stands for itself."""
    first, *rest = terms
    return Sum((first, *rest)) if rest else first


def children(tree: Expression) -> tuple[Expression, ...]:
    """Return the trees directly below a node, from left to right."""
    below = BELOW.get(type(tree))
    return below(tree) if below else ()


BELOW: Mapping[type, Callable[[Any], tuple[Expression, ...]]] = {
    Sum: lambda tree: tree.terms,
    Product: lambda tree: tree.factors,
    Call: lambda tree: tree.arguments,
    Quotient: lambda tree: (tree.numerator, tree.denominator),
    Negative: lambda tree: (tree.operand,),
    Power: lambda tree: (tree.base,),
    OverUnits: lambda tree: (tree.body,),
    Select: lambda tree: (
        tree.condition.left,
        tree.condition.right,
        tree.if_true,
        tree.if_false,
    ),
}


def rebuild(tree: Expression, parts: tuple[Expression, ...]) -> Expression:
    """Return the node with other trees below it, in the order of `children`."""
    match tree:
        case Sum():
            return Sum(parts)
        case Product():
            return Product(parts)
        case Call(function, _):
            return Call(function, parts)
        case Quotient():
            return Quotient(*parts)
        case Negative():
            return Negative(*parts)
        case Power(_, exponent):
            return Power(parts[0], exponent)
        case OverUnits(reduction, _):
            return OverUnits(reduction, parts[0])
        case Select(condition, _, _):
            left, right, if_true, if_false = parts
            return Select(Comparison(left, condition.relation, right), if_true, if_false)
    return tree


def replace(tree: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """Return the tree with every node for which `change` gives another one replaced by it.

    >>> x = Variable("x")
    >>> replace(x * x, lambda node: Number(3) if node == x else None)
    Product(factors=(Number(value=3), Number(value=3)))
    """
    changed = change(tree)
    if changed is not None:
        return changed
    below = children(tree)
    if not below:
        return tree
    parts = tuple([replace(part, change) for part in below])
    if all(map(is_, parts, below)):  # most trees stay as they are
        return tree
    return rebuild(tree, parts)


def variables(tree: Expression) -> Iterator[Name]:
    """Yield the names in the tree from left to right, each as often as it stands there."""
    open_parts = [tree]  # the next one last
    while open_parts:
        part = open_parts.pop()
        if type(part) is Variable:
            yield part.name
        else:
            open_parts += reversed(children(part))
