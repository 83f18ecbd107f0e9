"""Tables with a row for each example: `| example | x1 | x2 | y |`.

Comes in: the cells of a table. Goes out: chains `x1@2 = 3` of each row under the names of its head.
A number under a head that is no name is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from lark import Token

from clearprop.checking.reading import names
from clearprop.checking.reading.chains import Text
from clearprop.checking.reading.examples import EXAMPLE
from clearprop.checking.reading.labels import LABELS, Read
from clearprop.checking.reading.tables import Cell, name_in, sides
from clearprop.checking.solution import Chain, Link, Written
from clearprop.formulas.expressions import Expression, Sum, Variable
from clearprop.formulas.expressions import replace as replace_nodes

WORDS = LABELS | {"loss": "loss", "cost": "loss"}
HEAD = re.compile(rf"\W*(?:{EXAMPLE})s?\W*", re.IGNORECASE)
COUNT = re.compile(r"\W*(?:[ijknp]|no|nr)?\W*", re.IGNORECASE)  # i, #, No.: as much as "example"


def by_examples(text: Text, rows: Sequence[Sequence[Cell]], read: Read) -> Iterator[Chain]:
    """Yield the chains of a table whose first column counts the examples, none of another one."""
    heads, *body = rows
    title = text.text[slice(*heads[0])]
    counts = COUNT.fullmatch(title) and are_counted(text, body)
    if not HEAD.fullmatch(title) and not (counts and has_inputs(text, heads[1:], read)):
        return
    columns = [Column.of(text, read(*head)) for head in heads[1:]]
    own = {column.name.text for column in columns if column.name}
    for example, row in enumerate(body, start=1):
        for column, cell in zip(columns, row[1:], strict=False):
            links = sides(text, read(*cell))
            if links:
                yield Chain((*column.links(example, links[0].line, own), *links))


def are_counted(text: Text, rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether the first cells of some rows are 1, 2, 3."""
    numbers = [text.text[slice(*row[0])].strip(" $*()") for row in rows if row]
    return numbers == [str(at) for at in range(1, len(rows) + 1)]


def has_inputs(text: Text, heads: Sequence[Cell], read: Read) -> bool:
    """Return whether columns are headed x or x1, and y or t: a row of them is an example."""
    found = [column.name for head in heads if (column := Column.of(text, read(*head))).name]
    inputs = [name for name in found if name.letter == "x"]
    numbered = all(index.isdigit() for name in inputs for index in name.subscripts)
    return bool(inputs) and numbered and any(name.letter in ("y", "t") for name in found)


@dataclass(frozen=True)
class Column:
    """What a head says that its column holds: a name, or a word for one, and a formula behind it.

    `name` is None where it is not known; `formula` is the p - y of `δ = p - y`, or of `p - y`.
    """

    text: str
    name: Written | None
    formula: Link | None = None

    @classmethod
    def of(cls, text: Text, head: Sequence[Token]) -> Column:
        """Return the column under a head."""
        places = [at for at, piece in enumerate(head) if piece.type == "RELATION"]
        first, rest = (head[: places[0]], head[places[0] + 1 :]) if places else (head, ())
        letter = WORDS.get(text.written(first).lower())
        name = Variable(names.written(letter)) if letter else name_in(first) if first else None
        formula = next(iter(sides(text, rest)), None) if rest else None
        match name:
            case Variable(Written(example=None) as known):
                return cls(text.written(head), known, formula)
            case Sum():
                whole = Link("", text.written(head), text.line(head[0]), name)
                return cls(text.written(head), None, whole)
        return cls(text.written(head), None)

    def links(self, example: int, line: int, own: Container[str]) -> Iterator[Link]:
        """Yield the links before a cell's; the names of `own` columns are those of its example."""

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written(text, example=None) as name) if text in own:
                    return Variable(of_example(name, example))
            return None

        if self.name is None and self.formula is not None and self.formula.tree is not None:
            tree = replace_nodes(self.formula.tree, change)
            yield Link("", self.formula.text, line, tree)
            return
        if self.name is None:
            yield Link("", self.text, line, None, "this head of a column is not known")
            return
        name = of_example(self.name, example)
        yield Link("", name.text, line, Variable(name))
        if self.formula is not None and self.formula.tree is not None:
            tree = replace_nodes(self.formula.tree, change)
            yield Link("=", self.formula.text, line, tree)


def of_example(name: Written, example: int) -> Written:
    """Return what a name stands for in one of the examples."""
    return replace(name, example=example, text=f"{name.text}@{example}")
