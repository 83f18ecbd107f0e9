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
from clearprop.checking.solution import STEP_BEFORE, Written
from clearprop.formulas.expressions import Expression, Variable, variables
from clearprop.formulas.expressions import replace as replace_nodes
from clearprop.network.quantities import Bias, State, Updated, Weight

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher


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


def parameters_of(meaning: Meaning) -> set[Weight | Bias]:
    """Return the parameters whose velocities or moments stand in a meaning."""
    names = (name.quantity if isinstance(name, Updated) else name for name in variables(meaning))
    states = (name for name in names if isinstance(name, State))
    return {state.parameter for state in states if state.parameter is not None}
