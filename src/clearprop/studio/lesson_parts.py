"""What can be changed or asked about in a lesson that is shown: its numbers, units, rules.

Comes in: a trace. Goes out: tables for the browser. A part of the drawing is named by the line that
it links to, a number that is given by its own line.
"""

from __future__ import annotations

from typing import Any

from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.losses import LOSSES, REDUCTIONS
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    Quantity,
    Target,
    Weight,
    gradient,
)
from clearprop.render.lesson_page import is_shown
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.scenes import Stage
from clearprop.tracing.trace import Trace

Told = dict[str, Any]
ALWAYS = ("rate", "weight_decay")  # constants that every lesson can change
CHOICES = {
    "activation": list(ACTIVATIONS),
    "loss": list(LOSSES),
    "optimizer": list(OPTIMIZERS),
    "reduction": list(REDUCTIONS),
}


def parts(trace: Trace) -> dict[str, Told]:
    """Return what stands behind each link of the drawing and each number that is given."""
    if not trace.readable:
        return {}
    stage = Stage(trace)
    found = {}
    for quantity in trace.given_quantities:
        told = part(trace, quantity, gradient_id(trace, quantity))
        if told is not None:
            found[trace.writer.id(quantity)] = told
    examples = range(len(trace.step.lesson.x))
    for example in (k for k in examples if is_shown(trace, k + 1)):
        for place, link in stage.links(example).items():
            told = part(trace, stage.at(place, example) or place, link)
            if told is not None:
                found[link] = told
    return found


def part(trace: Trace, quantity: Quantity, why: str | None) -> Told | None:
    """Return what is told of a quantity; `why` is the line that its derivation is asked with."""
    name = trace.writer.id(quantity)
    told: Told = {"name": name, "shown": mark_text(trace.writer.symbol(quantity))}
    match quantity:
        case Weight() | Bias():
            about = mark_text(trace.writer.symbol(trace.find(why or name)))
            return told | number(trace, name) | {"why": why, "about": about}
        case Activation(0, unit, _):
            return told | number(trace, name) | {"layer": 0, "unit": unit}
        case Target() | Constant():
            return told | number(trace, name)
        case Activation(layer, unit, _):
            place = {"layer": layer, "unit": unit, "why": why, "about": told["shown"]}
            return told | {"kind": "unit"} | place
        case Loss():
            return told | {"kind": "loss", "why": why, "about": told["shown"]}
    return None


def number(trace: Trace, name: str) -> Told:
    """Return what is told of a number that can be changed."""
    return {"kind": "number", "value": trace[name].value}


def gradient_id(trace: Trace, quantity: Quantity) -> str | None:
    """Return the line of a parameter's gradient, or None for anything else."""
    return trace.writer.id(gradient(quantity)) if isinstance(quantity, Weight | Bias) else None


def settings(trace: Trace) -> Told:
    """Return the shape of the network, the rules and the constants of a lesson."""
    lesson = trace.step.lesson
    network, learning = lesson.network, lesson.learning
    return {
        "layers": list(network.layers),
        "activations": list(network.activations),
        "biases": list(network.biases),
        "examples": len(lesson.x),
        "loss": learning.loss,
        "optimizer": learning.optimizer,
        "reduction": learning.reduction,
        "constants": [constant(lesson, name) for name in constants(trace)],
    }


def constants(trace: Trace) -> list[str]:
    """Return the constants that a step goes by, by name, and those that it could."""
    given = trace.given_quantities if trace.readable else ()
    used = {quantity.name for quantity in given if isinstance(quantity, Constant)} - {"pi"}
    return [name for name in CONSTANTS if name in used.union(ALWAYS)]


def constant(lesson: Lesson, name: str) -> Told:
    """Return a constant with its letter and its value."""
    value = lesson.learning.values(lesson.network)[name]
    shown = mark_text(lesson.names.symbol(Constant(name)))
    return {"name": name, "shown": shown, "value": value}
