"""A disk that stops for ever, or fails, at the n-th operation: what a crash or a full disk does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clearprop.runs import disk

OPERATIONS = ("make_folder", "write", "flush", "rename", "remove")


class Crash(BaseException):
    """Stands for kill -9: nothing after it is carried out."""


class FaultyDisk:
    """Takes the place of `runs.disk`; `at` is the number of the operation that goes wrong.

    how = "before"   the process ends when the operation is about to begin
          "amid"     it ends with half of a file written, or just after a rename
          "once"     that operation fails, as on a full disk; later ones succeed
          "full"     it and all later ones fail, but those in `spare`
    """

    def __init__(self, at: int, how: str, spare: Path | None = None) -> None:
        self.at, self.how, self.spare = at, how, spare
        self.count, self.stopped = 0, False
        self.told: list[str] = []

    def install(self, patch: pytest.MonkeyPatch) -> "FaultyDisk":
        originals = {name: getattr(disk, name) for name in OPERATIONS}
        originals["flush"] = lambda path: None  # a crash of the program loses nothing of the cache
        for name, original in originals.items():
            patch.setattr(disk, name, self.operation(name, original))
        return self

    def operation(self, name: str, original: Callable[..., None]) -> Callable[..., None]:
        def carried_out(*arguments: Any) -> None:
            if self.stopped and self.how in ("before", "amid"):
                raise Crash
            places = {arguments[0], *arguments[0].parents}
            spared = self.spare in places
            self.count += not spared
            self.told.append(name)
            if spared or self.count < self.at or (self.count > self.at and self.how != "full"):
                original(*arguments)
                return
            self.stopped = True
            if self.how in ("once", "full"):
                raise OSError(28, "No space left on device")
            if self.how == "amid":
                half(name, original, *arguments)
            raise Crash

        return carried_out


def half(name: str, original: Callable[..., None], *arguments: Any) -> None:
    """Carry out half of a write; of what cannot be halved, all."""
    if name == "write":
        path, content = arguments
        original(path, content[: len(content) // 2])
    else:
        original(*arguments)
