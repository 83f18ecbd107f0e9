"""The grammar `formula.lark` made ready: what cuts text into pieces, and the parser of a formula.

To make the parser's tables takes a quarter of a second, so they are kept in the cache folder; where
that cannot be written, every process makes them for itself.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from lark import Lark, Token
from lark.lexer import BasicLexer, Lexer

from clearprop.cache import cache_folder
from clearprop.checking.reading.trees import Trees

FORMULA, TEXT = "formula", "text"


class GivenTokens(Lexer):
    """Hands tokens to the parser that have been made already."""

    def __init__(self, _: object) -> None:
        pass

    def lex(self, data: Sequence[Token]) -> Iterator[Token]:  # type: ignore[override]
        """Yield the tokens as they are."""
        yield from data


@cache
def language() -> Lark:
    """Return the grammar with its parser; it is made once, when it is first needed."""
    text = files("clearprop.checking.reading").joinpath("formula.lark").read_text(encoding="utf-8")
    return Lark(
        text,
        parser="lalr",
        lexer=GivenTokens,
        start=[FORMULA, TEXT],
        transformer=Trees(),
        maybe_placeholders=False,
        cache=str(tables(text)),
    )


def tables(grammar: str) -> Path:
    """Return the file in the cache folder where lark keeps the tables of a grammar."""
    folder = cache_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    digest = sha256(grammar.encode()).hexdigest()[:12]
    return folder / f"formula_{digest}_{sys.implementation.cache_tag}.lark"


@cache
def pieces() -> re.Pattern[str]:
    """Return the pattern of the pieces of a document; behind each stands a group, its kind's name.

    lark's own lexer tries the kinds in this order, and takes three times as long. A group around a
    piece would hide from `re` what it begins with, by which most kinds are passed over.

    >>> [(found.lastgroup, found[0]) for found in pieces().finditer("w1=.5")]
    [('NAME', 'w1'), ('RELATION', '='), ('NUMBER', '.5')]
    """
    kinds = BasicLexer(language().lexer_conf).terminals
    patterns = (f"(?:{kind.pattern.to_regexp()})(?P<{kind.name}>)" for kind in kinds)
    return re.compile("|".join(patterns))
