"""An explanation as text for the terminal: `clearprop explain RUN W1[3,7] --at S`.

Comes in: an `Explanation`. Goes out: something that rich prints: the value then, the examples'
shares in its gradient, the lines of the update, the new value.
"""

import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.ledgers.explanation import Explanation
from clearprop.render.numbers import number_text
from clearprop.render.pages import INDENT, commands, heading, indented, number_table
from clearprop.render.run_text import spelled
from clearprop.render.text import WIDTH, line_text
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.lines import Line

Cells = tuple[str, ...]
OTHER = "not by example"


def explanation_page(found: Explanation, top: int = 20, digits: int = 4) -> RenderableType:
    """Return how an update changed a weight, from its value before to its value after."""
    name = mark_text(found.symbols[0])
    title = Text.assemble(
        (found.run, "bold"), " · ", (name, "bold"), f" in update {found.at + 1:,},"
        f" from the parameters after {counted(found.at, 'step')}",
    )  # fmt: skip
    added = number_text(found.update, digits)[0]
    outcome = f"{name} became {number_text(found.new_value, digits)[0]}: the update added {added}."
    parts: list[RenderableType] = [
        title, "", f"{name} was {number_text(found.value, digits)[0]}.", "",
        heading(gradient_heading(found)),
        share_table(found, top, digits),
        *(Text(INDENT + remark, "dim") for remark in found.remarks), "",
        heading(f"The update, by {found.rule}"),
        UpdateLines(found.lines, digits),
        *(Text(INDENT + line) for line in rounding_lines(found, digits)), "",
        outcome,
    ]  # fmt: skip
    if found.place:
        parts += ["", Text("Next:", "dim"), next_commands(found)]
    return Group(*parts)


@dataclass(frozen=True)
class UpdateLines:
    """The lines of an update, broken at their equals signs where the terminal is narrow."""

    lines: Sequence[Line]
    digits: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what fits into the terminal's width."""
        width = min(WIDTH, options.max_width - len(INDENT))
        for line in self.lines:
            yield from (Text(INDENT + text) for text in line_text(line, self.digits, width))


def gradient_heading(found: Explanation) -> str:
    """Return what the gradient is made of, in words."""
    if not len(found.shares):
        return "Its gradient, as a whole"
    return f"Its gradient: a sum over the {counted(len(found.learnt), 'example')} of the batch"


def rounding_lines(found: Explanation, digits: int) -> Iterator[str]:
    """Yield the line of rounding, where the run's own value is not that of the last line."""
    if found.rounding:
        amount = number_text(found.rounding, digits)[0]
        yield f"rounding: {amount}, by which the engine's own last bits differ from the lines"


# --- the shares ----------------------------------------------------------------------------------


def share_table(found: Explanation, top: int, digits: int) -> Table:
    """Return the shares, the largest first; they close with the gradient."""
    rows = share_rows(found, top, digits)
    return number_table(indented(rows), texts=range(len(rows[0]) - 1)[:2], bold=(rows[-1][0],))


def share_rows(found: Explanation, top: int, digits: int) -> list[Cells]:
    """Return the heads and the rows of the shares; the same for text and HTML."""
    parameter, delta, source = (None if s is None else mark_text(s) for s in found.symbols)
    learnt = found.learnt
    weighted = bool((learnt["weight"] != 1.0).any())
    heads = ["row", "label", *(["weight"] if weighted else []), str(delta), source or "1"]
    if not len(found.shares):  # told as a whole: there are no rows to head
        heads = [""]
    rows: list[Cells] = [(*heads, "share")]

    def text(value: float) -> str:
        return number_text(value, digits)[0]

    for row in learnt.head(top).iter_rows(named=True):
        weight = [text(row["weight"])] if weighted else []
        numbers = (text(row[name]) for name in ("delta", "source", "share"))
        number = "" if row["row"] is None else str(row["row"])
        rows.append((number, row["label"], *weight, *numbers))
    blank = ("",) * (len(heads) - 1)
    others = learnt["share"].to_list()[top:]
    if others:
        rows.append((f"{len(others):,} more", *blank, text(math.fsum(others))))
    if found.other:
        rows.append((OTHER, *blank, text(found.other)))
    if found.gradient_rounding:
        rows.append(("rounding", *blank, text(found.gradient_rounding)))
    rows.append((f"∂L/∂{parameter}", *blank, text(found.gradient)))
    return rows


def next_commands(found: Explanation) -> Text:
    """Return the commands that are worth a try now, ready to be copied."""
    run = shlex.quote(spelled(Path(found.place or "")))
    lines = [f"clearprop ledger {run} '{found.name}' --to {found.at + 1}"]
    if len(found.learnt) and found.traceable:
        row = found.learnt["row"][0]
        lines.append(f"clearprop trace {run} --at {found.at} --example {row}")
    return commands(lines)
