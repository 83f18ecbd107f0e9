"""Marking a solution from its text: what is read, understood and judged, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clearprop.checking import passes
from clearprop.checking.alone import Arithmetic
from clearprop.checking.examples import with_examples, with_its_examples
from clearprop.checking.fitting_names import with_fitting_names
from clearprop.checking.given_names import given_names, sheet_names
from clearprop.checking.judging import Marker
from clearprop.checking.meanings import Meanings
from clearprop.checking.names import NameMatcher
from clearprop.checking.proposing import proposed
from clearprop.checking.reading.document import read
from clearprop.checking.report import Report
from clearprop.checking.solution import Chain, Solution
from clearprop.checking.spellings import Spellings, met
from clearprop.checking.understanding import Told, matched, understood
from clearprop.checking.vectors import Spelling, flat
from clearprop.checking.versions import with_versions
from clearprop.network.lesson import Lesson

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def check(text: str, lesson: Lesson | None = None, names: Mapping[str, str] = NO_NAMES) -> Report:
    r"""Return a worked solution with a mark on every equality.

    Without a lesson the network and its numbers are read out of the text. `names` maps names of the
    solution to clearprop's, where they are not matched as they should be.

    Raises
    ------
    UnknownName: a name is mapped to a quantity that clearprop does not know.
    SettingError: a name that is mapped does not stand in the solution.

    >>> check("z = w*x = 0.5 × 2 = 1\nh = σ(z) = 0.73\nL = (y - h)² = 0.07\ny = 1").count("right")
    8
    """
    solution = read(text)
    if lesson is not None:
        names = {**sheet_names(text, lesson), **names}
    names = given_names(names, solution, lesson)
    if lesson is not None:
        groups, told = told_by_lesson(solution, lesson, names)
        return marked(groups, told, solution, names)
    solution = with_versions(with_its_examples(solution), names)
    groups = Spelling().groups(solution)
    read_off = understood(flat(groups, solution))
    if read_off is not None:
        return marked(groups, read_off, solution, names, from_text=True)
    proposal = proposed(solution)
    if proposal.lesson is None:
        judgements = tuple(Arithmetic().judgements(groups))
        return Report(solution.lines, judgements, missing=proposal.missing)
    groups, told = told_by_lesson(solution, proposal.lesson, names)
    told = Told(told.lesson, {**told.names, **proposal.names}, proposal.gaps)
    return marked(groups, told, solution, names, from_text=True)


def told_by_lesson(
    solution: Solution, lesson: Lesson, names: Mapping[str, str]
) -> tuple[list[list[Chain]], Told]:
    """Return a solution's chains, vectors spelled out, and what its names mean in a lesson."""
    if len(lesson.x) > 1:
        solution = with_examples(solution, len(lesson.x))
    solution = with_versions(solution, names)
    groups = Spelling(lesson).groups(solution)
    return groups, Told(lesson, matched(flat(groups, solution), lesson))


def marked(
    groups: list[list[Chain]],
    told: Told,
    solution: Solution,
    names: Mapping[str, str],
    from_text: bool = False,
) -> Report:
    """Return the marks of a solution whose network is known."""
    solution, meanings = flat(groups, solution), Meanings.of(told.lesson)
    spellings = Spellings.of(solution)
    by_hand = {spellings.read(theirs): ours for theirs, ours in names.items()}

    def matcher_of(groups: list[list[Chain]]) -> NameMatcher:
        return NameMatcher(meanings, flat(groups, solution), by_hand, dict(told.names))

    groups = with_fitting_names(groups, matcher_of)
    matcher = matcher_of(groups)
    matcher.check_names()
    marker = Marker(meanings, matcher, told.gaps)
    judgements = tuple(passes.judgements(marker, groups))
    pairs = {key: ours for key, meaning in met(matcher) if (ours := marker.id(meaning))}
    shown = tuple((spellings.shown(key), ours) for key, ours in pairs.items())
    return Report(solution.lines, judgements, told.lesson, from_text, shown, told.gaps.open)
