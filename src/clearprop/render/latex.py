r"""Trace -> LaTeX: a whole document, or with `formula_latex` a formula for one of your own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files

from clearprop.formulas.expressions import Expression
from clearprop.formulas.notation import LETTERS, PREFIXES, Mark, Ratio, Symbol
from clearprop.render.chain import chain, remarks
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
from clearprop.render.tables import (
    Cells,
    by_hand_rows,
    change_rows,
    history_rows,
    overview_rows,
    verdict,
)
from clearprop.render.text_symbols import links_text
from clearprop.tracing.lines import Line
from clearprop.tracing.trace import Trace

RELATIONS = {"=": "=", "≈": r"\approx"}
FUNCTIONS = ("cos", "ln", "max", "tanh")  # those that LaTeX has a command for
ESCAPES = {"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#"}
SHORT = 80  # characters of a line as text up to which it is not broken


def mark_latex(mark: Mark) -> str:
    r"""Return a symbol in LaTeX.

    >>> print(mark_latex(Symbol("w", "3", new=True)))
    w_{3}^{\text{new}}
    """
    if isinstance(mark, Ratio):
        top, bottom = mark_latex(mark.top), mark_latex(mark.bottom)
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}{at(mark.example)}"
    letter = LETTERS.get(mark.letter, ("", word(mark.letter)))[1]
    lower, upper = subscript_latex(mark), []
    if isinstance(mark.subscript, Symbol) and mark.letter in PREFIXES:
        letter, lower = f"{letter} {lower}", ""
    if mark.index:
        lower = ",".join(map(str, mark.index))
    if mark.layer is not None:
        upper.append(f"({mark.layer})" if lower else "")
        lower = lower or str(mark.layer)
    upper += [r"\text{new}"] if mark.new else []
    upper += [f"@{mark.example}"] if mark.example is not None else []
    marks = [text for text in upper if text]
    if "^" in letter and marks:
        letter = f"{{{letter}}}"
    raised = f"^{{{','.join(marks)}}}" if marks else ""
    return letter + (f"_{{{lower}}}" if lower else "") + raised


def subscript_latex(mark: Symbol) -> str:
    """Return a symbol's subscript in LaTeX."""
    if isinstance(mark.subscript, Symbol):
        return mark_latex(mark.subscript)
    if re.fullmatch(r"[\d_]*", mark.subscript):
        return mark.subscript.replace("_", ",")
    return rf"\text{{{mark.subscript}}}"


def at(example: int | None) -> str:
    """Return the mark of an example behind a derivative."""
    return "" if example is None else rf"\Big|^{{@{example}}}"


def word(letter: str) -> str:
    """Return a letter as it is, and a word upright."""
    return letter if len(letter) == 1 else rf"\text{{{escaped(letter)}}}"


def escaped(text: str) -> str:
    """Return text with LaTeX's own characters escaped."""
    return "".join(ESCAPES.get(character, character) for character in text)


def box_latex(box: Box) -> str:
    """Return a box in LaTeX."""
    match box:
        case Figure(text):
            return figure_latex(text)
        case Name(mark):
            return mark_latex(mark)
        case Sign(text, prefix):
            sign = {"×": r"\times"}.get(text, text)
            return sign if prefix else f" {sign} "
        case Row(boxes):
            return "".join(map(box_latex, boxes))
        case Brackets(inner):
            return rf"\left({box_latex(inner)}\right)"
        case Fraction(top, bottom):
            return rf"\frac{{{box_latex(top)}}}{{{box_latex(bottom)}}}"
        case Raised(Name(mark), exponent) if mark != EULER.mark:
            base = mark_latex(mark)
            # Brackets: TeX forgets braces around a lone accent, and ŷ^{@1} squared is an error.
            base = rf"\left({base}\right)" if "^" in base else f"{{{base}}}"
            return f"{base}^{{{box_latex(exponent)}}}"
        case Raised(base, exponent):
            return f"{box_latex(base)}^{{{box_latex(exponent)}}}"
        case Root(inner):
            return rf"\sqrt{{{box_latex(inner)}}}"
        case Bars(inner):
            return rf"\left|{box_latex(inner)}\right|"
        case Floor(inner):
            return rf"\left\lfloor {box_latex(inner)} \right\rfloor"
        case Applied(name, arguments):
            listed = ", ".join(map(box_latex, arguments))
            return rf"{function_latex(name)}\left({listed}\right)"


