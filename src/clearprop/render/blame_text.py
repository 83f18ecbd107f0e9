"""Blame as text for the terminal: `clearprop blame RUN`.

Comes in: a `Blame`. Goes out: something that rich prints: the row and what it was taken for, the
terms between the two classes, the weight most to blame, and the training examples that made it so,
with pictures where the rows are images.
"""

import math
import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clearprop.errors import counted
from clearprop.ledgers.blame import Blame
from clearprop.network.parameters import Array
from clearprop.render.explanation_text import INDENT, heading
from clearprop.render.numbers import number_text
from clearprop.render.run_text import spelled

SHADES = " ░▒▓█"  # from the least value to the largest; a pixel is two of them wide
SHOWN_IMAGES = 3  # of training examples, beside the row's own


def blame_page(blame: Blame, top: int = 5, digits: int = 4) -> RenderableType:
    """Return why a row is taken for another class, from its outputs to the training examples."""
    makers = blame.makers.filter(blame.makers["pushed"] > 0).head(top)
    parts: list[RenderableType] = [
        title(blame), "", *images(blame, makers["row"].head(SHOWN_IMAGES).to_list()),
        heading(f"Why '{blame.said}': {margin_words(blame, digits)}"),
        terms_table(blame, top, digits), "",
        heading(f"Most to blame: {blame.weight}"),
        *(Text(INDENT + line) for line in weight_lines(blame, digits)), "",
        heading(f"The training examples that made it so, of {len(blame.makers):,}"),
        makers_table(blame, top, digits),
    ]  # fmt: skip
    if blame.ledger.place:
        parts += ["", Text("Next:", "dim"), next_commands(blame)]
    return Group(*parts)


def title(blame: Blame) -> Text:
    """Return what is taken for what, and how many others are."""
    share = f"{100 * blame.share:.1f} %"
    return Text.assemble(
        (blame.run.name, "bold"), " · ", (f"row {blame.row}", "bold"), f" ({blame.part}) is ",
        (f"'{blame.right}'", "bold"), ", taken for ", (f"'{blame.said}'", "bold red"),
        f" at {share}; {counted(blame.mistaken, 'row')} mistaken in all",
    )  # fmt: skip


# --- images --------------------------------------------------------------------------------------


def images(blame: Blame, rows: list[int]) -> Iterator[RenderableType]:
    """Yield the row's picture beside those of the training examples; nothing for no images."""
    own = blame.image(blame.row)
    if own is None:
        return
    labels = dict(blame.ledger.sources.select("row", "label").iter_rows())
    shown = [captioned(own, f"row {blame.row}: '{blame.right}'", "bold")]
    for row in rows:
        image = blame.image(row)
        assert image is not None, "all rows are alike"
        shown.append(captioned(image, f"row {row}: '{labels[row]}'", "dim"))
    yield Columns(shown, padding=(0, 3))
    yield ""


def captioned(image: Array, caption: str, style: str) -> Text:
    """Return a picture above its caption."""
    lines = image_lines(image)
    return Text.assemble("\n".join(lines), "\n", (caption.center(len(lines[0])), style))


def image_lines(image: Array) -> list[str]:
    """Return a picture in shades, two characters to a pixel.

    >>> import numpy as np
    >>> image_lines(np.array([[0.0, 0.5], [1.0, 0.2]]))
    ['    ▒▒  ', '  ██░░  ']
    """
    last = len(SHADES) - 1
    return [
        f"  {''.join(2 * SHADES[round(value * last)] for value in row)}  " for row in image.tolist()
    ]


# --- tables --------------------------------------------------------------------------------------


def margin_words(blame: Blame, digits: int) -> str:
    """Return the distance of the two net inputs, as a sum of its terms."""
    said, right = blame.labels
    distance = said if right is None else f"{said} - {right}"
    return f"{distance} = {number_text(blame.margin, digits)[0]}, a sum of {len(blame.terms)} terms"


def terms_table(blame: Blame, top: int, digits: int) -> Table:
    """Return the largest terms, and the sum of the others."""
    table = plain_table("weight", "is", "times", "", "adds")
    for term in blame.terms.head(top).iter_rows(named=True):
        of, value = term["source"] or "", term["input"] if term["source"] else None
        table.add_row(
            INDENT + term["name"], shown(term["weight"], digits), of, shown(value, digits),
            signed(term["term"], digits), style="bold" if term["name"] == blame.weight else "",
        )  # fmt: skip
    rest = blame.terms["term"].slice(top).to_list()
    if rest:
        table.add_row(f"{INDENT}{len(rest)} more", "", "", "", signed(math.fsum(rest), digits))
    return table


def weight_lines(blame: Blame, digits: int) -> Iterator[str]:
    """Yield the weight's way from its start, and which way misleads."""
    ledger = blame.ledger
    opening, closing = (number_text(value, digits)[0] for value in (ledger.opening, ledger.closing))
    way = "larger" if blame.pushes > 0 else "smaller"
    yield (
        f"It began at {opening}, and {counted(ledger.until, 'update')} made it {closing};"
        f" the {way} it is, the more it speaks for '{blame.said}'."
    )


def makers_table(blame: Blame, top: int, digits: int) -> Table:
    """Return the training examples that pushed the weight the wrong way most."""
    table = plain_table("example", "label", "visits", "added to it", left=2)
    for entry in blame.makers.head(top).iter_rows(named=True):
        if entry["pushed"] > 0:
            row = f"{INDENT}row {entry['row']}"
            visits = f"{entry['visits']:,}"
            table.add_row(row, entry["label"], visits, signed(entry["amount"], digits))
    against = blame.makers.filter(blame.makers["pushed"] < 0)
    rest = blame.makers.slice(top)
    rest = rest.filter(rest["pushed"] > 0)
    for others, words in ((rest, "more that pushed so"), (against, "that pushed against")):
        if len(others):
            visits, amount = f"{others['visits'].sum():,}", math.fsum(others["amount"].to_list())
            table.add_row(f"{INDENT}{len(others):,} {words}", "", visits, signed(amount, digits))
    return table


def plain_table(*heads: str, left: int = 1) -> Table:
    """Return a table without lines; all but the first columns are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for place, head in enumerate(heads):
        words = INDENT + head if place == 0 else head
        aligned = "left" if place < left or head == "times" else "right"
        table.add_column(words, justify=aligned, no_wrap=True)  # type: ignore[arg-type]
    return table


def shown(value: float | None, digits: int) -> str:
    """Return a number, or nothing."""
    return "" if value is None else number_text(value, digits)[0]


def signed(value: float, digits: int) -> str:
    """Return what is added, with its sign."""
    text = number_text(value, digits)[0]
    return text if text.startswith(("-", "n")) else f"+{text}"


def next_commands(blame: Blame) -> Text:
    """Return the commands that are worth a try now, ready to be copied."""
    run = shlex.quote(spelled(Path(blame.ledger.place or "")))
    unit = blame.labels[0].removeprefix("-")
    lines = [
        f"clearprop ledger {run} '{blame.weight}'",
        f"clearprop trace {run} --example {blame.row} --explain '{unit}'",
    ]
    rows = [row for row in blame.makers["row"].head(1).to_list() if row is not None]
    lines += [f"clearprop fork {run} --at 0 --drop-example {row}" for row in rows]
    return Text("\n".join(f"  {line}" for line in lines), style="cyan", no_wrap=True)
