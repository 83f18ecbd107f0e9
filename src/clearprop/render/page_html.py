"""A page of the terminal -> HTML: its tables as tables, its lines as paragraphs.

Comes in: what rich prints, made of groups, tables and texts. Goes out: pieces of HTML. Colours are
left out, for they say nothing that the words do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import zip_longest
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

WIDE = 10_000  # characters: what has a width of its own is asked for all of it


def page_html(page: RenderableType) -> Iterator[str]:
    """Yield a page as pieces of HTML."""
    if isinstance(page, Group):
        for part in page.renderables:
            yield from page_html(part)
    elif isinstance(page, Table):
        yield from table_html(page)
    elif isinstance(page, str | Text):
        yield from paragraph(plain(page))
    else:
        for part in asking(page):
            yield from page_html(part)


def asking(page: Any) -> Iterator[Any]:
    """Yield what is printed in place of something that asks for its room: it has all of it."""
    console = Console(width=WIDE)
    yield from page.__rich_console__(console, console.options)


def plain(cell: RenderableType) -> str:
    """Return the words of a text, or of a string with rich's marks in it.

    >>> plain("[dim]a loss[/]"), plain(Text("held out"))
    ('a loss', 'held out')
    """
    return cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain


def paragraph(words: str) -> Iterator[str]:
    """Yield a paragraph, its lines kept; nothing for an empty line."""
    if words.strip():
        yield f"<p>{escape(words).replace(chr(10), '<br>')}</p>"


def table_html(table: Table) -> Iterator[str]:
    """Yield a table: its title, its heads where it shows them, its rows.

    Where no heads are shown, each row is named by its first cell.
    """
    yield "<table>"
    if table.title:
        yield f"<caption>{escape(plain(table.title))}</caption>"
    if table.show_header:
        yield f"<tr>{''.join(head(column) for column in table.columns)}</tr>"
    for row in zip_longest(*(column.cells for column in table.columns), fillvalue=""):
        named = not table.show_header
        cells = [
            cell(column, plain(words), named and place == 0 and bool(plain(words).strip()))
            for place, (column, words) in enumerate(zip(table.columns, row, strict=True))
        ]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def head(column: Column) -> str:
    """Return the head of a column; where it is empty, it is a cell."""
    words = plain(column.header)
    return cell(column, "") if not words.strip() else cell(column, words, True, "col")


def cell(column: Column, words: str, is_head: bool = False, scope: str = "row") -> str:
    """Return a cell, to the right where the column is.

    >>> cell(Column(justify="right"), "0.5"), cell(Column(), "seed", True)
    ('<td class="number">0.5</td>', '<th scope="row">seed</th>')
    """
    tag, scoped = ("th", f' scope="{scope}"') if is_head else ("td", "")
    kind = ' class="number"' if column.justify == "right" else ""
    return f"<{tag}{scoped}{kind}>{escape(words.strip())}</{tag}>"
