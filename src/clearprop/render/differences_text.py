"""Two runs side by side as text for the terminal: `clearprop diff RUN OTHER`.

Comes in: `Differences`. Goes out: something that rich prints.
"""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.render.run_text import PARTS, SCORES, score_text, told_apart
from clearprop.runs.differences import Differences

MOST_EPOCHS = 12  # rows of the table of losses


def differences_page(found: Differences) -> RenderableType:
    """Return where two runs part, what they were told otherwise, and how they went."""
    parts: list[RenderableType] = [headline(found), "", first_text(found)]
    if found.settings:
        parts += ["", setting_table(found)]
    if len(found.losses):
        parts += ["", loss_table(found)]
    if found.scores:
        parts += ["", score_table(found)]
    return Group(*parts)


def headline(found: Differences) -> Text:
    """Return the names of the two."""
    return Text.assemble((found.run.name, "bold"), " and ", (found.other.name, "bold"))


def first_text(found: Differences) -> Text:
    """Return in a sentence or two where the runs part."""
    first, (start, end) = found.first, found.compared
    span = f"{'from the start' if start == 0 else f'from step {start:,}'} to step {end:,}"
    span = f"at step {end:,}, the only one that both have" if start == end else span
    if first is not None:
        values = f"{first.value!r} in {found.run.name}, {first.other!r} in {found.other.name}"
        begins = ", the first that both have" if first.step == start > 0 else ""
        place = f"{first.step:,}{begins}"
        line = f"First difference after step {place}: {first.name} is {values}"
        more = f" ({counted(first.count, 'number')} differ then)" if first.count > 1 else ""
        before = "" if first.step == start else "; all steps before are the same, bit for bit"
        return Text(f"{line}{more}{before}.", "yellow")
    if found.equal:
        return Text(f"No difference {span}: parameters, optimizer, history.", "green")
    return Text.assemble((f"No difference {span}", "green"), f", where {shorter(found)} ends.")


def shorter(found: Differences) -> str:
    """Return the name of the run that has fewer steps."""
    return min((found.run, found.other), key=lambda run: run.outcome.steps).name


def setting_table(found: Differences) -> Table:
    """Return what the two were told otherwise."""
    table = side_by_side("setting", found)
    for name, (value, other) in found.settings.items():
        table.add_row(escape(name.replace("_", " ")), cell(value), cell(other))
    return table


def side_by_side(what: str, found: Differences) -> Table:
    """Return an empty table with a column for each of the two."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in (what, found.run.name, found.other.name):
        table.add_column(escape(name), overflow="fold")
    return table


def cell(value: Any) -> str:
    """Return a setting's value for people.

    >>> cell(None), cell([4, 2]), cell({"7": "b"}), cell(True)
    ('–', '4, 2', "7: 'b'", 'yes')
    """
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return escape(", ".join(f"{name}: {entry!r}" for name, entry in value.items()))
    if isinstance(value, list | tuple):
        return escape(", ".join(map(str, value)))
    return f"{value:g}" if isinstance(value, float) else escape(str(value))


def loss_table(found: Differences) -> Table:
    """Return the losses of some epochs side by side, the first and last among them."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("epoch", justify="right")
    watched = PARTS[found.run.watched]
    columns = ["loss"] if found.run.watched == "train" else ["loss", "held_out_loss"]
    for column in columns:
        what = "training loss" if column == "loss" else f"{watched} loss"
        for run in (found.run, found.other):
            table.add_column(escape(f"{what}, {run.name}"), justify="right")
    rows = found.losses.rows(named=True)
    for place in thinned(len(rows), MOST_EPOCHS):
        pairs = ((rows[place][column], rows[place][f"other_{column}"]) for column in columns)
        cells = (text for pair in pairs for text in told_apart(pair))
        table.add_row(f"{rows[place]['epoch']:,}", *cells)
    return table


def thinned(count: int, most: int) -> Sequence[int]:
    """Return at most `most` places of `count`, evenly spaced, the first and last among them.

    >>> thinned(5, 12), thinned(100, 4)
    ([0, 1, 2, 3, 4], [0, 33, 66, 99])
    """
    if count <= most:
        return list(range(count))
    return [round(k * (count - 1) / (most - 1)) for k in range(most)]


def score_table(found: Differences) -> Table:
    """Return the scores of each part side by side."""
    table = side_by_side("score", found)
    for part, figures in found.scores.items():
        for name, pair in figures.items():
            if name in SCORES:
                cells = (score_text(name, value) for value in pair)
                table.add_row(f"{SCORES[name]}, {PARTS.get(part, part)}", *cells)
    return table
