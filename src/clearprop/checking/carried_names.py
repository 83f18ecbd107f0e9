"""What a velocity or moment means, by the parameter whose name stands behind it: v_w, m_b1.

Comes in: the matcher of a solution's names, such a name, what it may mean. Goes out: what it means
before the step, or the meanings that are of its parameter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.checking.keys import key_of
from clearprop.checking.kinds import is_carried
from clearprop.checking.meanings import Meaning
from clearprop.checking.solution import STEP_BEFORE, Numeral, Written, names_and_numerals
from clearprop.formulas.expressions import Expression, Negative, Sum, Variable, variables
from clearprop.formulas.expressions import replace as replace_nodes
from clearprop.network.quantities import Bias, Constant, State, Updated, Weight

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher

OF_ITS_OWN = 2.0  # that v_w is of w
AS_ADDED_UP = 1.0  # that a velocity's sum has the rate in it, or not, and its sign


def carried_into(matcher: NameMatcher, name: Written) -> Meaning | None:
    """Return the velocity or moment that a step begins with, by what it means after it."""
    text = name.text.removesuffix(f"^{STEP_BEFORE}")
    after = matcher.meaning(replace(name, text=text, superscript=""))

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Updated(State() as state)):
                return Variable(state)
        return None

    return None if after is None else replace_nodes(after, change)


def of_own_parameter(
    matcher: NameMatcher, name: Written, meanings: Iterable[Meaning]
) -> list[Meaning]:
    """Return the meanings that are of the parameter behind a name, all where none is."""
    meanings = list(meanings)
    of = matcher.by_text.get(name.subscripts[0]) if is_carried(key_of(name)) else None
    match matcher.meaning(of) if of is not None else None:
        case Variable(Weight() | Bias() as parameter):
            own = [meaning for meaning in meanings if parameters_of(meaning) == {parameter}]
            return own or meanings
    return meanings


def as_carried(matcher: NameMatcher, name: Written, meaning: Meaning) -> float:
    """Return how much speaks for a velocity or moment, whatever slip its value has."""
    if not is_carried(key_of(name)) or len(parameters_of(meaning)) != 1:
        return 0.0
    return OF_ITS_OWN + as_added_up(matcher, name, meaning)


def as_added_up(matcher: NameMatcher, name: Written, meaning: Meaning) -> float:
    """Return how much the numbers that a velocity is added up from speak for a meaning.

    0.9·0.1 − 0.05·1.9 is of the step βv - ηg.
    """
    states = [each.quantity for each in variables(meaning) if isinstance(each, Updated)]
    if not any(isinstance(state, State) and state.name == "step" for state in states):
        return 0.0
    rate = Constant("rate") in variables(meaning)
    sign = -1 if isinstance(meaning, Negative) else 1
    for chain in matcher.about.get(key_of(name), []):
        for link in chain.links[1:]:
            match link.tree:
                case Sum((_, last)):
                    has_rate = matcher.meanings[Constant("rate")] in numbers_in(last)
                    if has_rate is rate:
                        return 0.0
                    subtracts = isinstance(last, Negative)
                    return AS_ADDED_UP if rate or subtracts == (sign == 1) else 0.0
    return 0.0


def numbers_in(tree: Expression) -> set[float]:
    """Return the numbers that stand in a formula."""
    return {each.value for each in names_and_numerals(tree) if isinstance(each, Numeral)}


def parameters_of(meaning: Meaning) -> set[Weight | Bias]:
    """Return the parameters whose velocities or moments stand in a meaning."""
    names = (name.quantity if isinstance(name, Updated) else name for name in variables(meaning))
    states = (name for name in names if isinstance(name, State))
    return {state.parameter for state in states if state.parameter is not None}
