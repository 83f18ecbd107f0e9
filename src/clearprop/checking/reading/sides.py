"""The sides of an equality: what one is, and whether it may be cut where prose touches it.

Comes in: the tokens or the tree of a side. Goes out: whether it is a name, a value, part of a list
of equalities, or torn from what belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.clauses import Clause
from clearprop.checking.reading.punctuation import apart
from clearprop.checking.reading.words import OPERATORS, PROSE
from clearprop.checking.solution import Link, Numeral, Written
from clearprop.formulas.expressions import Expression, Negative, Sum, Variable

NAME_STARTS = {"NAME", "PARTIAL", "FRAC", "GRADIENT", "STEP"}
OF = {"of", "to", "for", "in", "wrt", "on"}
NOUNS = {
    **dict.fromkeys(("gradient", "grad", "derivative", "slope", "respect"), "slope"),
    **{noun: noun for noun in ("input", "error", "delta", "change", "loss", "correction", "bias")},
}
TORN = OPERATORS | {"OTHER", "UNDER"}


def torn(before: Sequence[Token], kept: Sequence[Token]) -> bool:
    """Return whether leaving off what stands before a formula would tear it apart."""
    if not before:
        return False
    kinds = {piece.type for piece in before}
    return bool(kinds & (TORN | NAME_STARTS)) or not apart(before[-1], kept[0])


def noun_of(before: Sequence[Token]) -> str:
    """Return what of a name is meant, where such words as `gradient of` stand before it."""
    words = [piece.lower() for piece in before[-4:]]
    if not words or before[-1].type != "WORD" or words[-1] not in OF:
        return ""
    return next((NOUNS[word] for word in reversed(words) if word in NOUNS), "")


def noun_before(before: Sequence[Token]) -> Sequence[Token]:
    """Return the word that stands alone before `$= 2.9$`, none where it is prose: Sum, not So."""
    alone = before[-1:] and before[-1].type == "WORD" and before[-1].lower() not in PROSE
    return before[-1:] if alone and (len(before) == 1 or before[-2].type == "BREAK") else ()


def assigning(clause: Clause) -> str:
    """Return the kind of the sign in `w -= …`, "" without one."""
    side = clause.sides[0]
    if len(side) > 1 and side[-1].type in ("MINUS", "PLUS"):
        return "" if apart(side[-1], clause.relations[0]) else side[-1].type
    return ""


def is_name(tree: Expression | None) -> bool:
    """Return whether a tree is a name and nothing else."""
    return isinstance(tree, Variable) and not isinstance(tree.name, Numeral)


def is_value(tree: Expression | None) -> bool:
    """Return whether a tree is a number, with a sign or without."""
    inner = tree.operand if isinstance(tree, Negative) else tree
    return isinstance(inner, Variable) and isinstance(inner.name, Numeral)


def name_before(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return what stands before the last break of a row: the w₁ of `w₁: 0.5`."""
    place = len(tokens) - 1
    while place >= 0 and tokens[place].type in ("BREAK", "WORD"):
        place -= 1
    end = place + 1
    while place >= 0 and tokens[place].type not in ("BREAK", "WORD", "RELATION"):
        place -= 1
    return tokens[place + 1 : end]


def is_list(clause: Clause) -> bool:
    """Return whether `x₁ = 1 x₂ = 2` is a list of equalities rather than a chain of products."""
    middles = clause.sides[1:-1]
    letters = {str(clause.sides[0][0])} if clause.sides[0] else set()
    for side in middles:
        kinds = [piece.type for piece in side]
        starts = [place for place, kind in enumerate(kinds) if kind in NAME_STARTS]
        numbers = [kind for kind in kinds[: starts[0]] if kind != "MINUS"] if starts else []
        if numbers not in (["NUMBER"], ["NUMBER", "TIMES"]):
            return False
        letters.add(str(side[starts[0]]))
    if not middles:
        return False
    alike = len({re.sub(r"\d", "", letter) for letter in letters}) == 1
    return alike or len(middles) > 1


def as_slope(tree: Expression) -> Expression:
    """Return the slope of the loss with respect to a name."""
    if isinstance(tree, Variable) and isinstance(tree.name, Written):
        return Variable(names.slope(names.written("L"), tree.name))
    return tree


def as_new(tree: Expression) -> Expression:
    """Return the name of a quantity after the update."""
    match tree:
        case Variable(Written(text, new=False) as name):
            core, mark, example = text.partition("@")
            return Variable(replace(name, text=f"{core}_new{mark}{example}", new=True))
    return tree


def updated(links: Sequence[Link]) -> list[Link]:
    """Return the links of a chain; the left side of `w = w - …` is the updated weight."""
    first, second = links[0], links[1]
    if isinstance(second.tree, Sum) and second.tree.terms[0] == first.tree and first.tree:
        first = replace(first, tree=as_new(first.tree))
    return [first, *links[1:]]
