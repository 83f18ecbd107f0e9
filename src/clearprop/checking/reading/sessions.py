"""Sessions: what Python printed, read as the value of the line before it.

Comes in: the lines of a document. Goes out: as many lines, where a session of Python or IPython
stands in them as equalities: `>>> z` and `99.0` below it become `z` and `= 99.0`, which are read
together. What a session runs without an assignment and without a print is no equality.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clearprop.checking.reading.julia import of_julia
from clearprop.checking.reading.matlab import of_matlab
from clearprop.checking.reading.notebooks import of_blocks, of_cells
from clearprop.checking.reading.printouts import ANSWER, NUMBERS, is_open, is_printed, printed
from clearprop.checking.reading.pytorch import OWNER, numbered, with_copies, with_layers
from clearprop.checking.reading.r import of_r
from clearprop.checking.reading.scripts import joined, of_remarks, with_masks
from clearprop.checking.reading.statements import (
    ASSIGNMENT,
    CALLED,
    KNOWN,
    LENGTH,
    OBJECT,
    PRINT,
    is_assignment,
    parts,
    shown,
)

PROMPT = re.compile(r"^\s*(>>>|In ?\[\d*\]:)( |$)")
GOES_ON = re.compile(r"^\s*(\.\.\.:?)( |$)")
SPACED = re.compile(rf"\[\s*{NUMBERS.pattern}(?:[\s;]+{NUMBERS.pattern})+\s*\]")
SPACED_ROWS = re.compile(r"\[\s*(?:\[[^\[\]]*\]\s*){2,}\]")
OVER_UNITS = re.compile(r"(softmax\([^()]*?),\s*(?:dim|axis)\s*=\s*-?\d\)")
REMARK = re.compile(r"^\s*([^#]*\S)\s+#\s*(?:->|=>|→|=|≈|prints:?)?\s*([^#]*\.\d[^#]*)$")
SETTING = re.compile(r"^\s*(?:np|torch|random|plt)\.[\w.]+\((?:(?!\)\s*=).)*\)\s*$")
COUNT = re.compile(rf"^\s*(?:>>> )?\w+\s*=\s*(?:{LENGTH.pattern})\s*(?:#.*)?$")
RATE = re.compile(r"\blr=[\d.e-]+")  # of an optimizer

Pass = Callable[[Sequence[str]], list[str]]
PASSES: tuple[Pass, ...] = (  # what makes other programs' output a session of Python, in order
    of_julia,
    of_matlab,
    of_r,
    joined,
    of_cells,
    of_blocks,
    of_remarks,
    with_copies,
    with_masks,
)


@dataclass
class Run:
    """One statement of a session: on which line it stands, and the lines printed below it."""

    line: int
    statement: str
    printed: list[int]


def equalities(lines: Sequence[str]) -> list[str]:
    """Return the lines with what a session printed made equalities, the others as they are.

    >>> equalities([">>> z = w @ x; z", "array([0.5,", "       1. ])", "So z is right."])
    ['z = w @ x; z', '= [0.5,1]', '', 'So z is right.']
    """
    for rewritten in PASSES:
        lines = rewritten(lines)
    found = list(lines)
    statements = list(runs(lines))
    layers = numbered({m[1]: m[2] or m[3] for r in statements for m in OWNER.finditer(r.statement)})
    for run in statements:
        *before, last = parts(with_layers(run.statement, layers))
        subject = "" if ASSIGNMENT.match(last) else shown(last)
        value = printed("\n".join(lines[place] for place in run.printed)) if subject else None
        kept = [part for part in before if is_assignment(part)]
        kept += RATE.findall(last) if OBJECT.match(last) else []
        if value is not None:
            for place in run.printed:
                found[place] = ""
            at = next(place for place in run.printed if not is_head(lines[place]))
            found[at] = f"= {value}"
            if at - 1 > run.line:  # Out[3]: stands between
                found[at - 1] = subject
            else:
                kept.append(subject)
        elif is_assignment(last):
            kept.append(last)
        found[run.line] = "; ".join(kept)
    found = [with_value(line) for line in found]
    is_none = [is_setting(line) or COUNT.match(line) for line in found]
    found = [OVER_UNITS.sub(r"\1)", with_commas(line)) for line in found]
    return ["" if none else line for none, line in zip(is_none, found, strict=True)]


def is_setting(line: str) -> bool:
    """Return whether a line calls what computes nothing of ours.

    >>> is_setting("np.random.seed(0)"), is_setting("torch.softmax(z, dim=1)")
    (True, False)
    """
    return bool(SETTING.match(line)) and CALLED.findall(line)[0].lower() not in KNOWN


def with_value(line: str) -> str:
    """Return a line of code with the value that stands in its remark, where it is nothing else.

    >>> with_value("z = w @ x  # 1.1"), with_value("print(h)  # [0.5 0.7]"), with_value("x = 1 # a")
    ('z = w @ x = 1.1', 'h = [0.5,0.7]', 'x = 1 # a')
    """
    remark = REMARK.match(line)
    value = printed(remark[2]) if remark and is_printed(remark[2]) else None
    if remark is None or value is None or is_printed(remark[1].rpartition("=")[2]):
        return line  # lr = 0.1  # 0.01 says nothing of 0.1
    code = shown(remark[1]) if PRINT.match(remark[1]) else remark[1]
    return f"{code} = {value}" if code and (code != remark[1] or is_assignment(code)) else line


def runs(lines: Sequence[str]) -> Iterator[Run]:
    """Yield the statements of the sessions in a document."""
    run: Run | None = None
    for place, line in enumerate(lines):
        if prompt := PROMPT.match(line):
            if run:
                yield run
            run = Run(place, line[prompt.end() :].strip(), [])
        elif not run and PRINT.match(line.strip()) and is_printed("".join(lines[place + 1 :][:1])):
            run = Run(place, line.strip(), [])
        elif run and not run.printed and (more := GOES_ON.match(line)):
            run.statement += " " + line[more.end() :].strip()
        elif run and (line.strip() and belongs(line, run, lines)):
            run.printed.append(place)
        elif run:
            yield run
            run = None
    if run:
        yield run


def belongs(line: str, run: Run, lines: Sequence[str]) -> bool:
    """Return whether a line is part of what a statement printed."""
    if not run.printed:
        return bool(ANSWER.match(line) or is_printed(line))
    so_far = "\n".join(lines[place] for place in run.printed)
    return is_open(so_far) or is_head(so_far)


def is_head(text: str) -> bool:
    """Return whether the value that is printed begins on the next line only."""
    return ANSWER.sub("", text).strip() in ("", "Parameter containing:")


def with_commas(line: str) -> str:
    """Return a line with commas in [0.5 0.2; 0.1 0.4], whose numbers only spaces part.

    >>> with_commas("W = [[0.5 0.2] [0.1 0.4]]")
    'W = [[0.5, 0.2], [0.1, 0.4]]'
    """

    def change(found: re.Match[str]) -> str:
        rows = found[0].strip("[]").split(";")
        return "[" + "; ".join(", ".join(row.split()) for row in rows) + "]"

    line = SPACED.sub(change, line)
    return SPACED_ROWS.sub(lambda rows: re.sub(r"\]\s*\[", "], [", rows[0]), line)
