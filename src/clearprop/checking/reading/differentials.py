r"""Derivatives written with a plain d: which d of a text is one, and which only begins a word.

Comes in: tokens. Goes out: the same with dL/dw3, d L / d w3, dL_dw3, \frac{dE}{dw} and δE/δw
written with ∂, and grad_w3 with ∇. `delta`, `data` and a lone d stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token

from clearprop.checking.reading.tokens import token

WORDS = (
    "net|out|loss|Loss|LOSS|error|Error|err|yhat|cost|Cost|in|act|theta|sigma|pred|output|input|"
    "target|total|logits?|bias|weight|prediction|hidden|MSE|SSR|SSE|BCE|Etotal|ypred|z[ho]|a[ho]"
)
OF_WHAT = re.compile(rf"d((?:[A-Za-z](?:hat|bar|tilde)?|{WORDS})\d*)")
LETTERS = ("NAME", "LATIN")


def differentials(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with every derivative written in one way."""
    found = list(tokens)
    place = 0
    while place < len(found):
        if found[place].type in LETTERS:
            found[place : place + 2] = gradient(found, place) or found[place : place + 2]
            over_line(found, place)
            fraction(found, place)
        place += 1
    return found


def split(tokens: Sequence[Token], place: int) -> list[Token] | None:
    """Return ∂ and the name, where a d and a name stand at a place."""
    if place >= len(tokens) or tokens[place].type not in LETTERS:
        return None
    head = tokens[place]
    start, end = head.start_pos or 0, head.end_pos or 0
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if head in ("d", "delta") and after is not None and after.type in LETTERS:
        if head == "delta" and end != after.start_pos:
            return None
        return [
            token("PARTIAL", "∂", start, end),
            token("NAME", str(after), end, after.end_pos or end),
        ]
    if match := OF_WHAT.fullmatch(head):
        return [token("PARTIAL", "∂", start, start + 1), token("NAME", match[1], start + 1, end)]
    return None


def width(tokens: Sequence[Token], place: int) -> int:
    """Return how many tokens the d and the name at a place are."""
    return 2 if tokens[place] in ("d", "delta") else 1


def name_end(tokens: Sequence[Token], place: int) -> int:
    """Return the place behind the marks of the name whose letter stands before `place`."""
    while place < len(tokens):
        kind = tokens[place].type
        if kind in ("SUBSCRIPT", "INDEX", "PRIME", "UPPER", "NEW", "OLD", "ARGUMENT"):
            place += 1
        elif kind in ("UNDER", "CARET") and place + 1 < len(tokens):
            braces = tokens[place + 1].type == "LBRACE"
            if kind == "CARET" and not braces:
                break
            place = closing(tokens, place + 1) + 1 if braces else place + 2
        else:
            break
    return place


def closing(tokens: Sequence[Token], place: int) -> int:
    """Return the place of the brace that closes the one at a place."""
    depth = 0
    for at in range(place, min(len(tokens), place + 60)):
        depth += {"LBRACE": 1, "RBRACE": -1}.get(tokens[at].type, 0)
        if depth == 0:
            return at
    return place


def over_line(tokens: list[Token], place: int) -> None:
    """Write dL/dw3 and dL_dw3, where they begin at a place, with ∂."""
    top = split(tokens, place)
    if top is None:
        return
    behind = place + width(tokens, place)
    line = name_end(tokens, behind)
    code = behind < len(tokens) and tokens[behind].type == "UNDER"
    if code and split(tokens, behind + 1) and width(tokens, behind + 1) == 1:
        line = behind  # dL_dw3
    elif line >= len(tokens) or tokens[line].type != "DIVIDE":
        return
    bottom = split(tokens, line + 1)
    if bottom is None:
        return
    slash = tokens[line]
    over = token("DIVIDE", "/", slash.start_pos or 0, slash.end_pos or 0)
    tokens[line : line + 1 + width(tokens, line + 1)] = [over, *bottom]
    tokens[place:behind] = top


def fraction(tokens: list[Token], place: int) -> None:
    r"""Write \frac{dE}{dw}, where its d stands at a place, with ∂."""
    before = [piece.type for piece in tokens[max(0, place - 2) : place]]
    top = split(tokens, place)
    if before != ["FRAC", "LBRACE"] or top is None:
        return
    end = name_end(tokens, place + width(tokens, place))
    if [piece.type for piece in tokens[end : end + 2]] != ["RBRACE", "LBRACE"]:
        return
    bottom = split(tokens, end + 2)
    if bottom is not None:
        tokens[end + 2 : end + 2 + width(tokens, end + 2)] = bottom
        tokens[place : place + width(tokens, place)] = top


def gradient(tokens: Sequence[Token], place: int) -> list[Token] | None:
    """Return ∇ in place of grad_, where it stands at a place."""
    if tokens[place] not in ("grad", "gradient") or place + 2 >= len(tokens):
        return None
    line, after = tokens[place + 1 : place + 3]
    if line.type not in ("UNDER", "LPAR") or after.type not in LETTERS:
        return None
    sign = Token.new_borrow_pos("GRADIENT", "∇", tokens[place])
    return [sign, line] if line.type == "LPAR" else [sign]
