r"""Markup: what of Markdown and LaTeX is no mathematics, and which lines are read together.

Comes in: the lines of a document. Goes out: the same lines, as many, without marks of emphasis,
bullets and comments; and the passages they fall into: lines of text, displayed mathematics, tables
and drawings.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 8_000  # characters of a line; a longer one is no line of a worked solution
FENCE = re.compile(r"\s*(```|~~~)")
COMMENT = re.compile(r"(?<!\\)%.*")
CODE_COMMENT = re.compile(r"(^|\s)(#|//).*")
BULLET = re.compile(
    r"^(\s*)(?:[*+•◦▪‣●○·–—-]\s+|>+\s+|#{1,6}\s+|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s+)(?=\S)"
)
BOLD = re.compile(r"(?<![\w)\]*])(\*\*|__)(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\1(?![\w*])")
ITALIC = re.compile(r"(?<![^\s(>,:])([*_])(?=[\w\\∂−-])([^*\n]{1,200}?)(?<=\S)\1(?=[\s).,:;!?]|$)")
TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
RAISED = re.compile(r"<(sub|sup)>([^<>]{1,80})</\1>")
TICKS = re.compile(r"`+")
VALUES = re.compile(
    r"[=≈≃≅≐≡≒→←~\d≔⟶⟵↦½²]|->|<-|\\(approx|sim|to|doteq|cong|equiv|right|left|co|maps)"
)
DRAWN = re.compile("[─━│┃┌┐└┘├┤┬┴┼►▶◄◀╭╮╰╯]")
COLUMN = re.compile(r"\S+(?: \S+)*")
COMMA_STYLE = re.compile(r"(?<![\d.,])0,\d{2,}(?![\d.,])")
DECIMAL_COMMA = re.compile(r"(?<=\d)(?<![A-Za-z]\d),(?=\d)")  # but not that of w1,1
POINT_STYLE = re.compile(r"\d\.\d|(?<!\d)\.\d")
PERCENT = re.compile(r"\(\s*[-+]?\d+([.,]\d+)?\s*\\?%\s*\)")  # behind its number: 0.475 (47.5 %)
ENTRYWISE = {".*": "⊙", "./": "/", ".^": "^", ".+": "+", ".-": "-", ".(": "("}
OF_ENTRIES = re.compile(
    r"(?<=[\w)\]'’])\s?(\.\*|\./|\.\^)(?=\s?[\w(\[-])|(?<=\s)\.[-+](?=\s)|(?<=[A-Za-zσ])\.\("
)
BRACE = re.compile(r"\\(?:under|over)brace\s*(?=\{)")
REMARKED = re.compile(r"\s*[_^]\s*(?=\{)")  # behind a brace
PROMPT = re.compile(r"\s*(>> |julia> )")
TRANSPOSED = re.compile(r"(?<=[\w)\]])'(?![\w'])")  # of Matlab and Julia, where others mean "new"
OF_MATRICES = re.compile(r"(?<!\.)\*")  # in those languages, which write .* for entries
RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
DELIMITER = re.compile(
    r"\$\$|\\\[|\\\]|\\(begin|end)\{(?:align|aligned|equation|gather|gathered|multline|eqnarray|"
    r"split|flalign|alignat|displaymath|math|cases|dcases|tabular|tabularx|longtable)\*?\}"
)
STARTS_ON = re.compile(r"\s*(?:[=≈≃≅×·÷]|\\approx|\\times|\\cdot|&\s*=|[*/+]\s|[-−]\s)")
ENDS_ON = re.compile(r"(?:[=≈×·+÷]|(?<=\s)[-−*/]|[(\[]|\\times|\\cdot|\\approx)\s*$")


@dataclass(frozen=True)
class Passage:
    """A stretch of the cleaned document that is read in one go.

    kind is "text", "mathematics", "table" (Markdown), "tabular" (LaTeX) or "drawing".
    """

    kind: str
    start: int
    end: int


def cleaned(lines: Sequence[str]) -> list[str]:
    """Return the lines without what is only markup."""
    latex = any("\\begin{document}" in line or "\\documentclass" in line for line in lines)
    body = not latex
    fenced = False
    above = ""
    found = []
    if any(map(COMMA_STYLE.search, lines)) and not any(map(POINT_STYLE.search, lines)):
        lines = [DECIMAL_COMMA.sub(".", line) for line in lines]  # 0,75 for 0.75
    if any(map(PROMPT.match, lines)):
        lines = [OF_MATRICES.sub("·", TRANSPOSED.sub("ᵀ", line)) for line in lines]
    for line in lines:
        if FENCE.match(line):
            fenced = not fenced
            found.append("")
            continue
        if latex and "\\begin{document}" in line:
            body = True
            line = line.split("\\begin{document}", 1)[1]
        found.append(clean(line, above, latex, fenced) if body else "")
        above = line
    return found


def clean(line: str, above: str, latex: bool, fenced: bool) -> str:
    """Return one line, which stands below another, without what is only markup."""
    if len(line) > LONGEST:
        return ""
    line = without_braces(PERCENT.sub("", line.replace("\n", " ")))
    if latex:
        return COMMENT.sub("", line)
    if fenced:
        line = CODE_COMMENT.sub("", line)
        return OF_ENTRIES.sub(lambda sign: ENTRYWISE[sign[0].strip()], line)
    if not STARTS_ON.match(line) or is_bullet(line, above):
        line = BULLET.sub(r"\1", line)
    if "<" in line or "&" in line:
        line = RAISED.sub(lambda m: f"{'_' if m[1] == 'sub' else '^'}{{{m[2]}}}", line)
        line = html.unescape(TAG.sub("", line))
    line = OF_ENTRIES.sub(lambda sign: ENTRYWISE[sign[0].strip()], line)  # of Matlab and Julia
    return ITALIC.sub(r"\2", BOLD.sub(r"\2", TICKS.sub("", line)))


def without_braces(line: str) -> str:
    r"""Return a line of LaTeX without braces under or over its terms, and what stands at them.

    >>> without_braces(r"\underbrace{\frac{1}{2}}_{\text{half}} \cdot 3")
    '{\\frac{1}{2}} \\cdot 3'
    """
    while brace := BRACE.search(line):
        end = group_end(line, brace.end())
        mark = REMARKED.match(line, end)
        after = group_end(line, mark.end()) if mark else end
        line = line[: brace.start()] + line[brace.end() : end] + line[after:]
    return line


def group_end(line: str, start: int) -> int:
    """Return where the group ends that opens at a place; the end of the line where it does not."""
    depth = 0
    for place in range(start, len(line)):
        depth += (line[place] == "{") - (line[place] == "}")
        if depth == 0:
            return place + 1
    return len(line)


def is_bullet(line: str, above: str) -> bool:
    """Return whether the sign a line begins with is a bullet and does not go on with a formula."""
    mark, indent = line.lstrip()[:1], len(line) - len(line.lstrip())
    if not has_relation(above) or above.lstrip().startswith((f"{mark} ", f"{mark}\t")):
        return True
    return indent <= len(above) - len(above.lstrip()) and not ENDS_ON.search(above)


def has_relation(line: str) -> bool:
    """Return whether an equality stands in a line."""
    return any(sign in line for sign in ("=", "≈", "approx"))


def has_values(text: str) -> bool:
    """Return whether a line may hold an equality or a labelled value at all."""
    return bool(VALUES.search(text))


def is_drawing(line: str) -> bool:
    """Return whether a line is part of a drawing."""
    return bool(DRAWN.search(line)) and "=" not in line


def cells(text: str, passage: Passage) -> list[list[tuple[int, int]]]:
    """Return where the cells of a table begin and end, row by row, without its rules."""
    latex = passage.kind == "tabular"
    rows = []
    place = passage.start
    for line in re.split(r"\\\\" if latex else "\n", text[passage.start : passage.end]):
        parts = re.split(r"(?<!\\)&" if latex else r"(?<!\\)\|(?![^$|]*\$[^$|]*\|[^$]*$)", line)
        row = []
        at = place
        for part in parts:
            row.append((at, at + len(part)))
            at += len(part) + 1
        if not latex:
            row = row[1:-1] if line.rstrip().endswith("|") else row[1:]
        if line.strip() and not RULE.match(line) and row:
            rows.append(row)
        place += len(line) + (2 if latex else 1)
    return rows


def columns(text: str, passage: Passage, formulas: bool = False) -> list[tuple[int, int]]:
    """Return where the columns of a line begin and end, [] for one with an equality.

    Under heads there may be equalities too, `formulas`.
    """
    line = text[passage.start : passage.end]
    if (has_relation(line) and not formulas) or "\n" in line:
        return []
    return [
        (passage.start + match.start(), passage.start + match.end())
        for match in COLUMN.finditer(line)
    ]


def is_table_row(line: str) -> bool:
    """Return whether a line is a row of a Markdown table."""
    return (line.lstrip().startswith("|") and line.count("|") >= 2) or bool(RULE.match(line))


def passages(lines: Sequence[str]) -> Iterator[Passage]:
    """Yield the passages of the cleaned document, in order."""
    text = "\n".join(lines)
    place = 0
    for kind, start, end in displayed(text):
        yield from of_text(text, place, start)
        yield Passage(kind, start, end)
        place = end
    yield from of_text(text, place, len(text))


def displayed(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield where displayed mathematics and LaTeX tables begin and end, and which it is."""
    opened: int | None = None
    kind = ""
    depth = 0
    for match in DELIMITER.finditer(text):
        mark = match[0]
        opens = mark == "\\[" or mark.startswith("\\begin") or (mark == "$$" and opened is None)
        depth += 1 if opens else -1
        if opens and opened is None:
            opened, depth = match.end(), 1
            kind = "tabular" if "{tabular" in mark or "{longtable" in mark else "mathematics"
        elif not opens and opened is not None and (depth <= 0 or mark == "$$"):
            yield kind, opened, match.start()
            opened, depth = None, 0
        depth = max(depth, 0)


def of_text(text: str, start: int, end: int) -> Iterator[Passage]:
    """Yield the lines of a stretch of text, with those that go on in the next line joined."""
    first = start
    last = ""
    place = start
    for line in text[start:end].split("\n"):
        if place > start and not goes_on(last, line):
            yield Passage(kind(last), first, place - 1)
            first = place
        last = line
        place += len(line) + 1
    yield Passage(kind(last), first, end)


def goes_on(line: str, after: str) -> bool:
    """Return whether a line is read together with the one after it."""
    if kind(line) != kind(after):
        return False
    if kind(line) != "text":
        return True
    return bool(line.strip() and (STARTS_ON.match(after) or ENDS_ON.search(line)))


def kind(line: str) -> str:
    """Return what a line is."""
    if is_drawing(line):
        return "drawing"
    return "table" if is_table_row(line) else "text"
