"""A file that somebody asked for: its place is looked at before the work, and it appears whole.

Comes in: a path, and later the content. Goes out: the file, or one sentence.
"""

import os
from pathlib import Path

from clearprop.errors import FailedRun, SettingError


def check_place(path: Path, force: bool, way: str = "--force (force=True)") -> None:
    """Raise SettingError where a file would be replaced, or its folder is not there.

    `way` is what is said of how to replace it.
    """
    if path.is_dir():
        raise SettingError(f"{path} is a folder; name a file in it")
    if path.exists() and not force:
        raise SettingError(f"{path} exists already; add {way} to replace it")
    if not path.absolute().parent.is_dir():
        raise SettingError(f"there is no folder {path.absolute().parent} to write {path.name} into")


def put(path: Path, content: str | bytes) -> None:
    """Write a file that is complete the moment it appears; FailedRun where that cannot be."""
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():  # a device or a pipe is written to, not replaced
            path.write_bytes(data)
            return
        beside = path.resolve().with_name(f".{path.name[:200]}.{os.getpid()}")
        try:
            beside.write_bytes(data)
            beside.replace(path.resolve())
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FailedRun(f"{path} cannot be written: {error.strerror}") from None
