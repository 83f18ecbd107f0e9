"""The runs in a folder, newest first."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clearprop.errors import RunError
from clearprop.runs.folder import MANIFEST, exists
from clearprop.runs.reading import open_run
from clearprop.runs.run import Run


@dataclass(frozen=True)
class Listed:
    """A folder that holds a run: the run, or the sentence that says why it cannot be read."""

    path: Path
    run: Run | None
    problem: str | None
    bytes: int


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
    return sorted(
        found, key=lambda entry: entry.run.outcome.created if entry.run else "", reverse=True
    )


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
        return Listed(path, open_run(path), None, size)
    except RunError as error:
        return Listed(path, None, str(error), size)
