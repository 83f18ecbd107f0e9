"""Outcomes on file, so that a corpus which takes hours is marked in parts.

The first line tells the code that marked them; outcomes of other code are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

import clearprop
from checking.corpus.marking import Outcome


def outcomes_in(path: Path) -> Iterator[Outcome]:
    """Yield the outcomes of a file, none where it does not exist.

    Raises
    ------
    SystemExit: other code marked them.
    """
    if not path.exists():
        path.write_text(json.dumps({"code": code()}) + "\n", encoding="utf-8")
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    if json.loads(first)["code"] != code():
        raise SystemExit(f"{path} has the outcomes of other code; remove it, or name another file")
    for line in lines:
        yield Outcome(**json.loads(line))


def keep(path: Path, outcome: Outcome) -> None:
    """Add an outcome to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")


@cache
def code() -> str:
    """Return a digest of the package and of the corpus."""
    found = sha256()
    for folder in (Path(clearprop.__file__).parent, Path(__file__).parent):
        for file in sorted(folder.rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
