"""Equalities of a solution whose network is not known, each judged by its own arithmetic.

Comes in: chains. Goes out: judgements. A name has the value that the solution gave it last; what a
formula should have been, nobody can say here, only whether it gives what stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from clearprop.checking.identities import fault_of_definition, no_value, same_everywhere
from clearprop.checking.interpretation import Interpreter, NotKnown
from clearprop.checking.intervals import (
    EVERYTHING,
    INTERVALS,
    Interval,
    cut_to,
    exactly,
    left_open,
    rounded_to,
)
from clearprop.checking.numerals import has_many_digits, has_names, number_of
from clearprop.checking.report import Judgement, Mark
from clearprop.checking.solution import Chain, Link, Name, Numeral, names_and_numerals
from clearprop.errors import ClearpropError
from clearprop.formulas.arithmetic import evaluate
from clearprop.formulas.expressions import Variable, variables

NOTHING_TELLS = "nothing here tells what it should be"


@dataclass
class Arithmetic:
    """Judges chains in order; `values` holds what each name was given last.

    `used` are the names that something is computed with.
    """

    values: dict[Name, Interval] = field(default_factory=dict)
    used: set[Name | Numeral] = field(default_factory=set)

    def judgements(self, groups: Sequence[Sequence[Chain]]) -> Iterator[Judgement]:
        """Yield the judgement of every equality; where nothing is computed, nothing is judged."""
        chains = [chain for group in groups for chain in group]
        self.used |= set(used_in(chains))
        found = [judgement for chain in chains for judgement in self.chain(chain)]
        computed = any(map(is_computed, chains))
        yield from found if computed else (unjudged(each, NOTHING_TELLS) for each in found)

    def chain(self, chain: Chain) -> Iterator[Judgement]:
        """Yield the judgements of a chain, then give its value to the name it begins with."""
        head, *links = chain.links
        subject = head.tree.name if isinstance(head.tree, Variable) else None
        found = [self.value(link) for link in links]
        digits = [text for link in links if (text := number_of(link.tree)) is not None]
        own = next((value for value in reversed(found) if value is not None), None)
        if digits:
            own = left_open(digits[-1], "=")
        changed = "" if own is None or is_computed(chain) else self.change(subject, own)
        before = head
        for link in links:
            # What a name is computed by first is its definition: there is nothing to hold it to.
            defined = found[0] if len(links) > 1 else own
            judged = self.equality(before, link, defined if before is head else None, subject)
            yield unjudged(judged, changed) if changed else judged
            before = link
        if own is not None:
            stated = len(links) == 1 and links[0].relation != "≈"
            value = exactly(float(digits[-1])) if digits and stated else own
            for link in chain.links:
                if isinstance(link.tree, Variable) and not isinstance(link.tree.name, Numeral):
                    self.values[link.tree.name] = value

    def change(self, subject: object, now: Interval) -> str:
        """Return what is said of a number that is stated for a name that had another.

        A name that is computed with, such as an input, may be given anew for the next example.
        """
        if subject in self.used:
            return ""
        before = next((value for name, value in self.values.items() if name == subject), now)
        return "" if before.meets(now) else f"it was {before.middle:.6g} before"

    def value(self, link: Link, wide: bool = False) -> Interval | None:
        """Return what a side may be, None where a name in it has no value."""
        if link.tree is None:
            return None
        try:
            tree = Interpreter(lambda name: Variable(name), spells_sums=False).tree(link.tree)
            known = {name: self.of(name, wide) for name in variables(tree)}
            return evaluate(tree, known, INTERVALS)  # type: ignore[no-any-return]
        except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError, TypeError):
            return None

    def of(self, name: Name | Numeral, wide: bool) -> Interval:
        """Return the value of a name or a number; KeyError where a name has none."""
        if isinstance(name, Numeral):
            rounded = wide and "." in name.text and has_many_digits(name.text)
            return rounded_to(name.text) if rounded else exactly(name.value)
        value = self.values[name]
        return value if wide else exactly(value.middle)

    def equality(self, left: Link, right: Link, own: Interval | None, subject: object) -> Judgement:
        """Return the judgement of an equality; `own` is the value that a chain gives its name."""
        text = f"{left.text} {right.relation} {right.text}"
        digits = number_of(right.tree)
        printed = float(digits) if digits is not None else None
        if right.tree is None:
            return Judgement(right.line, text, "not understood", printed, note=right.problem)
        first = own if subject is not None and own is not None else self.value(left)
        second = self.value(right)
        if first is None or second is None:
            return self.for_all(left, right, text, printed)
        mark = self.mark(first, second, left, right, digits)
        exact = first.middle if first.is_bounded else None
        if printed is None and second.is_bounded and not has_names(right.tree):
            printed = second.middle
        note = "the two sides differ" if mark == "wrong" else ""
        return Judgement(right.line, text, mark, printed, exact, note=note)

    def mark(
        self, first: Interval, second: Interval, left: Link, right: Link, digits: str | None
    ) -> Mark:
        """Return whether two values agree: as printed, or as far as rounding explains."""
        wide = left_open(digits, right.relation) if digits is not None else second
        if first.meets(wide):
            return "right"
        both = (self.value(left, wide=True) or first, self.value(right, wide=True) or EVERYTHING)
        cut = cut_to(digits) if digits is not None else both[1]
        return "rounding" if first.meets(cut) or both[0].meets(both[1]) else "wrong"

    def for_all(self, left: Link, right: Link, text: str, printed: float | None) -> Judgement:
        """Return the judgement of an equality with names that have no value."""
        sides = left.tree, right.tree
        if None not in sides and same_everywhere(*sides, lambda name: None, no_value, None):  # type: ignore[arg-type]
            return Judgement(right.line, text, "right", printed)
        if fault := fault_of_definition(left.tree, right.tree, None):
            return Judgement(right.line, text, "wrong", printed, note=fault)
        note = right.problem or left.problem or "not all that stands here has a number"
        return Judgement(right.line, text, "not understood", printed, note=note)


def used_in(chains: Sequence[Chain]) -> Iterator[Name | Numeral]:
    """Yield the names that stand in formulas."""
    trees = (link.tree for chain in chains if is_computed(chain) for link in chain.links)
    for tree in trees:
        if tree is not None and not isinstance(tree, Variable):
            yield from names_and_numerals(tree)


def is_computed(chain: Chain) -> bool:
    """Return whether a chain computes something: merely stated is a number of a name."""
    named = isinstance(chain.links[0].tree, Variable) and len(chain.links) == 2
    return not named or number_of(chain.links[1].tree) is None


def unjudged(judgement: Judgement, note: str) -> Judgement:
    """Return a judgement that says nothing of an equality but why."""
    return replace(judgement, mark="not understood", note=judgement.note or note)
