"""Tables with a row for each unit: its number j, and what it has under `Net input, I_j` or `Err_j`.

Comes in: the heads of a table, or of plain columns, and a row. Goes out: chains `I_4 = ... = 0.3`,
one for each cell under a head that ends with a name whose index is that of the first column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.labels import Read, tree
from clearprop.checking.reading.names import Mark
from clearprop.checking.reading.tables import Cell, sides
from clearprop.checking.solution import Chain, Link, Written
from clearprop.formulas.expressions import Variable

AROUND = " $*_`"  # what may stand around a head or a number


def of_unit(text: Text, heads: Sequence[Cell], row: Sequence[Cell], read: Read) -> Iterator[Chain]:
    """Yield the chains of a row that begins with the number of a unit, none of another row."""
    index = text.text[slice(*heads[0])].strip(AROUND)[-1:]
    unit = text.text[slice(*row[0])].strip(AROUND)
    if not unit.isdigit() or len(heads) != len(row):
        return
    for head, cell in zip(heads[1:], row[1:], strict=True):
        column, links = name_at_end(read(*head)), sides(text, read(*cell))
        if column is not None and column.subscripts == (index,) and links:
            name = names.written(column.letter, [Mark("lower", (unit,))])
            yield Chain((Link("", name.text, links[0].line, Variable(name)), *links))


def name_at_end(tokens: Sequence[Token]) -> Written | None:
    """Return the name that a head ends with: the I_j of `Net input, I_j`."""
    for place in range(len(tokens)):
        match tree(tokens[place:]):
            case Variable(Written() as name):
                return name
    return None
