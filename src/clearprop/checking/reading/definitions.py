"""Functions that a solution defines by a letter of its own: s(x) = 1/(1 + e^-x), h(a) = tanh(a).

Comes in: chains, in which s(0.4) stands as a product. Goes out: chains with that function of 0.4 in
its place, everywhere. Where s has a value of its own it stays a factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from clearprop.checking.reading.layers import with_trees
from clearprop.checking.solution import Chain, Numeral, Written, names_and_numerals
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Product,
    Quotient,
    Sum,
    Variable,
    children,
    replace,
)

FUNCTION = "s"  # a letter that some have for the sigmoid
ONE = Variable(Numeral("1"))


def with_functions(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with the functions that they define for letters."""
    found = dict(filter(None, map(defined, chains))) or customary(chains)
    for chain in chains:
        match chain.links[0].tree:
            case Variable(Written(subscripts=(), superscript="") as name):
                found.pop(name.letter, None)
    if not found:
        return tuple(chains)
    return tuple(with_trees(chain, partial(applied, found)) for chain in chains)


def customary(chains: Sequence[Chain]) -> dict[str, str]:
    """Return s as the sigmoid (Rojas 1996) where it never stands but before a number or a name."""
    trees = [link.tree for chain in chains for link in chain.links if link.tree is not None]
    products = [part for tree in trees for part in products_in(tree)]
    called = sum(is_called(part) for part in products)
    written = [name for tree in trees for name in names_and_numerals(tree)]
    met = [name for name in written if isinstance(name, Written) and name.letter == FUNCTION]
    return {FUNCTION: "sigmoid"} if len(met) == called > 1 else {}


def is_called(tree: Product) -> bool:
    """Return whether a product is s(0.43) or s(z), as far as its tree tells."""
    match tree.factors:
        case (Variable(Written(letter="s", subscripts=(), superscript="", new=False)), *others):
            return len(others) == 1
    return False


def products_in(tree: Expression) -> Iterator[Product]:
    """Yield the products in a formula."""
    if isinstance(tree, Product):
        yield tree
    for part in children(tree):
        yield from products_in(part)


def defined(chain: Chain) -> tuple[str, str] | None:
    """Return the letter that a chain defines as a function, and that function; else None."""
    match chain.links[0].tree:
        case Product((Variable(Written() as name), Variable(Written()) as of)) if name.text == (
            name.letter
        ):
            functions = (function_of(link.tree, of) for link in chain.links[1:])
            function = next(filter(None, functions), None)
            return (name.letter, function) if function else None
    return None


def function_of(tree: Expression | None, of: Expression) -> str | None:
    """Return the function that a formula is of a name; None for one without a name of its own."""
    if tree == Quotient(ONE, Sum((ONE, Call("exp", (Negative(of),))))):
        return "sigmoid"
    match tree:
        case Call(function, (argument,)) if argument == of:
            return function
    return None


def applied(functions: Mapping[str, str], node: Expression) -> Expression | None:
    """Return a product with calls for the letters of functions; h'(a) is the slope of h."""
    if not isinstance(node, Product):
        return None
    factors: list[Expression] = []
    function = ""
    for factor in node.factors:
        factor = replace(factor, partial(applied, functions))
        if function:
            factors.append(Call(function, (factor,)))
            function = ""
            continue
        match factor:
            case Variable(Written(letter=letter, subscripts=(), superscript="") as name) if (
                letter in functions
            ):
                function = functions[letter] + "'" * name.new
            case _:
                factors.append(factor)
    if function or len(factors) == len(node.factors):
        return None  # it ends on the letter, and so it is none of a function
    return factors[0] if len(factors) == 1 else Product(tuple(factors))
