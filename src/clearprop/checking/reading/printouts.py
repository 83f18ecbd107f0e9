"""Printouts: how Python prints a number or an array, read as a formula.

Comes in: what stands below a statement or behind a prompt. Goes out: `[0.5,1]`, or that it is none.
"""

from __future__ import annotations

import re

ANSWER = re.compile(r"^\s*Out ?\[\d*\]:\s*")
BRACKETS = re.compile(r"\[[^a-zA-Z=]*\]", re.DOTALL)
OF_ARRAY = re.compile(r"^(array|tensor|Parameter containing:\s*tensor|np\.\w+|\w+Array)\s*\(")
NUMBERS = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
VALUE = re.compile(rf"^{NUMBERS.pattern}$")


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


def is_open(text: str) -> bool:
    """Return whether a bracket is open at the end of a text."""
    return sum(map(text.count, "[(")) > sum(map(text.count, "])"))
