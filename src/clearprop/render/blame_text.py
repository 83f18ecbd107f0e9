"""Blame as text for the terminal: `clearprop blame RUN`.

Comes in: a `Blame`. Goes out: something that rich prints: the row and what it is taken for, the
terms between the two classes, the weight most to blame, and what the training examples added to it,
with pictures where the rows are images.
"""

import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from clearprop.errors import counted
from clearprop.ledgers.blame import Blame
from clearprop.network.parameters import Array
from clearprop.render.ledger_text import CLOSING, NAMES, OPENING
from clearprop.render.numbers import number_text
from clearprop.render.pages import (
    INDENT,
    commands,
    heading,
    indented,
    number_table,
    shown,
    signed,
)
from clearprop.render.run_text import spelled

SHADES, ASCII_SHADES = " ░▒▓█", " .:+#"  # from the least value to the largest
SHOWN_IMAGES = 3  # of training examples, beside the row's own
Rows = list[tuple[str, ...]]


def blame_page(blame: Blame, top: int = 5, digits: int = 4) -> RenderableType:
    """Return why a row is taken for another class, from its outputs to the training examples."""
    terms, entries = indented(term_rows(blame, top, digits)), entry_rows(blame, top, digits)
    parts: list[RenderableType] = [
        Text.assemble(*title(blame, digits)), Text(mistaken(blame), "dim"), "",
        *pictures(blame, top),
        heading(why(blame, digits)),
        number_table(terms, texts=(0,), bold=()), "",
        heading(f"Most to blame: {blame.weight}"),
        *(Text(INDENT + line) for line in weight_lines(blame, digits)), "",
        heading("What each training example added to it"),
        number_table(indented(entries), texts=(0, 1), bold=(OPENING, CLOSING)),
    ]  # fmt: skip
    if blame.ledger.place:
        parts += ["", Text("Next:", "dim"), commands(next_commands(blame))]
    return Group(*parts)


def title(blame: Blame, digits: int) -> list[str | tuple[str, str]]:
    """Return what is taken for what."""
    return [
        (blame.run.name, "bold"), " · ", (f"row {blame.row}", "bold"), f" ({blame.part}) is ",
        (f"'{blame.right}'", "bold"), ", taken for ", (f"'{blame.said}'", "bold red"),
        f" at {number_text(blame.share, digits)[0]}",
    ]  # fmt: skip


def mistaken(blame: Blame) -> str:
    """Return how many rows are taken for another class."""
    judged = f"{blame.judged:,} {blame.judged_by} rows"
    return f"{len(blame.mistaken):,} of {judged} are taken for another class."


def why(blame: Blame, digits: int) -> str:
    """Return the distance of the two net inputs, a sum."""
    said, right = blame.outputs
    distance = said if right is None else f"{said} - {right}"
    return f"Why '{blame.said}': {distance} = {number_text(blame.margin, digits)[0]}, the sum of"


def term_rows(blame: Blame, top: int, digits: int) -> Rows:
    """Return the largest terms, and the sum of the others; the same for text and HTML."""
    two = blame.outputs[1] is not None
    weights = (f"weight to '{blame.said}'", f"to '{blame.right}'") if two else ("weight",)
    rows: Rows = [("from", "sent", *weights, "adds")]
    for term in blame.terms.head(top).iter_rows(named=True):
        values = [term["to_said"], *([term["to_right"]] if two else [])]
        sent = "" if term["source"] is None else shown(term["input"], digits)
        cells = (shown(value, digits) for value in values)
        rows.append((term["source"] or "biases", sent, *cells, signed(term["term"], digits)))
    rest = blame.terms["term"].slice(top).to_list()
    if rest:
        blank = ("",) * (len(weights) + 1)
        rows.append((f"{len(rest)} more", *blank, signed(math.fsum(rest), digits)))
    return rows


def weight_lines(blame: Blame, digits: int) -> Iterator[str]:
    """Yield the weight's way from its start, and which way misleads."""
    ledger = blame.ledger
    way = "larger" if blame.pushes > 0 else "smaller"
    yield f"The {way} it is, the more this row speaks for '{blame.said}'."
    ends = ledger.opening, ledger.closing
    opening, closing = (number_text(value, digits)[0] for value in ends)
    began = f"at step {ledger.since:,}, where the fork begins," if ledger.since else "at first"
    if not blame.ledger.change:
        yield f"It was {opening} {began} and has not changed: no training example made it so."
        return
    yield f"It was {opening} {began} and {closing} after {counted(ledger.until, 'step')}."
    if blame.learnt < 0:
        yield "Training moved it the other way: its start is more to blame than any example."


