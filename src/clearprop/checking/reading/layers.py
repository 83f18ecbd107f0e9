"""Layers written as bare superscripts: a³ of the third layer, beside weights w³₁₂.

Comes in: chains. Goes out: chains with names for such powers. A name that is computed or stated,
a³ = σ(z³) or w³ = 0.8, can only be a name, and then it is one everywhere; but h² is a square where
h itself is computed or stated, and so it is where no letter has a superscript other than 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from clearprop.checking.solution import Chain, Written, WrittenSlope, names_and_numerals
from clearprop.formulas.expressions import Expression, Power, Variable
from clearprop.formulas.expressions import replace as replace_nodes

Change = Callable[[Expression], Expression | None]


def with_layers(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with the names of layers for powers, where superscripts count layers."""
    letters = counting_letters(chains)
    if not letters:
        return tuple(chains)

    def change(node: Expression) -> Expression | None:
        match node:
            case Power(Variable(Written(superscript="") as name), layer) if name.letter in letters:
                text = f"{name.text}^{layer}"
                return Variable(replace(name, superscript=str(layer), text=text))
        return None

    return tuple(with_trees(chain, change) for chain in chains)


def with_trees(chain: Chain, change: Change) -> Chain:
    """Return a chain with the nodes of its trees changed."""
    links = (
        link if link.tree is None else replace(link, tree=replace_nodes(link.tree, change))
        for link in chain.links
    )
    return replace(chain, links=tuple(links))


def counting_letters(chains: Sequence[Chain]) -> set[str]:
    """Return the letters whose superscripts count layers."""
    bare = {name.text for chain in chains for name, above in subjects(chain) if not above}
    counted = [
        (name.letter, above)
        for chain in chains
        for name, above in subjects(chain)
        if above and name.text not in bare
    ]
    counts = any(above != "2" for _, above in counted) or any(map(has_layers, chains))
    return {letter for letter, _ in counted} if counts else set()


def subjects(chain: Chain) -> Iterator[tuple[Written, str]]:
    """Yield the names that a chain is about, each with the bare number above it, "" without."""
    match chain.links[0].tree:
        case Power(Variable(Written(superscript="") as name), layer):
            yield name, str(layer)
        case Variable(WrittenSlope(_, name)) | Variable(Written() as name):
            above = name.superscript if name.superscript.isdigit() else ""
            base = name.text.removesuffix(f"^{above}")
            yield replace(name, text=base), above


def has_layers(chain: Chain) -> bool:
    """Return whether a name with a number above it and one below stands in a chain."""
    names = (
        n for link in chain.links if link.tree is not None for n in names_and_numerals(link.tree)
    )
    return any(isinstance(n, Written) and n.subscripts and n.superscript.isdigit() for n in names)
