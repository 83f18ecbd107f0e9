"""The document: from a text of any format to the chains that stand in it.

Comes in: Markdown, plain text, LaTeX, or a sheet of names and values as CSV or JSON. Goes out: a
`Solution`. Which format it is, the text itself tells. Nothing is known of networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from lark import Token

from clearprop.checking.reading import drawing, labels, markup, tables
from clearprop.checking.reading.arguments import arguments
from clearprop.checking.reading.carried import with_carried
from clearprop.checking.reading.chains import ChainReader, Text
from clearprop.checking.reading.definitions import with_functions
from clearprop.checking.reading.differentials import differentials
from clearprop.checking.reading.example_tables import by_examples
from clearprop.checking.reading.layer_brackets import letters_of_layers, with_layers_above
from clearprop.checking.reading.layers import with_layers, with_numbers
from clearprop.checking.reading.lists import with_lists
from clearprop.checking.reading.markup import Passage
from clearprop.checking.reading.punctuation import punctuated
from clearprop.checking.reading.roles import roles
from clearprop.checking.reading.said_losses import said_losses
from clearprop.checking.reading.sessions import equalities
from clearprop.checking.reading.sheet import sheet
from clearprop.checking.reading.tokens import token, tokens
from clearprop.checking.reading.unit_tables import of_unit
from clearprop.checking.reading.weight_tables import ends_of, of_weights
from clearprop.checking.reading.words import settled
from clearprop.checking.solution import Chain, Link, Solution, Written, WrittenSlope
from clearprop.formulas.expressions import Variable

KEPT, SHORT = 2_000, 200  # stretches of text that are read once, and their characters at most
PROSE_BETWEEN = 1  # lines of prose after which "= 0.5" no longer goes on with the chain before


def read(text: str) -> Solution:
    """Return what stands in a worked solution; it never fails, whatever the text.

    >>> [link.text for link in read("So z = w × h = 0.8 × 0.75").chains[0].links]
    ['z', 'w × h', '0.8 × 0.75']
    """
    lines = tuple(text.splitlines())
    rows = sheet(text)
    if rows:
        return Solution(lines, tuple(of_sheet(*row) for row in rows))
    document = Document(lines)
    document.read()
    chains = with_functions(with_numbers(with_layers(with_lists(document.reader.chains))))
    return Solution(lines, with_carried(chains), tuple(document.edges), tuple(document.ends))


def of_sheet(line: int, name: str, formula: str, value: str) -> Chain:
    """Return a row of a sheet as a chain; a formula that is none is a remark."""
    trees = {part: labels.tree(decided(part, 0, True)) for part in (name, formula, value)}
    parts = [name, *([formula] if trees[formula] else []), value]
    links = [
        Link(relation, part, line, trees[part], "" if trees[part] else "this is no name or number")
        for relation, part in zip(("", "=", "="), parts, strict=False)
    ]
    return Chain(tuple(links))


def name_of(text: str) -> str:
    """Return a name as it is kept once read; what is none stays as it is.

    >>> name_of("δ_{h1}"), name_of("dE/dw5"), name_of("W1[2,1]")
    ('delta_h1', 'dE/dw5', 'W1[2,1]')
    """
    match labels.tree(decided(text, 0, True)):
        case Variable(Written() | WrittenSlope() as name):
            return name.text
    return text


def decided(text: str, start: int, mathematics: bool) -> list[Token]:
    """Return the tokens of a stretch of text that stands at `start`, every one decided.

    A text is marked again whenever a little of it was changed, so short stretches are kept.
    """
    if len(text) > SHORT:
        return punctuated(settled(pieces(text, start, mathematics)))
    return [
        token(piece.type, piece, start + (piece.start_pos or 0), start + (piece.end_pos or 0))
        for piece in decided_from_0(text, mathematics)
    ]


@lru_cache(KEPT)
def decided_from_0(text: str, mathematics: bool) -> tuple[Token, ...]:
    """Return the tokens of a stretch of text with their places in it."""
    return tuple(punctuated(settled(pieces(text, 0, mathematics))))


def pieces(text: str, start: int, mathematics: bool = False) -> list[Token]:
    """Return the tokens of a stretch of text, its words undecided."""
    return differentials(roles(arguments(tokens(text, start, mathematics))))


def too_long(lines: Sequence[str]) -> Iterator[Chain]:
    """Yield a chain that was not understood for every line too long to be read."""
    for number, line in enumerate(lines, start=1):
        if len(line) > markup.LONGEST and "=" in line:
            left, _, right = line.partition("=")
            problem = "the line is too long to read"
            first = Link("", left.strip()[-60:], number, None, problem)
            yield Chain((first, Link("=", right.strip()[:60], number, None, problem)))


class Document:
    """A document on its way to its chains, passage by passage."""

    def __init__(self, lines: Sequence[str]) -> None:
        cleaned = markup.cleaned(equalities(lines))
        self.layered = letters_of_layers(cleaned)
        self.passages = list(markup.passages(cleaned))
        self.text = Text("\n".join(cleaned))
        self.reader = ChainReader(self.text)
        self.reader.chains += too_long(lines)
        self.tabled: set[str] = set()  # the weights that a table has given
        self.edges: list[tuple[str, str]] = []
        self.ends: list[tuple[Written, str, str]] = []
        self.heads: list[tuple[int, int]] = []  # of plain columns, where the line before has some

    def read(self) -> None:
        """Read all passages."""
        prose = 0
        for passage in self.passages:
            stretch = self.text.text[passage.start : passage.end]
            if not stretch.strip():
                continue
            prose = 0 if self.passage(passage, stretch) else prose + 1
            if prose > PROSE_BETWEEN:
                self.reader.close()
        self.reader.close()

    def passage(self, passage: Passage, stretch: str) -> bool:
        """Read one passage; return whether it held a chain."""
        match passage.kind:
            case "drawing":
                self.edges += drawing.edges(stretch.split("\n"))
                return False
            case "text" if self.columns(passage):
                return True
            case "table" | "tabular":
                if self.table(passage):
                    return True
        if not markup.has_values(stretch):
            return False
        found = False
        for row in self.rows(passage, stretch):
            self.reader.chains += said_losses(self.text, row)
            found |= self.reader.row(row)
        return found or self.label(passage, stretch)

    def rows(self, passage: Passage, stretch: str) -> Iterator[Sequence[Token]]:
        """Yield the tokens of a passage, row by row."""
        row: list[Token] = []
        for piece in self.decided(stretch, passage.start, passage.kind == "mathematics"):
            if piece.type == "NEXT":
                yield row
                row = []
            else:
                row.append(piece)
        yield row

    def decided(self, stretch: str, start: int, mathematics: bool) -> list[Token]:
        """Return the decided tokens of a stretch of text; the 1 of W[1] may count layers."""
        found = decided(stretch, start, mathematics)
        return list(with_layers_above(found, self.layered)) if self.layered else found

    def label(self, passage: Passage, stretch: str) -> bool:
        """Read a line with values but without equalities, such as `Learning rate: 0.1`."""
        undecided = pieces(stretch, passage.start)
        found = list(labels.labelled(self.text, undecided, self.between))
        if found:
            self.reader.close()
        self.reader.chains += found
        return bool(found)

    def columns(self, passage: Passage) -> bool:
        """Read a row of plain columns, parted by wide gaps, under a row of heads."""
        row = markup.columns(self.text.text, passage, formulas=bool(self.heads))
        found = []
        if len(row) > 1 and self.heads:
            found = list(of_unit(self.text, self.heads, row, self.between))
            found = found or list(tables.in_columns(self.text, self.heads, row, self.between))
        if not found:
            self.heads = row if len(row) > 1 else []
        self.reader.chains += found
        return bool(found)

    def between(self, start: int, end: int) -> list[Token]:
        """Return the decided tokens between two places, without breaks around them."""
        found = self.decided(self.text.text[start:end], start, False)
        while found and found[0].type == "BREAK":
            del found[0]
        while found and found[-1].type == "BREAK":
            del found[-1]
        return found

    def weights(self, cells: Sequence[Sequence[tuple[int, int]]]) -> list[Chain]:
        """Return the chains of the first table of some units' weights."""
        found = list(of_weights(self.text, cells, self.between))
        subjects = {chain.links[0].text for chain in found}
        is_later = bool(subjects & self.tabled)
        self.tabled |= subjects
        return [] if is_later else found

    def table(self, passage: Passage) -> bool:
        """Read a table; a cell that holds an equality of its own is read like a line."""
        cells = markup.cells(self.text.text, passage)
        if len(cells) < 2:
            return False
        self.reader.close()
        self.ends += ends_of(self.text, cells, self.between)
        found = list(by_examples(self.text, cells, self.between))
        found = found or self.weights(cells)
        found = found or [
            c for r in cells[1:] for c in of_unit(self.text, cells[0], r, self.between)
        ]
        found = found or list(tables.tabled(self.text, cells, self.between))
        self.reader.chains += found
        if found:
            return True
        for row in cells:
            for start, end in row:
                self.reader.row(self.between(start, end))
        self.reader.close()
        return True
