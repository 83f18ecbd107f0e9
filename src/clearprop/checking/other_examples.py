"""What a name means by what it means in another example: p@1 by p@2, x1 of a formula by x1@1.

Comes in: the matcher of a solution's names, a name. Goes out: its meaning, None without one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.checking.keys import key_of
from clearprop.checking.meanings import Meaning, in_example
from clearprop.checking.solution import Written
from clearprop.formulas.expressions import Variable
from clearprop.network.quantities import Activation, Target

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher


def given_each(matcher: NameMatcher, name: Written) -> Meaning | None:
    """Return the first example's input or target for x1 in a formula where each has its x1."""
    first = (*key_of(name)[:3], 1)
    if name.example is not None or key_of(name) in matcher.about or first not in matcher.about:
        return None
    match matcher.meaning(in_other(name, 1)):
        case Variable(Activation(0) | Target()) as meaning:
            return meaning
    return None


def as_in_another(matcher: NameMatcher, name: Written) -> Meaning | None:
    """Return what a name means by what it means in another example that it is known of."""
    own = key_of(name)
    if name.example is None:
        return None
    for key in [key for key in {**matcher.known, **matcher.about} if key[:3] == own[:3]]:
        if key[3] not in (None, name.example):
            meaning = matcher.meaning(in_other(name, key[3]))
            if meaning is not None:
                return in_example(meaning, name.example - 1)
    return None


def in_other(name: Written, example: int) -> Written:
    """Return the name of the same quantity in another example."""
    return replace(name, example=example, text=f"{name.text.partition('@')[0]}@{example}")
