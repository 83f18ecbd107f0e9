"""The lines of an update: the rate of its step, clipping, and the update rule's trees with numbers.

Comes in: a moment, a parameter and its gradient. Goes out: lines as a trace has them, the last of
which gives the new value. Each is evaluated from its tree in the arithmetic and the type of the
run: the very operations of the engine's own update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.equations.step import Equation
from clearprop.equations.update import UpdateEquations
from clearprop.errors import Disagreement
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression, Variable, variables
from clearprop.formulas.notation import Mark, Symbol
from clearprop.formulas.schedules import WARM_UP, schedule
from clearprop.network.lesson import frozen_mask
from clearprop.network.names import Names
from clearprop.network.quantities import (
    Bias,
    Constant,
    Decayed,
    Parameter,
    Quantity,
    Slope,
    State,
    Weight,
    gradient,
)
from clearprop.runs.moment import Moment
from clearprop.tracing.lines import Line, line_trees
from clearprop.training.engine import cuts_before
from clearprop.training.reference import ReferenceEngine
from clearprop.training.schedules import schedule_values

FACTOR, CLIPPED = "clipping", "clipped"
OWN = {"rate": Symbol("eta", "0")}  # in a schedule: the rate that was asked for


def update_lines(
    moment: Moment, parameter: Parameter, place: int, slope: float, factor: float | None
) -> Iterator[Line]:
    """Yield the lines from the gradient to the new value.

    `factor` is what clipping multiplied the gradient by; None for a run without it.
    """
    yield from rate_lines(moment)
    run, names = moment.run, Names(moment.run.network)
    own, symbol = gradient(parameter), names.symbol
    note = "the sum of the examples' shares"
    yield Line(names.id(own), symbol(own), slope, note=note)
    values = given_values(moment, parameter, place)
    values[own] = np.array([slope], dtype=run.settings.dtype)
    if factor is not None:
        values[FACTOR] = factor
        yield from clipping_lines(moment, own, values, names)
    frozen = bool(frozen_mask(run.network, run.learning.frozen)[place])
    equations = UpdateEquations(moment.learning, frozenset([parameter] if frozen else []))
    arithmetic = ReferenceEngine(moment.job, run.replay.plan.shape.arithmetic).products.formulas

    def marked(quantity: Quantity) -> Mark:
        clipped = factor is not None and quantity == own
        return clipped_symbol(names, parameter) if clipped else symbol(quantity)

    shared = [] if frozen else equations.shared_quantities()
    for quantity in (*shared, *equations.quantities(parameter)):
        tree = equations.tree(quantity)
        assert tree is not None, "the rule computes it"
        for given in given_states(tree, values, equations):
            yield Line(names.id(given), symbol(given), as_float(values[given]), note="carried in")
            values[given, "shown"] = True
        with np.errstate(all="ignore"):
            values[quantity] = evaluate(tree, values, arithmetic)
        numbers = {name: as_float(values[name]) for name in variables(tree)}
        note = "frozen" if frozen else "with weight decay" * isinstance(quantity, Decayed)
        value = as_float(values[quantity])
        yield computed(symbol(quantity), value, tree, numbers, marked, note)


def computed(
    symbol: Mark, value: float, tree: Expression, numbers: Mapping[Any, float],
    marked: Callable[[Any], Mark], note: str = "",
) -> Line:  # fmt: skip
    """Return the line of a tree: in names, with numbers, and its value."""
    trees = line_trees(Equation(symbol, tree), numbers, FLOATS, marked)  # type: ignore[arg-type]
    names, in_numbers = trees["names"], trees["numbers"]
    return Line(symbol.id, symbol, value, names=names, numbers=in_numbers, note=note)


def given_values(moment: Moment, parameter: Parameter, place: int) -> dict[Any, Any]:
    """Return what stands before the update: the weight, the constants, and what was carried."""
    run, optimizer = moment.run, moment.optimizer
    values: dict[Any, Any] = {
        Constant(name): value for name, value in moment.learning.values(run.network).items()
    }
    values[Constant("rate")] = moment.rate
    values[parameter] = moment.parameters.vector[place : place + 1]
    for name, vector in optimizer.vectors.items():
        values[State(name, parameter)] = vector[place : place + 1]
    for name, number in optimizer.shared.items():
        values[State(name, None)] = number
    return values


def given_states(
    tree: Expression, values: Mapping[Any, Any], equations: UpdateEquations
) -> Iterator[State]:
    """Yield what was carried into a tree, where no line before has shown it."""
    for name in dict.fromkeys(variables(tree)):
        carried = isinstance(name, State) and equations.carries(name.name)
        if carried and (name, "shown") not in values:
            yield name


def as_float(value: Any) -> float:
    """Return a number, or an array of one, as a float."""
    return float(np.asarray(value).reshape(-1)[0])


# --- clipping ------------------------------------------------------------------------------------


def clipping_lines(
    moment: Moment, own: Slope, values: dict[Any, Any], names: Names
) -> Iterator[Line]:
    """Yield the factor, and the gradient after it, which takes the other's place in the values."""
    most, factor = moment.run.settings.clip_norm, values[FACTOR]
    assert most is not None and isinstance(own.wrt, Weight | Bias)
    note = f"the whole gradient's norm is not above {most:g}"
    if factor != 1.0:
        note = f"the whole gradient's norm {most / factor:.4g} is above {most:g}"
    yield Line(FACTOR, Symbol(FACTOR), factor, note=note)
    tree = Variable(own) * Variable(FACTOR)
    symbols: dict[Any, Mark] = {own: names.symbol(own), FACTOR: Symbol(FACTOR)}
    numbers = {own: as_float(values[own]), FACTOR: factor}
    values[own] = evaluate(tree, values, FLOATS)
    clipped = clipped_symbol(names, own.wrt)
    yield computed(clipped, as_float(values[own]), tree, numbers, symbols.__getitem__)


def clipped_symbol(names: Names, parameter: Parameter) -> Symbol:
    """Return the symbol of a parameter's gradient after clipping."""
    own = names.symbol(parameter)
    assert isinstance(own, Symbol)
    return Symbol(CLIPPED, own)


# --- the rate ------------------------------------------------------------------------------------


def rate_lines(moment: Moment) -> Iterator[Line]:
    """Yield how the schedule and its warm-up came to the rate of the step."""
    settings, step = moment.run.settings, moment.step
    update = step + 1
    values: dict[str, Any] = {
        **schedule_values(settings, cuts_before(moment.state)),
        "epoch": float(step // moment.per_epoch),
        "progress": step / moment.job.steps,
        "update": float(update),
        "warmup_steps": float(settings.warmup * moment.per_epoch),
    }
    trees = []
    if settings.schedule != "constant":
        trees.append(("eta", schedule(settings.schedule).formula))
    if update <= values["warmup_steps"]:
        values["scheduled"] = values["rate"]
        trees = [("scheduled", tree) for _, tree in trees] + [("eta", WARM_UP)]
    if not trees:
        yield Line("eta", Symbol("eta"), moment.rate)
        return
    for name, tree in trees:
        found = values[name] = float(evaluate(tree, values, FLOATS))
        yield computed(Symbol(name), found, tree, values, rate_symbol)
    if values["eta"] != moment.rate:
        raise Disagreement(
            f"the rate of update {update} is {moment.rate!r}, but its schedule's formula gives"
            f" {values['eta']!r}; this is a fault of clearprop: please report it with the run"
        )


def rate_symbol(name: Any) -> Mark:
    """Return how a variable of the schedules is written."""
    letter = CONSTANTS[name].letter if name in CONSTANTS else name
    return OWN.get(name, Symbol(letter))