def entry_rows(blame: Blame, top: int, digits: int) -> Rows:
    """Return the ledger, those examples first that pushed the weight the way that misleads."""
    makers, ledger = blame.makers, blame.ledger
    rows: Rows = [("", "label", "visits", "amount"),
                  (OPENING, "", "", number_text(ledger.opening, digits)[0])]  # fmt: skip
    pushed = makers.filter(pl.col("pushed") > 0)
    for entry in pushed.head(top).iter_rows(named=True):
        visits, amount = f"{entry['visits']:,}", signed(entry["amount"], digits)
        rows.append((f"row {entry['row']}", entry["label"], visits, amount))
    others = {
        "more that pushed so": pushed.slice(top),
        "that pushed against": makers.filter(pl.col("pushed") < 0),
        "that added nothing": makers.filter(pl.col("pushed") == 0),
    }
    for words, group in others.items():
        if len(group):
            visits, added = f"{group['visits'].sum():,}", math.fsum(group["amount"].to_list())
            rows.append((f"{len(group):,} {words}", "", visits, signed(added, digits)))
    for entry in ledger.others.filter(pl.col("amount") != 0).iter_rows(named=True):
        name = NAMES.get(entry["entry"], entry["entry"])
        rows.append((name, "", "", signed(entry["amount"], digits)))
    return [*rows, (CLOSING, "", "", number_text(ledger.closing, digits)[0])]


def next_commands(blame: Blame) -> Iterator[str]:
    """Yield the commands that are worth a try now."""
    run = shlex.quote(spelled(Path(blame.ledger.place or "")))
    yield f"clearprop ledger {run} '{blame.weight}'"
    output = blame.outputs[0].removeprefix("-")
    yield f"clearprop trace {run} --example {blame.row} --explain '{output}'"
    for row in makers(blame, 1):
        yield f"clearprop fork {run} --at {blame.run.first_step} --drop-example {row}"


def makers(blame: Blame, count: int) -> list[int]:
    """Return the rows of the examples that pushed the weight the way that misleads most."""
    found: list[int] = blame.makers.filter(pl.col("pushed") > 0)["row"].head(count).to_list()
    return found


# --- pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """An image in shades, two characters to a pixel, above its caption."""

    image: Array
    caption: str
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = image_lines(self.image, ASCII_SHADES if options.ascii_only else SHADES)
        caption = self.caption.center(len(lines[0]))
        yield Text.assemble("\n".join(lines), "\n", (caption, self.style), no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> object:
        from rich.measure import Measurement

        width = max(len(self.caption), 2 * len(self.image) + 2 * len(INDENT))
        return Measurement(width, width)


def pictures(blame: Blame, top: int) -> Iterator[RenderableType]:
    """Yield the row's picture beside those of the training examples; nothing for no images."""
    if blame.images is None:
        return
    yield Columns(
        [
            Picture(blame.images[row], name, "bold" if row == blame.row else "dim")
            for row, name in captions(blame, top)
        ],
        padding=(0, 3),
    )
    yield ""


def captions(blame: Blame, top: int) -> Iterator[tuple[int, str]]:
    """Yield the rows whose images are shown, each with its caption: the row, then its makers."""
    yield blame.row, f"row {blame.row}: '{blame.right}'"
    labels = dict(blame.ledger.sources.select("row", "label").iter_rows())
    for row in makers(blame, min(top, SHOWN_IMAGES)):
        yield row, f"row {row}: '{labels[row]}'"


def image_lines(image: Array, shades: Sequence[str] = SHADES) -> list[str]:
    """Return a picture in shades.

    >>> import numpy as np
    >>> image_lines(np.array([[0.0, 0.5], [1.0, 0.2]]))
    ['    ▒▒  ', '  ██░░  ']
    """
    last = len(shades) - 1
    return [
        INDENT + "".join(2 * shades[round(value * last)] for value in row) + INDENT
        for row in np.nan_to_num(image).tolist()
    ]
