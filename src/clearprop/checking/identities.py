"""Formulas that hold for any number: σ'(z) = σ(z)(1 - σ(z)), and those for any unit: a_j = g(z_j).

Comes in: two sides of an equality whose names stand for no single quantity, or a chain with letters
for indices. Goes out: whether both sides are the same wherever they are tried, and the chain with
numbers for its letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from clearprop.checking.interpretation import Interpreter, NotKnown
from clearprop.checking.meanings import Meaning
from clearprop.checking.solution import (
    Chain,
    Link,
    Name,
    Numeral,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.errors import ClearpropError
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import Call, Expression, Variable, variables
from clearprop.formulas.expressions import replace as replace_nodes
from clearprop.network.network import Network

SAMPLES = (-1.37, 0.43, 0.81, 2.19)  # numbers that are tried for a free name
INDICES = frozenset("ijklmnpq")
MOST_UNITS = 12  # that a letter is tried for


def same_everywhere(
    left: Expression,
    right: Expression,
    meaning: Callable[[Name], Meaning | None],
    exact: Callable[[Meaning], float],
    network: Network | None,
) -> bool:
    """Return whether two formulas agree for all numbers tried in place of names without meaning."""
    free: dict[Name, int] = {}

    def given(name: Name) -> Meaning:
        known = meaning(name)
        if known is not None:
            return known
        free.setdefault(name, len(free))
        return Variable(name)

    try:
        trees = [Interpreter(given, network, False).tree(side) for side in (left, right)]
        for turn in range(len(SAMPLES)):
            values = {name: SAMPLES[(turn + place) % len(SAMPLES)] for name, place in free.items()}
            both = [value(tree, values, exact) for tree in trees]
            if not abs(both[0] - both[1]) <= 1e-9 * max(1.0, abs(both[0])):
                return False
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError, TypeError):
        return False
    return bool(free)


def value(tree: Expression, free: dict[Name, float], exact: Callable[[Meaning], float]) -> float:
    """Return a formula's value with numbers for its free names."""

    def of(name: Any) -> float:
        match name:
            case Written() | WrittenSlope():
                return free[name]
            case Numeral():
                return name.value
        return exact(Variable(name))

    return float(evaluate(tree, {name: of(name) for name in variables(tree)}, FLOATS))


def fault_of_definition(
    left: Expression | None, right: Expression | None, network: Network | None
) -> str | None:
    """Return what is wrong with a function's definition, σ(z) = 1 / (1 + e^z); "" where nothing is.

    None where it is no definition, a formula of the function's own argument alone.
    """
    match left:
        case Call(_, (Variable(Written() as argument),)) if right is not None:
            names = {name for name in names_and_numerals(right) if not isinstance(name, Numeral)}
            if names != {argument}:
                return None
        case _:
            return None

    try:
        trees = [Interpreter(free_name, network, False).tree(side) for side in (left, right)]
        for number in SAMPLES:
            ours, theirs = (value(tree, {argument: number}, no_value) for tree in trees)
            if not abs(ours - theirs) <= 1e-9 * max(1.0, abs(ours)):
                at = f"for {argument.text} = {number} it is {ours:.4g}"
                return f"it is another function: {at}, and this gives {theirs:.4g}"
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError, TypeError):
        return None
    return ""


def no_value(_: Expression) -> float:
    """Refuse: no name has a meaning."""
    raise LookupError


def free_name(name: Name) -> Meaning:
    """Return a name that stands for any number."""
    return Variable(name)


# --- letters for indices -------------------------------------------------------------------------


def has_computed_numbers(chain: Chain) -> bool:
    """Return whether numbers other than those of a formula itself stand in a chain."""
    trees = [link.tree for link in chain.links if link.tree is not None]
    numerals = [n for tree in trees for n in names_and_numerals(tree) if isinstance(n, Numeral)]
    return any("." in n.text and n.value not in (0.5, 0.25) for n in numerals)


def index_letters(chain: Chain) -> set[str]:
    """Return the letters that stand for indices in the name that a chain begins with."""
    match chain.links[0].tree:
        case Variable(Written() as name):
            return letters_of(name)
        case Variable(WrittenSlope(top, bottom)):
            return letters_of(top) | letters_of(bottom)
    return set()


def letters_of(name: Written) -> set[str]:
    """Return the index letters of a name, ji of w_ji as two."""
    subscripts = (sub for sub in name.subscripts if sub and set(sub) <= INDICES)
    return {letter for sub in subscripts for letter in sub}


def numbered(chain: Chain, letters: set[str]) -> Iterator[Chain]:
    """Yield a chain with each number in place of its index letters."""
    for number in range(1, MOST_UNITS + 1):
        put = {letter: str(number) for letter in letters}
        yield replace(chain, links=tuple(with_numbers(link, put) for link in chain.links))


def with_numbers(link: Link, put: dict[str, str]) -> Link:
    """Return a side with numbers for index letters; what a sum runs over stays."""
    if link.tree is None:
        return link

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Written() as name):
                return Variable(indexed(name, put))
            case Variable(WrittenSlope(top, bottom) as slope):
                return Variable(replace(slope, top=indexed(top, put), bottom=indexed(bottom, put)))
        return None

    return replace(link, tree=replace_nodes(link.tree, change))


def indexed(name: Written, put: dict[str, str]) -> Written:
    """Return a name with numbers for its index letters."""
    if not letters_of(name) & set(put):
        return name
    subscripts = tuple(
        "".join(put.get(letter, letter) for letter in sub) if set(sub) <= INDICES else sub
        for sub in name.subscripts
    )
    return replace(name, subscripts=subscripts, text=name.letter + "_".join(subscripts))
