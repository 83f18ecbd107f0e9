"""What can go wrong, as sentences: what, what was given, what is allowed, the way out.

ClearpropError                 exit code 2: something given does not fit
├── UnknownName                a name that is not in a table (the nearest known one is offered)
├── ShapeError                 arrays, layers or lists that do not fit each other
├── SettingError               an option or a value out of its range
├── LessonError                a lesson file that cannot be read
├── SolutionError              a worked solution that cannot be read or marked
├── DataError                  a table, a column or a value that cannot be learnt from
├── RunError                   a run folder that is missing, damaged or already there
├── MissingExtra               an optional package that is not installed
└── FailedRun                  exit code 1: the work began and broke
    ├── Diverged               training reached a number that is not finite
    └── Disagreement           an explanation and the engine differ: never shown, always an error
"""

from collections.abc import Iterable
from difflib import get_close_matches


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "number"), counted(3, "number")
    ('1 number', '3 numbers')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class ClearpropError(Exception):
    """A mistake that is told in one sentence; the command line prints it and exits."""

    exit_code = 2


class UnknownName(ClearpropError):
    """A name that is not in a table."""

    @classmethod
    def of(cls, kind: str, given: str, known: Iterable[str]) -> "UnknownName":
        """Return the error for `given`, with the nearest known name and the list of all.

        >>> print(UnknownName.of("activation", "sigmoyd", ["relu", "sigmoid"]))
        unknown activation 'sigmoyd'; did you mean 'sigmoid'? Known: relu, sigmoid
        """
        names = list(known)
        near = get_close_matches(given, names, n=1) or get_close_matches(given.lower(), names, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        return cls(f"unknown {kind} '{given}'{hint} Known: {', '.join(names)}")


class ShapeError(ClearpropError):
    """Arrays, layers or lists that do not fit each other."""


class SettingError(ClearpropError):
    """An option or a value out of its range."""


class LessonError(ClearpropError):
    """A lesson file that cannot be read."""


class SolutionError(ClearpropError):
    """A worked solution that cannot be read or marked."""


class DataError(ClearpropError):
    """A table, a column or a value that cannot be learnt from."""


class RunError(ClearpropError):
    """A run folder that is missing, damaged or already there."""


class MissingExtra(ClearpropError):
    """An optional package that is not installed."""


class FailedRun(ClearpropError):
    """The work began and broke."""

    exit_code = 1


class Diverged(FailedRun):
    """Training reached a number that is not finite."""


class Disagreement(FailedRun):
    """An explanation and the engine differ."""
