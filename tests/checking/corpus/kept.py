"""Outcomes on file, so that a corpus which takes hours is marked in parts.

The first line tells the code that marked them; outcomes of other code are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

import clearprop
from checking.corpus.marking import Outcome

ROOMS = ("backprop", "checking", "equations", "formulas", "network", "tracing")


def outcomes_in(path: Path) -> Iterator[Outcome]:
    """Yield the outcomes of a file; where it does not exist it is begun.

    Raises
    ------
    SystemExit: other code marked them.
    """
    if not path.exists() or not path.read_text(encoding="utf-8"):
        path.write_text(json.dumps({"code": code()}), encoding="utf-8")
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    if json.loads(first)["code"] != code():
        raise SystemExit(f"{path} has the outcomes of other code; remove it, or name another file")
    for line in lines:
        with suppress(json.JSONDecodeError):  # a line that was cut off
            yield Outcome(**json.loads(line))


def keep(path: Path, outcome: Outcome) -> None:
    """Add an outcome to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(asdict(outcome)))


@cache
def code() -> str:
    """Return a digest of the corpus and of the rooms that a mark depends on."""
    found, package = sha256(), Path(clearprop.__file__).parent
    for folder in (*(package / room for room in ROOMS), Path(__file__).parent):
        for file in sorted((*folder.rglob("*.py"), *folder.rglob("*.lark"))):
            found.update(file.read_bytes())
    return found.hexdigest()
