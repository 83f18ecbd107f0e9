"""Losses that are given in words and a formula, without an equality: loss ½(y - ŷ)².

Comes in: the decided tokens of a row. Goes out: chains `loss = ½(y - ŷ)²`. The formula begins right
behind the word, or behind what leads to it, and has a square or a logarithm; else it is a remark,
such as `the loss (0.25)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.clauses import BREAKS
from clearprop.checking.reading.formula import formula
from clearprop.checking.reading.superscripts import NotAFormula
from clearprop.checking.solution import Chain, IndexedSum, Link, names_and_numerals
from clearprop.formulas.expressions import Call, Expression, Power, Variable, children

LOSSES = {"loss", "cost", "error"}
LEADING = {"function", "is", "of", "as", ":", "$"}
LOGARITHMS = {"ln", "log"}


def said_losses(text: Text, row: Sequence[Token]) -> Iterator[Chain]:
    """Yield the losses that are said in a row."""
    for place, piece in enumerate(row):
        if piece.type == "WORD" and piece.lower() in LOSSES:
            start = place + 1
            while start < len(row) and row[start].lower() in LEADING:
                start += 1
            end = end_of_formula(row, start)
            side, is_equality = row[start:end], end < len(row) and row[end].type == "RELATION"
            tree = None if is_equality else loss_of(side)
            if tree is not None:
                name = Link("", str(piece), text.line(piece), Variable(names.written("loss")))
                yield Chain((name, Link("=", text.written(side), text.line(side[0]), tree)))


def end_of_formula(row: Sequence[Token], start: int) -> int:
    """Return where the formula that begins at a place ends."""
    parting = BREAKS | {"RELATION"}
    places = (at for at in range(start, len(row)) if row[at].type in parting)
    return next(places, len(row))


def loss_of(side: Sequence[Token]) -> Expression | None:
    """Return the formula of a loss, None for anything else."""
    try:
        tree = formula(side)
    except NotAFormula:
        return None
    several = len({name.text for name in names_and_numerals(tree) if not hasattr(name, "value")})
    return tree if several > 1 and is_loss(tree) else None


def is_loss(tree: Expression) -> bool:
    """Return whether a formula has a square or a logarithm in it."""
    match tree:
        case Power() | IndexedSum():
            return True
        case Call(function, _) if function in LOGARITHMS:
            return True
    return any(map(is_loss, children(tree)))
