"""Sweeps as text for the terminal: what will be trained, and what came of it.

Comes in: a plan or a `Sweep`. Goes out: lines, or something that rich prints.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.render.histogram import histogram_lines
from clearprop.render.run_text import data_line, duration, learning_line, network_line, number
from clearprop.sweeps.planning import SweepPlan
from clearprop.sweeps.sweep import QUANTILES, Summary, Sweep, summary_of

GRID_WORDS = {"width": "widths", "rate": "rates", "momentum": "momenta"}
QUANTILE_WORDS = ("5 %", "25 %", "median", "75 %", "95 %")
assert len(QUANTILE_WORDS) == len(QUANTILES)


def plan_lines(plan: SweepPlan) -> Iterator[str]:
    """Yield what will be trained, on what, and when it will have converged."""
    cell, seeds = plan.cells[0], plan.seeds
    encoding = plan.examples.encoding
    line = data_line(plan.table.name, plan.table.rows, encoding.n_inputs, encoding.labels)
    yield f"Sweeping over {line}"
    yield f"Networks {network_line(cell.network)}"
    yield f"Learning with {learning_line(cell.settings)}"
    shown = f"seeds {seeds.start} to {seeds.stop - 1}" if len(seeds) > 1 else f"seed {seeds.start}"
    grid = [
        f"{GRID_WORDS[name]} {', '.join(f'{value:g}' for value in column(plan, name))}"
        for name in cell.values
    ]
    networks, epochs = counted(plan.networks, "network"), counted(cell.settings.epochs, "epoch")
    yield f"{networks} of {epochs}: {'; '.join([shown, *grid])}"
    yield f"Converged means {plan.goal}"


def column(plan: SweepPlan, name: str) -> list[float]:
    """Return the values of a column of the grid, each once."""
    return list(dict.fromkeys(cell.values[name] for cell in plan.cells))


def sweep_page(sweep: Sweep) -> RenderableType:
    """Return the summary of a sweep, its grid, the histogram, and the command for one row."""
    parts: list[RenderableType] = [Text(), counts(sweep.summary), Text(), *spread(sweep)]
    if sweep.grid and len(sweep.plan.cells) > 1:
        parts += [Text("The grid, with the medians of epochs and loss"), grid_table(sweep), Text()]
    if len(sweep):
        epochs = sweep.frame["epoch"].drop_nulls().to_list()
        lines = histogram_lines(epochs, len(sweep) - len(epochs))
        parts += [Text("Epochs to convergence"), *map(Text, lines), Text()]
        command = f"One row again  {sweep.command(chosen_row(sweep))}"
        parts.append(Text(command, no_wrap=True, overflow="ignore"))  # whole, to be copied
    pace = f"{duration(sweep.seconds)}, {sweep.engine}"
    parts.append(Text(f"Trained {counted(len(sweep), 'network')} in {pace}", style="dim"))
    if sweep.interrupted:
        missing = sweep.plan.networks - len(sweep)
        left_out = f"Stopped by hand: {counted(missing, 'network')} not finished, left out"
        parts.append(Text(left_out, style="yellow"))
    return Group(*parts)


def chosen_row(sweep: Sweep) -> int:
    """Return a row that is worth a look: the first that is stuck, or did not converge, or any."""
    frame = sweep.frame.with_row_index("row")
    for found in (frame.filter("stuck"), frame.filter(~pl.col("converged")), frame):
        if len(found):
            return int(found["row"][0])
    return 0


def counts(summary: Summary) -> Table:
    """Return how many networks converged, were stuck, diverged."""
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    interval = f"95 % interval {summary.low:.1%} to {summary.high:.1%}".replace("%", " %")
    interval = interval.replace("95  %", "95 %")
    rows = (("converged", summary.converged, interval), ("stuck", summary.stuck, ""),
            ("diverged", summary.diverged, ""))  # fmt: skip
    for name, count, note in rows:
        table.add_row(name, f"{count:,} of {summary.networks:,}", percent(count, summary), note)
    return table


def percent(count: int, summary: Summary) -> str:
    """Return a count as a share of all networks."""
    return f"{100 * count / summary.networks:.1f} %" if summary.networks else "–"


def spread(sweep: Sweep) -> Iterator[RenderableType]:
    """Yield the quantiles of epochs and losses."""
    summary = sweep.summary
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("")
    for word in QUANTILE_WORDS:
        table.add_column(word, justify="right", no_wrap=True)
    if summary.epochs:
        table.add_row("epochs to convergence", *(f"{value:,.0f}" for value in summary.epochs))
    if summary.losses:
        table.add_row("final loss", *map(number, summary.losses))
    if table.row_count:
        yield table
        yield Text()


def grid_table(sweep: Sweep) -> Table:
    """Return a row for each point of the grid."""
    table = Table(box=None, padding=(0, 1))
    for name in (*sweep.grid, "converged", "95 %", "stuck", "diverged", "epochs", "loss"):
        table.add_column(name, justify="right", no_wrap=True)
    for values, frame in sweep.cells():
        table.add_row(*grid_row(values, summary_of(frame)))
    return table


def grid_row(values: Mapping[str, float], summary: Summary) -> list[str]:
    """Return what stands in the row of a point of the grid."""
    middle = QUANTILES.index(0.5)
    epochs = f"{summary.epochs[middle]:,.0f}" if summary.epochs else "–"
    loss = number(summary.losses[middle]) if summary.losses else "–"
    return [
        *(f"{value:g}" for value in values.values()),
        percent(summary.converged, summary),
        f"({100 * summary.low:.1f} to {100 * summary.high:.1f})",
        f"{summary.stuck:,}",
        f"{summary.diverged:,}",
        epochs,
        loss,
    ]
