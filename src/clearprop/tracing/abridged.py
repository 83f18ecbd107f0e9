"""Long sums of large networks: the largest terms, and the rest as one number that still adds up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import inf, isnan
from operator import add

from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Sum,
    Variable,
    children,
    rebuild,
    replace,
    variables,
)
from clearprop.formulas.notation import Mark, Symbol
from clearprop.network.quantities import Quantity
from clearprop.tracing.values import Values

LONGEST = 8  # terms that are all shown
SHOWN = 3  # terms shown of a longer sum


@dataclass(frozen=True, slots=True)
class Rest:
    """The smaller terms of a quantity's sum (or maximum), as one number."""

    of: Quantity
    value: float
    words: str


def abridged(
    quantity: Quantity, tree: Expression, values: Values
) -> tuple[Expression, Rest | None]:
    """Return the tree with its long sum cut to the largest terms and a `Rest`, if it has one.

    The rest is what the shown terms lack of the whole sum, so that they add up as printed. Of a
    long maximum the rest is the largest of what is left out.
    """
    long = long_node(tree)
    if long is None:
        return tree, None
    terms = children(long)
    each = [float(evaluate(term, values, FLOATS)) for term in terms]
    is_sum = isinstance(long, Sum)
    order = sorted(range(len(each)), key=lambda k: size(each[k]) if is_sum else each[k])
    shown, others = sorted(order[-SHOWN:]), order[:-SHOWN]
    if is_sum:
        missing = reduce(add, each) - reduce(add, (each[k] for k in shown))
        if isnan(missing):  # of an infinite sum nothing can be taken away
            missing = reduce(add, (each[k] for k in sorted(others)))
        rest = Rest(quantity, missing, f"the {len(others)} smaller terms, added")
    else:
        missing = max(each[k] for k in others)
        rest = Rest(quantity, missing, f"the largest of the {len(others)} others")
    cut = rebuild(long, (*(terms[k] for k in shown), Variable(rest)))
    return replace(tree, lambda node: cut if node is long else None), rest


def size(term: float) -> float:
    """Return how large a term is; one that is no number comes before all others."""
    return inf if isnan(term) else abs(term)


def long_node(tree: Expression) -> Expression | None:
    """Return the outermost sum or maximum of a tree that is too long to show, if there is one."""
    if isinstance(tree, Sum | Call) and len(children(tree)) > LONGEST:
        return tree
    return next((found for part in children(tree) if (found := long_node(part))), None)


def rest_symbol(of: Mark) -> Symbol:
    """Return the symbol of a sum's rest, such as rest_z1[4]."""
    return Symbol("rest", of if isinstance(of, Symbol) else Symbol(of.id))


def needed(tree: Expression) -> list[Quantity]:
    """Return the quantities that a tree is made of, each once, rests left out."""
    found = dict.fromkeys(variables(tree))
    return [name for name in found if not isinstance(name, Rest)]
