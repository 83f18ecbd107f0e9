"""Labels: values that stand beside a name or its word without an equality sign.

Comes in: the tokens of a line. Goes out: chains `name = value`. `Learning rate: 0.1` gives eta,
`w1: 0.15` w1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.formula import formula
from clearprop.checking.reading.sides import is_name, is_value
from clearprop.checking.reading.superscripts import NotAFormula
from clearprop.checking.solution import Chain, Link, Matrix, Written
from clearprop.formulas.expressions import Expression, Variable

LABELS = {
    "learning rate": "eta",
    "step size": "eta",
    "lr": "eta",
    "target": "target",
    "target output": "target",
    "target value": "target",
    "desired output": "target",
    "expected output": "target",
    "correct answer": "y",
    "true label": "y",
    "label": "y",
    "momentum": "momentum",
    "bias": "b",
    "input": "x",
    "weight": "w",
}
LISTS = {"inputs": "x", "targets": "y", "weights": "w", "biases": "b", "target outputs": "y"}
PARTING = {"COMMA", "DOT", "STOP", "GAP", "COLON", "DASH"}
BETWEEN = {"of", "is", "to", "at"}

Read = Callable[[int, int], Sequence[Token]]  # from a stretch of the text to its decided tokens


def tree(tokens: Sequence[Token]) -> Expression | None:
    """Return the tree of a formula, None for what is none."""
    try:
        return formula(tokens)
    except NotAFormula:
        return None


def labelled(text: Text, tokens: Sequence[Token], read: Read) -> Iterator[Chain]:
    """Yield the chains of a line such as `Learning rate: 0.1` or `w1: 0.15, w2: 0.20`."""
    place = 0
    while place < len(tokens):
        words, name, behind = label(tokens, place)
        if name is None:
            place = max(behind, place + 1)
            continue
        found = value_end(tokens, behind)
        if found == behind or not ends(tokens, found):
            place = behind
            continue
        values = read(tokens[behind].start_pos or 0, tokens[found - 1].end_pos or 0)
        yield from given(text, tokens[place:behind], words, name, values)
        place = found


def label(tokens: Sequence[Token], place: int) -> tuple[str, Expression | None, int]:
    """Return the words of a label at a place, the name meant, and where its value begins."""
    end = place
    while end < len(tokens) and tokens[end].type == "LATIN" and end - place < 3:
        end += 1
    for stop in range(end, place, -1):
        words = " ".join(piece.lower() for piece in tokens[place:stop])
        letter = LABELS.get(words, LISTS.get(words))
        if letter is None:
            continue
        behind = stop
        between = {*BETWEEN, ":"} if letter == "eta" else {":"}  # "the answer is 1" is prose
        while behind < len(tokens) and tokens[behind].lower() in between:
            behind += 1
        if behind > stop or letter == "eta":
            return words, Variable(names.written(letter)), behind
    colon = next((k for k in range(place, min(place + 12, len(tokens))) if tokens[k] == ":"), None)
    starts = place == 0 or tokens[place - 1].type in PARTING
    if colon is not None and colon > place and starts:
        pieces = list(tokens[place:colon])
        for at, piece in enumerate(pieces):
            if piece.type == "LATIN" and (len(piece) == 1 or (at == 0 and len(pieces) > 1)):
                pieces[at] = Token.new_borrow_pos("NAME", str(piece), piece)
        found = tree(pieces)
        if is_name(found):
            return "", found, colon + 1
    return "", None, place + 1


def value_end(tokens: Sequence[Token], place: int) -> int:
    """Return where the numbers that begin at a place end: 0.1, [1, 2] or 0.05 and 0.10."""
    end = place
    while end < len(tokens):
        kind = tokens[end].type
        number = kind in ("NUMBER", "MINUS", "LSQB", "RSQB", "LPAR", "RPAR")
        between = kind == "COMMA" or tokens[end] == "and"
        more = end + 1 < len(tokens) and tokens[end + 1].type in ("NUMBER", "MINUS", "LSQB")
        if not (number or (between and more and end > place)):
            break
        end += 1
    return end


def ends(tokens: Sequence[Token], place: int) -> bool:
    """Return whether nothing that belongs to a value stands at a place."""
    if place >= len(tokens):
        return True
    return tokens[place].type in ("COMMA", "DOT", "STOP", "GAP", "LPAR", "DASH", "LATIN")


def given(
    text: Text, written: Sequence[Token], words: str, name: Expression, values: Sequence[Token]
) -> Iterator[Chain]:
    """Yield the chains of a label and its values; several are numbered from 1."""
    parts: list[list[Token]] = [[]]
    for piece in values:
        if piece.type in ("BREAK", "WORD"):
            parts.append([])
        else:
            parts[-1].append(piece)
    trees = [(part, tree(part)) for part in parts if part]
    line, label_text = text.line(written[0]), text.written(written).rstrip(" :")
    for number, (part, value) in enumerate(trees, start=1):
        if not (is_value(value) or isinstance(value, Matrix)):
            return
        of = name
        if len(trees) > 1 and isinstance(name, Variable) and isinstance(name.name, Written):
            of = Variable(names.written(f"{name.name.text}{number}"))
        links = (Link("", label_text, line, of), Link("=", text.written(part), line, value))
        yield Chain(links, words)
