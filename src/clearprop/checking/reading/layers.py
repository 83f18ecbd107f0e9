"""Layers written as bare superscripts or in brackets: a³ of the third layer, o1(2) of the second.

Comes in: chains. Goes out: chains with names for such powers, and products for such names where
none counts. A name that is computed or stated, a³ = σ(z³) or w³ = 0.8, can only be a name, and then
it is one everywhere; but h² is a square where h itself is computed or stated (and e² one of an
error e, no power of Euler's number), and so it is where no letter has a superscript other than 2.
Likewise w1(2): an index where w1(1) = 0.5 stands, else w1·2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from clearprop.checking.reading import names
from clearprop.checking.reading.examples import count_examples, of_example
from clearprop.checking.solution import (
    Chain,
    Link,
    Matrix,
    Numeral,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.formulas.expressions import Call, Expression, Power, Variable
from clearprop.formulas.expressions import replace as replace_nodes

NUMBERED = {  # layer -> what its matrix of weights is called
    "1": {"hidden", "hid", "h", "ih", "xh"},
    "2": {"out", "output", "o", "ho", "hy"},
}
OF_LAYERS = {"W", "w", "b", "B", "dW", "dw", "db"}
Change = Callable[[Expression], Expression | None]


def with_layers(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with the names of layers for powers, where superscripts count layers."""
    letters = counting_letters(chains)
    has_error = any(
        name.text == "e" and not above for chain in chains for name, above in subjects(chain)
    )
    indexed = any(has_argument(name) for chain in chains for name, _ in subjects(chain))

    def change(node: Expression) -> Expression | None:
        match node:
            case Power(Variable(Written(superscript="") as name), layer) if name.letter in letters:
                return Variable(with_superscript(name, str(layer)))
            case Call("exp", (Variable(Numeral("2")),)) if has_error:
                return Power(Variable(names.written("e")), 2)
            case Variable(Written() as name) if has_argument(name):
                above, base = name.superscript, without_argument(name)
                return Variable(with_superscript(base, above)) if indexed else times(base, above)
            case Variable(WrittenSlope(_, bottom) as slope) if has_argument(bottom):
                name = with_superscript(without_argument(bottom), bottom.superscript)
                return Variable(replace(slope, bottom=name))
        return None

    found = tuple(with_trees(chain, change) for chain in chains)
    if count_examples(found):
        return tuple(with_trees(chain, of_example) for chain in found)
    return found


def with_numbers(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with W1 and W2 for matrices that are called W_hidden and W_out."""
    roles: dict[str, set[str]] = {"1": set(), "2": set()}
    for chain in chains:
        match chain.links:
            case (Link(tree=Variable(Written(letter=("W" | "w"), subscripts=(role,)))), *rest):
                if any(isinstance(link.tree, Matrix) for link in rest):
                    for number, usual in NUMBERED.items():
                        roles[number] |= {role} & usual
    if any(len(found) != 1 for found in roles.values()):
        return tuple(chains)
    numbers = {found.pop(): number for number, found in roles.items()}

    def numbered(name: Written) -> Written:
        if name.letter not in OF_LAYERS:
            return name
        for role, number in numbers.items():
            text = name.text.replace(f"_{role}", number, 1)
            if name.subscripts == (role,):
                return replace(name, subscripts=(number,), text=text)
            if name.superscript == role:
                return replace(name, superscript=number, text=text)
        return name

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Written() as name):
                return Variable(numbered(name))
            case Variable(WrittenSlope(_, bottom) as slope):
                return Variable(replace(slope, bottom=numbered(bottom)))
        return None

    return tuple(with_trees(chain, change) for chain in chains)


def with_superscript(name: Written, above: str) -> Written:
    """Return a name with a superscript; the mark of the update stays last."""
    base, new, _ = name.text.partition("_new")
    return replace(name, superscript=above, text=f"{base}^{above}{new}")


def has_argument(name: Written) -> bool:
    """Return whether a number in brackets stands behind a name: o1(2)."""
    return name.superscript.endswith(")") and f"^{name.superscript}" not in name.text


def without_argument(name: Written) -> Written:
    """Return the name without the number in brackets behind it."""
    return replace(name, superscript="", text=name.text.replace(name.superscript, ""))


def times(name: Written, argument: str) -> Expression:
    """Return a name times the number that stands in brackets behind it."""
    return Variable(name) * Variable(Numeral(argument.strip("()")))


def with_trees(chain: Chain, change: Change) -> Chain:
    """Return a chain with the nodes of its trees changed."""
    return replace(chain, links=tuple(with_tree(link, change) for link in chain.links))


def with_tree(link: Link, change: Change) -> Link:
    """Return a link with the nodes of its tree changed."""
    tree = None if link.tree is None else replace_nodes(link.tree, change)
    return link if tree is link.tree else replace(link, tree=tree)


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
            is_raised = f"^{name.superscript}" in name.text  # unlike the 1 of a1[1]
            above = name.superscript if name.superscript.isdigit() and is_raised else ""
            base = name.text.removesuffix(f"^{above}")
            yield replace(name, text=base), above


def has_layers(chain: Chain) -> bool:
    """Return whether a name with a number above it and one below stands in a chain."""
    found = (
        n for link in chain.links if link.tree is not None for n in names_and_numerals(link.tree)
    )
    return any(isinstance(n, Written) and n.subscripts and n.superscript.isdigit() for n in found)
