"""Examples counted in superscripts: x⁽²⁾ and a⁽²⁾ of the second example, as Ng has them.

Comes in: chains. Goes out: chains with examples for such superscripts. A second layer has no input,
so x⁽²⁾ counts examples, and so does a⁽²⁾ where a table gives the second example its x; but where
weights have such superscripts too, they count layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from clearprop.checking.reading.names import without_example
from clearprop.checking.solution import Chain, Written, WrittenSlope, names_and_numerals
from clearprop.formulas.expressions import Expression, Variable

EXAMPLE = "example|sample|pattern|case|pair|beispiel|muster|exemple|ejemplo"  # before its number
COUNTED = re.compile(r"(.*)\(([1-9])\)|()([1-9])")  # x^{(2)}, and x^(2), whose brackets are lost
PARAMETERS = {"w", "W", "b", "v", "V", "theta", "Theta"}


def count_examples(chains: Sequence[Chain]) -> bool:
    """Return whether the superscripts in brackets count examples."""
    found = {(name.letter, name.superscript) for name in written_names(chains)}
    letters = {letter for letter, above in found if COUNTED.fullmatch(above)}
    second = any(letter in ("x", "X") and number_above(above) == "2" for letter, above in found)
    second |= any(name.letter == "x" and name.example == 2 for name in written_names(chains))
    return second and not letters & PARAMETERS


def number_above(superscript: str) -> str:
    """Return the number that a superscript ends with, "" where it has none.

    >>> number_above("(2)"), number_above("2"), number_above("[2]")
    ('2', '2', '')
    """
    found = COUNTED.fullmatch(superscript)
    return found[2] or found[4] if found else ""


def written_names(chains: Sequence[Chain]) -> Iterator[Written]:
    """Yield the names in some chains, those of slopes by what they are."""
    for chain in chains:
        for link in chain.links:
            for name in names_and_numerals(link.tree) if link.tree is not None else ():
                if isinstance(name, WrittenSlope):
                    yield name.bottom
                elif isinstance(name, Written):
                    yield name


def of_example(node: Expression) -> Expression | None:
    """Return a name with its example for the number in brackets above it."""
    match node:
        case Variable(Written() as name):
            return Variable(with_example(name))
        case Variable(WrittenSlope(top, bottom) as slope):
            top, bottom = with_example(top), with_example(bottom)
            example = top.example if bottom.example is None else bottom.example
            halves = without_example(top), without_example(bottom)
            return Variable(WrittenSlope(*halves, slope.example or example))
    return None


def with_example(name: Written) -> Written:
    """Return a name with the example that the number in brackets above it is."""
    found = COUNTED.fullmatch(name.superscript)
    if found is None or name.example is not None:
        return name
    above, number = (group for group in found.groups() if group is not None)
    text = name.text.removesuffix(name.superscript).removesuffix("^")
    text = f"{text}^{above}@{number}" if above else f"{text}@{number}"
    return replace(name, superscript=above, example=int(number), text=text)
