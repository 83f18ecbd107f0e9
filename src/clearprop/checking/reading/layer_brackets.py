"""Layers in brackets: the W[1] and Z[1] of Andrew Ng's courses, where others write W1 or W⁽¹⁾.

Comes in: the lines of a document, or its decided tokens. Goes out: the letters that have layers in
brackets, or the tokens with [1] made a superscript behind them. A letter has them where W[1] itself
is given a matrix, and where b[1] or dZ[1] is given a list beside that; else W[1] is an entry of W.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from lark import Token

NAME = r"(?<![\w.])([^\W\d_]+)\[\s*[1-9]\s*\]"
ARRAY = r"(?:np\.array\(\s*)?"
OF_LISTS = re.compile(rf"{NAME}\s*:?=(?:[^\n]*=)?\s*{ARRAY}\[")
OF_MATRICES = re.compile(rf"{NAME}\s*:?=\s*{ARRAY}\[\s*\[")
WHOLE = re.compile(rf"(?<![\w\].])([^\W\d_]+)\s*:?=\s*{ARRAY}[\[(]")
FROM_ZERO = re.compile(r"[^\W\d_]\[\s*0\s*\]")


def letters_of_layers(lines: Sequence[str]) -> frozenset[str]:
    """Return the letters that have layers in brackets, none where brackets count from 0.

    >>> sorted(letters_of_layers(["W[1] = [[1, 2]]", "b[1] = [3]", "x[1] = 4"]))
    ['W', 'b']
    """
    if not any(OF_MATRICES.search(line) for line in lines) or any(map(FROM_ZERO.search, lines)):
        return frozenset()
    found = {match[1] for line in lines for match in OF_LISTS.finditer(line)}
    return frozenset(found - {match[1] for line in lines for match in WHOLE.finditer(line)})


def with_layers_above(row: Sequence[Token], letters: Collection[str]) -> Iterator[Token]:
    """Yield tokens with an index in brackets made a superscript behind some letters."""
    before: Token | None = None
    for piece in row:
        if piece.type == "INDEX" and before in letters:
            yield Token.new_borrow_pos("UPPER", str(piece), piece)
        else:
            yield piece
        before = piece
