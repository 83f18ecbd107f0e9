"""The programs of `programs/`, with what belongs to a model put in.

`@name` stands for a text, with the indentation of its place; the lines from `@if name` to `@end`
are there only where that is true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from importlib.resources import files

MARK = re.compile(r"@([a-z_]+)")


def filled(template: str, texts: Mapping[str, str], true: Collection[str]) -> str:
    """Return a file of `programs/` with texts for its names, and the parts whose name is true."""
    content = files("clearprop.interop.exchange").joinpath("programs", template).read_text("utf-8")
    lines = [with_texts(line, texts) for line in chosen(content.splitlines(), true)]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)) + "\n"


def chosen(lines: list[str], true: Collection[str]) -> list[str]:
    """Return the lines without the parts that are not for this model.

    >>> chosen(["a", "@if x", "b", "@end", "@if y", "c", "@end"], {"y"})
    ['a', 'c']
    """
    kept, inside = [], list[bool]()
    for line in lines:
        if line.startswith("@if "):
            inside.append(line[4:] in true)
        elif line == "@end":
            inside.pop()
        elif all(inside):
            kept.append(line)
    return kept


def with_texts(line: str, texts: Mapping[str, str]) -> str:
    r"""Return a line with texts for its names; those of several lines have what stands before.

    >>> with_texts("// @title", {"title": "one\ntwo"})
    '// one\n// two'
    """
    found = MARK.search(line)
    if found is None:
        return line
    before, after = line[: found.start()], line[found.end() :]
    first, *others = texts[found[1]].split("\n")
    lead = before if not before.strip(" /") else " " * len(before.replace('"', ""))
    rest = "".join(f"\n{(lead + other).rstrip()}" for other in others)
    return with_texts_after(before + first, after, texts) + rest


def with_texts_after(done: str, rest: str, texts: Mapping[str, str]) -> str:
    """Return what is done with the rest of its line, whose names stand for short texts."""
    return done + MARK.sub(lambda found: texts[found[1]], rest)
