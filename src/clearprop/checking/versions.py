"""Names used anew: δ₁ of the output units, and then δ₁ of the hidden ones.

Comes in: a solution. Goes out: the same with a mark on each name that was given to another quantity
before: the first δ₁ stays as it is, the second is another name. A name is used anew where what it
is computed from, in names or by their numbers, is nothing that it was computed from before, or is
of its own kind, and another number comes out. The next training step computes its names from the
same ones, and uses none anew.

Units of a layer are computed from other layers. So what a formula of one of them names is what it
was when the first of them was computed: δ₂ = (1 - z₂²)(w₁₂ δ₁ + w₂₂ δ₂) has the δ₁ of the outputs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from clearprop.checking.identities import INDICES
from clearprop.checking.intervals import Interval, left_open
from clearprop.checking.keys import Key, bare, key_of
from clearprop.checking.kinds import OF_UNITS, fit_of, is_carried, kind, may_be_bias, may_be_weight
from clearprop.checking.numerals import has_many_digits, number_of, values_of
from clearprop.checking.solution import (
    Chain,
    IndexedSum,
    Link,
    Numeral,
    Solution,
    Written,
    WrittenSlope,
    names_and_numerals,
)
from clearprop.checking.units import subject_of
from clearprop.formulas.expressions import Expression, Variable
from clearprop.formulas.expressions import replace as replace_nodes

ANEW = "anew "  # above a name, with which use of it this is
COMPUTED = OF_UNITS | {"delta", "negative delta"}
Family = tuple[str, tuple[str, ...], str, int | None]  # of names that differ in their numbers


def with_versions(solution: Solution, by_hand: Collection[str] = ()) -> Solution:
    """Return a solution with the names told apart that are used anew; not those given by hand."""
    versions = Versions(frozenset(map(bare, by_hand)))
    chains = tuple(map(versions.chain, solution.chains))
    return (
        replace(solution, chains=chains) if max(versions.now.values(), default=1) > 1 else solution
    )


def in_version(name: Written, version: int) -> Written:
    """Return a name in one of its versions.

    >>> from clearprop.checking.reading.names import written
    >>> in_version(written("delta_1"), 2).text
    'delta_1 (2)'
    """
    text, above = name.text.partition(" (")[0], f"{ANEW}{version}" if version > 1 else ""
    return replace(name, text=f"{text} ({version})" if above else text, superscript=above)


def version_of(name: Written) -> int:
    """Return which use of a name this is."""
    return int(name.superscript.removeprefix(ANEW)) if is_anew(name) else 1


def is_anew(name: Written) -> bool:
    """Return whether a name was used for another quantity before."""
    return name.superscript.startswith(ANEW)


def first_version(name: Written) -> Written:
    """Return a name as it was used first."""
    return in_version(name, 1) if version_of(name) > 1 else name


def layer_of_version(name: Written, others: Iterable[Written]) -> int | None:
    """Return the layer that a name used anew is likely of; None for one that is used once.

    Forward the layers go up with each use, backward down to the first.
    """
    family = family_of(key_of(first_version(name)))
    anew = {n for n in others if n.letter == name.letter and is_anew(n)}
    used = [version_of(n) for n in anew if family_of(key_of(first_version(n))) == family]
    if not used:
        return None
    is_backward = not OF_UNITS & set(fit_of(key_of(name)))
    return max(used) + 1 - version_of(name) if is_backward else version_of(name)


def family_of(key: Key) -> Family:
    """Return what a name has in common with those of the other units of its layer."""
    letter, subscripts, superscript, example = key
    marks = tuple("#" if sub in INDICES else re.sub(r"\d+", "#", sub) for sub in subscripts)
    return letter, marks, superscript, example


@dataclass
class Versions:
    """Goes through chains in order and tells which use of its names each has.

    now      the version of each family's names that was computed last
    begun    of each version of a family, what `now` was when it began
    numbers  what names came to, by version
    owners   which names came to a number, whatever its sign
    sources  what they were computed from
    others   the numbers of weights and of all else, which no formula tells from theirs
    updated  whether a weight was updated; the numbers after it may be the next step's
    """

    by_hand: Collection[str]
    now: dict[Family, int] = field(default_factory=dict)
    begun: dict[tuple[Family, int], dict[Family, int]] = field(default_factory=dict)
    numbers: dict[tuple[Key, int], list[Interval]] = field(
        default_factory=lambda: defaultdict(list)
    )
    owners: dict[float, set[tuple[Key, int]]] = field(default_factory=dict)
    sources: dict[tuple[Key, int], set[tuple[Key, int]]] = field(default_factory=dict)
    others: set[float] = field(default_factory=set)
    updated: bool = False

    def chain(self, chain: Chain) -> Chain:
        """Return a chain with its names told apart."""
        subject, digits = subject_of(chain), values_of(chain)
        if subject is None or subject.new or not self.is_computed(subject):
            self.others |= {abs(float(text)) for text in digits}
            self.updated |= subject is not None and is_update(chain, subject)
            return with_names(chain, lambda name: self.named(name, self.now))
        key = key_of(subject)
        version = self.version(chain, key, digits[0]) if digits else self.of_key(key, self.now)
        family, before = family_of(key), self.before(key, version)
        if digits:
            self.begun.setdefault((family, version), dict(self.now))
            self.now[family] = max(version, self.now.get(family, 1))
            if (key, version) not in self.sources:
                self.sources[key, version] = self.sources_of(chain, before)
            self.numbers[key, version].append(left_open(digits[0], "="))
            self.owners.setdefault(abs(float(digits[0])), set()).add((key, version))
        first, *links = with_names(chain, lambda name: self.named(name, before)).links
        head = replace(
            first, tree=Variable(in_version(subject, version)) if version > 1 else first.tree
        )
        return replace(chain, links=(head, *links))

    def is_computed(self, name: Written) -> bool:
        """Return whether a name can be that of what a unit computes, forward or backward."""
        key = key_of(name)
        is_of_unit = bool(COMPUTED & set(fit_of(key))) and kind(key) != "change"
        is_of_unit = is_of_unit and not is_carried(key)
        return is_of_unit and not name.superscript and bare(name.text) not in self.by_hand

    def version(self, chain: Chain, key: Key, digits: str) -> int:
        """Return in which version a chain gives its name a number."""
        now = self.now.get(family_of(key), 1)
        number = left_open(digits, "=")
        for version in range(1, now + 1):  # the same to the digits that both have
            if any(map(number.meets, self.numbers.get((key, version), []))):
                return version
        if (key, now) not in self.numbers:  # its siblings are used anew
            return now
        found, before = self.sources_of(chain, self.now), self.sources[key, now]
        own = {source for source in found if family_of(source[0]) == family_of(key)}
        is_anew = found and (found.isdisjoint(before) or own - before)
        return now + 1 if is_anew else now

    def before(self, key: Key, version: int) -> dict[Family, int]:
        """Return the versions of the names that a formula of a name has."""
        return self.now | self.begun.get((family_of(key), version), self.now)

    def of_key(self, key: Key, versions: dict[Family, int]) -> int:
        """Return the version of a name, the last up to that of its family that it has."""
        last = versions.get(family_of(key), 1)
        if INDICES.intersection(key[1]):
            return last
        return next((v for v in range(last, 0, -1) if (key, v) in self.numbers), 1)

    def named(self, name: Written, versions: dict[Family, int]) -> Written:
        """Return a name in its version."""
        version = self.of_key(key_of(name), versions)
        return in_version(name, version) if version > 1 else name

    def sources_of(self, chain: Chain, versions: dict[Family, int]) -> set[tuple[Key, int]]:
        """Return the computed names in a chain's formulas, those whose numbers stand there too."""
        found = set()
        for name in parts_of(chain):
            match name:
                case Written():
                    key = key_of(name)
                    family = family_of(key)
                    found |= {
                        (other, version)
                        for other, version in self.numbers
                        if family_of(other) == family and version == self.of_key(key, versions)
                        if other == key or INDICES.intersection(key[1])
                    }
                case Numeral(text) if self.tells(text):
                    found |= self.owners.get(float(text), set())
        return found

    def tells(self, digits: str) -> bool:
        """Return whether the digits of a number tell whose it is."""
        return not self.updated and has_many_digits(digits) and float(digits) not in self.others


