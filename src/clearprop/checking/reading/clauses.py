"""Clauses: what stands between two breaks, cut at its equality signs into sides.

Comes in: a row of tokens. Goes out: the clauses in it that hold an equality sign, each with its
sides, and what stands before and behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from clearprop.checking.reading.words import PROSE

BREAKS = {"BREAK", "WORD"}


@dataclass(frozen=True)
class Clause:
    """The tokens between two breaks: `sides[k]` is led to by `relations[k - 1]`.

    first   the place of its first token in the row
    before  the tokens of the row up to it, `after` those behind it
    """

    sides: tuple[tuple[Token, ...], ...]
    relations: tuple[Token, ...]
    before: tuple[Token, ...]
    after: tuple[Token, ...]

    @property
    def first(self) -> bool:
        """Whether nothing stands before the clause in its row."""
        return not any(piece.type == "WORD" for piece in self.before)

    @property
    def is_of_a_noun(self) -> bool:
        """Whether words behind a comma say what equals its sides: `e⁰ = 1, sum = 2.87`."""
        before = list(self.before)
        if not before or before[-1].type != "WORD" or before[-1].lower() in PROSE:
            return False  # `, so = 0.15` goes on
        while before and before[-1].type == "WORD":
            before.pop()
        return bool(before) and before[-1].type == "BREAK"

    @property
    def words_after(self) -> tuple[Token, ...]:
        """What stands behind the clause, up to the next sign of punctuation."""
        for place, piece in enumerate(self.after):
            if piece.type in ("BREAK", "RELATION"):
                return self.after[:place]
        return self.after


def clauses(row: Sequence[Token]) -> Iterator[Clause]:
    """Yield the clauses of a row that hold an equality sign."""
    start = 0
    for end in range(len(row) + 1):
        if end < len(row) and row[end].type not in BREAKS:
            continue
        if any(piece.type == "RELATION" for piece in row[start:end]):
            yield clause(row, start, end)
        start = end + 1


def parts_at_arrows(whole: Clause) -> Iterator[Clause]:
    """Yield the parts of a clause between its arrows that are equalities."""
    start = 0
    arrows = [place for place, sign in enumerate(whole.relations) if sign == "→"]
    for place in [*arrows, len(whole.relations)]:
        if place > start:
            sides, relations = whole.sides[start : place + 1], whole.relations[start:place]
            yield Clause(sides, relations, whole.before, whole.after)
        start = place + 1


def clause(row: Sequence[Token], start: int, end: int) -> Clause:
    """Return the clause between two places."""
    sides: list[list[Token]] = [[]]
    relations = []
    for piece in row[start:end]:
        if piece.type == "RELATION":
            relations.append(piece)
            sides.append([])
        else:
            sides[-1].append(piece)
    return Clause(tuple(map(tuple, sides)), tuple(relations), tuple(row[:start]), tuple(row[end:]))
