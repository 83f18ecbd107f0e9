"""Report -> Markdown: the verdict, the marked solution as a block of text, the marks explained."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clearprop.checking.report import MEANINGS, Report
from clearprop.render.marked import SIGNS, counts, understood, verdict
from clearprop.render.report_text import solution_lines


def report_markdown(report: Report) -> str:
    """Return a marked solution as Markdown."""
    lines = ["# A marked solution", "", escaped(verdict(report)), "", f"{counts(report)}.", ""]
    return "\n".join([*lines, *understood_list(report), *solution(report), *legend()])


def understood_list(report: Report) -> Iterator[str]:
    """Yield what was understood as a list."""
    facts = understood(report)
    if facts:
        yield from ("## What was understood", "")
        yield from (f"- {name}: {escaped(fact)}" for name, fact in facts)
        yield ""


def solution(report: Report) -> Iterator[str]:
    """Yield the solution in a fence that is longer than any in it."""
    lines = [text.plain for text in solution_lines(report)][:-1]
    runs = re.findall("`+", "\n".join(lines))
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    yield from ("## The solution", "", f"{fence}text", *lines, fence, "")


def legend() -> Iterator[str]:
    """Yield what the signs mean, as a table."""
    yield from ("| | mark | |", "| --- | --- | --- |")
    yield from (f"| {SIGNS[mark]} | {mark} | {meaning} |" for mark, meaning in MEANINGS.items())
    yield ""


def escaped(text: str) -> str:
    r"""Return text in which nothing is markup.

    >>> print(escaped("net_h1 * 2"))
    net\_h1 \* 2
    """
    return re.sub(r"([\\`*_\[\]<>|#$~])", r"\\\1", text)
