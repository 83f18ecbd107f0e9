"""Values that stand beside a name without an equality sign: labels and the rows of tables.

Comes in: the tokens of a label line, or the cells of a table. Goes out: chains `name = value`.
`Learning rate: 0.1` gives eta, `w1: 0.15` w1, a column headed `after` the updated weights and one
headed `gradient` their slopes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lark import Token

from clearprop.checking.reading import names, signs
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.formula import formula
from clearprop.checking.reading.names import Mark
from clearprop.checking.reading.sides import as_new, is_name, is_value
from clearprop.checking.reading.superscripts import NotAFormula
from clearprop.checking.solution import Chain, Link, Matrix, Written, WrittenSlope
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
AFTER = re.compile(r"after|new|updated|final|next", re.IGNORECASE)
SLOPE = re.compile(r"grad|slope|deriv|∂|partial|^\$?dL|^\$?dE", re.IGNORECASE)
BEFORE = re.compile(r"before|old|initial|start|value|current|result|answer|number|=", re.IGNORECASE)
OLD = re.compile(r"old|prev|before|t\s*-\s*1", re.IGNORECASE)
HEADS = {"net", "out", "act"}  # besides letters
UNITS = {"h", "o", "n", "u", "y", "H", "O", "N", "hidden", "out", "output", "neuron", "unit"}
OF_PARAMETERS = {"v", "m", "s", "g", "delta"}
FORMULA = re.compile(r"formula|calculation|comput|expression|equation|working|how", re.IGNORECASE)

Read = Callable[[int, int], Sequence[Token]]  # from a stretch of the text to its decided tokens


def tree(tokens: Sequence[Token]) -> Expression | None:
    """Return the tree of a formula, None for what is none."""
    try:
        return formula(tokens)
    except NotAFormula:
        return None


def name_in(tokens: Sequence[Token]) -> Expression | None:
    """Return the formula of a cell that may hold a name, `w2 new` too."""
    for word, rest in ((tokens[-1:], tokens[:-1]), (tokens[:1], tokens[1:])):
        if rest and word[0].lower() in names.NEW_WORDS and is_name(inner := tree(rest)):
            return None if inner is None else as_new(inner)
    return tree(tokens)


# --- labels --------------------------------------------------------------------------------------


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


# --- tables --------------------------------------------------------------------------------------

Cell = tuple[int, int]  # where its text begins and ends


def tabled(text: Text, rows: Sequence[Sequence[Cell]], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table, its first row the heads."""
    heads, *body = rows
    titles = [text.text[start:end].strip() for start, end in heads]
    if len(body) == 1 and len(titles) > 1 and not is_name(tree(read(*body[0][0]))):
        yield from by_heads(text, heads, body[0], read)
    for row in body:
        words = text.text[row[0][0] : row[0][1]].strip(" *_`").lower()
        meant = LABELS.get(words)
        name = Variable(names.written(meant)) if meant else name_in(read(*row[0]))
        if is_name(name) and name is not None:
            yield from of_row(text, row, heads, name, read)


def in_columns(
    text: Text, heads: Sequence[Cell], row: Sequence[Cell], read: Read
) -> Iterator[Chain]:
    """Yield the chains of a row of plain columns under heads that say what they hold."""
    titles = [text.text[start:end].strip() for start, end in heads]
    known = [AFTER.search(title) or SLOPE.search(title) or BEFORE.search(title) for title in titles]
    name = name_in(read(*row[0]))
    numbers = all(is_value(tree(read(*cell))) for cell in row[1:])
    if len(heads) == len(row) and all(known[1:]) and numbers and name is not None and is_name(name):
        yield from of_row(text, row, heads, name, read)


