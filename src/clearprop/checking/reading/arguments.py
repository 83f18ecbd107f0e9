r"""Arguments and commas that are indices: v(n), w(n+1), x(1), o1(2), w1,1 and w_i,j.

Comes in: tokens. Goes out: the same with the (n) of a time left to the mark OLD, a number in
brackets made one token, ARGUMENT, and the comma within an index made UNDER. Only what touches the
name counts; whether w1(2) has an index or is a product, `layers.py` decides for the solution.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from clearprop.checking.reading.tokens import token
from clearprop.checking.reading.words import OPERATORS, PROSE, function

TIMES = {"n", "k"}  # of a step: (t) and (n+1) are marks on their own
INDICES = set("ijklmn")
OTHER_FUNCTIONS = {"F", "G", "s", "S"}  # that are letters of quantities elsewhere
LETTERS = ("NAME", "LATIN")
MARKS = {"SUBSCRIPT", "INDEX", "PRIME", "UPPER", "NEW", "OLD", "SUPERSCRIPT", "ARGUMENT"}
LISTS = {"LPAR", "LSQB", "COMMA"}
LISTS_END = {"RPAR", "RSQB", "COMMA"}


def arguments(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the arguments and commas that are indices made marks."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        mark = argument(tokens, place, found)
        if mark is not None:
            found.append(mark)
            place += 3
            continue
        piece = tokens[place]
        is_index = piece.type == "COMMA" and is_within_index(tokens, place)
        found.append(Token.new_borrow_pos("UNDER", "_", piece) if is_index else piece)
        place += 1
    return found


def argument(tokens: Sequence[Token], place: int, before: Sequence[Token]) -> Token | None:
    """Return the mark that three tokens, (n) or (1), are behind what stands before; else None."""
    three = tokens[place : place + 3]
    if [piece.type for piece in three[::2]] != ["LPAR", "RPAR"] or not before:
        return None
    inner = three[1]
    kind = "OLD" if inner.type in LETTERS and inner in TIMES else ""
    if inner.type == "NUMBER" and len(inner) == 1 and touch(*three[:2]) and touch(*three[1:]):
        kind = "ARGUMENT"
    if not kind or not touch(before[-1], three[0]) or not is_quantity(head(before)):
        return None
    text = f"({inner})" if kind == "OLD" else str(inner)
    return token(kind, text, three[0].start_pos or 0, three[2].end_pos or 0)


def touch(left: Token, right: Token) -> bool:
    """Return whether no space stands between two tokens."""
    return left.end_pos == right.start_pos


def is_quantity(name: Token | None) -> bool:
    """Return whether a letter or word is no function and no prose."""
    if name is None or name in OTHER_FUNCTIONS or function(name) is not None:
        return False
    return len(name) == 1 or name.lower() not in PROSE


def head(tokens: Sequence[Token]) -> Token | None:
    """Return the letter of the name, with its marks, that some tokens end with; None without."""
    place = len(tokens) - 1
    while place >= 0:
        raised = place > 0 and tokens[place - 1].type in ("UNDER", "CARET")
        if tokens[place].type in LETTERS and not raised:
            return tokens[place]
        if tokens[place].type == "RBRACE":
            place = opening(tokens, place)
            raised = place > 0 and tokens[place - 1].type in ("UNDER", "CARET")
            if not raised:
                return None
        if not raised and tokens[place].type not in MARKS:
            return None
        place -= 2 if raised else 1
    return None


def opening(tokens: Sequence[Token], place: int) -> int:
    """Return the place of the brace that opens what the one at a place closes."""
    depth = 0
    for at in range(place, max(-1, place - 60), -1):
        depth += {"LBRACE": 1, "RBRACE": -1}.get(tokens[at].type, 0)
        if depth == 0:
            return at
    return place


def is_within_index(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a comma stands within an index: w1,1 and w_i,j, but not pow(w1,2)."""
    if not 0 < place < len(tokens) - 1:
        return False
    left, right = tokens[place - 1], tokens[place + 1]
    if not (touch(left, tokens[place]) and touch(tokens[place], right)):
        return False
    lowered = place > 1 and tokens[place - 2].type in ("UNDER", "COMMA")
    start = place - 3 if lowered else place - 1
    before = tokens[start - 1].type if start > 0 else ""
    after = tokens[place + 2].type if place + 2 < len(tokens) else ""
    if before in LISTS and after in LISTS_END:
        return False
    number = right.type == "NUMBER" and right.isdigit() and len(right) < 3
    if lowered and tokens[place - 2].type == "UNDER":
        apart = place + 2 >= len(tokens) or after not in ("UNDER", "SUBSCRIPT", "LPAR")
        return number or (right.type in LETTERS and right in INDICES and apart)
    if left.type == "NUMBER" and lowered:  # the second comma of w1,1,2
        return number and is_within_index(tokens, place - 2)
    if left.type not in LETTERS or not number:
        return False
    return left[-1].isdigit() or after in OPERATORS | {"RELATION"}
