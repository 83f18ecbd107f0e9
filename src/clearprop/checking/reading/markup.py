r"""Markup: what of Markdown and LaTeX is no mathematics, and which lines are read together.

Comes in: the lines of a document. Goes out: the same lines, as many, without marks of emphasis,
bullets and comments; and the passages they fall into: lines of text, displayed mathematics, tables
and drawings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 20_000  # characters of a line; a longer one is no line of a worked solution
FENCE = re.compile(r"\s*(```|~~~)")
COMMENT = re.compile(r"(?<!\\)%.*")
CODE_COMMENT = re.compile(r"(^|\s)(#|//).*")
BULLET = re.compile(
    r"^(\s*)(?:[*+•◦▪‣●○·-]\s+|>+\s+|#{1,6}\s+|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s+)(?=\S)"
)
BOLD = re.compile(r"(?<![\w)\]*])(\*\*|__)(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\1(?![\w*])")
ITALIC = re.compile(
    r"(?<![^\s(>,:])([*_])(?=[^\W\d]|[\\ŷ∂])([^*\n]{1,200}?)(?<=\S)\1(?=[\s).,:;!?]|$)"
)
TICKS = re.compile(r"`+")
DRAWN = re.compile("[─━│┃┌┐└┘├┤┬┴┼►▶◄◀╭╮╰╯]")
RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
DELIMITER = re.compile(
    r"\$\$|\\\[|\\\]|\\(begin|end)\{(?:align|aligned|equation|gather|gathered|multline|eqnarray|"
    r"split|flalign|alignat|displaymath|math|cases|dcases)\*?\}"
)
STARTS_ON = re.compile(r"\s*(?:[=≈≃≅×·÷]|\\approx|\\times|\\cdot|&\s*=|[*/+]\s|[-−]\s)")
ENDS_ON = re.compile(r"(?:[=≈×·+÷]|(?<=\s)[-−*/]|[(\[]|\\times|\\cdot|\\approx)\s*$")


@dataclass(frozen=True)
class Passage:
    """A stretch of the cleaned document that is read in one go.

    kind is "text", "mathematics" or "table".
    """

    kind: str
    start: int
    end: int


def cleaned(lines: Sequence[str]) -> list[str]:
    """Return the lines without what is only markup."""
    latex = any("\\begin{document}" in line or "\\documentclass" in line for line in lines)
    body = not latex
    fenced = False
    found = []
    for line in lines:
        if FENCE.match(line):
            fenced = not fenced
            found.append("")
            continue
        if latex and "\\begin{document}" in line:
            body = True
            line = line.split("\\begin{document}", 1)[1]
        found.append(clean(line, latex, fenced) if body else "")
    return found


def clean(line: str, latex: bool, fenced: bool) -> str:
    """Return one line without what is only markup."""
    if len(line) > LONGEST:
        return ""
    line = line.replace("\n", " ")
    if latex:
        return COMMENT.sub("", line)
    if fenced:
        return CODE_COMMENT.sub("", line)
    line = BULLET.sub(r"\1", line) if not STARTS_ON.match(line) else line
    line = ITALIC.sub(r"\2", BOLD.sub(r"\2", TICKS.sub("", line)))
    return line


def is_drawing(line: str) -> bool:
    """Return whether a line is part of a drawing."""
    return bool(DRAWN.search(line)) and "=" not in line


def is_table_row(line: str) -> bool:
    """Return whether a line is a row of a Markdown table."""
    return line.lstrip().startswith("|") and line.count("|") >= 2 or bool(RULE.match(line))


def passages(lines: Sequence[str]) -> Iterator[Passage]:
    """Yield the passages of the cleaned document, in order."""
    text = "\n".join(lines)
    place = 0
    for start, end in displayed(text):
        yield from of_text(text, place, start)
        yield Passage("mathematics", start, end)
        place = end
    yield from of_text(text, place, len(text))


def displayed(text: str) -> Iterator[tuple[int, int]]:
    """Yield where displayed mathematics begins and ends."""
    opened: int | None = None
    depth = 0
    for match in DELIMITER.finditer(text):
        mark = match[0]
        opens = mark == "\\[" or mark.startswith("\\begin") or (mark == "$$" and opened is None)
        depth += 1 if opens else -1
        if opens and opened is None:
            opened, depth = match.end(), 1
        elif not opens and opened is not None and (depth <= 0 or mark == "$$"):
            yield opened, match.start()
            opened, depth = None, 0
        depth = max(depth, 0)


def of_text(text: str, start: int, end: int) -> Iterator[Passage]:
    """Yield the lines of a stretch of text, with those that go on in the next line joined."""
    first = start
    last = ""
    place = start
    for line in text[start:end].split("\n"):
        goes_on = bool(last.strip()) and (STARTS_ON.match(line) or ENDS_ON.search(last))
        if place > start and not (goes_on and same_kind(last, line)):
            yield Passage(kind(last), first, place - 1)
            first = place
        last = line
        place += len(line) + 1
    yield Passage(kind(last), first, end)


def same_kind(line: str, other: str) -> bool:
    """Return whether both lines are text."""
    return kind(line) == kind(other) == "text"


def kind(line: str) -> str:
    """Return what a line is."""
    if is_drawing(line):
        return "drawing"
    return "table" if is_table_row(line) else "text"
