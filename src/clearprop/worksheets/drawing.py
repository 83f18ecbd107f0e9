"""Numbers for an exercise, drawn from a seed until they tell.

Comes in: a lesson that says what network it is, how it learns, and how many examples. Goes out: the
lesson with inputs, targets, weights and biases of one or two digits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from clearprop.errors import SettingError
from clearprop.formulas.losses import loss
from clearprop.network.initializers import checked_seed
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Array, Parameters
from clearprop.tracing.values import Values, run_step
from clearprop.worksheets.telling import (
    Misconception,
    first_hidden,
    is_readable,
    misconceptions,
    unreadable,
)
from clearprop.worksheets.working import DIGITS
from clearprop.worksheets.worksheet import Worksheet, check_size, worksheet_of

MOST_DRAWS = 500
MOST_REPAIRS = 5_000  # numbers drawn anew, one after the other, where no draw was good
MOST_HIDING = 200  # draws with readable answers that hide a misconception
LARGEST_WEIGHT, LARGEST_INPUT = 95, 19  # in hundredths, and in tenths
GENERIC = 20_060_609  # a seed for numbers at random, the same in every run


def exercises(lesson: Lesson, seeds: Sequence[int]) -> Iterator[Worksheet]:
    """Yield an exercise for each seed, its numbers drawn; without seeds, the lesson's own.

    Raises
    ------
    SettingError: no good numbers are found for a seed; it says what was in the way.
    """
    check_size(lesson)
    if not seeds:
        yield worksheet_of(lesson)
        return
    possible = list(misconceptions(values_of(at_random(lesson))))
    for seed in seeds:
        yield worksheet_of(drawn(lesson, checked_seed(seed), possible), seed)


def drawn(lesson: Lesson, seed: int, possible: Sequence[Misconception]) -> Lesson:
    """Return the lesson with the first numbers of a seed that tell."""
    generator = np.random.default_rng(seed)
    hidden: Counter[str] = Counter()
    for found in chain(draws(lesson, generator), repairs(lesson, generator)):
        unseen = first_hidden(values_of(found), possible)
        if unseen is None:
            return found
        hidden[unseen.mistake.id] += 1
        possible = sorted(possible, key=lambda other: other is not unseen)  # asked first next time
        if hidden.total() == MOST_HIDING:
            break
    raise SettingError(f"no good numbers were found for exercise {seed}: {why_not(hidden)}")


def draws(lesson: Lesson, generator: np.random.Generator) -> Iterator[Lesson]:
    """Yield the lesson with drawn numbers that give readable answers."""
    for _ in range(MOST_DRAWS):
        found = with_numbers(lesson, generator)
        if is_readable(values_of(found)):
            yield found


def repairs(lesson: Lesson, generator: np.random.Generator) -> Iterator[Lesson]:
    """Yield the same where a draw is seldom readable: one number after the other drawn anew.

    A step is taken where it leaves no more answers unreadable than there were. From readable
    numbers it goes on with other targets.
    """
    found = with_numbers(lesson, generator)
    faults = count_unreadable(found)
    for _ in range(MOST_REPAIRS):
        drawn = with_numbers(lesson, generator)
        other = with_another(found, drawn, generator)
        if (left := count_unreadable(other)) <= faults:
            found, faults = other, left
        if not faults:
            yield found
            found = replace(found, y=drawn.y)
            faults = count_unreadable(found)


def with_another(lesson: Lesson, drawn: Lesson, generator: np.random.Generator) -> Lesson:
    """Return a lesson with one of its numbers, or one example's targets, as in another draw."""
    weights, x, y = lesson.parameters.vector.copy(), lesson.x.copy(), lesson.y.copy()
    place = int(generator.integers(weights.size + x.size + len(y)))
    if place < weights.size:
        weights[place] = drawn.parameters.vector[place]
    elif (of_x := place - weights.size) < x.size:
        x.flat[of_x] = drawn.x.flat[of_x]
    else:
        y[of_x - x.size] = drawn.y[of_x - x.size]
    return replace(lesson, parameters=Parameters(lesson.network, weights), x=x, y=y)


def count_unreadable(lesson: Lesson) -> int:
    """Return how many answers and gradients are in the way of a readable exercise."""
    return sum(1 for _ in unreadable(values_of(lesson)))


def why_not(hidden: Counter[str]) -> str:
    """Return what was in the way of good numbers."""
    if not hidden:
        return (
            f"in {MOST_DRAWS + MOST_REPAIRS:,} draws the answers could not all be written with "
            f"{DIGITS} digits (or a gradient was 0); a smaller network may help"
        )
    most = hidden.most_common(1)[0][0]
    return (
        f"in {hidden.total():,} draws a misconception changed no answer by more than rounding "
        f"explains, most often {most}; a larger --rate may help"
    )


def values_of(lesson: Lesson) -> Values:
    """Return the values of a lesson's step."""
    return Values(run_step(lesson))


def with_numbers(lesson: Lesson, generator: np.random.Generator) -> Lesson:
    """Return the lesson with drawn numbers of few digits, none of them 0 or 1."""
    signs = generator.choice((-1, 1), size=lesson.network.parameter_count)
    sizes = generator.integers(5, LARGEST_WEIGHT, size=signs.size, endpoint=True)
    tenths = generator.integers(2, LARGEST_INPUT, size=lesson.x.shape, endpoint=True)
    return replace(
        lesson,
        parameters=Parameters(lesson.network, signs * sizes / 100),
        x=np.where(tenths == 10, 11, tenths) / 10,
        y=targets(lesson, generator),
    )


def targets(lesson: Lesson, generator: np.random.Generator) -> Array:
    """Return targets that the loss is defined for: hundredths, or 0 and 1 for classes."""
    shape, takes = lesson.y.shape, loss(lesson.learning.loss).targets
    if takes == "distribution":
        return np.asarray(np.eye(shape[1])[generator.integers(shape[1], size=shape[0])])
    if takes == "any":
        return np.asarray(generator.integers(5, LARGEST_WEIGHT, size=shape, endpoint=True) / 100)
    return np.asarray(generator.integers(0, 1, size=shape, endpoint=True), dtype=np.float64)


def at_random(lesson: Lesson) -> Lesson:
    """Return the lesson with numbers of all digits, at which nothing is equal by chance."""
    generator = np.random.default_rng(GENERIC)
    return replace(
        lesson,
        parameters=Parameters(
            lesson.network, generator.uniform(0.1, 0.9, size=lesson.network.parameter_count)
        ),
        x=np.asarray(generator.uniform(0.1, 0.9, size=lesson.x.shape)),
        y=targets(lesson, generator),
    )
