"""Roles in words: net(h1), h1 (net), net h1 and delta w5, which are net_h1 and Δw5.

Comes in: tokens. Goes out: the same with the name of the unit or weight below the word, as the
subscript that it is elsewhere. What stands in no such role stays what it is: `input x1`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token

from clearprop.checking.reading import signs
from clearprop.checking.reading.differentials import name_end
from clearprop.checking.reading.tokens import token
from clearprop.checking.reading.words import OPERATORS

LETTERS = ("NAME", "LATIN")
ROLES = {"net", "out", "in", "target", "delta", "act", "err", "error", "Net", "Out"}
SPOKEN = {
    "net",
    "target",
    "delta",
    "Delta",
    "gradient",
    "grad",
    "error",
    "Error",
}  # no brackets: net h1
FACTORS = OPERATORS | {"RELATION", "NAME", "NUMBER", "LPAR", "RPAR"}
UNIT = re.compile(r"(h|o|out|hid|hidden|output|H|O)\d*")
PARAMETER = re.compile(r"(w|v|b|W|V|B|theta|weight|bias)\d*")


def roles(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with what stands in a role made its subscript."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        for rule in (applied, remarked, spoken):
            made = rule(tokens, place)
            if made is not None:
                pieces, place = made
                found += pieces
                break
        else:
            found.append(tokens[place])
            place += 1
    return found


Made = tuple[list[Token], int] | None  # the tokens in place of others, and where those end


def kinds(tokens: Sequence[Token], place: int, count: int) -> list[str]:
    """Return the kinds of some tokens from a place on."""
    return [piece.type for piece in tokens[place : place + count]]


def below(role: str, unit: Sequence[Token]) -> list[Token]:
    """Return the tokens of a role with a unit's name for its subscript."""
    start, end = unit[0].start_pos or 0, unit[-1].end_pos or 0
    inner = [Token.new_borrow_pos("NAME", str(unit[0]), unit[0]), *unit[1:]]
    line, opens = token("UNDER", "_", start, start), token("LBRACE", "{", start, start)
    return [token("NAME", role, start, start), line, opens, *inner, token("RBRACE", "}", end, end)]


def from_role(role: Token, made: list[Token]) -> list[Token]:
    """Return the same tokens, the first where the word of the role stands."""
    return [Token.new_borrow_pos("NAME", str(made[0]), role), *made[1:]]


def applied(tokens: Sequence[Token], place: int) -> Made:
    """Read net(h1)."""
    if tokens[place] not in ROLES or kinds(tokens, place + 1, 1) != ["LPAR"]:
        return None
    if tokens[place].end_pos != tokens[place + 1].start_pos or place + 2 >= len(tokens):
        return None
    end = name_end(tokens, place + 3)
    if not UNIT.fullmatch(tokens[place + 2]) or kinds(tokens, end, 1) != ["RPAR"]:
        return None
    return from_role(tokens[place], below(str(tokens[place]), tokens[place + 2 : end])), end + 1


def remarked(tokens: Sequence[Token], place: int) -> Made:
    """Read h1 (net) before an equality; h1 (out) is h1."""
    if tokens[place].type not in LETTERS or not UNIT.fullmatch(tokens[place]):
        return None
    end = name_end(tokens, place + 1)
    if kinds(tokens, end, 4) != ["LPAR", "LATIN", "RPAR", "RELATION"]:
        return None
    if tokens[end + 1].lower() not in ("net", "in"):
        return None
    return below("net", tokens[place:end]), end + 3


def spoken(tokens: Sequence[Token], place: int) -> Made:
    """Read net h1 and delta w5 before an equality."""
    role = tokens[place]
    if role.type != "LATIN" or role not in SPOKEN or place + 1 >= len(tokens):
        return None
    if place and (tokens[place - 1].type in FACTORS or tokens[place - 1] in signs.GREEK_LETTERS):
        return None  # eta delta h = 0.3 is a product
    end = name_end(tokens, place + 2)
    if tokens[place + 1].type not in LETTERS or kinds(tokens, end, 1) != ["RELATION"]:
        return None
    of = tokens[place + 1 : end]
    is_gradient = role in ("gradient", "grad")
    if PARAMETER.fullmatch(of[0]) and (is_gradient or role.lower() == "delta"):
        sign = ("GRADIENT", "∇") if is_gradient else ("STEP", "Δ")
        name = Token.new_borrow_pos("NAME", str(of[0]), of[0])
        return [token(*sign, role.start_pos or 0, role.end_pos or 0), name, *of[1:]], end
    if UNIT.fullmatch(of[0]) and not is_gradient:
        return from_role(role, below(role.lower(), of)), end
    return None
