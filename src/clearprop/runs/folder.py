"""A folder of files that appears whole or not at all.

Comes in: a path and the files' contents. The files are written into a temporary folder beside the
path (`.NAME.partial-…`), flushed to the disk, and the folder is renamed. A crash before the rename
leaves only the temporary folder, which no command reads. To replace a run, the old folder is
first renamed to `.NAME.replaced`, then the new one takes its place; a crash between the two is
undone by `restored` when the run is next opened.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clearprop.errors import FailedRun, RunError

MANIFEST = "run.json"


def write_folder(path: Path, files: Mapping[str, bytes], force: bool = False) -> None:
    """Write files into a new folder, all or none.

    Raises
    ------
    RunError: something lies at the path already (with `force`: something that is no run).
    FailedRun: the disk is full, not writable or gone.
    """
    check_free(path, force)
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.partial-", dir=path.parent))
        partial.chmod(0o777 & ~current_umask())
        for name, content in files.items():
            write_flushed(partial / name, content)
        flush_folder(partial)
        put_in_place(partial, path, force)
        flush_folder(path.parent)
    except OSError as error:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        reason = error.strerror or str(error)
        raise FailedRun(f"the run cannot be written to {path}: {reason}") from None


def check_free(path: Path, force: bool = False) -> None:
    """Raise RunError when the path is taken; with `force` only when it is not a run's folder."""
    restored(path)
    if not path.exists() and not path.is_symlink():
        return
    if not force:
        raise RunError(f"{path} is there already; choose another --out, or --force to replace it")
    if not (path / MANIFEST).is_file() and not is_empty_folder(path):
        raise RunError(f"{path} is there already and is no run; --force replaces only runs")


def check_writable(path: Path) -> None:
    """Raise RunError when no folder can be made at the path: told before hours of training."""
    above = path.absolute().parent
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise RunError(f"the run cannot be written to {path}: {above} is not a folder")
    try:
        Path(tempfile.mkdtemp(prefix=".clearprop-", dir=above)).rmdir()
    except OSError:
        raise RunError(
            f"the run cannot be written to {path}: {above} is not writable; choose another --out"
        ) from None


def put_in_place(partial: Path, path: Path, force: bool) -> None:
    """Rename the whole new folder to its path, a replaced one out of the way."""
    if not force or not path.exists():
        partial.rename(path)
        return
    old = replaced(path)
    path.rename(old)
    partial.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def replaced(path: Path) -> Path:
    """Return where a folder is put while another takes its place."""
    return path.parent / f".{path.name}.replaced"


def restored(path: Path) -> None:
    """Undo a replacement that was cut off, and tidy up after one that was not."""
    old = replaced(path)
    with contextlib.suppress(OSError):
        if old.exists() and not path.exists():
            old.rename(path)
        elif old.exists():
            shutil.rmtree(old, ignore_errors=True)


def free_path(folder: Path, name: str) -> Path:
    """Return the first of folder/name-1, folder/name-2, … where nothing lies."""
    number = 1
    while (folder / f"{name}-{number}").exists() or replaced(folder / f"{name}-{number}").exists():
        number += 1
    return folder / f"{name}-{number}"


def write_flushed(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Wait until the disk has a folder's entries (where the system can tell)."""
    with contextlib.suppress(OSError):
        entry = os.open(path, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def is_empty_folder(path: Path) -> bool:
    """Return whether the path is a folder without entries."""
    return path.is_dir() and not any(path.iterdir())


def current_umask() -> int:
    """Return which permissions new files are not given; mkdtemp gives none to others at all."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
