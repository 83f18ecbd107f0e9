"""The paper a solution stands on: a file or the standard input, as text."""

from __future__ import annotations

import sys
from pathlib import Path

from clearprop.errors import SolutionError

LARGEST = 1_000_000  # bytes: a solution is written and read by people
STANDARD_INPUT = Path("-")


def read_solution(path: Path) -> str:
    """Return the text of a file, or of the standard input for "-".

    Raises
    ------
    SolutionError: no such file, a folder, no text in UTF-8, or far too long.
    """
    name = "the standard input" if path == STANDARD_INPUT else str(path)
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SolutionError(f"there is no solution {name}") from None
    except IsADirectoryError:
        raise SolutionError(f"{name} is a folder; name the file with the solution") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character in it
        raise SolutionError(
            f"{name} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    return decoded(content, name)


def decoded(content: bytes, name: str) -> str:
    """Return bytes as text; `name` says in errors whose they are."""
    if len(content) > LARGEST:
        raise SolutionError(f"{name} is too large for a worked solution ({LARGEST:,} bytes)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SolutionError(
            f"{name} is no text in UTF-8; a solution is Markdown, LaTeX, plain text, or a CSV or "
            "JSON sheet"
        )
    return text
