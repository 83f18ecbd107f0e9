"""What a run does to the disk, in single operations: every change of its folder is one of these.

They are called by the module's name (`disk.write(…)`), so that a test can put others in their place
that fail, or stop for ever, at any one of them.
"""

import contextlib
import os
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder where there is none; those above it must be there."""
    path.mkdir(exist_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a file, or replace its content."""
    path.write_bytes(content)


def flush(path: Path) -> None:
    """Wait until the disk has a file, or the entries of a folder (where the system can tell)."""
    is_folder = path.is_dir()
    with contextlib.suppress(OSError) if is_folder else contextlib.nullcontext():
        entry = os.open(path, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name; a file of that name is replaced."""
    old.replace(new)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def replace_whole(path: Path, content: bytes) -> None:
    """Write a file that is whole the moment it appears, or replaces another of its name."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        write(beside, content)
        flush(beside)
        rename(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            remove(beside)
        raise
    flush(path.parent)
