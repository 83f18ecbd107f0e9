"""Tables: what stands in a row belongs to the name it begins with, as the head of its column says.

Comes in: the cells of a table, or of plain columns. Goes out: chains `name = value`. A column
headed `after` holds the updated weights, one headed `gradient` their slopes; one whose head says
nothing known, such as `threshold`, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lark import Token

from clearprop.checking.reading import names, signs
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.labels import LABELS, Read, tree
from clearprop.checking.reading.names import Mark
from clearprop.checking.reading.sides import as_new, is_name, is_value
from clearprop.checking.solution import Chain, Link, Written, WrittenSlope
from clearprop.formulas.expressions import Expression, Variable


def heads_of(*words: str, or_in: str = "(?!)") -> re.Pattern[str]:
    """Return what finds in a head one of some words, whole, or what else may stand in it.

    >>> [bool(heads_of("old").search(head)) for head in ("Old", "w_old", "threshold")]
    [True, True, False]
    """
    whole = rf"(?<![^\W\d_])(?:{'|'.join(words)})(?![^\W\d_])"
    return re.compile(f"{whole}|{or_in}", re.IGNORECASE)


AFTER = heads_of("after", "[vwb]?new", "updated", "final", "next", *names.NEW_WORDS)
SLOPE = heads_of(
    r"grad(?:ient\w*|s)?", "slopes?", r"deriv\w*", "partials?", or_in=r"∂|^\$?d[LE](?![^\W\d_])"
)
EXACT = "exact(?:ly)?"
BEFORE = heads_of(
    *("before", "[vwb]?old", r"initial\w*", r"start\w*", "values?", "current", "results?"),
    *("answers?", "numbers?", "by hand", EXACT),
    or_in="=",
)
IS_EXACT = heads_of(EXACT)
OLD = heads_of("[vwb]?old", "prev(?:ious)?", "before", r"t\s*-\s*1")
FORMULA = heads_of(
    *("formula[es]?", r"calculat\w*", r"comput\w*", "expressions?", "equations?", "workings?"),
    "how",
)
HEADS = {"net", "out", "act"}  # besides letters
UNITS = {"h", "o", "n", "u", "y", "H", "O", "N", "hidden", "out", "output", "neuron", "unit"}
OF_PARAMETERS = {"v", "m", "s", "g", "delta"}

KIND = re.compile(  # of what a row names: "target t"
    r"\W*(?:(?:desired|true|correct|initial)\s+)?"
    r"(?:inputs?|targets?|labels?|weights?|bias(?:es)?|outputs?|learning rate|momentum)\s+"
    r"(?=[^\s\d(:=])",
    re.IGNORECASE,
)
WAY = re.compile(r"\s*\([^()]*(?:→|⟶|->|\\to|\\rightarrow|\bto\b|\bfrom\b)[^()]*\)\s*$")
REMARK = re.compile(r"\s*\([^()]*\)\s*$")

Cell = tuple[int, int]  # where its text begins and ends


def tabled(text: Text, rows: Sequence[Sequence[Cell]], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table, its first row the heads."""
    heads, *body = rows
    titles = [text.text[start:end].strip() for start, end in heads]
    if len(body) == 1 and len(titles) > 1 and not is_name(tree(read(*body[0][0]))):
        yield from by_heads(text, heads, body[0], read)
    for row in (own for each in body for own in rows_of(text, each, read)):
        words = REMARK.sub("", text.text[slice(*row[0])]).strip(" *_`").lower()
        meant = LABELS.get(words)
        name = Variable(names.written(meant)) if meant else name_in(read(*row[0]))
        if is_name(name) and name is not None:
            yield from of_row(text, row, heads, name, read)


def rows_of(text: Text, row: Sequence[Cell], read: Read) -> Iterator[Sequence[Cell]]:
    """Yield a row for each name that a row begins with, nothing but the name before its values.

    "target t" names t, "w₁ (x₁ → h)" w₁; "b₁, b₂" are two, with a value each: "0.1, 0.2".
    """
    first = name_alone(text.text, row[0])
    several = [parts_of(text.text, cell) for cell in (first, *row[1:])]
    counts = {len(parts) for parts in several}
    named = all(is_name(name_in(read(*part))) for part in several[0])
    if len(counts) == 1 and counts != {1} and named:
        yield from zip(*several, strict=True)
    else:
        yield (first, *row[1:])


def name_alone(text: str, cell: Cell) -> Cell:
    """Return the stretch of a cell that is its name, without what it is of and what it leads to."""
    start, end = cell
    way, kind = WAY.search(text, start, end), KIND.match(text, start, end)
    return kind.end() if kind else start, way.start() if way else end


def parts_of(text: str, cell: Cell) -> list[Cell]:
    """Return the stretches of a cell that commas part: `b₁, b₂`."""
    start, found = cell[0], []
    for comma in re.finditer(r",\s", text[slice(*cell)]):
        found.append((start, cell[0] + comma.start()))
        start = cell[0] + comma.end()
    return [*found, (start, cell[1])]


def name_in(tokens: Sequence[Token]) -> Expression | None:
    """Return the formula of a cell that may hold a name, `w2 new` too."""
    for word, rest in ((tokens[-1:], tokens[:-1]), (tokens[:1], tokens[1:])):
        if rest and word[0].lower() in names.NEW_WORDS and is_name(inner := tree(rest)):
            return None if inner is None else as_new(inner)
    return tree(tokens)


def in_columns(
    text: Text, heads: Sequence[Cell], row: Sequence[Cell], read: Read
) -> Iterator[Chain]:
    """Yield the chains of a row of plain columns under names, or heads that say what they hold."""
    if len(heads) != len(row):
        return
    titles = [text.text[start:end].strip() for start, end in heads]
    known = [AFTER.search(title) or SLOPE.search(title) or BEFORE.search(title) for title in titles]
    name = name_in(read(*row[0]))
    names_above = all(is_name(name_in(read(*head))) for head in heads)
    if all(known[1:]) and name is not None and is_name(name):
        if all(sides(text, read(*cell)) for cell in row[1:]):
            yield from of_row(text, row, heads, name, read)
    elif names_above and all(is_value(tree(read(*cell))) for cell in row):
        yield from by_heads(text, heads, row, read)


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
    values: list[list[Link]] = [[]]
    others: list[Chain] = []
    exact: list[list[Link]] = []
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
            found = sides(text, tokens)
            if len(found) == 1 and is_other_name(found[0].tree, name, title):
                continue
            if IS_EXACT.search(title):
                exact.append(found)
                continue
            if values[-1] and is_value(values[-1][-1].tree):
                values.append([])  # numbers beside each other are two values, and may differ
            values[-1] += found
    first = Link("", text.written(written), text.line(written[0]), name)
    # The exact ones first: what was written by hand is what is carried on.
    yield from (Chain((first, *links)) for links in [*exact, *values] if links)
    yield from others


def is_other_name(cell: Expression | None, name: Expression, title: str) -> bool:
    """Return whether a cell only names the quantity of its row once more: `z_h1` beside z_h₁."""
    return is_name(cell) and (cell == name or not FORMULA.search(title))


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
    """Return the letter that a column is headed by, z or δ or v_new; None for a row's own.

    It may be spelled out: net, or delta.
    """
    word = str(head[0]).lower() if len(head) == 1 and head[0].type == "WORD" else ""
    is_letter = word in HEADS or word in signs.GREEK_LETTERS
    match Variable(names.written(word)) if is_letter else tree(head), name:
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
