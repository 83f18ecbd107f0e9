"""One formula: from its tokens to its tree, by the grammar `formula.lark`.

Comes in: the tokens of a formula and nothing else. Goes out: an `Expression` over numerals and
written names, or a `NotAFormula` that says in a sentence where the reading ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from lark import Token, UnexpectedToken

from clearprop.checking.reading.grammar import FORMULA, language
from clearprop.checking.reading.superscripts import NotAFormula, numeral
from clearprop.checking.solution import IndexedSum, Matrix
from clearprop.formulas.expressions import Expression, children

LONGEST = 800  # tokens of one formula
DEEPEST = 60  # levels of one tree
KEPT, SHORT = 4_000, 40  # formulas that are read once, and their tokens at most


def formula(tokens: Sequence[Token]) -> Expression:
    """Return the tree of a formula.

    Raises
    ------
    NotAFormula: the tokens are none.
    """
    if len(tokens) > LONGEST:
        raise NotAFormula("the formula is too long to read")
    if not tokens:
        raise NotAFormula("there is no formula")
    if len(tokens) == 1 and tokens[0].type == "NUMBER":  # what most sides are
        return numeral(str(tokens[0]))
    tree = kept(tuple(tokens)) if len(tokens) <= SHORT else parsed(tokens)
    if isinstance(tree, str):
        raise NotAFormula(tree)
    return tree


@lru_cache(KEPT)
def kept(tokens: tuple[Token, ...]) -> Expression | str:
    """Return what `parsed` returns, kept: a text is marked again whenever a little was changed."""
    return parsed(tokens)


def parsed(tokens: Sequence[Token]) -> Expression | str:
    """Return the tree of a formula, or the sentence that says why the tokens are none."""
    try:
        tree: Expression = language().parse(tokens, start=FORMULA)  # type: ignore[assignment]
    except UnexpectedToken as error:
        return not_expected(tokens, error.token)
    except NotAFormula as error:
        return str(error)
    return tree if depth(tree) <= DEEPEST else "the formula is nested too deeply to read"


def not_expected(tokens: Sequence[Token], token: Token) -> str:
    """Return what is said of a token where none like it can stand."""
    if token.type == "$END":
        return f"the formula breaks off after ‘{tokens[-1]}’"
    return f"‘{token}’ cannot stand here"


def depth(tree: Expression) -> int:
    """Return how many levels a tree has."""
    level, levels = [tree], 0
    while level and levels <= DEEPEST:
        level = [part for node in level for part in below(node)]
        levels += 1
    return levels


def below(tree: Expression) -> Iterable[Expression]:
    """Return the trees directly below a node, also of those that only solutions have."""
    match tree:
        case Matrix(rows):
            return [entry for row in rows for entry in row]
        case IndexedSum(_, body):
            return [body]
    return children(tree)


def longest(
    tokens: Sequence[Token], cut: Callable[[Sequence[Token], int], Sequence[Token]], tries: int
) -> tuple[Expression, Sequence[Token]] | None:
    """Return the tree of the longest part that is a formula, and that part; None without one."""
    for count in range(min(tries, len(tokens))):
        part = cut(tokens, count)
        try:
            return formula(part), part
        except NotAFormula:
            continue
    return None
