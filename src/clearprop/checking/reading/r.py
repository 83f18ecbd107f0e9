"""R: a session or script of it in Python's signs, with what it printed.

Comes in: the lines of a document. Goes out: as many lines. `%*%` is `@`, `t(W)` is `W.T`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from clearprop.checking.reading.printouts import NUMBERS

OF_R = re.compile(r"<-.*(?:\bc\(|%\*%|\bmatrix\()|%\*%")
PROMPT = re.compile(r"^\s*> ")
OUTPUT = re.compile(r"^\s*(?:#+>?\s*)?(?=\[)")  # of knitr and reprex
FUNCTION = re.compile(r"<-\s*(?:function\b|\\\()")
VECTOR = re.compile(r"\bc\(([^()]*)\)")
MATRIX = re.compile(r"\bmatrix\(\s*\[([^\[\]]*)\]\s*((?:,[^()]*)?)\)")
ROWS = re.compile(r"\brbind\(((?:[^()]|\([^()]*\))*)\)")
TRANSPOSED = re.compile(r"\bt\((\w+)\)")
ELEMENTS = re.compile(r"^\s*\[\d+\]((?:\s+" + NUMBERS.pattern + r")+)\s*$")
COLUMNS = re.compile(r"^\s*(?:\[,\d+\]\s*)+$")
ROW = re.compile(r"^\s*\[\d+,\]((?:\s+" + NUMBERS.pattern + r")+)\s*$")


def of_r(lines: Sequence[str]) -> list[str]:
    """Return the lines of a session of R in Python's signs, with what it printed.

    >>> of_r(["> z <- W %*% x + c(0.1, 0.2); z", "     [,1]", "[1,] 0.5", "[2,] 0.7"])
    ['z = W @ x + [0.1, 0.2]', '= [0.5, 0.7]', '', '']
    >>> of_r(["a <- c(1, 2)", "a", "#> [1] 1 2"])
    ['a = [1, 2]', '', '= [1, 2]']
    """
    if not any(map(OF_R.search, lines)):
        return list(lines)
    plain = [OUTPUT.sub("", line) for line in lines]
    found: list[str] = []
    shown = ""
    while len(found) < len(lines):
        place = len(found)
        count, value = printed(plain[place:])
        if count:
            found += [f"{shown} = {value}".strip(), *[""] * (count - 1)]
            continue
        line = lines[place]
        if FUNCTION.search(line):
            found.append("")
            continue
        code = in_python(line)
        *before, last = [part.strip() for part in code.split(";")]
        goes_on = bool(printed(plain[place + 1 :])[0])
        before_that = next((part for part in reversed([*found, *before]) if part), "")
        is_last = before_that.split(" = ")[0] == last
        shown = "" if " = " in last or is_last else last
        found.append("; ".join(before) if goes_on and " = " not in last else code)
    return found


def printed(lines: Sequence[str]) -> tuple[int, str]:
    """Return how many lines hold a value that R printed, and the value; 0 for anything else.

    >>> printed(["[1] 0.5 0.7", "[3] 0.1", "> b"]), printed(["     [,1] [,2]", "[1,]  1.0  2.0"])
    ((2, '[0.5, 0.7, 0.1]'), (2, '[[1.0, 2.0]]'))
    """
    if lines and COLUMNS.match(lines[0]):
        rows = [row[1].split() for row in takewhile(bool, map(ROW.match, lines[1:])) if row]
        if rows and len(rows[0]) == 1:
            return len(rows) + 1, f"[{', '.join(row[0] for row in rows)}]"
        inner = ", ".join(f"[{', '.join(row)}]" for row in rows)
        return (len(rows) + 1, f"[{inner}]") if rows else (0, "")
    runs = [run[1].split() for run in takewhile(bool, map(ELEMENTS.match, lines)) if run]
    numbers = [number for run in runs for number in run]
    value = numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"
    return (len(runs), value) if numbers else (0, "")


def in_python(line: str) -> str:
    """Return a statement of R in Python's signs.

    >>> in_python("> W <- matrix(c(1, 2, 3, 4), nrow = 2, byrow = TRUE)")
    'W = [[1, 2], [3, 4]]'
    >>> in_python("> d <- (t(W) %*% e) * a"), in_python("> W <- rbind(c(1, 2), c(3, 4))")
    ('d = (W.T @ e) * a', 'W = [[1, 2], [3, 4]]')
    """
    code = PROMPT.sub("", line).replace("%*%", "@").replace("%o%", "@").replace("<-", "=")
    code = MATRIX.sub(in_rows, VECTOR.sub(r"[\1]", code))
    return TRANSPOSED.sub(r"\1.T", ROWS.sub(r"[\1]", code)).strip()


def in_rows(found: re.Match[str]) -> str:
    """Return a matrix row by row, whose numbers R takes column by column unless told."""
    numbers = [number.strip() for number in found[1].split(",")]
    sizes = {key: int(size) for key, size in re.findall(r"(nrow|ncol)\s*=\s*(\d+)", found[2])}
    given = [int(size) for size in re.findall(r",\s*(\d+)\s*(?=,|$)", found[2])]
    rows = sizes.get("nrow") or (given[0] if given else 0)
    rows = rows or len(numbers) // max(sizes.get("ncol", len(numbers)), 1)
    if not rows or len(numbers) % rows:
        return found[0]
    columns = len(numbers) // rows
    by_row = re.search(r"byrow\s*=\s*T", found[2])
    entries = (
        [numbers[row * columns : (row + 1) * columns] for row in range(rows)]
        if by_row
        else [numbers[row::rows] for row in range(rows)]
    )
    return "[" + ", ".join(f"[{', '.join(row)}]" for row in entries) + "]"
