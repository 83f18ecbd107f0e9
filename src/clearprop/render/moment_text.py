"""A moment of a run as text for the terminal: `clearprop show RUN --at S`.

Comes in: a `Moment`. Goes out: something that rich prints.
"""

import shlex
from collections.abc import Iterator
from itertools import groupby

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.network.names import Names
from clearprop.network.parameters import Array, Parameters
from clearprop.network.quantities import Activation, Bias, Parameter, Weight
from clearprop.render.pages import commands, fact_table
from clearprop.render.run_text import PARTS, SCORES, number, score_text, some_weight, spelled
from clearprop.render.text_symbols import mark_text
from clearprop.runs.moment import Moment
from clearprop.tracing.values import all_parameters

BESIDE = 4  # weights of a unit in a row, before its bias


def moment_page(moment: Moment) -> RenderableType:
    """Return the run as it was at a step: where that is, losses and score, sizes of parameters."""
    line = Text.assemble((moment.run.name, "bold"), f" · after {counted(moment.step, 'step')}")
    parts: list[RenderableType] = [line, "", facts(moment)]
    for table in parameter_tables(moment.parameters):
        parts += ["", table]
    if moment.run.path:
        parts += ["", Text("Next:", "dim"), next_commands(moment)]
    return Group(*parts)


def facts(moment: Moment) -> Table:
    """Return where in the training the moment is, and what the network was worth then."""
    return fact_table(fact_lines(moment))


def fact_lines(moment: Moment) -> Iterator[tuple[str, str]]:
    """Yield the facts by name."""
    run, place = moment.run, moment.step % moment.per_epoch
    epochs = f"{counted(moment.epoch, 'epoch')} and {place} of {counted(moment.per_epoch, 'step')}"
    yield "trained", epochs if place else counted(moment.epoch, "epoch")
    if moment.watched is not None:
        part, score = PARTS[run.watched], score_text(run.score_name, moment.watched.score)
        yield part, f"loss {number(moment.watched.loss)}, {SCORES[run.score_name]} {score}"
    learnt = moment.rows_learnt
    rows = ", ".join(map(str, learnt[:8])) + (", …" if len(learnt) > 8 else "")
    on_rows = f"on its {counted(len(learnt), 'row')}: {rows}" if len(learnt) else "on no rows"
    yield "next step", f"loss {number(moment.loss)} {on_rows}"
    yield "rate", f"{moment.rate:g}"


def parameter_tables(parameters: Parameters) -> Iterator[Table]:
    """Yield the sizes of each layer's parameters, and every one of a network that is readable."""
    yield parameter_table(parameters)
    if parameters.network.readable:
        yield value_table(parameters)


def parameter_table(parameters: Parameters) -> Table:
    """Return norm, least and largest entry of each layer's weights and biases."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("parameters", "norm", "least", "largest"):
        table.add_column(name, justify="left" if name == "parameters" else "right", no_wrap=True)
    for layer in parameters.network.layer_numbers:
        table.add_row(f"W{layer}", *sizes(parameters.weights[layer - 1]))
        biases = parameters.biases[layer - 1]
        if biases is not None:
            table.add_row(f"b{layer}", *sizes(biases))
    return table


def value_table(parameters: Parameters) -> Table:
    """Return what leads into each unit: its weights and its bias, by name."""
    names, beside = Names(parameters.network), min(BESIDE, max(parameters.network.layers[:-1]))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim")
    numbers = zip(all_parameters(parameters), parameters.vector.tolist(), strict=True)
    for (layer, unit), leading_in in groupby(sorted(numbers, key=unit_of), unit_of):
        head = mark_text(names.plain_symbol(Activation(layer, unit, 0)))
        texts = [
            (of, f"{mark_text(names.symbol(of))} = {number(value)}") for of, value in leading_in
        ]
        weights = [text for of, text in texts if isinstance(of, Weight)]
        bias = [text for of, text in texts if isinstance(of, Bias)]
        rows = [weights[place : place + beside] for place in range(0, len(weights), beside)]
        for place, row in enumerate(rows):
            last = bias if place == len(rows) - 1 else []
            table.add_row("" if place else head, *row, *[""] * (beside - len(row)), *last)
    return table


def unit_of(entry: tuple[Parameter, float]) -> tuple[int, int]:
    """Return layer and unit that a parameter leads into."""
    return entry[0].layer, entry[0].unit


def sizes(array: Array) -> list[str]:
    """Return the norm of an array, and its extremes."""
    norm = float(np.sqrt(np.sum(np.square(array, dtype=np.float64))))
    return [number(norm), number(float(array.min())), number(float(array.max()))]


def next_commands(moment: Moment) -> Text:
    """Return the commands that are worth a try now, ready to be copied."""
    run = moment.run
    start = (
        f"clearprop trace {shlex.quote(spelled(run.path))} --at {moment.step}" if run.path else ""
    )
    lines = (start, f"{start} --example 0 --explain '{some_weight(run.network)}_new'")
    return commands(lines)
