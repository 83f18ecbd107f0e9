"""Julia: what a session of it printed, made equalities.

Comes in: the lines of a document. Goes out: as many lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from clearprop.checking.reading.printouts import NUMBERS, VALUE
from clearprop.checking.reading.statements import formula_of, is_assignment, parts

JULIA = re.compile(r"^\s*julia> ?")
OF_JULIA = re.compile(r"^\s*(\d+)(?:-element|×(\d+)) .*:\s*$")
IN_BRACKETS = re.compile(rf"^\s*\[\s*{NUMBERS.pattern}(?:[\s,;]+{NUMBERS.pattern})*\s*\]\s*$")
RAISED = re.compile(r"(?<=[⁰¹²³⁴⁵⁶⁷⁸⁹])'")  # of a transpose behind a layer
SHOWN_BY_JULIA = re.compile(
    r"^(?:(?:println|round)\((.+?)(?:[,;]\s*(?:digits|sigdigits)=\d+)?\)|@show (.+))$"
)


def of_julia(lines: Sequence[str]) -> list[str]:
    """Return the lines with what a session of Julia printed made equalities.

    >>> of_julia(["julia> z = W * x", "2-element Vector{Float64}:", " 0.1", " 0.2", "julia> z[1]"])
    ['julia> z = W * x', '', '= [0.1, 0.2]', '', 'julia> z[1]']
    >>> of_julia(["julia> z[1]  # net input", "0.1", "julia> length(z)", "2"])
    ['julia> z[1] = 0.1', '', '', '']
    >>> of_julia(["julia> W = W - 0.1 * d * a'", "[0.1 0.2; 0.3 0.4]"])
    ["julia> W = W - 0.1 * d * a'", '= [0.1 0.2; 0.3 0.4]']
    """
    found = list(map(transposed, lines))
    for place, line in enumerate(found[:-1]):
        prompt = JULIA.match(line)
        if prompt is None:
            continue
        if IN_BRACKETS.match(lines[place + 1]) and is_assignment(parts(line[prompt.end() :])[-1]):
            found[place + 1] = f"= {lines[place + 1].strip()}"
            continue
        head = OF_JULIA.match(lines[place + 1])
        first = place + (2 if head else 1)
        rows = [numbers_of_row(row) for row in takewhile(numbers_of_row, lines[first:])]
        sizes = (int(head[1]), int(head[2] or 1)) if head else (1, 1)
        whole = (len(rows), *{len(row) for row in rows}) == sizes
        if not whole and not head:
            continue
        found[place + 1 : first + len(rows)] = [""] * (first + len(rows) - place - 1)
        if not whole:  # of a large matrix, say, only some rows
            continue
        mark = ", " if sizes[1] == 1 else "; "
        value = mark.join(", ".join(row) for row in rows)
        value = f"= [{value}]" if head else f"= {value}"
        *before, last = parts(line[prompt.end() :])
        if is_assignment(last):
            found[first] = value
            continue
        kept = [part for part in before if is_assignment(part)]
        kept += [f"{subject} {value}"] if (subject := shown_by_julia(last)) else []
        found[place] = f"{prompt[0]}{'; '.join(kept)}" if kept else ""
    return found


def transposed(line: str) -> str:
    """Return a statement of Julia with W².T for W²', which elsewhere is W² after the update.

    >>> transposed("julia> d = W²' * e"), transposed("w²' = 0.5")
    ('julia> d = W².T * e', "w²' = 0.5")
    """
    return RAISED.sub(".T", line) if JULIA.match(line) else line


def numbers_of_row(line: str) -> list[str]:
    """Return the numbers of a line that holds nothing else, none of another line."""
    numbers = [re.sub(r"f([-+]?\d+)$", r"e\1", word) for word in line.split()]  # 0.1f0
    return numbers if all(map(VALUE.match, numbers)) else []


def shown_by_julia(statement: str) -> str:
    """Return the formula whose value a statement shows, "" where it is none of ours.

    >>> shown_by_julia("round(a[1], digits=3)"), shown_by_julia("a .> 0"), shown_by_julia("size(W)")
    ('a[1]', '', '')
    """
    if inner := SHOWN_BY_JULIA.match(statement):
        return shown_by_julia(inner[1] or inner[2])
    return "" if re.search(r"[<>]|==|!=", statement) else formula_of(statement)
