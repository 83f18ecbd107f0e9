"""Tables of weights: a row for each unit, a column for each input, and maybe one for the biases.

Comes in: the cells of a table. Goes out: chains `w_h1,x1 = 0.1` and `b_h1 = 0.2`. Rows and columns
may be exchanged: the units are those that stand nearer to the output. Only the first such table of
some units holds their weights; a later one may hold anything, such as slopes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clearprop.checking.reading import names
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.labels import Read, tree
from clearprop.checking.reading.names import Mark
from clearprop.checking.reading.sides import is_value
from clearprop.checking.reading.tables import Cell
from clearprop.checking.solution import Chain, Link, Written
from clearprop.formulas.expressions import Variable

PLACES = {  # from the inputs to the outputs
    **dict.fromkeys(("x", "X", "i", "in", "inp", "input"), 0),
    **dict.fromkeys(("h", "H", "n", "N", "u", "hidden"), 1),
    **dict.fromkeys(("o", "O", "y", "Y", "yhat", "out", "output"), 2),
}
AROUND = " $*_`"  # what may stand around a name
BIAS = {"bias", "b", "biases", "1", "+1", "b0", "b₀"}
CORNER = re.compile(
    r"\W*(?:to|from|weights?|gewichte?|w|units?|neurons?|nodes?)?\W*(?:to|from)?\W*", re.IGNORECASE
)

Heads = Sequence[Written | None]  # None for the biases


def of_weights(text: Text, rows: Sequence[Sequence[Cell]], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table of weights, none of another one."""
    heads, *body = rows
    if not CORNER.fullmatch(text.text[slice(*heads[0])]):
        return
    above = heads_of(text, heads[1:], read)
    beside = heads_of(text, [row[0] for row in body], read)
    if above is None or beside is None or any(len(row) != len(heads) for row in body):
        return
    by_units = place_of(beside) > place_of(above)
    if place_of(beside) == place_of(above) or None in (beside if by_units else above):
        return
    grid = [list(row[1:]) for row in body]
    if not all(is_value(tree(read(*cell))) for row in grid for cell in row):
        return
    units, sources = (beside, above) if by_units else (above, beside)
    of_units = grid if by_units else zip(*grid, strict=True)
    for unit, cells in zip(units, of_units, strict=True):
        for source, cell in zip(sources, cells, strict=True):
            if unit is not None:
                yield stated(text, name_of(unit, source), cell, read)


def ends_of(
    text: Text, rows: Sequence[Sequence[Cell]], read: Read
) -> Iterator[tuple[Written, str, str]]:
    """Yield each weight of a table with columns `from` and `to`, with what stands there."""
    heads, *body = ([text.text[slice(*cell)].strip(AROUND) for cell in row] for row in rows)
    titles = [head.lower() for head in heads]
    if not {"from", "to"} <= set(titles):
        return
    for row, cells in zip(rows[1:], body, strict=True):
        match tree(read(*row[0])):
            case Variable(Written() as name) if len(cells) == len(titles):
                yield name, cells[titles.index("from")], cells[titles.index("to")]


def heads_of(text: Text, cells: Sequence[Cell], read: Read) -> Heads | None:
    """Return the units or inputs that some cells name, None where they name something else."""
    found: list[Written | None] = []
    for start, end in cells:
        if text.text[start:end].strip(AROUND).lower() in BIAS:
            found.append(None)
            continue
        match tree(read(start, end)):
            case Variable(Written(new=False, example=None) as name) if name.letter in PLACES:
                found.append(name)
            case _:
                return None
    known = [name for name in found if name is not None]
    alike = len({name.letter for name in known}) == 1 and len(set(known)) == len(known)
    numbered = len(known) == 1 or all(name.subscripts or name.superscript for name in known)
    return found if alike and numbered and len(found) - len(known) < 2 else None


def place_of(heads: Heads) -> int:
    """Return how near to the outputs the units of some heads stand."""
    return next(PLACES[name.letter] for name in heads if name is not None)


def name_of(unit: Written, source: Written | None) -> Written:
    """Return the name of a weight by its unit and its source; of the bias without a source."""
    if source is None:
        return names.written("b", [Mark("lower", (unit.text,))])
    return names.written("w", [Mark("lower", (unit.text, source.text))])


def stated(text: Text, name: Written, cell: Cell, read: Read) -> Chain:
    """Return the chain of a name and the number in a cell."""
    tokens = read(*cell)
    value, line = tree(tokens), text.line(tokens[0])
    return Chain(
        (Link("", name.text, line, Variable(name)), Link("=", text.written(tokens), line, value))
    )
