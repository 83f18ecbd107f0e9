"""Outcomes on file, so that a corpus which takes hours is marked in parts.

Beside each stands the code that marked it; where that is other code, marking begins anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import cache
from hashlib import sha256
from pathlib import Path

import polars as pl

import clearprop
from checking.corpus.marking import Outcome

ROOMS = ("backprop", "checking", "equations", "formulas", "network", "tracing")
CASES = ("lessons", "solutions", "cases", "marking")  # the modules here that outcomes depend on
CODE = "code"


def outcomes_in(path: Path) -> list[Outcome]:
    """Return the outcomes of a file; none where there are none, or other code marked them."""
    if not path.exists():
        return []
    frame = pl.read_parquet(path)
    if set(frame[CODE]) - {code()}:
        print(f"{path.name} has the outcomes of other code: marking begins anew", file=sys.stderr)
        return []
    names = [field.name for field in fields(Outcome)]
    return [Outcome(**values) for values in frame.select(names).iter_rows(named=True)]


def keep(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes to a file, which appears whole or not at all."""
    types = {"seed": pl.Int32, "digits": pl.Int8}
    frame = pl.DataFrame(list(map(asdict, outcomes)), schema_overrides=types)
    frame = frame.sort("digits", "mistake", "seed").with_columns(pl.lit(code()).alias(CODE))
    written = path.with_suffix(".part")
    frame.write_parquet(written, compression_level=19)
    written.replace(path)


@cache
def code() -> str:
    """Return a digest of the corpus and of the rooms that a mark depends on."""
    found, package = sha256(), Path(clearprop.__file__).parent
    files = [Path(__file__).parent / f"{name}.py" for name in CASES]
    for room in ROOMS:
        files += sorted((*(package / room).rglob("*.py"), *(package / room).rglob("*.lark")))
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()
