"""Punctuation: which sign parts formulas from one another, and which belongs to one.

Comes in: tokens with every word decided. Goes out: the same where only BREAK, WORD and ROW part
formulas: brackets around prose or around an equality, commas outside brackets, wide gaps, full
stops and dashes between words have become BREAK; a colon between numbers is a division, and bars
are left or right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from clearprop.checking.reading.words import OPERATORS

PAIRS = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE", "END": "BEGIN", "RFLOOR": "LFLOOR"}
BINARY = (OPERATORS | {"RELATION"}) - {"CARET"}
OPENERS = {"LPAR", "LSQB", "LBRACE", "COMMA", "BREAK", "GAP", "BAR", "WORD", "CELL"}
IMPLIES = {"=>", "⇒", "⟹", "Rightarrow", "implies"}
OPERANDS_END = {"NAME", "NUMBER", "RPAR", "SUBSCRIPT", "INDEX", "RBRACE", "UPPER", "NEW"}
ENDS = {"STOP", "GAP", "DOT", "COMMA", "WORD", "CELL", "ROW"}
BEFORE_BRACES = {"CARET", "UNDER", "FRAC", "ROOT"}


def punctuated(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with all punctuation decided."""
    found = [signs_of(tokens, place) for place in range(len(tokens))]
    partners = brackets(found)
    found = commas(found, partners)
    return list(without_gaps(braces(found, partners)))


def changed(piece: Token, kind: str) -> Token:
    """Return a token as one of another kind."""
    return Token.new_borrow_pos(kind, str(piece), piece)


def apart(left: Token, right: Token) -> bool:
    """Return whether there is space between two tokens."""
    return left.end_pos != right.start_pos


def signs_of(tokens: Sequence[Token], place: int) -> Token:
    """Return a token with its kind decided, where that hangs on the tokens beside it only."""
    piece = tokens[place]
    before = tokens[place - 1] if place else None
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    left = before is None or apart(before, piece)
    right = after is None or apart(piece, after)
    match piece.type:
        case "COLON":
            return changed(piece, "DIVIDE" if left and right and ratio(before, after) else "BREAK")
        case "DOT":
            return changed(piece, "BREAK" if right or not left else "OTHER")
        case "STOP" if piece in IMPLIES and comes_to_number(tokens, place):
            return Token.new_borrow_pos("RELATION", "=", piece)
        case "STOP" | "DASH" | "ELLIPSIS":
            dash = piece.type == "DASH" and not right
            return changed(piece, "MINUS" if dash else "BREAK")
        case "MINUS" if left and right and (is_prose(before) or is_prose(after)):
            return changed(piece, "BREAK")
        case "BAR" | "NORM" as kind:
            ahead = before.type if before else "BREAK"
            opens = ahead in BINARY | OPENERS or (kind == "NORM" and opens_norm(tokens, place))
            return changed(piece, ("L" if opens else "R") + kind)
    return piece


def comes_to_number(tokens: Sequence[Token], place: int) -> bool:
    """Return whether an arrow, w5 => 0.3589, leads from a formula to a number and nothing else."""
    if not place or tokens[place - 1].type not in OPERANDS_END:
        return False
    before = [piece.type for piece in tokens[max(0, place - 3) : place]]
    if before[-2:] == ["RELATION", "NUMBER"] or before == ["RELATION", "MINUS", "NUMBER"]:
        return False  # z = 1.1 => 0.75 goes on to the next quantity
    behind = [piece.type for piece in tokens[place + 1 : place + 4]]
    if behind[:1] == ["MINUS"]:
        del behind[0]
    return behind[:1] == ["NUMBER"] and (len(behind) < 2 or behind[1] in ENDS)


