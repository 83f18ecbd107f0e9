"""The cases of the corpus: a solution with one mistake in it, and what a marker should say.

Comes in: a mistake's id and a seed. Goes out: a `Case`: the lesson, the solution's lines, the line
where it goes wrong first, by more than rounding explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import count
from random import Random

from checking.corpus.lessons import random_lesson
from checking.corpus.solutions import Manner, Theirs, Written, is_line, lines
from clearprop.checking.intervals import Interval, cut_to, last_digits_off
from clearprop.checking.mistakes import MISTAKES, Computation, Slip
from clearprop.checking.naming import Search, named
from clearprop.equations.order import sections
from clearprop.errors import ClearpropError, UnknownName
from clearprop.formulas.expressions import Expression, Number
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import Proof, Quantity
from clearprop.render.numbers import number_text
from clearprop.tracing.values import Values, run_step

MOST_TRIES = 400  # lessons that are drawn until a mistake changes something
UNVARIED = ("early_rounding", "one_step_too_many")  # no formula of theirs can be printed


@dataclass(frozen=True)
class Case:
    """A solution; `wrong` is the place of its first wrong line, None in a right one."""

    mistake: str
    lesson: Lesson
    manner: Manner
    lines: tuple[Written, ...]
    wrong: int | None
    site: Quantity | None = None

    @cached_property
    def text(self) -> str:
        """The document."""
        return "\n".join(written.text for written in self.lines) + "\n"

    @cached_property
    def before(self) -> dict[Quantity, Interval]:
        """What stands before the wrong line."""
        return {w.quantity: w.interval for w in self.lines[: self.wrong]}

    def named(self) -> tuple[str, ...]:
        """Return what the wrong line's mistake is called."""
        assert self.wrong is not None
        wrong = self.lines[self.wrong]
        values = Values(run_step(self.lesson))
        return named(values, self.before, wrong.quantity, wrong.interval, wrong.printed)


def random_manner(chance: Random, digits: int) -> Manner:
    """Return a manner of writing."""
    rounded, formulas, varied = (chance.random() < 0.5 for _ in range(3))
    return Manner(digits, rounded, formulas, varied, thin=chance.random() < 0.3)


def right_case(seed: int, digits: int) -> Case:
    """Return a right solution."""
    for attempt in count():
        chance = Random(f"right {seed} {attempt}")
        lesson = random_lesson(chance)
        work = Computation(Values(run_step(lesson)), textbook=chance.random() < 0.3)
        manner = random_manner(chance, digits)
        try:
            case = Case("", lesson, manner, tuple(lines(Theirs(work, manner))), None)
            if case.text:
                return case
        except OverflowError:
            continue
    raise AssertionError


def wrong_case(mistake: str, seed: int, digits: int) -> Case | None:
    """Return a solution with one mistake; None where no lesson was found that it changes."""
    for attempt in range(MOST_TRIES):
        case = tried(Random(f"{mistake} {seed} {attempt}"), mistake, drawn(seed, attempt, digits))
        if case is not None:
            return case
    return None


@lru_cache(MOST_TRIES)
def drawn(seed: int, attempt: int, digits: int) -> tuple[Computation, Manner]:
    """Return a step and a manner of writing it: the same for every mistake."""
    chance = Random(f"{seed} {attempt}")
    lesson = random_lesson(chance)
    work = Computation(Values(run_step(lesson)), textbook=chance.random() < 0.3)
    return work, random_manner(chance, digits)


def tried(chance: Random, mistake: str, draw: tuple[Computation, Manner]) -> Case | None:
    """Return a random case, or None where the mistake does not apply or is not to be seen."""
    work, manner = draw
    if mistake in UNVARIED or isinstance(MISTAKES[mistake], Slip):
        manner = replace(manner, varied=False)
    places = list(sites(work, mistake, manner))
    if not places:
        return None
    site, tree = chance.choice(places)
    theirs = Theirs(work, manner, {site: tree(chance)})
    try:
        found = lines(theirs)
        wrong = first_wrong(work, theirs, found)
        case = Case(mistake, work.values.step.lesson, manner, tuple(found), wrong, site)
        return case if wrong is not None and case.text else None  # what cannot be written raises
    except (OverflowError, UnknownName, ClearpropError, RecursionError):
        return None


def sites(work: Computation, mistake: str, manner: Manner) -> Iterator[tuple]:
    """Yield where a mistake can be made, each with what draws one of its trees there."""
    entry = MISTAKES[mistake]
    for section in sections(work.equations):
        for quantity in section.quantities:
            if isinstance(quantity, Proof):
                continue
            if isinstance(entry, Slip) and is_line(quantity, manner):
                yield quantity, lambda chance, q=quantity: slipped(chance, work, q, entry, manner)
                continue
            if isinstance(entry, Slip):
                continue
            trees = [tree for way in entry.variants(work, quantity) for tree in way]
            if trees:
                yield quantity, lambda chance, trees=trees: chance.choice(trees)


def slipped(
    chance: Random, work: Computation, quantity: Quantity, slip: Slip, manner: Manner
) -> Expression:
    """Return a value with a slip in its digits."""
    right = Theirs(work, manner)[quantity]
    text = number_text(right, manner.digits)[0]
    mantissa, e, power = text.partition("e")
    digits = mantissa.replace(".", "").replace("-", "").lstrip("0")
    if slip.shifts:
        return Number(float(text) * chance.choice((10.0, 0.1)))
    others = [other for other in slip.texts(digits) if other[0] != "0"]
    if not others:
        return Number(right)
    other = iter(chance.choice(others))
    seen, out = False, ""
    for letter in mantissa:
        seen = seen or letter in "123456789"
        out += next(other) if letter.isdigit() and seen else letter
    return Number(float(out + e + power))


def first_wrong(work: Computation, theirs: Theirs, found: list[Written]) -> int | None:
    """Return the place of the first line that is wrong by more than rounding explains."""
    before: dict[Quantity, Interval] = {}
    for place, written in enumerate(found):
        if theirs[written.quantity] != theirs.right[written.quantity]:
            searches = [
                Search(
                    Computation(work.values, textbook), before, written.quantity, written.interval
                )
                for textbook in ((False, True) if work.equations.short_form else (False,))
            ]
            loose = (cut_to(written.printed), last_digits_off(written.printed))
            explained = any(
                search.is_right or any(interval.holds(value) for interval in loose)
                for search in searches
                for value in search.expected
            )
            if not explained:
                return place
        before[written.quantity] = written.interval
    return None
