"""MATLAB and Octave: a session of theirs in Python's signs, with what it printed.

Comes in: the lines of a document. Goes out: as many lines. `*` of matrices is `@`, `.*` is `*`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clearprop.checking.reading.printouts import NUMBERS

MATLAB = re.compile(r"^\s*(?:octave:\d+)?>>(?!>) ?")
NAMED = re.compile(r"^\s*([A-Za-z]\w*) =\s*$")
ROW = re.compile(rf"^\s*{NUMBERS.pattern}(?:\s+{NUMBERS.pattern})*\s*$")
PERCENT = re.compile(r"\s*%.*$")
QUOTES = re.compile(r"(?<![\w)\].'])'[^']*'|(?<=[\w)\]])'")  # around a text, or of a transpose


def of_matlab(lines: Sequence[str]) -> list[str]:
    """Return the lines of a session of MATLAB or Octave in Python's signs, with what it printed.

    >>> of_matlab([">> z = W*x + b", "z =", "", "   0.1", "  -0.2", ">> d = z.*a';"])
    ['z = W@x + b', 'z = [0.1; -0.2]', '', '', '', 'd = z*a.T']
    """
    if not any(map(MATLAB.match, lines)):
        return list(lines)
    found = [in_python(line) if MATLAB.match(line) else PERCENT.sub("", line) for line in lines]
    for place, line in enumerate(lines):
        name = NAMED.match(line)
        if name is None:
            continue
        rows: list[str] = []
        end = place + 1
        while end < len(lines) and (not lines[end].strip() or ROW.match(lines[end])):
            rows += [", ".join(lines[end].split())] if lines[end].strip() else []
            end += 1
        if rows:
            is_number = len(rows) == 1 and "," not in rows[0]
            value = rows[0] if is_number else f"[{'; '.join(rows)}]"
            found[place:end] = [f"{name[1]} = {value}", *[""] * (end - place - 1)]
    return found


def in_python(line: str) -> str:
    """Return a statement of MATLAB in Python's signs: * is @, .* is *, and a' is a.T.

    >>> in_python(">> d = z.*a';"), in_python(">> disp('loss')")
    ('d = z*a.T', "disp('loss')")
    """
    code = MATLAB.sub("", PERCENT.sub("", line)).rstrip("; ")
    code = QUOTES.sub(lambda mark: ".T" if mark[0] == "'" else mark[0], code)
    code = re.sub(r"(\b[A-Za-z_][\w.]*|\))\s*(?<!\.)\*\s*(?=[A-Za-z(])", r"\1@", code)
    return re.sub(r"\.([*/^])", r"\1", code)
