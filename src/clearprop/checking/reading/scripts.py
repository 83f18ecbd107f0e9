"""Scripts and notebooks: what they print, put where a session would have it.

Comes in: the lines of a document. Goes out: as many lines. A statement over several lines stands on
its first; the output of cells and of `print`, in remarks or in a block of its own, follows what is
printed, as in a session, which `sessions.py` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

ASSIGNMENT = re.compile(r"^[\w.,\[\] :]*?[\w\]]\s*([-+*/@]?=)(?!=)")
PRINT = re.compile(r"^print\((.*)\)$")
ANSWER = re.compile(r"^\s*Out ?\[\d*\]:\s*")
BRACKETS = re.compile(r"\[[^a-zA-Z=]*\]", re.DOTALL)
OF_ARRAY = re.compile(r"^(array|tensor|Parameter containing:\s*tensor|np\.\w+|\w+Array)\s*\(")
NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
VALUE = re.compile(rf"^{NUMBERS.pattern}$")
OUTPUT = re.compile(r"^\s*#+ ?(?:(?:out(?:put)?:|prints?:?|->|=>|→) ?)?(.*)$", re.IGNORECASE)
OPENS = re.compile(r"^\s*(?:>>> |In ?\[\d*\]: )?[A-Za-z_]\w*\s*=\s*(?:\w+\.)?\w*\(?\s*\[")
CELL = re.compile(r"^\s*In ?\[\d*\]:\s*$")
OUT = re.compile(r"^\s*Out ?\[\d*\]:\s*(.*)$")
FENCE = re.compile(r"^\s*(?:```|~~~)")
LABEL = re.compile(
    r"^\W*(?:the )?(?:output|prints?|result|out|it prints)\b[^.=]{0,30}$", re.IGNORECASE
)
COPIED = re.compile(r"^[\s.>]*([\w.\[\]]+\.(?:weight|bias))(?:\.data)?\.copy_\((.*)\)$")
MATLAB = re.compile(r"^\s*(?:octave:\d+)?>>(?!>) ?")
NAMED = re.compile(r"^\s*([A-Za-z]\w*) =\s*$")
ROW = re.compile(rf"^\s*{NUMBERS.pattern}(?:\s+{NUMBERS.pattern})*\s*$")
REMARK = re.compile(r"\s*%.*$")
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


def with_copies(line: str) -> str:
    """Return a line of PyTorch that fills a parameter as an assignment.

    >>> with_copies("...     lin1.weight.copy_(torch.tensor([[0.1, 0.2]]))")
    '>>> lin1.weight = torch.tensor([[0.1, 0.2]])'
    """
    copied = COPIED.match(line)
    return f">>> {copied[1]} = {copied[2]}" if copied else line


def is_open(text: str) -> bool:
    """Return whether a bracket is open at the end of a text."""
    return sum(map(text.count, "[(")) > sum(map(text.count, "])"))


def of_cells(lines: Sequence[str]) -> list[str]:
    """Return the lines of a notebook as those of a session.

    >>> of_cells(["In [2]:", "z = w * x", "z", "Out[2]:", "0.5"])
    ['', '>>> z = w * x', '>>> z', '0.5', '']
    """
    found, is_code, code = list(lines), False, False
    for place, line in enumerate(lines):
        out = OUT.match(line)
        if CELL.match(line):
            found[place], is_code, code = "", True, True
        elif out and code and not out[1]:
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
        prints = [place for place in range(start + 1, end) if PRINT.match(lines[place].strip())]
        values = list(values_in(lines, after + 1, last))
        is_output = len(between) <= 1 and all(map(LABEL.match, between))
        if not is_output or not prints or len(values) != len(prints):
            continue
        for place, (at, until, value) in zip(prints, values, strict=True):
            inner = PRINT.match(lines[place].strip())
            assert inner is not None
            if "'" in inner[1] or '"' in inner[1]:
                continue
            found[place] = ""
            found[at:until] = [f"{inner[1]} = {value}", *[""] * (until - at - 1)]
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


def of_matlab(lines: Sequence[str]) -> list[str]:
    """Return the lines of a session of MATLAB or Octave in Python's signs, with what it printed.

    >>> of_matlab([">> z = W*x + b", "z =", "", "   0.1", "  -0.2", ">> d = z.*a';"])
    ['z = W@x + b', 'z = [0.1; -0.2]', '', '', '', 'd = z*a.T']
    """
    if not any(map(MATLAB.match, lines)):
        return list(lines)
    found = [in_python(line) if MATLAB.match(line) else REMARK.sub("", line) for line in lines]
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
    """Return a statement of MATLAB in Python's signs: * is @, .* is *, and a' is a.T."""
    code = MATLAB.sub("", REMARK.sub("", line)).rstrip("; ")
    code = re.sub(r"(?<=[\w)\]])'", ".T", code)
    code = re.sub(r"(\b[A-Za-z_][\w.]*|\))\s*(?<!\.)\*\s*(?=[A-Za-z(])", r"\1@", code)
    return re.sub(r"\.([*/^])", r"\1", code)


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


def is_printed(line: str) -> bool:
    """Return whether a line is how Python prints a number or an array."""
    text = line.strip()
    return bool(
        VALUE.match(text) or OF_ARRAY.match(text) or text.startswith(("[", "Parameter containing"))
    )


def printed(text: str) -> str | None:
    r"""Return a printed number or array as a formula, None for anything else.

    >>> printed("tensor([[0.5, -0.2]], requires_grad=True)"), printed("[[1.1  -0.2 ]\n [0.  3.]]")
    ('[[0.5,-0.2]]', '[[1.1,-0.2],[0,3]]')
    """
    inner = ANSWER.sub("", text).strip()
    array = BRACKETS.search(inner)
    if array is None:
        head = OF_ARRAY.match(inner)
        number = NUMBERS.search(inner, head.end() if head else 0)
        alone = number is not None and (head is not None or VALUE.match(inner))
        return number[0] if number and alone else None
    numbers = re.sub(r"\s*,\s*|\s+", ",", array[0].strip())
    numbers = re.sub(r"\.(?!\d)", "", numbers)
    return re.sub(r",*([\[\]]),*", r"\1", numbers).replace("][", "],[")
