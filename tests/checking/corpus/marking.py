"""The corpus marked: for each case whether the first wrong line was found, and its mistake named.

Comes in: a mistake's id (or "" for a right solution), a seed, a number of digits. Goes out: an
`Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass

from checking.corpus.cases import Case, right_case, wrong_case
from clearprop.checking.marking import check


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    drawn  whether a network was found where the mistake is to be seen
    found  whether the first line marked wrong is the one with the mistake (none of a right one)
    first  whether the mistake is named, and first
    named  whether the mistake is named: beside others that give the same digits
    """

    mistake: str
    seed: int
    digits: int
    drawn: bool
    found: bool = False
    first: bool = False
    named: bool = False


def outcome(mistake: str, seed: int, digits: int) -> Outcome:
    """Return what becomes of the case of a mistake and a seed."""
    case = wrong_case(mistake, seed, digits) if mistake else right_case(seed, digits)
    return Outcome(mistake, seed, digits, False) if case is None else marked(case, seed)


def marked(case: Case, seed: int) -> Outcome:
    """Return what becomes of a case."""
    first = check(case.text, case.lesson).first_wrong
    digits = case.manner.digits
    if case.wrong is None:
        return Outcome(case.mistake, seed, digits, True, found=first is None)
    found = first is not None and first.line == case.wrong + 1
    names = first.mistakes if found and first is not None else ()
    return Outcome(
        case.mistake,
        seed,
        digits,
        drawn=True,
        found=found,
        first=names[:1] == (case.mistake,),
        named=case.mistake in names,
    )
