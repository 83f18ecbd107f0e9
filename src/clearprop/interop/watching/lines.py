"""The lines of one update: the rate, clipping, and the optimizer's trees with PyTorch's numbers.

Comes in: an update, one parameter of it and its rule. Goes out: lines as a trace has them; the last
one gives the new value. A line whose result PyTorch keeps (m, v, the buffer of momentum) has
PyTorch's own number; it has to be what the tree comes to, but for rounding, or there is no line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.errors import Disagreement
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression, Sum, Variable, variables
from clearprop.formulas.notation import Mark, Symbol, ratio
from clearprop.interop.watching.names import Chosen
from clearprop.interop.watching.replay import State, Update
from clearprop.interop.watching.rules import Rule
from clearprop.ledgers.update_lines import CLIPPED, FACTOR, computed
from clearprop.tracing.lines import Line

ROUNDINGS = 64  # in units of the last place: more is no rounding
DECAYED = "g_decayed"


def update_lines(
    update: Update, chosen: Chosen, rule: Rule, gradient: float, factor: float, used: float
) -> Iterator[Line]:
    """Yield the lines from the gradient to the new value."""
    name, marks = chosen.name, Marks(chosen.symbol)
    place = int(chosen.places[name][0])
    w = float(update.before[name].ravel()[place])
    values: dict[str, Any] = {**rule.constants, "weight_decay": rule.decay, "w": w, "g": gradient}
    values |= carried_in(rule, update.state_before[name], place)
    yield Line("eta", Symbol("eta"), float(rule.constants["rate"]))
    note = "the sum of the examples' shares" if chosen.linear else "recorded as a whole"
    yield Line(marks("g").id, marks("g"), gradient, note=note)
    if factor != 1.0:
        yield from clipping(values, marks, factor, used)
    lines = list(lines_of(rule, update.state_before[name]))
    if rule.decay and rule.coupled:
        lines.insert(0, (DECAYED, Variable("g") + Variable("weight_decay") * Variable("w")))
    after = kept_after(rule, update, name, place)
    eps = float(np.finfo(update.before[name].dtype).eps)
    shown: set[str] = set()
    for line, tree in lines:
        for given in dict.fromkeys(variables(tree)):
            if given in (*rule.state, *rule.powers) and given not in shown:
                shown.add(given)
                yield Line(marks(given).id, marks(given), values[given], note="carried in")
        value = float(evaluate(tree, values, FLOATS))
        own = after.get(line)
        if own is not None:
            check(line, tree, values, own, value, eps)
            value = own if line != "w_new" else value
        note = "with weight decay" if line == DECAYED else ""
        yield computed(marks(line), value, tree, values, marks, note)
        values["g" if line == DECAYED else line] = value
        if line == DECAYED:
            marks.decayed = True


def clipping(values: dict[str, Any], marks: Marks, factor: float, used: float) -> Iterator[Line]:
    """Yield what the gradient was multiplied by, and the gradient after it."""
    yield Line(FACTOR, Symbol(FACTOR), factor, note="by which the loop scaled the gradient")
    tree = Variable("g") * Variable(FACTOR)
    values[FACTOR] = factor
    before = {"g": marks("g"), FACTOR: Symbol(FACTOR)}
    marks.clipped = True
    yield computed(marks("g"), used, tree, values, before.__getitem__)
    values["g"] = used


def lines_of(rule: Rule, state: State) -> Iterator[tuple[str, Expression]]:
    """Yield the lines of a rule; the first step of momentum takes the gradient undampened."""
    for name, tree in rule.lines:
        first = (
            name == "b_new" and "dampening" in variables(tree) and "momentum_buffer" not in state
        )
        yield name, Variable("g") if first else tree


def carried_in(rule: Rule, state: State, place: int) -> dict[str, float]:
    """Return what was carried into an update: 0 for what PyTorch has not yet made."""
    steps = int(state["step"].ravel()[0]) if "step" in state else 0
    found = {
        name: float(state[key].ravel()[place]) if key in state else 0.0
        for name, key in rule.state.items()
    }
    return found | {name: rule.constants[of] ** steps for name, of in rule.powers.items()}


def kept_after(rule: Rule, update: Update, name: str, place: int) -> dict[str, float]:
    """Return PyTorch's own results, by the lines that they are of."""
    state = update.state_after[name]
    found = {
        f"{line}_new": float(state[key].ravel()[place])
        for line, key in rule.state.items()
        if key in state
    }
    return {**found, "w_new": float(update.after[name].ravel()[place])}


def check(
    line: str, tree: Expression, values: Mapping[str, Any], own: float, value: float, eps: float
) -> None:
    """Raise Disagreement where a line does not come to PyTorch's number, but for rounding."""
    parts = tree.terms if isinstance(tree, Sum) else (tree,)
    size = math.fsum(abs(float(evaluate(part, values, FLOATS))) for part in parts)
    if line == "w_new" and "c_new" in values:  # centered RMSprop takes c² off v, which cancels
        spread = values["v_new"] - values["c_new"] ** 2
        size *= max(1.0, values["v_new"] / max(spread, 1e-300))
    smallest = 1e-37 if eps > 1e-10 else 1e-300  # below them digits are lost
    if not (abs(own - value) <= ROUNDINGS * eps * size + smallest) and math.isfinite(own):
        raise Disagreement(
            f"PyTorch's {line} is {own!r}, but its line comes to {value!r}: the update was not"
            " what the optimizer's options say, so that it is not explained"
        )


class Marks:
    """The symbols of the variables of an update's lines, for one parameter."""

    def __init__(self, own: Symbol) -> None:
        self.own, self.clipped, self.decayed = own, False, False

    def __call__(self, name: str) -> Mark:
        """Return the symbol of a variable."""
        base, new = name.removesuffix("_new"), name.endswith("_new")
        if base == "w":
            own = self.own
            return Symbol(own.letter, own.subscript, own.layer, own.index, new)
        if base == "g" or name == DECAYED:
            if self.decayed or name == DECAYED:
                return Symbol("g", self.own)
            return Symbol(CLIPPED, self.own) if self.clipped else ratio(Symbol("L"), self.own)
        if base in ("beta1_t", "beta2_t"):
            return Symbol(base, new=new)
        if base in CONSTANTS:
            return Symbol(CONSTANTS[base].letter)
        if base == "dampening":
            return Symbol(base)
        return Symbol(base, self.own, new=new)
