"""Report -> text for the terminal: the solution printed back with a mark on every line.

The marks differ by sign, not by colour alone; on what is no terminal there is no colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from rich.text import Text

from clearprop.checking.report import MEANINGS, Mark, Report
from clearprop.render.marked import (
    SIGNS,
    MarkedLine,
    counts,
    marked_lines,
    understood,
    verdict,
)

WIDTH = 80  # of the explanations under a line
STYLES: Mapping[Mark, str] = {
    "right": "green",
    "rounding": "cyan",
    "follows": "yellow",
    "wrong": "bold red",
    "not understood": "magenta",
}


def report_text(report: Report) -> str:
    """Return a marked solution as plain text."""
    return report_page(report).plain


def report_page(report: Report) -> Text:
    """Return a marked solution in colours."""
    parts = [*understood_lines(report), *solution_lines(report), *verdict_lines(report)]
    return Text("\n").join(parts).append("\n")


def understood_lines(report: Report) -> Iterator[Text]:
    """Yield what was understood, one fact a line."""
    facts = understood(report)
    if not facts:
        return
    yield Text("Understood:", "bold")
    width = max(len(name) for name, _ in facts)
    for name, fact in facts:
        yield Text.assemble("  ", (name.ljust(width), "dim"), f"  {fact}")
    yield Text()


def solution_lines(report: Report) -> Iterator[Text]:
    """Yield the solution line by line: mark, number, text, and the remarks under it."""
    width = len(str(len(report.source)))
    for line in marked_lines(report):
        yield solution_line(line, width)
        for remark in line.under:
            for part in wrap(remark, WIDTH, break_long_words=False):
                gutter = f"  {' ' * width} │"
                yield Text.assemble((gutter, "dim"), (f"     {part}", style_of(line)))
    yield Text()


def solution_line(line: MarkedLine, width: int) -> Text:
    """Return one line of the solution behind its gutter."""
    sign = SIGNS[line.mark] if line.mark else " "
    text = Text.assemble((sign, style_of(line)), (f" {line.number:>{width}} │", "dim"))
    text.append(f" {line.text}".rstrip(), style="bold" if line.mark == "wrong" else "")
    if line.beside:
        text.append(f"   ({line.beside})", style=style_of(line))
    return text


def style_of(line: MarkedLine) -> str:
    """Return the colour of a line's mark."""
    return STYLES[line.mark] if line.mark else ""


def verdict_lines(report: Report) -> Iterator[Text]:
    """Yield the legend of the signs used, the counts and the verdict."""
    for mark, sign in SIGNS.items():
        if report.count(mark) and mark != "right":
            yield Text.assemble((sign, STYLES[mark]), (f" {mark}: {MEANINGS[mark]}", "dim"))
    yield Text(counts(report))
    if report.understood:
        yield Text(verdict(report), "bold")
