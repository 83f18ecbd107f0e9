"""Symbols and formulas as text: subscripts, Greek letters, × and √, in one line."""

from __future__ import annotations

from clearprop.formulas.expressions import Expression
from clearprop.formulas.notation import LETTERS, PREFIXES, Mark, Ratio, Symbol
from clearprop.render.chain import chain
from clearprop.render.layout import (
    EULER,
    Applied,
    Bars,
    Box,
    Brackets,
    Figure,
    Floor,
    Fraction,
    Layout,
    Name,
    Raised,
    Root,
    Row,
    Sign,
)
from clearprop.tracing.lines import Line

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = {"2": "²", "3": "³"}


def mark_text(mark: Mark) -> str:
    """Return a symbol as text.

    >>> mark_text(Symbol("w", "3", new=True)), mark_text(Symbol("z", Symbol("h", "2"), example=1))
    ('w₃_new', 'z_h₂@1')
    """
    if isinstance(mark, Ratio):
        example = "" if mark.example is None else f"@{mark.example}"
        return f"∂{mark_text(mark.top)}/∂{mark_text(mark.bottom)}{example}"
    letter = LETTERS.get(mark.letter, (mark.letter,))[0]
    subscript = mark.subscript
    if isinstance(subscript, Symbol):
        inner = mark_text(subscript) if not subscript.letter.startswith("d") else subscript.letter
        return letter + mark.marks(inner if mark.letter in PREFIXES else f"_{inner}")
    if subscript.isdigit():
        return letter + mark.marks(subscript.translate(SUBSCRIPTS))
    return letter + mark.marks(mark.subscript_id)


def box_text(box: Box) -> str:
    """Return a box as a line of text."""
    match box:
        case Figure(text):
            return text
        case Name(mark):
            return mark_text(mark)
        case Sign(text, prefix):
            return text if prefix else f" {text} "
        case Row(boxes):
            return "".join(map(box_text, boxes))
        case Brackets(inner):
            return f"({box_text(inner)})"
        case Fraction(top, bottom):
            return f"({box_text(top)}) / ({box_text(bottom)})"
        case Raised(base, Figure(exponent)) if exponent in SUPERSCRIPTS and base != EULER:
            return box_text(base) + SUPERSCRIPTS[exponent]
        case Raised(base, exponent):
            return f"{box_text(base)}^({box_text(exponent)})"
        case Root(inner):
            return f"√({box_text(inner)})"
        case Bars(inner):
            return f"|{box_text(inner)}|"
        case Floor(inner):
            return f"⌊{box_text(inner)}⌋"
        case Applied(name, arguments):
            letter = LETTERS.get(name, (name,))[0]
            return f"{letter}({', '.join(map(box_text, arguments))})"


def formula_text(tree: Expression, digits: int) -> str:
    """Return a tree over symbols or numbers as text."""
    return box_text(Layout(digits, stacked=False).box(tree))


def links_text(line: Line, digits: int) -> list[str]:
    """Return the links of a line's chain: "= formula", "= with numbers", "≈ value"."""
    found = chain(line, digits, lambda tree: formula_text(tree, digits), str)
    return [f"{relation} {text}" for relation, text in found]
