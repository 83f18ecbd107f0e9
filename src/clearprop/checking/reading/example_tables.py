"""Tables with a row for each example: `| example | x1 | x2 | y |`.

Comes in: the cells of a table. Goes out: chains `x1@2 = 3` of each row under the names of its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.examples import EXAMPLE
from clearprop.checking.reading.labels import Read
from clearprop.checking.reading.tables import Cell, name_in, sides
from clearprop.checking.solution import Chain, Link, Written
from clearprop.formulas.expressions import Variable

HEAD = re.compile(rf"\W*(?:{EXAMPLE})s?\W*", re.IGNORECASE)


def by_examples(text: Text, rows: Sequence[Sequence[Cell]], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table whose first column counts the examples, none of another one."""
    heads, *body = rows
    if not HEAD.fullmatch(text.text[slice(*heads[0])]):
        return
    for example, row in enumerate(body, start=1):
        for head, cell in zip(heads[1:], row[1:], strict=False):
            written, links = read(*head), sides(text, read(*cell))
            match name_in(written):
                case Variable(Written(example=None) as name) if links:
                    of = replace(name, example=example, text=f"{name.text}@{example}")
                    first = Link("", of.text, links[0].line, Variable(of))
                    yield Chain((first, *links))
