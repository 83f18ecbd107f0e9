"""Many steps in a row: the loss and the weights on the way, and the last step in full.

Small networks are carried on by their straight-line program, in plain Python or, where steps are
very many, compiled; large ones by the arrays of the pass: the same bits. Where a step reaches a
number that is not finite, the arrays find out which it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, pairwise

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.equations.program import Program, straight_line
from clearprop.errors import Diverged, SettingError
from clearprop.network.lesson import Lesson
from clearprop.network.parameters import Parameters, place_of
from clearprop.network.quantities import Bias, Quantity, State, Weight
from clearprop.tracing.values import Step, Values, run_step, step_equations

MOST_ROWS = 1000
CHUNK = 20_000  # steps between two signs of life
COMPILED_FROM = 10_000_000  # statements to carry out: a second of plain Python

Advance = Callable[[Lesson, OptimizerState, int], tuple[Lesson, OptimizerState]]


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
    if steps < 1 or steps % 1:
        raise SettingError(f"--steps takes a whole number of at least 1, not {steps}")
    kept = {*range(0, steps, round_stride(steps, MOST_ROWS)), steps}
    stops = sorted({*kept, *range(0, steps, CHUNK), steps - 1})
    advance = by_program(lesson, steps) if lesson.network.readable else by_arrays
    first = last = checked(run_step(lesson), 0)
    rows = [row(0, first)]
    now, state = lesson, first.state
    for start, stop in pairwise(stops):
        now, state = advance(now, state, stop - start)
        progress(stop)
        if stop == steps:
            break
        if stop in kept or stop == steps - 1:
            last = checked(run_step(now, state), stop)
        if stop in kept:
            rows.append(row(stop, last))
    rows.append(HistoryRow(steps, last.new_loss, parameters_of(last.updated)))
    return last, History(first, tuple(rows))


def round_stride(steps: int, rows: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50, … that parts the steps into fewer rows than given.

    >>> round_stride(1000, 20), round_stride(1000, 1000)
    (100, 2)
    """
    strides: Iterator[int] = (digit * 10**power for power in count() for digit in (1, 2, 5))
    return next(stride for stride in strides if steps // stride + 2 <= rows)


def row(number: int, step: Step) -> HistoryRow:
    """Return the row of the state that a step starts from."""
    return HistoryRow(number, step.loss, parameters_of(step.lesson.parameters))


def parameters_of(parameters: Parameters) -> tuple[float, ...]:
    """Return the parameters as floats; those of a large network are left out."""
    return tuple(parameters.vector.tolist()) if parameters.network.readable else ()


# --- carrying on ---------------------------------------------------------------------------------


def by_arrays(lesson: Lesson, state: OptimizerState, steps: int) -> tuple[Lesson, OptimizerState]:
    """Return lesson and state after a number of steps of the reference pass."""
    for _ in range(steps):
        step = checked(run_step(lesson, state))
        lesson, state = replace(lesson, parameters=step.updated), step.next_state
    return lesson, state


def by_program(lesson: Lesson, steps: int) -> Advance:
    """Return the way to carry a lesson on by its straight-line program."""
    program = straight_line(step_equations(lesson))
    run, values = runner(program, steps), Values(run_step(lesson))
    fixed = [values[quantity] for quantity in program.fixed]

    def advance(now: Lesson, state: OptimizerState, steps: int) -> tuple[Lesson, OptimizerState]:
        given = (held(now, state, quantity) for quantity in program.carried)
        try:
            _, *carried = run(steps, *given, *fixed)
        except (ArithmeticError, ValueError):
            return by_arrays(now, state, steps)
        if not all(map(math.isfinite, carried)):
            return by_arrays(now, state, steps)
        return put(now, state, dict(zip(program.carried, carried, strict=True)))

    return advance


def runner(program: Program, steps: int) -> Callable[..., tuple[float, ...]]:
    """Return what runs a program: the compiler's work only where Python would take far longer."""
    if steps * len(program.statements) < COMPILED_FROM:
        return program.compile()
    from clearprop.engine.compilation import announce, entry, is_cached
    from clearprop.engine.straight_line import MOST_STATEMENTS, repeated_source

    if len(program.statements) > MOST_STATEMENTS:
        return program.compile()
    source = repeated_source(program)
    if not is_cached(source):
        announce(["this network's step"])
    return entry(source)


def held(lesson: Lesson, state: OptimizerState, quantity: Quantity) -> float:
    """Return the value of what a program carries on."""
    match quantity:
        case Weight() | Bias():
            return float(lesson.parameters.vector[place_of(lesson.parameters.network, quantity)])
        case State(name, None):
            return state.shared[name]
        case State(name, Weight() | Bias() as parameter):
            return float(state.vectors[name][place_of(lesson.parameters.network, parameter)])
    raise TypeError(f"not carried: {quantity!r}")


def put(
    lesson: Lesson, state: OptimizerState, carried: dict[Quantity, float]
) -> tuple[Lesson, OptimizerState]:
    """Return lesson and state with the values that a program carried on."""
    vector = lesson.parameters.vector.copy()
    vectors = {name: values.copy() for name, values in state.vectors.items()}
    shared = dict(state.shared)
    for quantity, value in carried.items():
        match quantity:
            case Weight() | Bias():
                vector[place_of(lesson.parameters.network, quantity)] = value
            case State(name, None):
                shared[name] = value
            case State(name, Weight() | Bias() as parameter):
                vectors[name][place_of(lesson.parameters.network, parameter)] = value
    parameters = lesson.parameters.with_vector(vector)
    return replace(lesson, parameters=parameters), OptimizerState(vectors, shared)


# --- numbers that are not finite -----------------------------------------------------------------


def checked(step: Step, number: int | None = None) -> Step:
    """Return the step, or raise Diverged where it reached a number that is not finite."""
    after = "" if number is None else f" after {number} steps"
    if not math.isfinite(step.loss):
        raise Diverged(f"the loss is {step.loss}{after}; a smaller rate or smaller weights help")
    if not np.isfinite(step.updated.vector).all():
        layer = next(
            layer
            for layer, places in enumerate(step.updated.slices, start=1)
            if not np.isfinite(step.updated.vector[places[0].start : places[1].stop]).all()
        )
        raise Diverged(
            f"the update{after} gives layer {layer} a weight that is not finite; "
            "a smaller rate or smaller weights help"
        )
    return step