def is_update(chain: Chain, name: Written) -> bool:
    """Return whether a chain updates a weight or bias: it is computed, or marked as new."""
    key = key_of(name)
    of_weight = may_be_weight(key) or may_be_bias(key)
    return of_weight and (name.new or any(isinstance(part, Numeral) for part in parts_of(chain)))


def parts_of(chain: Chain) -> Iterator[Written | WrittenSlope | Numeral]:
    """Yield the names and numbers of a chain's formulas."""
    for link in chain.links[1:]:
        if link.tree is not None and number_of(link.tree) is None:
            yield from names_and_numerals(link.tree)


def with_names(chain: Chain, named: Callable[[Written], Written]) -> Chain:
    """Return a chain with other names for its own, within sums with an index and slopes too."""
    return replace(chain, links=tuple(link_with(link, named) for link in chain.links))


def link_with(link: Link, named: Callable[[Written], Written]) -> Link:
    """Return a side with other names for its own."""

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Written() as name):
                return Variable(named(name))
            case Variable(WrittenSlope(top, bottom) as slope):
                return Variable(replace(slope, top=named(top), bottom=named(bottom)))
            case IndexedSum(_, body):
                return replace(node, body=replace_nodes(body, change))
        return None

    return link if link.tree is None else replace(link, tree=replace_nodes(link.tree, change))
