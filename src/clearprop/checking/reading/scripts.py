"""Scripts: statements over several lines, and what they print or have in remarks.

Comes in: the lines of a document. Goes out: as many lines. A statement over several lines stands on
its first; what `print` shows in a remark below follows it, as in a session; what is changed in its
place has another name from there on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clearprop.checking.reading.printouts import is_open, is_printed, printed
from clearprop.checking.reading.statements import PRINT

OPENS = re.compile(
    r"^\s*(?:>>> |In ?\[\d*\]: )?[A-Za-z_][\w.]*(?:\s*\(\w+\))?\s*=\s*(?:\w+\.)?\w*\(?\s*\["
)
OUTPUT = re.compile(r"^\s*#+ ?(?:(?:out(?:put)?:|prints?:?|->|=>|→) ?)?(.*)$", re.IGNORECASE)
MASKED = re.compile(r"^\s*(?:>>> |In ?\[\d*\]: )?(\w+)\[[^\]]*[<>][^\]]*\]\s*=\s*0\.?\s*$")
MOST_LINES = 40  # of one statement


def joined(lines: Sequence[str]) -> list[str]:
    """Return the lines with each array that is written over several on the first of them.

    >>> joined(["W = np.array([[0.5, 1],", "              [0, 2]])", "b = 1"])
    ['W = np.array([[0.5, 1], [0, 2]])', '', 'b = 1']
    """
    found = list(lines)
    for place, line in enumerate(lines):
        if not found[place] or not OPENS.match(line) or not is_open(line):
            continue
        end, text = place, line
        while is_open(text) and end + 1 < min(len(lines), place + MOST_LINES):
            end += 1
            text = f"{text} {lines[end].strip().removeprefix('...').strip()}"
        if not is_open(text):
            found[place : end + 1] = [text, *[""] * (end - place)]
    return found


def of_remarks(lines: Sequence[str]) -> list[str]:
    """Return the lines with what a script prints and has in remarks as if it were printed there.

    >>> of_remarks(["print(z)", "# [[ 0.1  0.2]", "#  [ 0.3  0.4]]", "print('h', h)", "# h = 0.5"])
    ['print(z)', '[[0.1,0.2],[0.3,0.4]]', '', "print('h', h)", '# h = 0.5']
    """
    found, done = list(lines), 0
    for place, line in enumerate(lines):
        remark = OUTPUT.match(line)
        if remark is None or place < done:
            continue
        text, done = remark[1], place + 1
        while text.count("[") > text.count("]") and done < len(lines):
            if (more := OUTPUT.match(lines[done])) is None:
                break
            text, done = f"{text}\n{more[1]}", done + 1
        head, bracket, array = text.partition("[")
        value = printed(bracket + array) if bracket else None
        is_output = place > 0 and PRINT.match(lines[place - 1].strip()) and is_printed(text)
        if value is not None and (is_output or done > place + 1):
            found[place] = f"{head}{value}" if is_output else f"# {head}{value}"
            found[place + 1 : done] = [""] * (done - place - 1)
        elif is_output:
            found[place] = text
    return found


def with_masks(lines: Sequence[str]) -> list[str]:
    """Return the lines where what is changed in its place, `d[h <= 0] = 0`, has a new name.

    >>> with_masks(["d = [1, 2]", "d[h <= 0] = 0", "d = [1, 0]"])
    ['d = [1, 2]', '', 'masked_d = [1, 0]']
    """
    found: list[str] = []
    masked: set[str] = set()
    for line in lines:
        if changed := MASKED.match(line):
            masked.add(changed[1])
            line = ""
        for name in masked:
            line = re.sub(rf"\b{name}\b", f"masked_{name}", line)
        found.append(line)
    return found
