"""Names that stand for several quantities: which one is meant is told by what comes out.

Comes in: the chains of a solution, and what matches its names. Goes out: the chains with the
names that fit. Such names are those used anew, δ₁ of the outputs and δ₁ of the hidden units
(`versions.py`), and those without the mark of their layer, w₁₁ for w₁₁⁽¹⁾ and w₁₁⁽²⁾. A formula
keeps the ones nearest to it unless others give what its chain is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from math import isfinite

from clearprop.checking.identities import has_computed_numbers, index_letters
from clearprop.checking.interpretation import NotKnown
from clearprop.checking.keys import key_of
from clearprop.checking.meanings import Meaning
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import is_close, number_of
from clearprop.checking.solution import Chain, Link, Numeral, Written, names_and_numerals
from clearprop.checking.versions import ANEW, in_version, link_with, version_of
from clearprop.errors import ClearpropError
from clearprop.formulas.expressions import Expression, Variable
from clearprop.network.quantities import Bias, Updated, Weight

MOST_ROUNDS = 3
MOST_WAYS = 16  # to read the names of one formula
Kept = tuple[str, str]  # letter and superscript


def with_fitting_names(
    groups: list[list[Chain]], matcher_of: Callable[[list[list[Chain]]], NameMatcher]
) -> list[list[Chain]]:
    """Return chains with the names that fit.

    Each round has a matcher of its own, for what it finds tells more of other names.
    """
    for _ in range(MOST_ROUNDS):
        fitting = Fitting(matcher_of(groups))
        links = [link for group in groups for chain in group for link in chain.links]
        if not fitting.others or not any(map(fitting.open_names, links)):
            break
        before, groups = groups, [list(map(fitting.chain, group)) for group in groups]
        if groups == before:
            break
    return groups


@dataclass
class Fitting:
    """Finds the names that fit."""

    matcher: NameMatcher

    @cached_property
    def others(self) -> Mapping[Kept, list[str]]:
        """What else may stand above a letter, by the letter and what stands above it."""
        above: dict[str, dict[str, None]] = defaultdict(dict)
        for name in self.matcher.written:
            if name.superscript.strip("()[]").isdigit() or name.superscript.startswith(ANEW):
                above[name.letter][name.superscript] = None
        found: dict[Kept, list[str]] = {}
        for letter, marks in above.items():
            anew = [mark for mark in marks if mark.startswith(ANEW)]
            layers = [mark for mark in marks if not mark.startswith(ANEW)]
            if anew:
                every = ["", *anew]
                found |= {(letter, mark): [m for m in every if m != mark] for mark in every}
            elif len(layers) > 1:
                found[letter, ""] = layers
        return found

    def chain(self, chain: Chain) -> Chain:
        """Return a chain with the names that fit in its formulas.

        What each begins with is looked up in order, for one name tells what others mean.
        """
        if index_letters(chain) and not has_computed_numbers(chain):  # a formula for any unit
            return chain
        targets = self.targets(chain)
        first, *links = chain.links
        return replace(chain, links=(first, *(self.link(link, targets) for link in links)))

    def targets(self, chain: Chain) -> list[float]:
        """Return what a chain's formulas may come to, by what it is about."""
        match chain.links[0].tree:
            case Variable(Numeral()) | None:
                return []
            case Variable() as head:
                meaning = self.matcher.meaning(head.name)
                found = [] if meaning is None else [meaning]
                if isinstance(meaning, Variable) and isinstance(meaning.name, Weight | Bias):
                    found.append(Variable(Updated(meaning.name)))
                if isinstance(head.name, Written) and version_of(head.name) > 1:
                    found += self.candidates(head.name)
                values = map(self.matcher.conventions.exact_or_nan, found)
                return [value for value in values if isfinite(value)]
        return []

    def candidates(self, name: Written) -> list[Meaning]:
        """Return what a name that is used anew may mean besides: nothing that has a name."""
        taken = set(self.matcher.known.values())
        found = self.matcher.candidates.of(name, self.matcher.counted(name))
        return [each.meaning for each in found if each.meaning not in taken]

    def link(self, link: Link, targets: Sequence[float]) -> Link:
        """Return a formula in the first reading that comes to what it should, else as it is."""
        for way in islice(self.ways(link), MOST_WAYS):
            value = self.value(way.tree)
            if value is not None and any(is_close(value, target) for target in targets):
                return way
        return link

    def ways(self, link: Link) -> Iterator[Link]:
        """Yield a formula with each choice of its names, as it stands first."""
        open_names = self.open_names(link)
        if not open_names:
            return
        for marks in product(*([mark, *self.others[letter, mark]] for letter, mark in open_names)):
            chosen = dict(zip(open_names, marks, strict=True))

            def named(name: Written, chosen: Mapping[Kept, str] = chosen) -> Written:
                return marked(name, chosen.get(kept(name), name.superscript))

            yield link_with(link, named)

    def open_names(self, link: Link) -> list[Kept]:
        """Return which names of a formula may stand for others than their own quantities."""
        if link.tree is None or number_of(link.tree) is not None:
            return []
        names = [name for name in names_and_numerals(link.tree) if isinstance(name, Written)]
        return list(dict.fromkeys(map(kept, filter(self.is_open, names))))

    def is_open(self, name: Written) -> bool:
        """Return whether a name may stand for another quantity than its own."""
        others = self.others.get(kept(name), [])
        is_anew = any(mark.startswith(ANEW) for mark in (name.superscript, *others))
        return bool(others) and (is_anew or key_of(name) not in self.matcher.about)

    def value(self, tree: Expression | None) -> float | None:
        """Return the exact value of a formula, None where not all in it is known."""
        assert tree is not None
        try:
            return self.matcher.meanings.exact(self.matcher.interpreter.tree(tree))
        except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError):
            return None


def kept(name: Written) -> Kept:
    """Return letter and superscript of a name."""
    return name.letter, name.superscript


def marked(name: Written, above: str) -> Written:
    """Return a name with another mark above it."""
    if above == name.superscript:
        return name
    if above.startswith(ANEW) or name.superscript.startswith(ANEW):
        return in_version(name, version_of(replace(name, superscript=above)))
    return replace(name, superscript=above, text=f"{name.text}^{above}")
