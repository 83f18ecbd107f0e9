"""Long sums of large networks: the largest terms, and the rest as one number that still adds up."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.expressions import Expression, Sum, Variable, replace, variables
from clearprop.formulas.notation import Mark, Symbol
from clearprop.network.quantities import Quantity
from clearprop.trace.values import Values

LONGEST = 8  # terms that are all shown
SHOWN = 5  # terms shown of a longer sum


@dataclass(frozen=True, slots=True)
class Rest:
    """The smaller terms of a quantity's sum, as one number."""

    of: Quantity
    count: int
    value: float


def abridged(
    quantity: Quantity, tree: Expression, values: Values
) -> tuple[Expression, Rest | None]:
    """Return the tree with its long sum cut to the largest terms and a `Rest`, if it has one.

    The rest is what the shown terms lack of the whole sum, so that they add up as printed.
    """
    long = next((node for node in sums(tree) if len(node.terms) > LONGEST), None)
    if long is None:
        return tree, None
    size = {term: abs(float(evaluate(term, values, FLOATS))) for term in long.terms}
    largest = set(sorted(size, key=lambda term: size[term], reverse=True)[:SHOWN])
    shown = Sum(tuple(term for term in long.terms if term in largest))
    whole = float(evaluate(long, values, FLOATS))
    missing = whole - float(evaluate(shown, values, FLOATS))
    rest = Rest(quantity, len(long.terms) - len(shown.terms), missing)
    cut = Sum((*shown.terms, Variable(rest)))
    return replace(tree, lambda node: cut if node == long else None), rest


def sums(tree: Expression) -> list[Sum]:
    """Return the sums in a tree, the outermost first."""
    from clearprop.formulas.expressions import children

    own = [tree] if isinstance(tree, Sum) else []
    return own + [found for part in children(tree) for found in sums(part)]


def rest_symbol(of: Mark) -> Symbol:
    """Return the symbol of a sum's rest, such as rest_z1[4]."""
    return Symbol("rest", of if isinstance(of, Symbol) else Symbol(of.id))


def needed(tree: Expression) -> list[Quantity]:
    """Return the quantities that a tree is made of, each once, rests left out."""
    found = dict.fromkeys(variables(tree))
    return [name for name in found if not isinstance(name, Rest)]
