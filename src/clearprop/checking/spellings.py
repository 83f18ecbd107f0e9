"""Spellings: how a name is shown to the reader, as the solution has it.

Comes in: a solution, and what its names were found to mean. Goes out: the names that are shown:
`z2` and `W1[2,1]` for what is kept as entries of a layer's vector and matrix, others as read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clearprop.checking.interpretation import NotKnown
from clearprop.checking.keys import Key, key_of
from clearprop.checking.meanings import Meaning, is_given
from clearprop.checking.names import NameMatcher
from clearprop.checking.solution import Solution, Written, names_and_numerals


def met(matcher: NameMatcher) -> Iterator[tuple[Key, Meaning]]:
    """Yield the names that a solution was found to mean something by."""
    for key, meaning in list(matcher.known.items()):  # to read a formula may add names
        is_free = key not in matcher.about and not key[1] and not is_given(meaning)
        if meaning is not None and not is_free and not is_unread(matcher, key):
            yield key, meaning


def is_unread(matcher: NameMatcher, key: Key) -> bool:
    """Return whether nothing that a name is said to be could be read: v = zeros(2)."""
    links = [link for chain in matcher.about.get(key, []) for link in chain.links[1:]]
    for link in links:
        try:
            if link.tree is not None:
                matcher.interpreter.tree(link.tree)
                return False
        except NotKnown:
            continue
    return bool(links)


@dataclass(frozen=True)
class Spellings:
    """The names of a solution as they are shown: `texts` as they were read, `source` its lines."""

    texts: Mapping[Key, str]
    source: str

    @classmethod
    def of(cls, solution: Solution) -> Spellings:
        """Return the spellings of a solution's names."""
        trees = [link.tree for chain in solution.chains for link in chain.links if link.tree]
        names = [n for tree in trees for n in names_and_numerals(tree) if isinstance(n, Written)]
        texts = {key_of(name): name.text for name in reversed(names) if not name.new}
        return cls(texts, "\n".join(solution.lines))

    def read(self, shown: str) -> str:
        """Return a name as it is kept, from what is shown of it."""
        return next((text for key, text in self.texts.items() if self.shown(key) == shown), shown)

    def shown(self, key: Key) -> str:
        """Return a name as it is shown.

        >>> both = {("W", ("1", k), "2", None): f"W^2_1,{k}" for k in "21"}
        >>> [Spellings(both, "W2 = [0.6 -0.1]").shown(key) for key in both]
        ['W2[2]', 'W2[1]']
        """
        letter, subscripts, above, example = key
        if not self.is_entry(key):
            return self.texts.get(key, letter)
        base = self.whole(letter, above)
        others = [other[1] for other in self.texts if (other[0], other[2]) == (letter, above)]
        others = [other for other in others if len(other) == len(subscripts)]
        counts = [len(set(column)) for column in zip(*others, strict=True)]
        telling = [s for s, count in zip(subscripts, counts, strict=True) if count > 1]
        if example is not None:
            return self.texts[key] if telling else f"{base}@{example}"
        return f"{base}[{','.join(telling)}]" if telling else base

    def is_entry(self, key: Key) -> bool:
        """Return whether a name stands for an entry of what was written as a whole."""
        letter, subscripts, above, _ = key
        text, _, example = self.texts.get(key, "").partition("@")
        index = ",".join(subscripts)
        of_whole = ("," in index or example) and index and text == f"{letter}{index}"
        if of_whole and "," not in index:  # y1@2: of the vector y, unless there is a y1
            return not re.search(rf"(?<!\w){letter}_?{index}(?!\w)", self.source)
        return bool(of_whole) or (bool(index) and text == f"{letter}^{above}_{index}")

    def whole(self, letter: str, above: str) -> str:
        """Return a vector's or matrix's own name: W2, or W^2 where it is not written so."""
        together = f"{letter}{above}"
        plain = self.source.replace("_", "")
        return together if not above or together in plain else f"{letter}^{above}"
