"""What the pages of the terminal share: headings, tables, commands to be copied, whole lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from clearprop.render.numbers import number_text

INDENT = "  "
WIDEST_LABEL = 32  # of a table's texts, where its numbers are to stand beside them


class Screen(Console):
    """A console that prints whole lines: what is to be copied is never cut off."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print objects; `crop` is off unless it is asked for."""
        super().print(*objects, **{"crop": False, **options})


def heading(text: str) -> Text:
    """Return a heading."""
    return Text(text, "bold cyan")


def commands(lines: Iterable[str]) -> Text:
    """Return commands, ready to be copied: each a line, however long."""
    text = "\n".join(f"{INDENT}{line}" for line in lines)
    return Text(text, "cyan", no_wrap=True, overflow="ignore")


def fact_table(facts: Iterable[tuple[str, str]]) -> Table:
    """Return facts as a table: their names, and what is so."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(escape(name), escape(value))
    return table


def number_table(rows: Sequence[Sequence[str]], texts: Sequence[int], bold: Sequence[str]) -> Table:
    """Return a table, its first row the heads; numbers stand whole, and are aligned right.

    `texts` are the columns that are no numbers, which narrow where there is no room; rows that
    begin with one of `bold` are.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    heads, *others = rows
    for place, head in enumerate(heads):
        widest = max(len(row[place]) for row in rows)
        if place in texts:
            table.add_column(head, max_width=WIDEST_LABEL, overflow="fold")
        else:
            table.add_column(head, justify="right", no_wrap=True, min_width=widest)
    for row in others:
        style = "bold" if row[0].strip() in bold else ""
        table.add_row(*(Text(cell) for cell in row), style=style)
    return table


def indented(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return a table's rows, moved in."""
    return [(INDENT + row[0], *row[1:]) for row in rows]


def shown(value: float | None, digits: int) -> str:
    """Return a number, or nothing."""
    return "" if value is None else number_text(value, digits)[0]


def signed(value: float, digits: int) -> str:
    """Return what is added, with its sign."""
    text = number_text(value, digits)[0]
    return text if text.startswith("-") or math.isnan(value) else f"+{text}"
