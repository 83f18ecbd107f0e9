"""A watched loop, and a moment of it, for the terminal and for notebooks: `clearprop show RUN`.

Comes in: a watched run, or a moment of it. Goes out: what rich prints, or a piece of HTML.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.interop.watching.names import Parameters
from clearprop.interop.watching.tape import Step
from clearprop.render.loss_curve import loss_curve
from clearprop.render.moment_text import sizes
from clearprop.render.notebook import framed
from clearprop.render.pages import commands, fact_table
from clearprop.render.run_html import chart, piece
from clearprop.render.run_text import ended, number, spelled

if TYPE_CHECKING:
    from clearprop.interop.watching.run import WatchedMoment, WatchedRun

ROWS_NAMED = 8


def run_page(run: WatchedRun) -> RenderableType:
    """Return a summary: the module, its optimizer, how the loop went."""
    parts: list[RenderableType] = [
        headline(run), "",
        fact_table(run_facts(run)), "", parameter_names_table(run),
    ]  # fmt: skip
    if run.place and run.steps:
        first = next(names_of(run), None)
        lines = [f"clearprop show {quoted(run)} --at {run.steps // 2}"]
        if first is not None:
            lines.append(f"clearprop explain {quoted(run)} '{first}' --at {run.steps - 1}")
            lines.append(f"clearprop ledger {quoted(run)} '{first}'")
        parts += ["", Text("Next:", "dim"), commands(lines)]
    return Group(*parts)


def run_html(run: WatchedRun) -> str | None:
    """Return the summary with its loss curve, for a notebook; None where it cannot be read."""

    def draw() -> str:
        losses = run.history.filter(pl.col("loss").is_not_null())
        title = f"{run.name}: loss by step"
        curve = chart(loss_curve(losses, title, None, "step")) if len(losses) else ""
        facts = fact_table(run_facts(run))
        return f"{piece(headline(run), facts, parameter_names_table(run))}\n{curve}"

    return framed(draw)


def headline(run: WatchedRun) -> Text:
    """Return what the recording is."""
    return Text.assemble((run.name, "bold"), " · a PyTorch loop that was watched")


def run_facts(run: WatchedRun) -> Iterator[tuple[str, str]]:
    """Yield the facts of a recording, by name."""
    watched, outcome = run.recording.watched, run.outcome
    entries = sum(int(np.prod(each.shape)) for each in watched.parameters)
    yield "model", f"{watched.model}, {counted(entries, 'parameter')}"
    yield "optimizer", watched.optimizer
    losses = run.history["loss"].drop_nulls()
    unheard = "not recorded: no module of torch.nn and no function of torch.nn.functional"
    lost = watched.loss is not None and run.steps > 0 and not len(losses)
    yield "loss", f"{watched.loss}, of which none was heard" if lost else watched.loss or unheard
    word = ended(outcome.status, run.folder)
    status = word if outcome.note is None else f"{word}: {outcome.note}"
    yield "steps", f"{outcome.steps:,}, {status}"
    yield "made with", f"PyTorch {watched.torch}, {counted(watched.threads, 'thread')}"
    if len(losses):
        yield "losses", f"{number(losses[0])} at first, {number(losses[-1])} at last"


def parameter_names_table(run: WatchedRun) -> Table:
    """Return the names of the parameters: clearprop's and PyTorch's, shape, and who decomposes."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("name", "in PyTorch", "shape", "its gradient"):
        table.add_column(name, no_wrap=True)
    own = {}
    for linear in Parameters(run.recording.watched).linears:
        own[linear.layer.weight] = f"W{linear.number}"
        own[linear.layer.bias or ""] = f"b{linear.number}"
    for each in run.parameters:
        told = "by example" if each.name in own else "as a whole"
        shape = " × ".join(map(str, each.shape)) or "1"
        table.add_row(own.get(each.name, ""), each.name, shape,
                      told if each.group >= 0 else "not trained by this optimizer")  # fmt: skip
    return table


def names_of(run: WatchedRun) -> Iterator[str]:
    """Yield the names of the first parameters that can be explained."""
    for linear in Parameters(run.recording.watched).linears:
        yield f"W{linear.number}[0,0]"


def quoted(run: WatchedRun) -> str:
    """Return the folder as it is typed."""
    return shlex.quote(spelled(Path(run.place or "")))


# --- a moment ------------------------------------------------------------------------------------


def moment_page(moment: WatchedMoment) -> RenderableType:
    """Return the loop as it was at a step: what follows, and the sizes of the parameters."""
    run = moment.run
    parts: list[RenderableType] = list(moment_parts(moment))
    first = next(names_of(run), None)
    if run.place and first is not None and moment.following is not None:
        command = f"clearprop explain {quoted(run)} '{first}' --at {moment.step}"
        parts += ["", Text("Next:", "dim"), commands([command])]
    return Group(*parts)


def moment_html(moment: WatchedMoment) -> str | None:
    """Return the same for a notebook; None where it cannot be read."""
    return framed(lambda: piece(*moment_parts(moment)))


def moment_parts(moment: WatchedMoment) -> Iterator[RenderableType]:
    """Yield what a moment is, what follows, and a table of the parameters."""
    yield Text.assemble((moment.run.name, "bold"), f" · after {counted(moment.step, 'step')}")
    yield ""
    if moment.following is not None:
        yield fact_table(step_facts(moment.following, factors_of(moment, moment.following)))
        yield ""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("parameters", "norm", "least", "largest"):
        table.add_column(name, justify="left" if name == "parameters" else "right", no_wrap=True)
    for name, array in moment.parameters.items():
        if array.size:
            table.add_row(name, *sizes(array))
    yield table


def factors_of(moment: WatchedMoment, step: Step) -> set[float]:
    """Return what the loop multiplied the gradients of Linear layers by, before a step.

    The gradients of the first step that are multiplied are recorded as a whole: a replay tells by
    what.
    """
    found, run = set(step.factors.values()), moment.run
    layers = [linear.layer for linear in Parameters(run.recording.watched).linears]
    whole = [name for each in layers for name in (each.weight, each.bias) if name in step.whole]
    if whole:
        [update] = run.replay.updates(moment.step, moment.step + 1, whole)
        gradients = [each for each in update.gradients.values() if each.made is not None]
        found |= {each.factor for each in gradients if each.factor is not None}
    return found - {1.0}


def step_facts(step: Step, factors: set[float]) -> Iterator[tuple[str, str]]:
    """Yield what the step that follows goes by."""
    rows = [row for batch in step.batches if batch.rows is not None for row in batch.rows.tolist()]
    named = ", ".join(map(str, rows[:ROWS_NAMED])) + (", …" if len(rows) > ROWS_NAMED else "")
    of = "" if step.parts == 1 else f" (of {step.parts} parts, each times its slope)"
    loss = "" if step.loss is None else f"loss {number(step.loss)}{of} on "
    yield "next step", f"{loss}{counted(len(rows), 'row')}: {named}" if rows else "no rows"
    rates = [f"{group['lr']:g}" for group in step.options if "lr" in group]
    yield "rate", ", ".join(rates)
    if factors:
        told = sorted({f"{factor:.4g}" for factor in factors})
        yield "clipping", f"gradients were multiplied by {', '.join(told)}"
    if step.jump:
        yield "changed", f"not by the optimizer: {', '.join(step.jump)}"
    if step.state is not None:
        yield "optimizer", "a state was loaded into it"
