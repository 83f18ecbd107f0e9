"""What makes two written names the same name, however they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clearprop.checking.solution import Solution, Written, names_and_numerals

Key = tuple[str, tuple[str, ...], str, int | None]  # letter, subscripts, superscript, example

BARS = 3  # letters; ȳ alone is a prediction or a mean


def key_of(name: Written) -> Key:
    """Return what makes two names the same, but for the update's mark."""
    return name.letter, name.subscripts, name.superscript, name.example


def spelled(key: Key) -> str:
    """Return a key as a name in ASCII.

    >>> spelled(("w", ("1", "2"), "(1)", 3))
    'w_1,2^(1)@3'
    """
    letter, subscripts, superscript, example = key
    mark = f"_{','.join(subscripts)}" if subscripts else ""
    above = f"^{superscript}" if superscript else ""
    return f"{letter}{mark}{above}" + (f"@{example}" if example is not None else "")


def bare(text: str) -> str:
    """Return a name without what is only spelling.

    >>> bare("net_{h1}") == bare("net_h1")
    True
    """
    return "".join(mark for mark in text if mark not in "_{} \\")


def without_bar(letter: str, keys: Iterable[Key]) -> str | None:
    """Return the h of h̄ where bars mean slopes: Grosse has letters with and without.

    >>> names = ["h", "hbar", "w", "wbar", "z", "zbar"]
    >>> without_bar("hbar", [(name, (), "", None) for name in names])
    'h'
    """
    letters = {key[0] for key in keys}
    both = {each for each in letters if f"{each}bar" in letters}
    plain = letter.removesuffix("bar")
    return plain if plain != letter and plain in both and len(both) >= BARS else None


def counts_from_zero(solution: Solution) -> bool:
    """Return whether indices count from 0, as in code: w[0] or x[0] stands in the solution."""
    links = (link for chain in solution.chains for link in chain.links)
    names = (n for link in links if link.tree for n in names_and_numerals(link.tree))
    return any(isinstance(n, Written) and re.search(r"\w\[0", n.text) for n in names)
