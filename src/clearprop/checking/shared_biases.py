"""A bias that all units of a layer share, b1 of net_h1 and net_h2: its slope is the sum of theirs.

Comes in: a name that means a bias's slope, or what the bias is after the update. Goes out: the
same of all units together, where the layer's biases are equal, no other one has a name, and the
numbers or formulas beside the name are those of the sum.
"""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING

from clearprop.checking.evidence import fits
from clearprop.checking.interpretation import NotKnown
from clearprop.checking.keys import key_of
from clearprop.checking.letters import LETTERS
from clearprop.checking.meanings import Meaning
from clearprop.checking.numerals import has_names, values_of
from clearprop.checking.solution import Name
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Expression, Variable, total
from clearprop.network.quantities import Bias, Slope, Updated

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher


def of_all_units(matcher: NameMatcher, name: Name, own: Meaning | None) -> Meaning | None:
    """Return what a name means of all units that share its bias; else what it means of its own."""
    match own:
        case Variable(Slope(_, Bias() as bias, None) as slope):
            slopes = [Variable(Slope(slope.of, each)) for each in biases_of_layer(matcher, bias)]
            shared = total(slopes)
        case Variable(Updated(Bias() as bias)):
            each = biases_of_layer(matcher, bias)
            shared = total([Variable(bias), *(Variable(Updated(b)) - Variable(b) for b in each)])
        case _:
            return own
    if not fits_better(matcher, name, shared, own) or not is_shared(matcher, bias):
        return own
    return shared


def biases_of_layer(matcher: NameMatcher, bias: Bias) -> list[Bias]:
    """Return the biases of the layer that a bias is of."""
    return [Bias(bias.layer, u) for u in range(matcher.meanings.lesson.network.layers[bias.layer])]


def is_shared(matcher: NameMatcher, bias: Bias) -> bool:
    """Return whether a layer's biases are equal, and no other one of them has a name."""
    each = biases_of_layer(matcher, bias)
    values = {matcher.meanings.exact(Variable(one)) for one in each}
    if len(each) < 2 or len(values) > 1:
        return False
    of_biases = {key_of(n): n for n in matcher.written if "bias" in LETTERS.get(n.letter, {})}
    meant = [matcher.meaning(one) for one in of_biases.values() if not one.new]
    return not any(Variable(one) in meant for one in each if one != bias)


def fits_better(matcher: NameMatcher, name: Name, one: Meaning, other: Meaning) -> bool:
    """Return whether what stands beside a name is of one meaning rather than of another.

    Formulas in names tell it, else numbers: these may be wrong.
    """
    chains = [c for c in matcher.solution.chains if c.links[0].tree == Variable(name)]
    exact = [matcher.conventions.exact_or_nan(meaning) for meaning in (one, other)]
    links = [link for chain in chains for link in chain.links[1:]]
    trees = [link.tree for link in links if link.tree is not None]
    values = [value_in(matcher, tree) for tree in trees if has_names(tree)]
    by_formula = [sum(v is not None and isclose(v, e) for v in values) for e in exact]
    texts = [text for chain in chains for text in values_of(chain)]
    by_numbers = [sum(fits(text, e) for text in texts) for e in exact]
    return (by_formula[0], by_numbers[0]) > (by_formula[1], by_numbers[1])


def value_in(matcher: NameMatcher, tree: Expression) -> float | None:
    """Return a formula's exact value, None where not all in it is known."""
    try:
        return matcher.meanings.exact(matcher.interpreter.tree(tree))
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
        return None
