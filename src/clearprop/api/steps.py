"""One training step: worked, checked and set as an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.errors import SettingError

if TYPE_CHECKING:
    from clearprop.checking.report import Report
    from clearprop.network.lesson import Lesson
    from clearprop.tracing.trace import Trace
    from clearprop.worksheets.worksheet import Worksheet


def trace(
    lesson: Lesson | str | PathLike[str] | None = None,
    *,
    steps: int | None = None,
    by_hand: int | None = None,
    verify: bool = False,
) -> Trace:
    """Return one training step with all its work shown, or the last of several steps.

    `lesson` is a `Lesson` or a lesson file; without one it is the seed's 2-1-1 network. `by_hand`
    is a number of digits for the arithmetic of paper, `verify` puts a central difference beside
    each gradient.

    Raises
    ------
    ClearpropError: something given does not fit, in one sentence.

    >>> trace()["dL/dw3"].value
    -0.12162083549961815
    """
    from clearprop.network.lesson import seed_lesson
    from clearprop.tracing.trace import trace_steps

    found = seed_lesson() if lesson is None else lesson_of("trace", lesson)
    return trace_steps(found, steps, by_hand=by_hand, verify=verify)


def lesson_of(function: str, lesson: Lesson | str | PathLike[str]) -> Lesson:
    """Return a lesson as it is, or the lesson of a file."""
    from clearprop.network.lesson import Lesson, read_lesson

    if isinstance(lesson, str | PathLike):
        return read_lesson(Path(lesson))
    if not isinstance(lesson, Lesson):
        raise SettingError(
            f"{function} takes a Lesson or a lesson file, not {type(lesson).__name__}; a Lesson "
            "is made of parameters, x, y and learning"
        )
    return lesson


def check(
    solution: str | PathLike[str],
    lesson: Lesson | str | PathLike[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Report:
    """Return the marks of a worked solution: a text, or the `Path` of a file.

    It is held against `lesson`, a `Lesson` or a lesson file; without one the network is read out of
    the solution itself. `names` maps its names to clearprop's, as in `{"net_h1": "z_h1"}`.

    Raises
    ------
    ClearpropError: something given does not fit, in one sentence.

    >>> [j.mark for j in check("z_h = 0.5 × 1 + 0.3 × 2 = 1.2", trace().step.lesson).judgements]
    ['right', 'wrong']
    """
    from clearprop.checking.marking import check as mark
    from clearprop.checking.source import read_solution

    if not isinstance(solution, str | PathLike):
        raise SettingError(
            f"check takes the text of a solution or the Path of its file, not a "
            f"{type(solution).__name__}"
        )
    text = solution if isinstance(solution, str) else read_solution(Path(solution))
    given = None if lesson is None else lesson_of("check", lesson)
    return mark(text, given, {} if names is None else names)


def worksheet(
    network: Lesson | str | PathLike[str] | list[int] | tuple[int, ...],
    seed: int | None = None,
    *,
    activation: str | None = None,
    loss: str | None = None,
    rate: float | None = None,
    biases: bool | None = None,
) -> Worksheet:
    """Return an exercise with blanks: of a lesson or its file, or of a network of these layers.

    For layers, or with a seed, its numbers are drawn: every answer has three digits then, and every
    known misconception changes one. `document` gives exercise, key (`answers=True`) and answer
    sheet ("csv"), which `check` marks against `sheet.lesson`.

    Raises
    ------
    ClearpropError: something given does not fit, or no good numbers are found, in one sentence.

    >>> [blank.id for blank in worksheet([2, 1, 1], seed=1).blanks][:4]
    ['z_h', 'h', 'z_out', 'yhat']
    """
    from clearprop.worksheets.drawing import exercises
    from clearprop.worksheets.pattern import pattern

    layers = network if isinstance(network, list | tuple) else None
    base = layers or lesson_of("worksheet", network)  # type: ignore[arg-type]
    found = pattern(base, activation=activation, loss=loss, rate=rate, biases=biases)
    seeds = [] if seed is None and layers is None else [1 if seed is None else seed]
    return next(exercises(found, seeds))


def document(
    trace: Trace | Report | Worksheet,
    format: str = "text",
    *,
    digits: int = 4,
    explain: str | None = None,
    answers: bool = False,
) -> str:
    """Return a trace as text, markdown, latex, html, json or a program in python.

    "lesson" is a page to step through, "svg" an image of the network with its numbers. `explain`
    asks only how one quantity came about. A marked solution comes as text, markdown, html or json;
    a worksheet as markdown, latex, html, or csv, its answer sheet; `answers` fills it in.

    >>> print(document(trace(), explain="z_h"))
    Given
      x₁ = 1   x₂ = 2   w₁ = 0.5   w₂ = 0.3
    <BLANKLINE>
    Derivation
      z_h = w₁ × x₁ + w₂ × x₂ = 0.5 × 1 + 0.3 × 2 = 1.1
    <BLANKLINE>
    """
    from clearprop.checking.report import Report
    from clearprop.render.documents import report_document, trace_document, worksheet_document
    from clearprop.tracing.trace import Trace

    if isinstance(trace, Trace):
        return trace_document(trace, format, digits, explain)
    if isinstance(trace, Report):
        return report_document(trace, format)
    return worksheet_document(trace, format, answers)