def by_heads(text: Text, heads: Sequence[Cell], row: Sequence[Cell], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table with one row of values under names."""
    for head, cell in zip(heads, row, strict=False):
        name, value = name_in(read(*head)), tree(read(*cell))
        if name is not None and value is not None and is_name(name) and is_value(value):
            yield two(text, read(*head), name, read(*cell), value)


def of_row(
    text: Text, row: Sequence[Cell], heads: Sequence[Cell], name: Expression, read: Read
) -> Iterator[Chain]:
    """Yield the chains of a row that begins with a name."""
    written = read(*row[0])
    links: list[Link] = []
    others: list[Chain] = []
    for head, cell in zip(heads[1:], row[1:], strict=False):
        title, tokens = text.text[slice(*head)].strip(), read(*cell)
        if not tokens:
            continue
        if (letter := lone_letter(read(*head), name)) is not None:
            others += of_cell(text, written, of_letter(letter, title, name), sides(text, tokens))
        elif AFTER.search(title) or SLOPE.search(title):
            of = as_new(name) if AFTER.search(title) else slope_of(name, title)
            others += of_cell(text, written, of, sides(text, tokens))
        elif FORMULA.search(title) or BEFORE.search(title) or len(title.strip("$ ")) < 2:
            links += sides(text, tokens)
    if links:
        yield Chain((Link("", text.written(written), text.line(written[0]), name), *links))
    yield from others


def of_cell(
    text: Text, written: Sequence[Token], of: Expression | None, links: Sequence[Link]
) -> Iterator[Chain]:
    """Yield the chain of a cell, a number or a formula, under a head that says what it holds."""
    if links and is_name(links[0].tree):
        if len(links) > 1:  # it says itself what it holds
            yield Chain((replace(links[0], relation=""), *links[1:]))
    elif links and of is not None:
        shown = text.written(written)
        if isinstance(of, Variable) and isinstance(of.name, WrittenSlope):
            shown = of.name.text
        yield Chain((Link("", shown, text.line(written[0]), of), *links))


def lone_letter(head: Sequence[Token], name: Expression) -> Written | None:
    """Return the letter that a column is headed by, z or δ or v_new; None for a row's own."""
    match tree(head), name:
        case Variable(Written() as of), Variable(Written() as row):
            is_letter = len(of.letter) == 1 or of.letter in signs.GREEK_LETTERS
            is_step = of.letter == "step" and len(of.subscripts) == 1
            known = is_step or ((is_letter or of.letter in HEADS) and not of.subscripts)
            return of if known and of.letter != row.letter else None
    return None


def of_letter(letter: Written, title: str, name: Expression) -> Expression | None:
    """Return what a column under a letter holds of the unit or weight of a row: z_h1, v_w1.

    None where it is not known: the v of the step before, or the z of a quantity that is no unit.
    """
    row = name.name  # type: ignore[attr-defined]  # a name, or there would be no letter
    if letter.letter in ("step", "Delta"):
        return Variable(names.step(row))
    if OLD.search(title) or not (row.letter in UNITS or letter.letter in OF_PARAMETERS):
        return None
    below = Mark("lower", (row.text.replace("^", "_"),))
    new = letter.new and letter.letter not in OF_PARAMETERS  # v of this step is v_new
    return Variable(names.written(letter.letter, [below, *[Mark("new")] * new]))


def sides(text: Text, tokens: Sequence[Token]) -> list[Link]:
    """Return the formulas of a cell as links; what is no formula is left out."""
    found: list[Link] = []
    side: list[Token] = []
    relation = "="
    for piece in [*tokens, Token("RELATION", "=")]:
        if piece.type != "RELATION":
            side.append(piece)
            continue
        value = tree(side)
        if value is not None:
            found.append(Link(relation, text.written(side), text.line(side[0]), value))
        relation, side = str(piece), []
    return found


def slope_of(name: Expression, title: str) -> Expression:
    """Return the slope of the loss (E where the head says so) with respect to a name."""
    if isinstance(name, Variable) and isinstance(name.name, Written):
        letter = re.search(r"(?:∂|\\partial|d)\s*([A-Z])", title)
        return Variable(names.slope(names.written(letter[1] if letter else "L"), name.name))
    return name


def two(
    text: Text, written: Sequence[Token], name: Expression, cell: Sequence[Token], value: Expression
) -> Chain:
    """Return the chain `name = value` of two cells."""
    first = Link("", text.written(written), text.line(written[0]), name)
    if isinstance(name, Variable) and isinstance(name.name, WrittenSlope):
        first = replace(first, text=name.name.text)
    return Chain((first, Link("=", text.written(cell), text.line(cell[0]), value)))
