"""A ledger as text for the terminal: `clearprop ledger RUN W1[3,7]`.

Comes in: a `Ledger`. Goes out: something that rich prints: the statement, opening to closing.
"""

import math
import shlex
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.ledgers.ledger import CARRIED_IN, Ledger
from clearprop.render.numbers import number_text
from clearprop.render.pages import commands, number_table, signed
from clearprop.render.run_text import spelled

Cells = tuple[str, ...]
NAMES = {CARRIED_IN: "momentum, carried in"}
OPENING, CLOSING = "opening", "closing"


def ledger_page(ledger: Ledger, top: int = 20, digits: int = 6) -> RenderableType:
    """Return the statement: its heads, the entries, and how they are to be read."""
    names = (ledger.run, "bold"), " · the ledger of ", (ledger.name, "bold")
    parts: list[RenderableType] = [Text.assemble(*names, span(ledger)), ""]
    if not ledger.frozen:
        parts += [statement(ledger, top, digits), ""]
    parts += [Text(line, "dim") for line in closing_lines(ledger, digits)]
    if ledger.place and (commands := next_commands(ledger)):
        parts += ["", Text("Next:", "dim"), commands]
    return Group(*parts)


def span(ledger: Ledger) -> str:
    """Return the span in words."""
    return (
        f", {counted(ledger.until - ledger.since, 'update')}:"
        f" from step {ledger.since:,} to step {ledger.until:,}"
    )


def statement(ledger: Ledger, top: int, digits: int) -> Table:
    """Return the entries between opening and closing."""
    rows = statement_rows(ledger, top, digits)
    return number_table(rows, texts=(0, 1), bold=(OPENING, CLOSING))


def statement_rows(ledger: Ledger, top: int, digits: int) -> list[Cells]:
    """Return the statement's heads and rows; the same for text and HTML."""
    carries = ledger.carried_out is not None
    columns = [
        *(["norm"] if not ledger.single else []),
        "amount",
        *(["carried"] if carries else []),
    ]
    shown, rest = ledger.sources.head(top), ledger.sources.slice(top)
    rows: list[Cells] = [("", "label", "visits", *columns)]

    def numbers(values: dict[str, float | None]) -> Cells:
        cells = (values.get(name) for name in columns)
        return tuple(
            "" if v is None else amount_text(v, digits, name)
            for v, name in zip(cells, columns, strict=True)
        )

    rows.append(
        (OPENING, "", "", *numbers({"amount": ledger.opening, "carried": ledger.carried_in}))
    )
    for row in shown.iter_rows(named=True):
        name = "class" if row["row"] is None else f"row {row['row']}"
        rows.append((name, row["label"], f"{row['visits']:,}", *numbers(row)))
    if len(rest):
        sums = {name: math.fsum(rest[name].to_list()) for name in ("amount", "carried")}
        visits = f"{rest['visits'].sum():,}"
        rows.append((f"{len(rest):,} more", "", visits, *numbers({**sums})))
    others = [row for row in ledger.others.iter_rows(named=True) if not is_nothing(row)]
    rows += [(NAMES.get(row["entry"], row["entry"]), "", "", *numbers(row)) for row in others]
    rows.append(
        (CLOSING, "", "", *numbers({"amount": ledger.closing, "carried": ledger.carried_out}))
    )
    return rows


def is_nothing(row: dict[str, Any]) -> bool:
    """Return whether an entry says that nothing was carried in, as from the start of a run."""
    return row["entry"] == CARRIED_IN and not any((row["amount"], row["carried"], row["norm"]))


def amount_text(value: float, digits: int, column: str) -> str:
    """Return what is added with its sign; a norm has none."""
    return number_text(value, digits)[0] if column == "norm" else signed(value, digits)


def closing_lines(ledger: Ledger, digits: int) -> list[str]:
    """Return in sentences that it closes, and how the entries are to be read."""
    if ledger.frozen:
        return frozen_lines(ledger, digits)
    lines = [f"Opening + amounts = closing; they changed it by {signed(ledger.change, digits)}."]
    if ledger.carried_out is not None:
        lines.append(
            "Carried: what of it momentum (Adam's m) had on its way at the end; not yet in the"
            " amounts."
        )
    return [*lines, *ledger.remarks]


def frozen_lines(ledger: Ledger, digits: int) -> list[str]:
    """Return in sentences that what is frozen stands where it stood: it has no entries."""
    if not ledger.single:
        return [*ledger.remarks]
    return [f"It is {number_text(ledger.opening, digits)[0]} throughout.", *ledger.remarks]


def next_commands(ledger: Ledger) -> Text:
    """Return the commands that are worth a try now, ready to be copied."""
    run = shlex.quote(spelled(Path(ledger.place or "")))
    lines = []
    if ledger.single:
        lines.append(f"clearprop explain {run} '{ledger.name}' --at {ledger.until - 1}")
    first = ledger.sources["row"].head(ledger.traceable and not ledger.frozen).to_list()
    rows = [row for row in first if row is not None]
    lines += [f"clearprop trace {run} --at {ledger.until} --example {row}" for row in rows]
    return commands(lines)
