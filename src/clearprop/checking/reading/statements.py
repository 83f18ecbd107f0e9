"""Statements of code: what they assign, and the formula whose value they show.

Comes in: one statement of Python or Julia. Goes out: its parts, and the formula that is shown, ""
for what computes nothing of ours.
"""

from __future__ import annotations

import re

from clearprop.checking.reading.signs import FUNCTIONS

ASSIGNMENT = re.compile(r"^[\w.,\[\] :]*?[\w\]]\s*([-+*/@]?=)(?!=)")
PRINT = re.compile(r"^print\((.*)\)$")
IN_TEXT = re.compile(r"""^f?(["'])\{(\w[^{}:]*)(:[^{}]*)?\}\1$""")
IMPORT = re.compile(r"^(import|from|def|class|return|with|for|if|@)\b")
ROUNDED = re.compile(
    r"^(?:np\.|torch\.)?(?:round|around)\((.+),\s*(?:decimals=)?\d+\)$|^(.+)\.round\(\d+\)$"
)
OBJECT = re.compile(r"^\w+\s*=\s*(?:\w+\.)*[A-Z]\w+\(")
LENGTH = re.compile(r"\w+\.shape\[\d\]|len\(\w+\)")
CALLED = re.compile(r"(\w+)\(")
METHODS = {"sum", "mean", "einsum", "dot", "matmul", "outer", "reshape", "unsqueeze", "transpose"}
KNOWN = METHODS | set(FUNCTIONS) | {"len", "array", "tensor", "ravel", "flatten", "item", "numpy"}


def parts(statement: str) -> list[str]:
    """Return the statements that stand on one line, without their remarks."""
    code = re.sub(r"\s+#.*", "", statement)
    return [part.strip() for part in code.split(";") if part.strip()] or [""]


def is_assignment(statement: str) -> bool:
    """Return whether a statement gives a name a value, which is no object such as a network."""
    return bool(ASSIGNMENT.match(statement)) and not OBJECT.match(statement)


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
