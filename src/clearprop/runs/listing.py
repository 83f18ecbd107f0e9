"""The runs in a folder, newest first; recordings of watched PyTorch loops are among them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from clearprop.errors import RunError
from clearprop.runs.folder import MANIFEST, exists
from clearprop.runs.reading import open_run, recording_of
from clearprop.runs.run import Run


@dataclass(frozen=True)
class Recorded:
    """What a list says of a watched PyTorch loop: its module's class, how it ended, when it began.

    `steps` is 0 while the loop goes on.
    """

    model: str
    status: str
    steps: int
    created: str


@dataclass(frozen=True)
class Listed:
    """A folder that holds a run, or a recording, or the sentence that says why neither is read."""

    path: Path
    run: Run | None
    problem: str | None
    bytes: int
    recorded: Recorded | None = None

    @property
    def created(self) -> str:
        """When it was begun, in ISO 8601; empty where it cannot be read."""
        if self.recorded is not None:
            return self.recorded.created
        return self.run.outcome.created if self.run is not None else ""


def list_runs(folder: Path) -> list[Listed]:
    """Return the runs that lie in a folder, newest first, those that cannot be read last.

    Raises
    ------
    RunError: there is no such folder.
    """
    if not exists(folder):
        raise RunError(f"there is no folder {folder}; `clearprop train digits` makes a first run")
    if not folder.is_dir():
        raise RunError(f"{folder} is a file, not a folder of runs")
    found = [
        listed(path)
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and (path / MANIFEST).exists()
    ]
    return sorted(found, key=lambda entry: entry.created, reverse=True)


def folder_size(path: Path) -> int:
    """Return the bytes of all files in a run's folder, of which some may vanish meanwhile."""
    size = 0
    for file in path.rglob("*"):
        with suppress(FileNotFoundError):
            size += file.stat().st_size if file.is_file() else 0
    return size


def listed(path: Path) -> Listed:
    """Return the entry of one folder."""
    size = folder_size(path)
    try:
        values = recording_of(path)
        if values is not None:
            return Listed(path, None, None, size, recorded(path, values))
        return Listed(path, open_run(path), None, size)
    except RunError as error:
        return Listed(path, None, str(error), size)


def recorded(path: Path, values: Mapping[str, Any]) -> Recorded:
    """Return what the run.json of a recording says; RunError where it is damaged."""
    try:
        outcome = values["outcome"]
        found = Recorded(
            str(values["model"]), str(outcome["status"]), int(outcome["steps"]), outcome["created"]
        )
        datetime.fromisoformat(found.created)
    except (KeyError, TypeError, ValueError):
        raise RunError(f"{path / MANIFEST} is damaged") from None
    return found
