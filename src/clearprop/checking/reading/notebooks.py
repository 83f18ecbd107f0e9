"""Notebooks: cells with their output, and blocks of code with what they print in a block below.

Comes in: the lines of a document. Goes out: as many lines, those of a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from clearprop.checking.reading.printouts import ANSWER, is_open, is_printed, printed
from clearprop.checking.reading.statements import PRINT

CELL = re.compile(r"^\s*In ?\[\d*\]:\s*$")
FENCE = re.compile(r"^\s*(?:```|~~~)")
LABEL = re.compile(
    r"^\W*(?:the )?(?:output|prints?|result|out|it prints)\b[^.=]{0,30}$", re.IGNORECASE
)


def of_cells(lines: Sequence[str]) -> list[str]:
    """Return the lines of a notebook as those of a session.

    >>> of_cells(["In [2]:", "z = w * x", "z", "Out[2]:", "0.5"])
    ['', '>>> z = w * x', '>>> z', '0.5', '']
    """
    found, is_code, code = list(lines), False, False
    for place, line in enumerate(lines):
        out = ANSWER.match(line)
        if CELL.match(line):
            found[place], is_code, code = "", True, True
        elif out and code and not line[out.end() :]:
            is_code = False
            end = place + 1
            while end < len(lines) and lines[end].strip():
                end += 1
            before = place - 1
            while before > 0 and not lines[before].strip():
                before -= 1
            found[before + 1 : end] = [*lines[place + 1 : end], *[""] * (place - before)]
        elif FENCE.match(line):
            is_code = False
        elif is_code and line.strip():
            found[place] = f">>> {line.strip()}"
    return found


def of_blocks(lines: Sequence[str]) -> list[str]:
    """Return the lines with what a block of code prints, if it stands in the block after it.

    >>> of_blocks(["```python", "print(z)", "print(h)", "```", "Output:", "```", "0.5", "1", "```"])
    ['```python', '', '', '```', 'Output:', '```', 'z = 0.5', 'h = 1', '```']
    """
    found = list(lines)
    fences = [place for place, line in enumerate(lines) if FENCE.match(line)]
    blocks = list(zip(fences[::2], fences[1::2], strict=False))
    for (start, end), (after, last) in pairwise(blocks):
        between = [line for line in lines[end + 1 : after] if line.strip()]
        inside = [(place, PRINT.match(lines[place].strip())) for place in range(start + 1, end)]
        prints = [(place, call[1]) for place, call in inside if call]
        values = list(values_in(lines, after + 1, last))
        is_output = len(between) <= 1 and all(map(LABEL.match, between))
        if not is_output or not prints or len(values) != len(prints):
            continue
        for (place, inner), (at, until, value) in zip(prints, values, strict=True):
            if "'" in inner or '"' in inner:
                continue
            found[place] = ""
            found[at:until] = [f"{inner} = {value}", *[""] * (until - at - 1)]
    return found


def values_in(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield what was printed on some lines, each with its first line and the one after its last."""
    place = start
    while place < end:
        first, text = place, lines[place]
        while is_open(text) and place + 1 < end:
            place += 1
            text = f"{text}\n{lines[place]}"
        place += 1
        value = printed(text) if is_printed(text) else None
        if value is not None:
            yield first, place, value
