r"""The docstrings of clearprop as Markdown, for the reference: an extension of griffe.

Comes in: a docstring as our files write it: a sentence, lines of `name    what it is` in columns,
sections that are underlined, examples after `>>>`. Goes out: the same in Markdown.

>>> print(markdown("Return x.\n\nRaises\n------\nShapeError: it does not fit.\n\n>>> f(1)\n2"))
Return x.
<BLANKLINE>
**Raises**
<BLANKLINE>
- `ShapeError`: it does not fit.
<BLANKLINE>
```pycon
>>> f(1)
2
```
>>> print(markdown("What it is.\n\nx    inputs,\n     one per row\nyy   targets"))
What it is.
<BLANKLINE>
- `x`: inputs, one per row
- `yy`: targets
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import griffe

RULE = re.compile(r"^-{3,}$")
COLUMNS = re.compile(r"^ {0,4}(\S+(?:,? \S+)*) {2,}(\S.*)$")
RAISED = re.compile(r"^([A-Z]\w+(?:, [A-Z]\w+)*): (.*)$")


class Docstrings(griffe.Extension):
    """Rewrites each docstring when it is loaded."""

    def on_object(self, *, obj: Any, **rest: Any) -> None:
        """Rewrite the docstring of a function, class or attribute."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(docstring: str) -> str:
    """Return a docstring as Markdown."""
    blocks = re.split(r"\n\s*\n", cleandoc(docstring))
    return "\n\n".join(part for block in blocks for part in parts(block.split("\n")))


def parts(lines: list[str]) -> Iterator[str]:
    """Yield the parts of a block of lines."""
    if len(lines) > 1 and RULE.match(lines[1]):
        yield f"**{lines[0]}**"
        yield from items(lines[2:], RAISED)
    elif lines[0].lstrip().startswith(">>>"):
        yield "\n".join(["```pycon", *lines, "```"])
    else:
        yield from items(lines, COLUMNS)


def items(lines: list[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield lines as a paragraph and, from the first that fits a pattern on, as a list."""
    start = next((n for n, line in enumerate(lines) if pattern.match(line)), len(lines))
    if start:
        yield "\n".join(lines[:start])
    found: list[str] = []
    for line in lines[start:]:
        if match := pattern.match(line):
            found.append(f"- {names(match[1])}: {match[2]}")
        else:
            found[-1] += f" {line.strip()}"
    if found:
        yield "\n".join(found)


def names(text: str) -> str:
    """Return one name or several as code."""
    return ", ".join(f"`{name}`" for name in text.split(", "))
