"""Layers written as bare superscripts: a³ of the third layer, beside weights w³₁₂.

Comes in: chains. Goes out: chains with names for such powers. A name that is computed, a³ = σ(z³),
can only be a name; where superscripts of other names count layers too, it is one everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clearprop.checking.solution import Chain, Written, names_and_numerals
from clearprop.formulas.expressions import Expression, Power, Variable
from clearprop.formulas.expressions import replace as replace_nodes


def with_layers(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with the names of layers for powers, where superscripts count layers."""
    letters = {name.letter for chain in chains if (name := computed_power(chain)) is not None}
    if not letters or not any(map(has_layers, chains)):
        return tuple(chains)

    def change(node: Expression) -> Expression | None:
        match node:
            case Power(Variable(Written(superscript="") as name), layer) if name.letter in letters:
                text = f"{name.text}^{layer}"
                return Variable(replace(name, superscript=str(layer), text=text))
        return None

    return tuple(
        replace(
            chain,
            links=tuple(
                link if link.tree is None else replace(link, tree=replace_nodes(link.tree, change))
                for link in chain.links
            ),
        )
        for chain in chains
    )


def computed_power(chain: Chain) -> Written | None:
    """Return the name whose power a chain computes, None where it computes none."""
    match chain.links[0].tree:
        case Power(Variable(Written(superscript="") as name), _):
            return name
    return None


def has_layers(chain: Chain) -> bool:
    """Return whether a name with a number above it and one below stands in a chain."""
    names = (
        n for link in chain.links if link.tree is not None for n in names_and_numerals(link.tree)
    )
    return any(isinstance(n, Written) and n.subscripts and n.superscript.isdigit() for n in names)
