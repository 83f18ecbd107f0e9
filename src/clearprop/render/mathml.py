"""A formula as MathML, which browsers draw themselves."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

from clearprop.formulas.expressions import Expression
from clearprop.formulas.notation import LETTERS, PREFIXES, Mark, Ratio, Symbol
from clearprop.render.chain import chain
from clearprop.render.layout import (
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

MINUS = "\u2212"  # MathML has its own minus sign; a hyphen would be drawn as one
HATS = {"yhat": "y", "mhat": "m", "vhat": "v"}


def element(tag: str, *below: Element, text: str | None = None) -> Element:
    """Return an element with others, or text, inside."""
    made = Element(tag)
    made.text = text
    made.extend(below)
    return made


def mark_mathml(mark: Mark) -> Element:
    """Return a symbol as an element."""
    if isinstance(mark, Ratio):
        partial = [element("mo", text="∂"), element("mo", text="∂")]
        top = element("mrow", partial[0], mark_mathml(mark.top))
        bottom = element("mrow", partial[1], mark_mathml(mark.bottom))
        fraction = element("mfrac", top, bottom)
        if mark.example is None:
            return fraction
        return element("msup", fraction, element("mtext", text=f"@{mark.example}"))
    return symbol_mathml(mark)


def symbol_mathml(mark: Symbol) -> Element:
    """Return a letter with its marks: below, and raised."""
    letter = letter_mathml(mark.letter)
    lower = lower_mathml(mark)
    if mark.letter in PREFIXES and lower is not None:
        letter, lower = element("mrow", letter, lower), None
    raised = []
    if mark.layer is not None:
        raised.append(f"({mark.layer})")
    raised += ["new"] if mark.new else []
    raised += [f"@{mark.example}"] if mark.example is not None else []
    upper = element("mtext", text=" ".join(raised)) if raised else None
    if lower is not None and upper is not None:
        return element("msubsup", letter, lower, upper)
    if lower is not None:
        return element("msub", letter, lower)
    return letter if upper is None else element("msup", letter, upper)


def letter_mathml(letter: str) -> Element:
    """Return a bare letter or word; a hat stands above it."""
    if letter in HATS:
        return element("mover", element("mi", text=HATS[letter]), element("mo", text="^"))
    if re.fullmatch(r"beta[12]_t", letter):
        base = element("msub", element("mi", text="β"), element("mn", text=letter[4]))
        return element("msup", base, element("mi", text="t"))
    return element("mi", text=LETTERS.get(letter, (letter,))[0])


def lower_mathml(mark: Symbol) -> Element | None:
    """Return what stands below a letter, if anything does."""
    if mark.index:
        return element("mtext", text=",".join(map(str, mark.index)))
    if isinstance(mark.subscript, Symbol):
        return symbol_mathml(mark.subscript)
    if not mark.subscript:
        return None
    digits = re.fullmatch(r"[\d_]+", mark.subscript)
    return element("mn" if digits else "mtext", text=mark.subscript.replace("_", ","))


def box_mathml(box: Box) -> Element:
    """Return a box as an element."""
    match box:
        case Figure(text):
            return figure_mathml(text)
        case Name(mark):
            return mark_mathml(mark)
        case Sign(text, prefix):
            sign = element("mo", text=text.replace("-", MINUS))
            if prefix:
                sign.set("form", "prefix")
            return sign
        case Row(boxes):
            return element("mrow", *map(box_mathml, boxes))
        case Brackets(inner):
            return fenced("(", box_mathml(inner), ")")
        case Fraction(top, bottom):
            return element("mfrac", box_mathml(top), box_mathml(bottom))
        case Raised(base, exponent):
            return element("msup", box_mathml(base), box_mathml(exponent))
        case Root(inner):
            return element("msqrt", box_mathml(inner))
        case Bars(inner):
            return fenced("|", box_mathml(inner), "|")
        case Floor(inner):
            return fenced("⌊", box_mathml(inner), "⌋")
        case Applied(name, arguments):
            return applied(name, [box_mathml(argument) for argument in arguments])


def fenced(left: str, inner: Element, right: str) -> Element:
    """Return an element between two fences."""
    return element("mrow", element("mo", text=left), inner, element("mo", text=right))


def applied(name: str, arguments: list[Element]) -> Element:
    """Return a function with its arguments in brackets."""
    inner = element("mrow")
    for place, argument in enumerate(arguments):
        if place:
            inner.append(element("mo", text=","))
        inner.append(argument)
    letter = element("mi", text=LETTERS.get(name, (name,))[0])
    return element("mrow", letter, fenced("(", inner, ")"))


def figure_mathml(text: str) -> Element:
    """Return a number; its minus is an operator, its power of ten is raised."""
    if text.startswith("-"):
        minus = element("mo", text=MINUS)
        minus.set("form", "prefix")
        return element("mrow", minus, figure_mathml(text[1:]))
    mantissa, _, power = text.partition("e")
    if not power or not mantissa:
        return element("mn", text={"inf": "∞", "nan": "NaN"}.get(text, text))
    ten = element("msup", element("mn", text="10"), figure_mathml(str(int(power))))
    return element("mrow", element("mn", text=mantissa), element("mo", text="×"), ten)


def formula_mathml(tree: Expression, digits: int) -> Element:
    """Return a tree over symbols or numbers as an element."""
    return box_mathml(Layout(digits, stacked=True).box(tree))


def line_mathml(line: Line, digits: int) -> str:
    """Return a line as `<math>` elements, one for each link, so that a page may break between."""
    links = chain(line, digits, lambda tree: formula_mathml(tree, digits), figure_mathml)
    parts = [element("math", mark_mathml(line.symbol))]
    for relation, box in links:
        operator = element("mo", text=relation)
        operator.set("form", "infix")
        operator.set("lspace", "0")  # before it is the space between two elements
        operator.set("rspace", "0.278em")
        parts.append(element("math", element("mrow", operator, box)))
    for part in parts:
        part.set("displaystyle", "true")  # fractions in full size
    return " ".join(tostring(part, encoding="unicode") for part in parts)
