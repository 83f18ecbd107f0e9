"""Sessions: what Python printed, read as the value of the line before it.

Comes in: the lines of a document. Goes out: as many lines, where a session of Python or IPython
stands in them as equalities: `>>> z` and `99.0` below it become `z` and `= 99.0`, which are read
together. What a session runs without an assignment and without a print is no equality.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from clearprop.checking.reading.scripts import (
    ANSWER,
    ASSIGNMENT,
    NUMBERS,
    PRINT,
    VALUE,
    is_printed,
    joined,
    of_blocks,
    of_cells,
    of_matlab,
    of_remarks,
    printed,
    with_copies,
)
from clearprop.checking.reading.signs import FUNCTIONS

PROMPT = re.compile(r"^\s*(>>>|In ?\[\d*\]:)( |$)")
GOES_ON = re.compile(r"^\s*(\.\.\.:?)( |$)")
IN_TEXT = re.compile(r"""^f?(["'])\{(\w[^{}:]*)(:[^{}]*)?\}\1$""")
IMPORT = re.compile(r"^(import|from|def|class|return|with|for|if|@)\b")
OWNER = re.compile(r"\b((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*?(?:\[(\d+)\]|(\d*)))\.(weight|bias)\b")
MASKED = re.compile(r"^\s*(?:>>> |In ?\[\d*\]: )?(\w+)\[[^\]]*[<>][^\]]*\]\s*=\s*0\.?\s*$")
SPACED = re.compile(rf"\[\s*{NUMBERS.pattern}(?:[\s;]+{NUMBERS.pattern})+\s*\]")
ROUNDED = re.compile(
    r"^(?:np\.|torch\.)?(?:round|around)\((.+),\s*(?:decimals=)?\d+\)$|^(.+)\.round\(\d+\)$"
)
OVER_UNITS = re.compile(r"(softmax\([^()]*?),\s*(?:dim|axis)\s*=\s*-?\d\)")
JULIA = re.compile(r"^\s*julia> ?")
OF_JULIA = re.compile(r"^\s*(\d+)(?:-element|×(\d+)) .*:\s*$")
SHOWN_BY_JULIA = re.compile(
    r"^(?:(?:println|round)\((.+?)(?:[,;]\s*(?:digits|sigdigits)=\d+)?\)|@show (.+))$"
)
REMARK = re.compile(r"^\s*([^#]*\S)\s+#\s*(?:->|=>|→|=|≈|prints:?)?\s*([^#]*\.\d[^#]*)$")
OUTPUT = re.compile(r"^\s*#+ ?(?:(?:out(?:put)?:|prints:?|->|=>|→) ?)?(.*)$", re.IGNORECASE)
SETTING = re.compile(r"^\s*(?:np|torch|random|plt)\.[\w.]+\((?:(?!\)\s*=).)*\)\s*$")
LENGTH = re.compile(r"\w+\.shape\[\d\]|len\(\w+\)")
COUNT = re.compile(rf"^\s*(?:>>> )?\w+\s*=\s*(?:{LENGTH.pattern})\s*(?:#.*)?$")
OBJECT = re.compile(r"^\w+\s*=\s*(?:\w+\.)*[A-Z]\w+\(")
RATE = re.compile(r"\blr=[\d.e-]+")  # of an optimizer
CALLED = re.compile(r"(\w+)\(")
METHODS = {"sum", "mean", "einsum", "dot", "matmul", "outer", "reshape", "unsqueeze", "transpose"}
KNOWN = METHODS | set(FUNCTIONS) | {"len", "array", "tensor", "ravel", "flatten", "item", "numpy"}


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
    lines = of_remarks(of_blocks(of_cells(joined(of_matlab(of_julia(lines))))))
    lines = with_masks([with_copies(line) for line in lines])
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


def of_julia(lines: Sequence[str]) -> list[str]:
    """Return the lines with what a session of Julia printed made equalities.

    >>> of_julia(["julia> z = W * x", "2-element Vector{Float64}:", " 0.1", " 0.2", "julia> z[1]"])
    ['julia> z = W * x', '', '= [0.1, 0.2]', '', 'julia> z[1]']
    >>> of_julia(["julia> z[1]  # net input", "0.1", "julia> length(z)", "2"])
    ['julia> z[1] = 0.1', '', '', '']
    """
    found = list(lines)
    for place, line in enumerate(lines[:-1]):
        prompt = JULIA.match(line)
        if prompt is None:
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


def is_assignment(statement: str) -> bool:
    """Return whether a statement gives a name a value, which is no object such as a network."""
    return bool(ASSIGNMENT.match(statement)) and not OBJECT.match(statement)


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
    open_brackets = sum(so_far.count(mark) for mark in "[(") > sum(map(so_far.count, "])"))
    return open_brackets or is_head(so_far)


def is_head(text: str) -> bool:
    """Return whether the value that is printed begins on the next line only."""
    return ANSWER.sub("", text).strip() in ("", "Parameter containing:")


def numbered(owners: Mapping[str, str]) -> dict[str, int]:
    """Return the layers of PyTorch's modules by the numbers in their names, {} for none.

    >>> numbered({"net[0]": "0", "net[2]": "2"}), numbered({"fc1": "1"}), numbered({"head": ""})
    ({'net[0]': 1, 'net[2]': 2}, {'fc1': 1}, {})
    """
    if not all(owners.values()) or not owners:
        return {}
    places = sorted({int(number) for number in owners.values()})
    if places[0] > 1:  # the first layer is not among them
        return {}
    return {owner: places.index(int(number)) + 1 for owner, number in owners.items()}


def with_layers(statement: str, layers: Mapping[str, int]) -> str:
    """Return a statement with W1 and b1 for net[0].weight and net[0].bias.

    >>> with_layers("h = tanh(lin1(x))", {"lin1": 1}), with_layers("fc.bias", {"fc": 2})
    ('h = tanh((x @ W1.T + b1))', 'b2')
    """

    def change(found: re.Match[str]) -> str:
        letter = "W" if found[4] == "weight" else "b"
        return f"{letter}{layers[found[1]]}" if found[1] in layers else ""

    for owner, layer in layers.items():
        called = rf"(?<![\w.]){re.escape(owner)}\((\w+)\)"
        statement = re.sub(called, rf"(\1 @ W{layer}.T + b{layer})", statement)
    return OWNER.sub(change, statement)


def parts(statement: str) -> list[str]:
    """Return the statements that stand on one line, without their remarks."""
    code = re.sub(r"\s+#.*", "", statement)
    return [part.strip() for part in code.split(";") if part.strip()] or [""]


def shown(statement: str) -> str:
    """Return the formula whose value a statement prints, "" where it is none."""
    if IMPORT.match(statement):
        return ""
    inner = PRINT.match(statement)
    if not inner:
        return formula_of(statement)
    if in_text := IN_TEXT.match(inner[1]):
        return formula_of(in_text[2])
    return "" if re.match(r"f?[\"']", inner[1]) or '"' in inner[1] else formula_of(inner[1])


def formula_of(code: str) -> str:
    """Return a formula without its rounding, "" where it calls what is no function of ours.

    >>> formula_of("np.round(h, 3)"), formula_of("len(x)"), formula_of("W @ sigmoid(z)")
    ('h', '', 'W @ sigmoid(z)')
    """
    if rounded := ROUNDED.match(code):
        code = rounded[1] or rounded[2]
    if LENGTH.fullmatch(code):
        return ""
    return code if {name.lower() for name in CALLED.findall(code)} <= KNOWN else ""


def with_commas(line: str) -> str:
    """Return a line with commas in [0.5 0.2; 0.1 0.4], whose numbers only spaces part."""

    def change(found: re.Match[str]) -> str:
        rows = found[0].strip("[]").split(";")
        return "[" + "; ".join(", ".join(row.split()) for row in rows) + "]"

    return SPACED.sub(change, line)
