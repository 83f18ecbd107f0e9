"""The document: from a text of any format to the chains that stand in it.

Comes in: Markdown, plain text, LaTeX, or a sheet of names and values as CSV or JSON. Goes out: a
`Solution`. Which format it is, the text itself tells. Nothing is known of networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from clearprop.checking.reading import markup
from clearprop.checking.reading.chains import ChainReader, Text
from clearprop.checking.reading.differentials import differentials
from clearprop.checking.reading.punctuation import punctuated
from clearprop.checking.reading.tokens import tokens
from clearprop.checking.reading.words import settled
from clearprop.checking.solution import Solution


def read(text: str) -> Solution:
    """Return what stands in a worked solution; it never fails, whatever the text.

    >>> [link.text for link in read("So z = w × h = 0.8 × 0.75").chains[0].links]
    ['z', 'w × h', '0.8 × 0.75']
    """
    lines = text.splitlines()
    cleaned = markup.cleaned(lines)
    source = Text("\n".join(cleaned))
    reader = ChainReader(source)
    prose = 0
    for passage in markup.passages(cleaned):
        for row in rows(source.text, passage):
            if reader.row(row):
                prose = 0
            elif row:
                prose += 1
            if prose > 1:
                reader.close()
    reader.close()
    return Solution(tuple(lines), tuple(reader.chains))


def rows(text: str, passage: markup.Passage) -> Iterator[Sequence[Token]]:
    """Yield the tokens of a passage, row by row."""
    if passage.kind not in ("text", "mathematics"):
        return
    inside = passage.kind == "mathematics"
    found = tokens(text[passage.start : passage.end], passage.start, inside)
    row: list[Token] = []
    for piece in punctuated(settled(differentials(found))):
        if piece.type == "NEXT":
            yield row
            row = []
        else:
            row.append(piece)
    yield row
