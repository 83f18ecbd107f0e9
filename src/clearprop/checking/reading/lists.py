"""Lists: equalities on one line that a single space parts, `net = -0.5 act = 0.3775`.

Comes in: chains, in which `-0.5 act` was read as a product. Goes out: the same with such a product
cut into the value that ends one chain and the name that begins the next. It stays a product where
the name's value makes it one, and where nothing tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from clearprop.checking.solution import Chain, Link, Name, Numeral, Written, names_and_numerals
from clearprop.errors import ClearpropError
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import Expression, Product, Variable

SPACED = re.compile(r"[-−–]?\s*[\d.,]+\s+(?=[^\W\d])")  # a number, a space and a letter
GIVEN = {"x", "w", "W", "b", "t", "y", "eta", "alpha"}  # letters with a value that a lesson has


def with_lists(chains: Sequence[Chain]) -> list[Chain]:
    """Return the chains, each list of equalities cut into its own."""
    if not any(halves_of(link) for chain in chains for link in chain.links[1:-1]):
        return list(chains)
    values = stated(chains)
    return [part for chain in chains for part in parted(chain, values)]


def stated(chains: Sequence[Chain]) -> dict[Name, list[float]]:
    """Return the numbers that stand beside each name."""
    found: dict[Name, list[float]] = {}
    for chain in chains:
        match chain.links[0].tree:
            case Variable(Written() as name):
                numbers = (number(link.tree) for link in chain.links[1:])
                found.setdefault(name, []).extend(each for each in numbers if each is not None)
    return found


def parted(chain: Chain, values: Mapping[Name, Sequence[float]]) -> Iterator[Chain]:
    """Yield a chain, cut where one of its sides ends it and begins another."""
    label, done = chain.label, [chain.links[0]]
    for link, after in pairwise(chain.links[1:]):
        halves = halves_of(link)
        if halves and is_seam(done[-1], *halves, after, values):
            yield Chain((*done, halves[0]), label)
            label, done = "", [halves[1]]
        else:
            done.append(link)
    yield Chain((*done, chain.links[-1]), label)


def halves_of(link: Link) -> tuple[Link, Link] | None:
    """Return a number and the name behind it, parted by a space; None for any other side."""
    match link.tree:
        case Product((value, Variable(Written()) as name)) if number(value) is not None:
            if seam := SPACED.match(link.text):
                head = Link(link.relation, seam[0].strip(), link.line, value)
                return head, Link("", link.text[seam.end() :], link.line, name)
    return None


def is_seam(
    before: Link, value: Link, name: Link, after: Link, values: Mapping[Name, Sequence[float]]
) -> bool:
    """Return whether one chain ends with a value and the next begins with the name behind it."""
    ends, begins = number(value.tree), number(after.tree)
    if ends is None or begins is None or not isinstance(name.tree, Variable):
        return False
    known = values.get(name.tree.name, ())
    if any(is_near(ends * each, after.text, begins) for each in known):
        return False
    computed = number(before.tree)
    if computed is not None:
        return is_near(computed, value.text, ends)
    if known:
        return any(is_near(each, after.text, begins) for each in known)
    return isinstance(name.tree.name, Written) and name.tree.name.letter not in GIVEN


def number(tree: Expression | None) -> float | None:
    """Return the value of a formula in numbers alone."""
    if tree is None:
        return None
    found = list(names_and_numerals(tree))
    if not all(isinstance(each, Numeral) for each in found):
        return None
    try:
        return float(evaluate(tree, {each: float(each.text) for each in found}, FLOATS))
    except (ClearpropError, ArithmeticError, ValueError, TypeError, KeyError):
        return None


def is_near(value: float, text: str, printed: float) -> bool:
    """Return whether a value could be printed so, the numbers it comes from being rounded too."""
    decimals = len(text.strip().partition(".")[2])
    return abs(value - printed) <= max(10.0**-decimals, 0.01 * abs(printed))
