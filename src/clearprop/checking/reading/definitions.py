"""Functions that a solution defines by a letter of its own: s(x) = 1/(1 + e^-x), h(a) = tanh(a).

Comes in: chains, in which s(0.4) stands as a product. Goes out: chains with that function of 0.4 in
its place, everywhere. Where s has a value of its own it stays a factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from clearprop.checking.reading.layers import with_trees
from clearprop.checking.solution import Chain, Numeral, Written
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Product,
    Quotient,
    Sum,
    Variable,
    replace,
)

ONE = Variable(Numeral("1"))


def with_functions(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with the functions that they define for letters."""
    found = dict(filter(None, map(defined, chains)))
    for chain in chains:
        match chain.links[0].tree:
            case Variable(Written(subscripts=(), superscript="") as name):
                found.pop(name.letter, None)
    if not found:
        return tuple(chains)
    return tuple(with_trees(chain, partial(applied, found)) for chain in chains)


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
