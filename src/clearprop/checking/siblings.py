"""Siblings: what the names that differ from one in their index alone say of it.

Comes in: a name, its candidates, and the matcher with what is known so far. Goes out: the
candidates, with what w₁ and w₂ say for w₃: they are weights of one layer, or clearprop's own names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clearprop.checking.keys import Key, key_of
from clearprop.checking.meanings import Meaning
from clearprop.checking.solution import Written
from clearprop.checking.versions import layer_of_version
from clearprop.formulas.expressions import Negative, Variable
from clearprop.network.quantities import Activation, Bias, NetInput, Slope, Weight

if TYPE_CHECKING:
    from clearprop.checking.names import NameMatcher

OWN_NAME = 2.5  # what it counts for that clearprop calls a quantity so
SIBLING = 1.0  # that all siblings are of its kind and layer
LAYER = 3.0  # that it is of the layer that its superscript says
UNIT = 3.0  # that it is of the unit that its index stands for in other names
UNIT_NAME = re.compile(r"[^\W\d_]+\d{1,3}")
IN_BRACKETS = re.compile(r"[(\[](\d{1,3})[)\]]")
SEVERAL = 2  # siblings that say something


def by_siblings(
    matcher: NameMatcher, name: Written, found: Mapping[Meaning, float], own: Meaning | None
) -> dict[Meaning, float]:
    """Return the candidates of a name with what its siblings say; `own` is what we call so."""
    found, siblings = dict(found), siblings_of(matcher, name)
    if own is not None and not are_renamed(matcher, siblings):
        found[own] = found.get(own, 0.0) + OWN_NAME
    kinds = {kind_of(meaning) for meaning in siblings.values()}
    if len(siblings) >= SEVERAL and len(kinds) == 1:
        found = {m: fit + SIBLING * (kind_of(m) in kinds) for m, fit in found.items()}
    if len(siblings) >= SEVERAL and set(map(slope_by, siblings.values())) == {NetInput}:
        found = {m: fit for m, fit in found.items() if slope_by(m) == NetInput} or found
    if (unit := unit_below(matcher, name)) is not None:
        found = {m: fit + UNIT * (unit_of(m) == unit) for m, fit in found.items()}
    if (layer := layer_above(matcher, name)) is not None:
        found = {m: fit + LAYER * (layer_of(m) == layer) for m, fit in found.items()}
    return found


def unit_below(matcher: NameMatcher, name: Written) -> tuple[int, int] | None:
    """Return layer and place of the unit that an index such as h3 stands for elsewhere.

    None where it stands for none, or for several.
    """
    *_, index = key_of(name)[1] or ("",)
    if not UNIT_NAME.fullmatch(index):
        return None
    known = (of for key, of in matcher.known.items() if key[1][-1:] == (index,) and of is not None)
    units = {unit for of in known if (unit := unit_of(of)) is not None}
    return units.pop() if len(units) == 1 else None


def unit_of(meaning: Meaning) -> tuple[int, int] | None:
    """Return layer and place of the unit that a meaning is of, None for what is of none."""
    match meaning:
        case Negative(operand):
            return unit_of(operand)
        case Variable(Slope(_, NetInput(layer, unit) | Activation(layer, unit))):
            return layer, unit
        case Variable(NetInput(layer, unit) | Activation(layer, unit)) if layer:
            return layer, unit
    return None


def layer_above(matcher: NameMatcher, name: Written) -> int | None:
    """Return the layer that a name's superscript says, None where superscripts say no layers.

    They do where those of all names known so far do, and several: z₁⁽¹⁾ and z₁⁽²⁾. Those of names
    used anew tell in which order the layers come.
    """
    if layer := layer_of_version(name, matcher.written):
        return layer
    number = superscript_of(key_of(name))
    if not number:
        return None
    named = [(superscript_of(key), of) for key, of in matcher.known.items() if of is not None]
    pairs = {(above, layer) for above, of in named if above and (layer := layer_of(of))}
    offsets = {layer - above for above, layer in pairs}
    return number + offsets.pop() if len(pairs) >= SEVERAL and len(offsets) == 1 else None


def superscript_of(key: Key) -> int:
    """Return the number in brackets above a name, 0 without one."""
    found = IN_BRACKETS.fullmatch(key[2])
    return int(found[1]) if found else 0


def layer_of(meaning: Meaning) -> int:
    """Return the layer that a meaning is of, 0 for what is of none."""
    of_layer = kind_of(meaning.operand if isinstance(meaning, Negative) else meaning)[1:]
    return int(of_layer[-1]) if of_layer else 0


def siblings_of(matcher: NameMatcher, name: Written) -> dict[Key, Meaning]:
    """Return the names known so far that differ from one in a single number, its index."""
    letter, index, *rest = own = key_of(name)
    if not is_number(index):
        return {}
    return {
        key: meaning
        for key, meaning in matcher.known.items()
        if meaning is not None and key != own and is_number(key[1])
        if [key[0], *key[2:]] == [letter, *rest]
    }


def is_number(index: tuple[str, ...]) -> bool:
    """Return whether an index is a single number."""
    return len(index) == 1 and index[0].isdigit()


def are_renamed(matcher: NameMatcher, siblings: Mapping[Key, Meaning]) -> bool:
    """Return whether several names mean something, and none what clearprop calls so."""
    own = {matcher.own_meaning(key[0] + key[1][0]) for key in siblings}
    return len(siblings) >= SEVERAL and not own & set(siblings.values())


def slope_by(meaning: Meaning) -> type | None:
    """Return by what a meaning is a slope, a net input or an activation; None for no slope.

    Where Err₅ and Err₆ are δ's, so is Err₄, though its value be that of ∂L/∂a: σ' was forgotten.
    """
    match meaning:
        case Negative(operand):
            return slope_by(operand)
        case Variable(Slope(_, NetInput() | Activation() as by)):
            return type(by)
    return None


def kind_of(meaning: Meaning) -> tuple[Any, ...]:
    """Return what a meaning is but for its unit: a weight of layer 2, a slope by a net input."""
    match meaning:
        case Variable(Slope(_, by)):
            return Slope, type(by), by.layer
        case Variable(Weight() | Bias() | NetInput() | Activation() as of):
            return type(of), of.layer
    return (type(meaning),)