def function_latex(name: str) -> str:
    """Return a function's name in LaTeX."""
    if name in LETTERS:
        return LETTERS[name][1]
    return f"\\{name}" if name in FUNCTIONS else rf"\operatorname{{{name}}}"


def figure_latex(text: str) -> str:
    r"""Return a number in LaTeX, its power of ten spelled out.

    >>> print(figure_latex("1.234e-05"))
    1.234 \times 10^{-5}
    """
    mantissa, _, power = text.partition("e")
    if not power or not mantissa:
        return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{NaN}"}.get(text, text)
    return rf"{mantissa} \times 10^{{{int(power)}}}"


def formula_latex(tree: Expression, digits: int) -> str:
    """Return a tree over symbols or numbers in LaTeX."""
    return box_latex(Layout(digits, stacked=True).box(tree))


def line_latex(line: Line, digits: int) -> str:
    """Return a line as one row of an aligned environment, or several where it is long."""
    found = chain(line, digits, lambda tree: formula_latex(tree, digits), figure_latex)
    links = [f"{RELATIONS[relation]} {text}" for relation, text in found]
    width = sum(map(len, links_text(line, digits)))
    between = r" \\ & " if width > SHORT else " "
    beside = "".join(rf" \quad\text{{({escaped(text)})}}" for text in remarks(line, digits))
    return f"{mark_latex(line.symbol)} & {between.join(links)}{beside}"


def aligned(lines: Iterable[Line], digits: int) -> Iterator[str]:
    """Yield lines below each other, aligned at their equals signs."""
    rows = [line_latex(line, digits) for line in lines]
    yield r"\begin{align*}"
    yield " \\\\\n".join(rows)
    yield r"\end{align*}"


def trace_latex(trace: Trace, digits: int = 4) -> str:
    """Return a whole trace as a LaTeX document."""
    sizes = "--".join(map(str, trace.diagram.sizes))
    body = [rf"\section*{{Back-propagation through a {sizes} network}}"]
    body += [rf"{escaped(what)}: {escaped(rule)}\par" for what, rule in trace.rules]
    if trace.history is not None:
        body += [r"\section*{The first step}", *steps(trace.first, digits)]
        body += [r"\section*{Between}", *table(history_rows(trace, digits, in_dollars))]
        body += [rf"\section*{{Step {trace.number}, the last}}"]
    return document([*body, *steps(trace, digits)])


def steps(trace: Trace, digits: int) -> Iterator[str]:
    """Yield what is given and the steps, or the overview of a network too large to read."""
    if not trace.readable:
        yield from table(overview_rows(trace, digits, lambda mark: mark.id))
        yield verdict(trace, digits)
        return
    yield r"\subsection*{Given}"
    yield "\\quad\n".join(
        f"${line_latex(line, digits).replace(' & ', ' ')}$" for line in trace.given
    )
    for number, section in enumerate(trace.steps, start=1):
        yield rf"\subsection*{{Step {number}. {escaped(section.title)}}}"
        yield from aligned(section.lines, digits)
    yield from table(change_rows(trace, digits, in_dollars))
    yield verdict(trace, digits)
    if trace.by_hand is not None:
        yield rf"\subsection*{{By hand with {trace.by_hand} digits, and exactly}}"
        yield from table(by_hand_rows(trace, in_dollars))


def in_dollars(mark: Mark) -> str:
    """Return a symbol as mathematics inside text."""
    return f"${mark_latex(mark)}$"


def table(rows: Sequence[Cells]) -> Iterator[str]:
    """Yield a table, its first row the heads."""
    yield rf"\begin{{longtable}}[l]{{l{'r' * (len(rows[0]) - 1)}}}"
    for place, row in enumerate(rows):
        cells = (cell if "$" in cell else escaped(cell) for cell in row)
        yield " & ".join(cells) + r" \\" + ("" if place else r" \hline")
    yield r"\end{longtable}"


def explanation_latex(lines: Iterable[Line], digits: int = 4) -> str:
    """Return the derivation of one quantity as a LaTeX document."""
    return document([r"\section*{Derivation}", *aligned(lines, digits)])


def document(body: Iterable[str]) -> str:
    """Return a document that compiles, around a body."""
    template = files("clearprop.render").joinpath("document.tex").read_text(encoding="utf-8")
    return template.replace("%BODY%", "\n".join(body))
