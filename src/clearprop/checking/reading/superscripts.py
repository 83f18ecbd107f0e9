"""Superscripts: which are powers, which the exponent of e, and which are marks of a name.

Comes in: a name or a tree and what is raised behind it. Goes out: one tree. `w^{new}`, `a^{[1]}`,
`W^T` and `a^2_1` are names, `z^2` is a power and `e^{-z}` a call of exp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from math import isinf

from clearprop.checking.reading import names
from clearprop.checking.reading.names import Mark
from clearprop.checking.solution import Matrix, Numeral, Written
from clearprop.formulas.expressions import Call, Expression, Negative, Power, Sum, Variable

LARGEST_POWER = 64  # of what is computed as a product
INDEXED = {"w", "W", "b", "a", "z", "delta", "h", "o", "theta", "y", "yhat", "net", "out", "beta"}
SUPERSCRIPT_LETTERS = {*"lLktijnmhop", "out", "hid", "hidden", "output"}

Exponent = tuple[Expression | str, ...]


class NotAFormula(Exception):
    """What was given cannot be read as a formula; the message says why in one sentence."""


def numeral(text: str) -> Expression:
    """Return a number as it is printed."""
    number = Numeral(text)
    if isinf(number.value):
        raise NotAFormula(f"{text} is larger than any 64-bit float")
    return Variable(number)


def raised_to(base: Expression, exponent: Expression) -> Expression:
    """Return a power: a whole one of the formula itself, a transpose, or any other."""
    match exponent:
        case Variable(Numeral(text)) if text.isdigit() and 1 <= int(text[:3]) <= LARGEST_POWER:
            return Power(base, int(text[:3]))
        case Variable(Written("T" | "top")) if isinstance(base, Matrix):
            return Matrix(tuple(zip(*base.rows, strict=True)))
        case Variable(Written("T" | "top")):
            return Call("transpose", (base,))
    return Call("pow", (base, exponent))


def upper_text(exponent: Expression | str) -> str | None:
    """Return what an exponent says where it can be a mark of a name: new, t+1, T; else None."""
    match exponent:
        case str():
            return exponent
        case Variable(Written(text)):
            return text
        case Sum((Variable(Written(text)), Variable(Numeral(number)))):
            return f"{text}+{number}"
        case Sum((Variable(Written(text)), Negative(Variable(Numeral(number))))):
            return f"{text}-{number}"
    return None


def plain(tree: Expression) -> Written:
    """Return the name that a tree is, where only a name can stand."""
    match tree:
        case Variable(Written() as name):
            return name
        case Power(Variable(Written(superscript="") as name), layer):  # by a^3, not by a cube
            return replace(name, superscript=str(layer), text=f"{name.text}^{layer}")
    raise NotAFormula("a derivative is of one name by one other")


def named(head: str, marks: Sequence[Mark | Exponent]) -> Expression:
    """Return a name with all that stands behind it: marks, powers, or the exponent of e."""
    marks = layer_and_transpose(head, marks)
    own: list[Mark] = []
    powers: list[Expression] = []
    for place, mark in enumerate(marks):
        if isinstance(mark, Mark):
            own.append(mark)
        elif head == "e" and not own and len(mark) == 1 and isinstance(mark[0], Expression):
            return exponential(mark[0], marks[place + 1 :])
        else:
            followed = any(isinstance(m, Mark) and m.kind == "lower" for m in marks[place + 1 :])
            for exponent in mark:
                taken = as_mark(head, exponent, followed)
                own += [taken] if taken else []
                powers += [] if taken or isinstance(exponent, str) else [exponent]
    base: Expression = Variable(names.written(head, own))
    return reduce(raised_to, powers, base)


def layer_and_transpose(head: str, marks: Sequence[Mark | Exponent]) -> Sequence[Mark | Exponent]:
    """Return marks with the one that ² and T are together: W²ᵀ is no square."""
    match marks:
        case [(Variable(Numeral(number)),), (Variable(Written("T")),)] if number.isdigit():
            return (Mark("upper", (f"{number}T",)),) if head in INDEXED else marks
    return marks


def exponential(exponent: Expression, marks: Sequence[Mark | Exponent]) -> Expression:
    """Return e to a power; marks behind e^-z_h are those of the exponent's name."""
    if not marks:
        return Call("exp", (exponent,))
    match exponent:
        case Variable(Written(text)):
            return Call("exp", (named(text, marks),))
        case Negative(Variable(Written(text))):
            return Call("exp", (-named(text, marks),))
    raise NotAFormula("marks stand behind an exponent")


def as_mark(head: str, exponent: Expression | str, followed: bool) -> Mark | None:
    """Return a superscript that is no power as a mark of the name: new, layer, transpose."""
    text = upper_text(exponent)
    if text is not None and text.startswith("@"):
        return Mark("example", (text[1:],))
    if text == "prime":
        return Mark("prime")
    if text is not None and (text in names.NEW | names.OLD | {"T", "*", "-"} or "t-" in text):
        return Mark("upper", (text,))
    if text in SUPERSCRIPT_LETTERS and names.Parts(head).letter in INDEXED:
        return Mark("upper", (text or "",))
    if isinstance(exponent, Variable) and isinstance(exponent.name, Numeral):
        number = exponent.name.text
        if number == "1" or (followed and number.isdigit()):
            return Mark("upper", (number,))
    if isinstance(exponent, str):
        raise NotAFormula(f"‘{exponent}’ is no superscript")
    return None