def opens_norm(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a double bar is the first of two: a norm stands within no other."""
    return sum(piece.type == "NORM" for piece in tokens[max(0, place - 200) : place]) % 2 == 0


def ratio(before: Token | None, after: Token | None) -> bool:
    """Return whether a colon between two tokens is a division."""
    if before is None or after is None:
        return False
    return before.type in ("NUMBER", "RPAR") and after.type in ("NUMBER", "LPAR")


def is_prose(piece: Token | None) -> bool:
    """Return whether a token is a word of prose."""
    return piece is not None and piece.type == "WORD"


def brackets(tokens: list[Token]) -> dict[int, int]:
    """Return the places of brackets that belong together, after those around prose are broken."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    prose: set[int] = set()
    for place, piece in enumerate(tokens):
        if piece.type in PAIRS.values():
            stack.append(place)
        elif piece.type in PAIRS:
            wanted = PAIRS[piece.type]
            if stack and tokens[stack[-1]].type == wanted:
                partners[place] = stack.pop()
                partners[partners[place]] = place
            else:
                tokens[place] = changed(piece, "BREAK")
        elif piece == ";" and stack and tokens[stack[-1]].type == "LSQB":
            tokens[place] = changed(piece, "ROW")  # of a matrix: [1, 2; 3, 4]
        elif piece.type in ("WORD", "RELATION", "BREAK"):
            within = [at for at in stack if tokens[at].type in ("LPAR", "LSQB")]
            prose.update(within)
    prose.update(at for at in stack if at not in partners)
    for place in prose:
        remark(tokens, place, partners.get(place, place))
        for at in (place, partners.pop(place, place)):
            if tokens[at].type != "REMARK":
                tokens[at] = changed(tokens[at], "BREAK")
            partners.pop(at, None)
    return partners


def remark(tokens: list[Token], start: int, end: int) -> None:
    """Leave out a remark in brackets between a name and its equality sign: `z (hidden) = 1.1`."""
    if not 0 < start < end < len(tokens) - 1 or tokens[end + 1].type != "RELATION":
        return
    named = tokens[start - 1].type in ("NAME", "SUBSCRIPT", "INDEX", "RBRACE", "PRIME", "RPAR")
    inner = {piece.type for piece in tokens[start + 1 : end]}
    if named and "RELATION" not in inner and apart(tokens[start - 1], tokens[start]):
        for place in range(start, end + 1):
            tokens[place] = changed(tokens[place], "REMARK")


def commas(tokens: list[Token], partners: dict[int, int]) -> list[Token]:
    """Return the tokens with commas outside brackets made breaks, and cells outside a matrix."""
    found: list[Token] = []
    stack: list[str] = []
    for place, piece in enumerate(tokens):
        if place in partners:
            if partners[place] > place:
                stack.append(piece.type)
            elif stack:
                stack.pop()
        if piece.type == "COMMA" and not stack:
            found.append(changed(piece, "OTHER" if decimal(tokens, place) else "BREAK"))
        elif piece.type in ("CELL", "ROW") and not {"BEGIN", "LSQB"} & set(stack):
            found.append(changed(piece, "GAP" if piece.type == "CELL" else "NEXT"))
        elif piece.type == "REMARK" or (piece.type == "GAP" and stack):
            continue
        else:
            found.append(piece)
    return found


def decimal(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a comma stands within digits, where it may be a decimal comma."""
    around = tokens[max(0, place - 1) : place + 2]
    digits = [piece.type for piece in around] == ["NUMBER", "COMMA", "NUMBER"]
    return digits and not (apart(*around[:2]) or apart(*around[1:]))


def braces(tokens: Sequence[Token], partners: dict[int, int]) -> list[Token]:
    """Return the tokens with braces that only group made brackets, or left out around a name."""
    kinds = [piece.type for piece in tokens]
    if "LBRACE" not in kinds:
        return list(tokens)
    found = list(tokens)
    stack: list[int] = []
    second: set[int] = set()  # braces that open the lower half of a fraction
    dropped: set[int] = set()
    for place, kind in enumerate(kinds):
        if kind == "LBRACE":
            stack.append(place)
        elif kind == "RBRACE" and stack:
            first = stack.pop()
            before = kinds[first - 1] if first else ""
            if before == "FRAC" and place + 1 < len(kinds) and kinds[place + 1] == "LBRACE":
                second.add(place + 1)
            if before in BEFORE_BRACES or first in second:
                continue
            if "NAME" in kinds[first + 1 : first + 2] and only_a_name(kinds[first + 2 : place]):
                dropped |= {first, place}
            else:
                found[first] = changed(found[first], "LPAR")
                found[place] = changed(found[place], "RPAR")
    return [piece for place, piece in enumerate(found) if place not in dropped]


def only_a_name(kinds: Sequence[str]) -> bool:
    """Return whether what stands behind a name are its marks."""
    return not set(kinds) & (BINARY | {"LPAR", "FRAC", "FUNCTION", "GAP", "BREAK", "WORD"})


def without_gaps(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; wide gaps beside an operator or between matrices part nothing."""
    for place, piece in enumerate(tokens):
        if piece.type != "GAP":
            yield piece
            continue
        before = next((t.type for t in reversed(tokens[:place]) if t.type != "GAP"), "")
        after = next((t.type for t in tokens[place + 1 :] if t.type != "GAP"), "")
        beside_operator = before in BINARY or after in BINARY - {"MINUS"}
        if not beside_operator and (before, after) != ("END", "BEGIN"):
            yield changed(piece, "BREAK")
