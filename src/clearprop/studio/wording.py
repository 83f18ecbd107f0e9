"""Sentences of the command line -> of the studio, whose user has no options to type.

What the rooms below say is wrong is right here too; the way out that they offer is another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WORD = r"""(?:'[^']*'(?:"'"'[^']*')*|[^\s;,]+)"""  # as shlex.quote writes it
WAYS: Sequence[tuple[str, str]] = (
    (rf", use --impute, or leave the column out with --drop {WORD}",
     ", or take the column out of the file"),
    (rf"leave the column out with --drop {WORD}", "take the column out of the file"),
    (r"Name it with --target;", "Choose it;"),
    (r", or numbers with --kind numbers", ""),
    (r", or read the target as classes with --kind classes", ""),
    (r"give --test-size 0 or a larger share", "hold out nothing, or a larger share"),
    (r" or a --clip-norm may help", " may help"),
    (r"--(weight)-(decay)", r"\1 \2"),
)  # fmt: skip


def in_the_studio(sentence: str) -> str:
    """Return a sentence with what can be done in the studio.

    >>> in_the_studio("column 'b' has no values at all; leave the column out with --drop b")
    "column 'b' has no values at all; take the column out of the file"
    """
    for way, instead in WAYS:
        sentence = re.sub(way, instead, sentence)
    return sentence
