"""Trace -> JSON, the stable form that other programs read (DESIGN: JSON of a trace).

Numbers are written so that they read back to the same float64; `digits` changes only the strings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from clearprop import __version__
from clearprop.network.lesson import Lesson, lesson_tables
from clearprop.network.parameters import Array, Parameters
from clearprop.render.numbers import json_number, number_text
from clearprop.render.text_symbols import formula_text, mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.overview import OverviewRow
from clearprop.tracing.trace import Section, Trace


def numbers(array: Array | None) -> Any:
    """Return an array as nested lists, with words for what is not finite."""
    if array is None:
        return None
    if np.isfinite(array).all():
        return array.tolist()
    return [
        json_number(v) if isinstance(v, float) else numbers(np.array(v)) for v in array.tolist()
    ]


def parameters_json(parameters: Parameters) -> dict[str, Any]:
    """Return weights and biases, one entry per layer."""
    return {
        "weights": [numbers(weights) for weights in parameters.weights],
        "biases": [numbers(biases) for biases in parameters.biases],
    }


def line_json(line: Line, digits: int) -> dict[str, Any]:
    """Return one line: names, strings, and the value in full."""
    entry = {
        "id": line.id,
        "symbol": mark_text(line.symbol),
        "formula": None if line.names is None else formula_text(line.names, digits),
        "substitution": None if line.numbers is None else formula_text(line.numbers, digits),
        "value": json_number(line.value),
    }
    if line.function is not None:
        entry["function"] = formula_text(line.function, digits)
    if line.by_hand is not None:
        entry["by_hand"] = json_number(float(line.by_hand))
        entry["by_hand_text"] = number_text(line.by_hand, digits)[0]
    if line.difference is not None:
        entry["central_difference"] = json_number(line.difference)
    if line.note:
        entry["note"] = line.note
    return entry


def network_json(lesson: Lesson) -> dict[str, Any]:
    """Return the architecture, one entry per layer, and the parameters before the step."""
    return {
        **lesson_tables(lesson)["network"],
        "activations": list(lesson.network.activations),
        "biases": list(lesson.network.biases),
        "parameters": parameters_json(lesson.parameters),
    }


def section_json(section: Section, digits: int) -> dict[str, Any]:
    """Return a titled step with its lines."""
    lines = [line_json(line, digits) for line in section.lines]
    return {"title": section.title, "phase": section.phase, "lines": lines}


def overview_json(row: OverviewRow) -> dict[str, Any]:
    """Return shape, norm and extreme entries of one quantity."""
    ends = {"smallest": row.smallest, "largest": row.largest}
    return {
        "quantity": row.title,
        "shape": list(row.shape),
        "norm": json_number(row.norm),
        **{end: {"id": mark.id, "value": json_number(v)} for end, (mark, v) in ends.items()},
    }


def trace_dict(trace: Trace, digits: int = 4) -> dict[str, Any]:
    """Return a whole trace as plain dictionaries and lists."""
    step = trace.step
    tables = lesson_tables(step.lesson)
    result: dict[str, Any] = {
        "clearprop": __version__,
        "network": network_json(step.lesson),
        "example": tables["example"],
        "learning": tables["learning"],
        "given": [line_json(line, digits) for line in trace.given] if trace.readable else [],
        "forward": {
            "z": [numbers(z) for z in step.forward.z],
            "a": [numbers(a) for a in step.forward.a],
        },
        "loss": json_number(step.loss),
        "backward": {
            "delta": [numbers(delta) for delta in step.backward.delta],
            **parameters_json(step.backward.gradient),
        },
        "updated": parameters_json(step.updated),
        "new_loss": json_number(step.new_loss),
        "steps": [section_json(section, digits) for section in trace.steps],
    }
    if not trace.readable:
        result["overview"] = [overview_json(row) for row in trace.overview]
    if trace.history is not None:
        rows = trace.history.rows
        result["history"] = [{"step": row.step, "loss": json_number(row.loss)} for row in rows]
    return result


def trace_json(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as JSON."""
    return json.dumps(trace_dict(trace, digits), ensure_ascii=False, allow_nan=False) + "\n"


def explanation_json(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as JSON: its lines, operands first."""
    entries = [line_json(line, digits) for line in lines]
    document = {"clearprop": __version__, "lines": entries}
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"
