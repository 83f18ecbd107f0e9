"""Trees rewritten for the compiler, each to the same bits.

- `by_magnitude`: where a formula goes two ways by the sign of z, e^(-z) here and e^z there are both
  e^(-|z|), which is computed once and cannot overflow.
- `over_one_divisor`: where both branches divide by the same, only the numerator is chosen.
- `shared_calls`: functions called in both branches get a name, and are called once.
- `pairwise`: a maximum of several numbers is that of the first two, then of that and the third, …
- `hoisted`: what is the same for all parameters is computed once, before the loop.
"""

from collections.abc import Iterable, Iterator

from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Number,
    Quotient,
    Select,
    Variable,
    children,
    magnitude,
    replace,
    variables,
)

Named = tuple[str, Expression]


def by_magnitude(tree: Expression) -> Expression:
    """Return the tree with the calls in its branches by sign taken of -|z|.

    >>> from clearprop.formulas.activations import ACTIVATIONS
    >>> by_magnitude(ACTIVATIONS["softplus"].formula).if_false
    Call(function='log1p', arguments=(Call(function='exp', arguments=(Negative(operand=\
Call(function='abs', arguments=(Variable(name='z'),))),)),))
    """

    def change(node: Expression) -> Expression | None:
        match node:
            case Select(condition, if_true, if_false) if isinstance(
                condition.left, Variable
            ) and condition.right == Number(0):
                z = condition.left
                return Select(
                    condition,
                    with_argument(if_true, Negative(z), Negative(magnitude(z))),
                    with_argument(if_false, z, Negative(magnitude(z))),
                )
        return None

    return replace(tree, change)


def over_one_divisor(tree: Expression) -> Expression:
    """Return the tree with one division where both branches divide by the same.

    >>> from clearprop.formulas.activations import ACTIVATIONS
    >>> from clearprop.formulas.code import code
    >>> code(over_one_divisor(by_magnitude(ACTIVATIONS["sigmoid"].formula)), str)
    '((1 if z >= 0 else exp((-abs(z)))) / (1 + exp((-abs(z)))))'
    """

    def change(node: Expression) -> Expression | None:
        match node:
            case Select(condition, Quotient(one, bottom), Quotient(other, same)) if bottom == same:
                return Quotient(Select(condition, one, other), bottom)
        return None

    return replace(tree, change)


def with_argument(tree: Expression, old: Expression, new: Expression) -> Expression:
    """Return the tree with `new` for `old` wherever that is the argument of a function."""

    def change(node: Expression) -> Expression | None:
        match node:
            case Call(function, arguments) if old in arguments:
                return Call(function, tuple(new if part == old else part for part in arguments))
        return None

    return replace(tree, change)


def shared_calls(tree: Expression, prefix: str) -> tuple[list[Named], Expression]:
    """Return names for the functions called inside branches, and the tree that uses the names."""
    names: dict[Expression, str] = {}

    def change(node: Expression) -> Expression | None:
        if isinstance(node, Call) and node.function not in ("abs", "max", "sign"):
            return Variable(names.setdefault(node, f"{prefix}{len(names)}"))
        return None

    if not any(isinstance(node, Select) for node in nodes(tree)):
        return [], tree
    rest = replace(tree, change)
    return [(name, call) for call, name in names.items()], rest


def hoisted(tree: Expression, own: set[str], prefix: str) -> tuple[list[Named], Expression]:
    """Return names for the parts without any of the variables `own`, and the tree that uses them.

    >>> w, rate = Variable("w"), Variable("rate")
    >>> hoisted(w - 2 * rate * w, {"w"}, "c")[0]
    [('c0', Variable(name='rate'))]
    """
    names: dict[Expression, str] = {}

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Number) and own.isdisjoint(map(str, variables(node))):
            return Variable(names.setdefault(node, f"{prefix}{len(names)}"))
        return None

    rest = replace(tree, change)
    return [(name, part) for part, name in names.items()], rest


def pairwise(tree: Expression) -> Expression:
    """Return the tree with each maximum taken of two numbers at a time, from left to right.

    >>> x = Variable("x")
    >>> pairwise(Call("max", (x, x, x))).arguments[0].function
    'largest'
    """

    def change(node: Expression) -> Expression | None:
        match node:
            case Call("max", (first, *others)):
                largest = pairwise(first)
                for other in others:
                    largest = Call("largest", (largest, pairwise(other)))
                return largest
        return None

    return replace(tree, change)


def nodes(tree: Expression) -> Iterator[Expression]:
    """Yield every node of a tree."""
    yield tree
    for part in children(tree):
        yield from nodes(part)


def functions_in(trees: Iterable[Expression]) -> set[str]:
    """Return the functions that some trees call."""
    return {n.function for tree in trees for n in nodes(tree) if isinstance(n, Call)}
