"""Many steps in a row: the loss and the weights on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from clearprop.errors import Diverged, SettingError
from clearprop.network.lesson import Lesson
from clearprop.trace.values import Step, run_step

MOST_ROWS = 1000


@dataclass(frozen=True)
class HistoryRow:
    """The loss with the parameters that stand after `step` finished updates."""

    step: int
    loss: float
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class History:
    """The first step of several, and rows from step 0 to the last, thinned to at most 1,000."""

    first: Step
    rows: tuple[HistoryRow, ...]


def repeat(
    lesson: Lesson, steps: int, progress: Callable[[int], None] = lambda step: None
) -> tuple[Step, History]:
    """Return the last of a number of steps, and the history of all.

    Raises
    ------
    SettingError: fewer than one step.
    Diverged: the loss or a parameter is no longer finite; the step is named.
    """
    if steps < 1:
        raise SettingError(f"--steps takes a whole number of at least 1, not {steps}")
    kept = set(np.linspace(0, steps, num=min(steps + 1, MOST_ROWS)).astype(int).tolist())
    step = first = run_step(lesson)
    rows = []
    for number in range(steps):
        if number > 0:
            step = run_step(replace(lesson, parameters=step.updated), step.next_state)
            progress(number)
        check_finite(step, number)
        if number in kept:
            rows.append(row(number, step.loss, step.lesson))
    rows.append(row(steps, step.new_loss, replace(lesson, parameters=step.updated)))
    return step, History(first, tuple(rows))


def row(number: int, loss: float, lesson: Lesson) -> HistoryRow:
    """Return the row of a state; a large network's parameters are left out."""
    vector = lesson.parameters.vector if lesson.network.readable else ()
    return HistoryRow(number, loss, tuple(float(value) for value in vector))


def check_finite(step: Step, number: int) -> None:
    """Raise Diverged where a step reached a number that is not finite."""
    if not math.isfinite(step.loss):
        raise Diverged(
            f"the loss is {step.loss} after {number} steps; a smaller rate or smaller weights help"
        )
    if not np.isfinite(step.updated.vector).all():
        layer = next(
            layer
            for layer, places in enumerate(step.updated.slices, start=1)
            if not np.isfinite(step.updated.vector[places[0].start : places[1].stop]).all()
        )
        raise Diverged(
            f"step {number + 1} gives layer {layer} a weight that is not finite; "
            "a smaller rate or smaller weights help"
        )
