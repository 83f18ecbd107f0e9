"""The side panel of the Train view: a weight, a unit or a row of the data at a moment, explained.

Comes in: a training, the step looked at, and what was clicked. Goes out: a title and HTML. A
weight's update is explained as `clearprop explain` does it, a unit and a row as `clearprop trace`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clearprop.errors import SettingError, counted
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Quantity,
    Slope,
    Weight,
    delta,
)
from clearprop.render.ledger_html import explanation_html, paragraph
from clearprop.render.lesson_lines import work_lines
from clearprop.render.numbers import number_text
from clearprop.render.text_symbols import mark_text
from clearprop.runs.naming import find_quantity
from clearprop.runs.run import Run
from clearprop.studio.trainer import Trainer
from clearprop.tracing.trace import Trace, trace_steps
from clearprop.training.divergence import find_break

DIGITS = 4
TOP = 8  # examples of a batch, by their shares


def panel(trainer: Trainer, at: int, asked: Mapping[str, Any]) -> dict[str, str]:
    """Return what the panel says about a weight, a bias, a unit or a row.

    Raises
    ------
    SettingError: there is no such thing, or the training broke before this update.
    """
    run, kind = trainer.run(at), asked.get("kind")
    if kind in ("weight", "bias"):
        if run.outcome.steps == at and not trainer.state.is_over:
            broke = find_break(trainer.plan.job, trainer.at(at))
            raise SettingError(f"{broke.sentence()}; the update before it can be explained")
        return weight_panel(run, at, parameter_of(run.network, asked))
    row = whole(asked, "row", run.source.rows)
    trace = trace_steps(run.at(at).lesson(row))
    if kind == "unit":
        layer = whole(asked, "layer", run.network.depth + 1)
        unit = whole(asked, "unit", run.network.layers[layer])
        about = f"row {row}, {run.part_in_words(row)}, after {counted(at, 'update')}"
        return unit_panel(trace, layer, unit, about)
    return row_panel(run, trace, row)


def whole(asked: Mapping[str, Any], name: str, count: int) -> int:
    """Return a whole number of an ask, from 0 to count - 1."""
    value = asked.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise SettingError(f"{name} must be a whole number from 0 to {count - 1}, not {value!r}")
    return value


def parameter_of(network: Network, asked: Mapping[str, Any]) -> Weight | Bias:
    """Return the weight or bias that was clicked."""
    layer = whole(asked, "layer", network.depth + 1) or 1
    unit = whole(asked, "unit", network.layers[layer])
    if asked.get("kind") == "bias":
        return Bias(layer, unit)
    return Weight(layer, unit, whole(asked, "source", network.layers[layer - 1]))


def part_of(network: Network, name: str) -> dict[str, Any]:
    """Return the weight, bias or unit of a name, as a browser asks for it.

    Raises
    ------
    UnknownName: the network has nothing of that name.
    SettingError: it is something else.
    """
    found = find_quantity(network, name)
    if isinstance(found, Slope) and not isinstance(found.wrt, Activation):
        found = found.wrt  # a delta or a gradient: of its unit, of its weight
    if isinstance(found, Weight):
        return {"kind": "weight", "layer": found.layer, "unit": found.unit, "source": found.source}
    if isinstance(found, Bias):
        return {"kind": "bias", "layer": found.layer, "unit": found.unit}
    if isinstance(found, NetInput | Activation):
        return {"kind": "unit", "layer": found.layer, "unit": found.unit}
    raise SettingError(f"'{name}' is no weight, bias or unit; W1[0,0], b1[0] and a1[0] are")


def weight_panel(run: Run, at: int, parameter: Weight | Bias) -> dict[str, str]:
    """Return how the update that follows changes a weight or bias."""
    found = run.explain(Names(run.network).id(parameter), at)
    facts = {
        "value": found.value,
        "gradient": found.gradient,
        "update": found.update,
        "new value": found.new_value,
    }
    told = "".join(
        f"<div><dt>{name}</dt><dd>{number_text(value, DIGITS)[0]}</dd></div>"
        for name, value in facts.items()
    )
    work = explanation_html(found, TOP, DIGITS)
    return {"title": mark_text(found.symbols[0]), "html": f'<dl class="facts">{told}</dl>{work}'}


def unit_panel(trace: Trace, layer: int, unit: int, about: str) -> dict[str, str]:
    """Return what a unit computes for a row, and its share of the loss on the way back."""
    activation = Activation(layer, unit, 0)
    found: list[Quantity] = [activation]
    if layer:
        found = [NetInput(layer, unit, 0), activation, delta(layer, unit, 0)]
    lines = shown(trace, found)
    name = mark_text(trace.writer.symbol(activation))
    return {"title": name, "html": f"{paragraph(f'{name} for {about}')}{lines}"}


def row_panel(run: Run, trace: Trace, row: int) -> dict[str, str]:
    """Return what the network makes of a row of the data."""
    outputs = range(run.network.layers[-1])
    depth = run.network.depth
    found: list[Quantity] = [Activation(depth, unit, 0) for unit in outputs]
    lines = shown(trace, [*found, Loss()])
    return {
        "title": f"row {row}",
        "html": "".join([*map(paragraph, row_words(run, row)), lines]),
    }


def row_words(run: Run, row: int) -> Iterator[str]:
    """Yield what a row of the data is."""
    table = run.data()
    values = table.frame.row(row, named=True)
    target = values.pop(table.target)
    names = [name for name in values if name in run.encoding.readings]
    told = ", ".join(f"{name} = {spoken(values[name])}" for name in names[:8])
    yield f"{told}{', …' if len(names) > 8 else ''}"
    yield f"{table.target}: {spoken(target)} ({run.part_in_words(row)})"


def spoken(value: object) -> str:
    """Return a value of a table."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def shown(trace: Trace, quantities: list[Quantity]) -> str:
    """Return the lines of some quantities as HTML."""
    lines = [
        trace.writer.given_line(q) if trace.equations.is_given(q) else trace.writer.line(q)[-1]
        for q in quantities
    ]
    return "".join(work_lines(lines, DIGITS))
