"""A folder of files that appears whole or not at all, and what may lie in a run's folder.

Comes in: a path and the files' contents, by names such as `run.json` and `checkpoints/…`. The files
are written into a temporary folder beside the path (`.NAME.partial-…`), flushed to the disk, and
the folder is renamed. A crash before the rename leaves only the temporary folder, which no command
reads and a later write tidies away. To replace a run, the old folder is first renamed to
`.NAME.replaced`, then the new one takes its place; between the two, or after a crash there, `lying`
finds the old one, and the next write puts it back.
"""

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from glob import escape as glob_escape
from pathlib import Path

from clearprop.errors import FailedRun, RunError
from clearprop.runs import disk
from clearprop.runs.lock import is_locked

MANIFEST, PICTURE = "run.json", "loss.svg"
PARAMETERS, SPLIT, HISTORY = "parameters.safetensors", "split.safetensors", "history.parquet"
CHECKPOINTS, GROWING = "checkpoints", "history"  # folders of sealed files
TAPE, ROWS, TARGETS = "tape", "rows", "targets"  # those of a watched PyTorch loop
OWN = frozenset({MANIFEST, PARAMETERS, SPLIT, HISTORY, PICTURE})
OWN_FOLDERS = frozenset({CHECKPOINTS, GROWING, TAPE, ROWS, TARGETS})
NUMBERED = re.compile(r"\d+\.safetensors|[a-z0-9]+(-[\dx]+)?\.rows|\..*\.partial")
TAKEN = (errno.EEXIST, errno.ENOTEMPTY)
LONGEST_NAME = 200  # bytes
ABANDONED = 3600  # seconds after which a temporary folder is no longer being written


def write_folder(path: Path, files: Mapping[str, bytes], force: bool = False) -> None:
    """Write files into a new folder, all or none.

    Raises
    ------
    RunError: something lies at the path already (with `force`: something that is no run).
    FailedRun: the disk is full, not writable or gone.
    """
    check_free(path, force)
    path = path.resolve() if path.is_symlink() else path  # a link stays, its run is replaced
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.partial-", dir=path.parent))
        partial.chmod(0o777 & ~current_umask())
        for name, content in files.items():
            disk.make_folder((partial / name).parent)
            write_flushed(partial / name, content)
        for folder in sorted({(partial / name).parent for name in files} - {partial}):
            flush_folder(folder)
        flush_folder(partial)
        put_in_place(partial, path, force)
        flush_folder(path.parent)
    except OSError as error:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        if error.errno in TAKEN and exists(path):
            raise taken(path) from None
        reason = error.strerror or str(error)
        raise FailedRun(f"the run cannot be written to {path}: {reason}") from None


def check_free(path: Path, force: bool = False) -> None:
    """Raise RunError when the path is taken; with `force` only when it is not a run's folder."""
    if not path.name or path.name == "..":
        raise RunError(f"'{path}' is no name for a run; give a folder such as runs/first")
    restored(path)
    if not exists(path) and not path.is_symlink():
        return
    if not force:
        raise taken(path)
    if not (path / MANIFEST).is_file() and not is_empty_folder(path):
        raise RunError(f"{path} is there already and is no run; --force replaces only runs")
    if is_locked(path):
        raise RunError(f"{path} is being trained at this moment; choose another --out")
    others = files_of_others(path)
    if others:
        raise RunError(
            f"{path} holds '{others[0]}', which is no file of the run and would be lost; move it"
            " away, or choose another --out"
        )


def taken(path: Path) -> RunError:
    """Return the error for a path where something lies."""
    return RunError(
        f"{path} is there already; choose another --out, or --force (force=True) to replace it"
    )


def exists(path: Path) -> bool:
    """Return whether something lies at a path; RunError where none could (too long a name)."""
    try:
        path.lstat()
        return path.exists()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise RunError(f"{path} cannot be a run's folder: {error.strerror}") from None


def files_of_others(path: Path) -> list[str]:
    """Return the names of what lies in a run's folder and was not written with the run."""
    return [
        str(entry.relative_to(path))
        for entry in sorted(path.rglob("*"))
        if not is_own(entry.relative_to(path))
    ]


def is_own(name: Path) -> bool:
    """Return whether a name is that of something a run's folder is written with."""
    if len(name.parts) == 2:
        return name.parts[0] in OWN_FOLDERS and bool(NUMBERED.fullmatch(name.parts[1]))
    return str(name) in OWN | OWN_FOLDERS or str(name) in {f".{file}.partial" for file in OWN}


def check_writable(path: Path) -> None:
    """Raise RunError when no folder can be made at the path: told before hours of training."""
    if len(os.fsencode(path.name)) > LONGEST_NAME:  # leaves room for `.NAME.partial-…`
        raise RunError(
            f"the name '{path.name[:20]}…' is too long for a run's folder; shorten --out"
        )
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
        disk.rename(partial, path)
        return
    old = replaced(path)
    disk.rename(path, old)
    disk.rename(partial, path)
    shutil.rmtree(old, ignore_errors=True)


def replaced(path: Path) -> Path:
    """Return where a folder is put while another takes its place."""
    return path.parent / f".{path.name}.replaced"


def lying(path: Path) -> Path:
    """Return where a run's folder lies: at its path, or beside it while another takes its place."""
    old = replaced(path)
    return old if not exists(path) and old.exists() else path


def remove_abandoned(path: Path) -> None:
    """Remove the temporary folders that writes of this path left behind when they were killed."""
    with contextlib.suppress(OSError):
        for partial in path.parent.glob(f".{glob_escape(path.name)}.partial-*"):
            if time.time() - partial.stat().st_mtime > ABANDONED:
                shutil.rmtree(partial, ignore_errors=True)


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
    disk.write(path, content)
    disk.flush(path)


def flush_folder(path: Path) -> None:
    """Wait until the disk has a folder's entries (where the system can tell)."""
    disk.flush(path)


def is_empty_folder(path: Path) -> bool:
    """Return whether the path is a folder without entries."""
    return path.is_dir() and not any(path.iterdir())


def current_umask() -> int:
    """Return which permissions new files are not given; mkdtemp gives none to others at all."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
