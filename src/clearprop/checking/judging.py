"""Marking a solution: each equality judged by its own arithmetic and by the network.

Comes in: a solution's chains, the meaning of its names, the step's exact values. Goes out: one
judgement for each equality. Two papers are kept on the way: `sound` has the values that were right
(or rounded), `all` every value as written. What `sound` allows is *rounding*; what only `all`
allows *follows* from an earlier mistake; what neither allows is *wrong*. A third stays `blank`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from clearprop.checking.blame import mistakes_of
from clearprop.checking.evidence import unsettled
from clearprop.checking.gaps import NO_GAPS, Gaps
from clearprop.checking.identities import (
    fault_of_definition,
    has_computed_numbers,
    index_letters,
    numbered,
    same_everywhere,
)
from clearprop.checking.intervals import (
    Interval,
    cut_to,
    exactly,
    last_digits_off,
    left_open,
    rounding_on_the_way,
)
from clearprop.checking.meanings import Meaning, Meanings, is_given
from clearprop.checking.mistakes import HABITS
from clearprop.checking.names import NameMatcher
from clearprop.checking.numerals import (
    is_close,
    is_fraction,
    is_same_float,
    is_surely_rounded,
    number_of,
    significant_digits,
)
from clearprop.checking.paper import Paper
from clearprop.checking.report import DOUBTED, SLIPPED, Judgement, Mark, severity
from clearprop.checking.sides import Side, Sides
from clearprop.checking.solution import Chain, Link, has_open_sum
from clearprop.formulas.expressions import Call, Negative, Sum, Variable
from clearprop.network.quantities import (
    Bias,
    Loss,
    Quantity,
    Updated,
    Weight,
)

EXACT_DIGITS = 17  # of a float


@dataclass
class Marker:
    """Marks the chains of a solution in order."""

    meanings: Meanings
    names: NameMatcher
    gaps: Gaps = NO_GAPS
    sound: Paper = field(init=False)
    all: Paper = field(init=False)
    blank: Paper = field(init=False)
    sides: Sides = field(init=False)
    any_wrong: bool = False
    naming: bool = True  # whether mistakes are searched for
    made: dict[str, int] = field(default_factory=dict)  # misconceptions met, by where they were

    def __post_init__(self) -> None:
        self.sound, self.all, self.blank = (Paper(self.meanings) for _ in range(3))
        self.sides = Sides(self.names, self.all)

    # --- chains ----------------------------------------------------------------------------------

    def judgements(self, groups: Sequence[Sequence[Chain]]) -> Iterator[Judgement]:
        """Yield the judgement of every equality; one of vectors has the worst of its entries."""
        general = [len(group) == 1 and self.is_general(group[0]) for group in groups]
        found = [
            [] if later else self.group(group) for group, later in zip(groups, general, strict=True)
        ]
        for place, group in enumerate(groups):
            yield from self.for_any_unit(group[0]) if general[place] else found[place]

    def group(self, group: Sequence[Chain]) -> list[Judgement]:
        """Return the judgements of a chain, of vectors entry by entry."""
        each = [self.chain(chain) for chain in group]
        return [max(entries, key=severity) for entries in zip(*each, strict=True)]

    def is_general(self, chain: Chain) -> bool:
        """Return whether letters stand for indices in a chain, which then is about any unit."""
        if not index_letters(chain) or has_computed_numbers(chain):
            return False
        return not self.names.has_digits(chain)

    def for_any_unit(self, chain: Chain) -> list[Judgement]:
        """Return the judgements of a formula with letters for indices.

        It is right where it is right for every unit that it can be about; else it is not judged.
        """
        letters = index_letters(chain)
        self.naming = False
        judged = [self.chain(each) for each in numbered(chain, letters)]
        self.naming = True
        known = [each for each in judged if each[0].quantity]
        for each in known:
            if any(judgement.mark != "right" for judgement in each):
                known = []
                break
        if known:
            return known[0]
        note = "a formula for any unit, which could not be matched with the network's"
        return [replace(j, mark="not understood", note=note, mistakes=()) for j in judged[0]]

    def chain(self, chain: Chain) -> list[Judgement]:
        """Return the judgements of a chain's equalities, and write its value down."""
        sides = self.sides.of(chain)
        match chain.links[0].tree:
            case None | Variable() | Negative(Variable()) | Call():
                pass
            case formula if open_name := unsettled(self.names, formula):
                sides[0] = Side(chain.links[0], None, problem=open_name)
        meaning = self.subject(chain, sides[0])
        if meaning is not None:
            meaning = self.meant(meaning, sides[1:])
        marked: list[Mark] = []
        found: list[Judgement] = []
        for place in range(1, len(sides)):
            found.append(self.equality(meaning, sides, place, marked))
            marked.append(found[-1].mark)
            self.any_wrong |= marked[-1] == "wrong"
        numbers = [
            (side, mark) for side, mark in zip(sides[1:], marked, strict=True) if side.digits
        ]
        if meaning is not None and numbers:
            self.write(meaning, *numbers[-1])
            if numbers[-1][1] in ("right", "rounding"):
                found = list(map(doubted, found))
        return found

    def subject(self, chain: Chain, first: Side) -> Meaning | None:
        """Return what a chain is about: after the update, where a weight is computed or changed."""
        if not first.in_names or first.tree is None:
            return None
        match first.tree:
            case Variable(Weight() | Bias() as parameter) if self.is_update(chain, first.tree):
                return Variable(Updated(parameter))
            case Negative(Variable(Bias() as bias)) if self.is_update(chain, first.tree):
                return -Variable(Updated(bias))
        return first.tree

    @cached_property
    def named_by_our_names(self) -> set[Meaning | None]:
        """What those names of the solution mean that are clearprop's own."""
        return {self.names.own_meaning(name.text) for name in self.names.written}

    def meant(self, meaning: Meaning, sides: Sequence[Side]) -> Meaning:
        """Return a loss or gradient with the weight penalty in it, where its values are those.

        Where the solution has another name for that, g_w₁ beside ∂L/∂w₁, this one is without.
        """
        other = self.meanings.with_penalty(meaning)
        if other is None or other in self.named_by_our_names:
            return meaning
        trees = [side for side in sides if side.tree is not None]
        values = [self.blank.value(s.tree) if s.in_names else s.wide for s in trees]  # type: ignore[arg-type]

        def fitting(tried: Meaning) -> int:
            return sum(value.holds(self.meanings.exact(tried)) for value in values)

        return other if fitting(other) > fitting(meaning) else meaning

    def is_update(self, chain: Chain, parameter: Meaning) -> bool:
        """Return whether a chain computes a weight, or states another value than it had before."""
        digits = number_of(chain.links[-1].tree)
        trees = [link.tree for link in chain.links[1:] if link.tree is not None]
        formulas = [tree for tree in trees if number_of(tree) is None and not is_fraction(tree)]
        if any(not isinstance(tree, Variable) for tree in formulas):
            return True
        if digits is None:
            return False
        before = self.all.written.get(parameter)
        return before is not None and not before.meets(left_open(digits, "="))

    def write(self, meaning: Meaning, side: Side, mark: Mark) -> None:
        """Put the value of a chain on the papers."""
        assert side.digits is not None
        printed, exact = exactly(float(side.digits)), exactly(self.meanings.exact(meaning))
        value = left_open(side.digits, side.link.relation)
        if self.is_about(meaning, side.digits, side.link.relation):
            self.sides.about.add(side.digits.lstrip("-"))
        elif is_close(printed.middle, exact.middle):  # this number is carried on, or all its digits
            value = printed.hull(exact)
        else:
            self.sides.printed.add(side.digits.lstrip("-"))
            if is_given(meaning) and side.link.relation != "≈":  # stated, not computed and rounded
                value = printed
        if mark in ("right", "rounding"):
            self.sound.write(meaning, value.hull(exact))
        else:
            self.sound.erase(meaning)
        if mark != "not understood":
            self.all.write(meaning, value)

    def is_about(self, meaning: Meaning, digits: str, relation: str) -> bool:
        """Return whether a number is given as rounded, w ≈ 0.7509, or computed from such ones.

        Computed ones may then come out even, and are rounded all the same.
        """
        if is_given(meaning) and digits.lstrip("-") in self.sides.about:
            return True
        rounded = relation == "≈" and is_surely_rounded(digits)
        return rounded and (is_given(meaning) or bool(self.sides.about))

    # --- equalities ------------------------------------------------------------------------------

    def equality(
        self, meaning: Meaning | None, sides: list[Side], place: int, before: list[Mark]
    ) -> Judgement:
        """Return the judgement of the equality between a side and the one before it."""
        left, right = sides[place - 1], sides[place]
        line = right.link.line
        text = f"{left.link.text} {right.link.relation} {right.link.text}"
        printed = float(right.digits) if right.digits else None
        if right.tree is None or (place == 1 and left.tree is None):
            if self.holds_for_all(left.link, right.link):
                return Judgement(line, text, "right", printed)
            problem = right.problem or left.problem
            return Judgement(line, text, "not understood", printed, note=problem)
        if printed is None and not right.in_names:
            printed = right.point.middle if right.point.is_bounded else None
        if meaning is None:
            return self.by_arithmetic(line, text, printed, left, right)
        if note := self.gaps.note(meaning):
            if place > 1 and not left.in_names and not right.in_names:
                return self.by_arithmetic(line, text, printed, left, right)
            return Judgement(line, text, "not understood", printed, note=note)
        network = self.meanings.lesson.network
        fault = fault_of_definition(left.link.tree, right.link.tree, network)
        if fault is not None and unsettled(self.names, left.link.tree):
            return Judgement(line, text, "wrong" if fault else "right", printed, note=fault)
        exact = self.meanings.exact(meaning)
        mark, note = self.mark(meaning, exact, sides, place, before)
        mistakes: tuple[str, ...] = ()
        if mark == "wrong" and self.naming:
            mistakes = self.mistakes(meaning, sides[: place + 1])
            slip, first = self.slip(left, right), self.first_made(mistakes, line)
            if first and not slip:
                mark, note = "follows", f"the same mistake as on line {first}"
            else:
                note = note or slip
                self.made = dict.fromkeys(self.habits.intersection(mistakes), line) | self.made
        return Judgement(line, text, mark, printed, exact, self.id(meaning), mistakes, note)

    def holds_for_all(self, left: Link, right: Link) -> bool:
        """Return whether two formulas with names that mean nothing here agree for any numbers."""
        if left.tree is None or right.tree is None:
            return False
        network, exact = self.meanings.lesson.network, self.meanings.exact
        return same_everywhere(left.tree, right.tree, self.names.meaning, exact, network)

    def by_arithmetic(
        self, line: int, text: str, printed: float | None, left: Side, right: Side
    ) -> Judgement:
        """Return the judgement of an equality that is about no quantity: its own arithmetic."""
        if left.tree is None:
            return Judgement(line, text, "not understood", printed, note=left.problem)
        exact = left.point.middle if left.point.is_bounded else None
        if left.point.meets(right.wide) if right.digits else left.point.meets(right.point):
            mark: Mark = "right"
        elif left.wide.meets(right.wide):
            mark = "rounding"
        else:
            mark = "wrong"
        note = "the two sides differ" if mark == "wrong" else ""
        if mark == "wrong" and (open_name := unsettled(self.names, left.link.tree)):
            mark, note = "not understood", open_name
        return Judgement(line, text, mark, printed, exact, note=note)

    def mark(
        self, meaning: Meaning, exact: float, sides: list[Side], place: int, before: list[Mark]
    ) -> tuple[Mark, str]:
        """Return the mark of a side as a value of its quantity, with a note."""
        right = sides[place]
        if right.in_names and not self.sides.has_numerals(right):
            return self.mark_formula(exact, right, sides[0])
        if right.wide.holds(exact) or is_same_float(right.point.middle, exact):
            return "right", ""
        if self.follows_from_side(sides, place, before, ("right", "rounding")):
            return "rounding", ""
        if right.digits and cut_to(right.digits).holds(exact):
            return "rounding", "the digits after the last were cut off"
        width = right.width
        if self.sound.expected(meaning).meets(width):
            return "rounding", ""
        if right.digits and last_digits_off(right.digits).holds(exact):
            return "rounding", "the last digit is off, as after rounding on the way"
        if meaning == Variable(Updated(Loss())) and self.rounded_on_the_way(right).meets(width):
            return "rounding", "the steps to it are not shown; they may have been rounded"
        if self.follows_from_side(sides, place, before, ("wrong", "follows")):
            return "follows", ""
        if self.any_wrong and self.all.expected(meaning).meets(width):
            return "follows", ""
        if (stated := self.all.written.get(meaning)) and stated.meets(width):  # restated
            return "follows", ""
        return "wrong", ""

    def mark_formula(self, exact: float, side: Side, subject: Side) -> tuple[Mark, str]:
        """Return the mark of a formula in names: it has the quantity's value or it has not."""
        assert side.tree is not None
        assert side.link.tree is not None
        value = self.meanings.exact(side.tree)
        if is_close(value, exact) or self.blank.value(side.tree).holds(exact):  # by cancellation
            return "right", ""
        if has_open_sum(side.link.tree):
            return "not understood", "it does not say what the sum runs over"
        if open_name := unsettled(self.names, subject.link.tree, side.link.tree):
            return "not understood", open_name
        return "wrong", "this formula does not give the quantity"

    def rounded_on_the_way(self, right: Side) -> Interval:
        """Return what the loss after the update may be when its forward pass was rounded too."""
        digits = significant_digits(right.digits or "") or EXACT_DIGITS
        paper = Paper(
            self.meanings, dict(self.sound.written), arithmetic=rounding_on_the_way(digits)
        )
        return paper.expected(Variable(Updated(Loss())))

    def follows_from_side(
        self, sides: list[Side], place: int, before: list[Mark], marks: tuple[Mark, ...]
    ) -> bool:
        """Return whether a side has the value of the numbers just before it in the chain."""
        if place < 2 or before[-1] not in marks:
            return False
        left, right = sides[place - 1], sides[place]
        if left.tree is None:
            return False
        if left.in_names and not self.sides.has_numerals(left):
            return False
        return left.point.meets(right.width)

    @property
    def habits(self) -> frozenset[str]:
        """The mistakes that are made again by whoever made them once."""
        turned = self.names.conventions.turns_signs
        return HABITS | {"sign_flipped"} if turned else HABITS

    def first_made(self, mistakes: Sequence[str], line: int) -> int | None:
        """Return the line before this one where the likeliest mistake was made first, if any."""
        first = self.made.get(mistakes[0], line) if mistakes else line
        return first if first != line else None

    def slip(self, left: Side, right: Side) -> str:
        """Return what a formula of numbers gives that does not give the number behind it."""
        if left.tree is None or left.in_names or not (right.digits and left.point.is_bounded):
            return ""
        if left.wide.meets(right.width):
            return ""
        return f"{SLIPPED} {left.point.middle:.{significant_digits(right.digits) + 1}g}"

    def mistakes(self, meaning: Meaning, sides: Sequence[Side]) -> tuple[str, ...]:
        """Return the names of the mistakes that give what is printed on the last of some sides."""
        right = sides[-1]
        assert right.tree is not None
        by_formula = right.in_names and not self.sides.has_numerals(right)
        value = exactly(self.meanings.exact(right.tree)) if by_formula else right.wide
        found = mistakes_of(self.meanings, self.all.written, meaning, value, right.digits)
        examples = len(self.meanings.lesson.x)
        sums = [tree for side in sides if isinstance(tree := side.link.tree, Sum)]
        if examples > 1 and any(len(tree.terms) >= examples for tree in sums):  # all stand there
            found = tuple(sorted(found, key=lambda name: "example_forgotten" in name))
        if len(sides) > 2 and (-sides[-2].point).meets(right.width):  # but for its sign it holds
            found = tuple(sorted(found, key=lambda name: name != "sign_flipped"))
        return found

    def id(self, meaning: Meaning) -> str:
        """Return clearprop's name of a meaning, where it has one."""
        match meaning:
            case Variable(quantity) if isinstance(quantity, Quantity):
                return self.meanings.lesson.names.id(quantity)
            case Negative(operand) if inner := self.id(operand):
                return f"-{inner}"
        return ""


def doubted(judgement: Judgement) -> Judgement:
    """Return what is said of a formula that is wrong before a number that is right."""
    if judgement.mark != "wrong" and not judgement.mistakes:
        return judgement
    return replace(judgement, mark="wrong", mistakes=(), note=DOUBTED)
