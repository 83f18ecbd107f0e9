"""Which process trains a run: the one that holds the lock of its folder.

The system lets the lock go when the process ends, however it ends, so a run that was cut off can be
told from one that is being trained. It lies on the folder itself and leaves no file behind; where a
system has no such locks there is none.
"""

import errno
import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from clearprop.errors import RunError

HAS_LOCKS = find_spec("fcntl") is not None  # not on Windows


class Lock:
    """The lock of a run's folder, until it is closed.

    Raises
    ------
    RunError: another process, or another part of this one, holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.entry: int | None = os.open(folder, os.O_RDONLY) if HAS_LOCKS else None
        try:
            take(self.entry)
        except BlockingIOError:
            self.close()
            raise in_training(folder) from None

    def check(self, folder: Path) -> None:
        """Raise FileNotFoundError where the locked folder no longer lies at its path."""
        if self.entry is None:
            return
        there, own = folder.stat(), os.fstat(self.entry)
        if (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino):
            raise FileNotFoundError(errno.ENOENT, "the run's folder was replaced by another")

    def close(self) -> None:
        """Let the lock go, whatever processes were made meanwhile and have the folder open too."""
        if self.entry is not None:
            let_go(self.entry)
            os.close(self.entry)
        self.entry = None


def take(entry: int | None) -> None:
    """Take the lock of an open folder; BlockingIOError where it is held."""
    if entry is None:
        return
    import fcntl

    try:
        fcntl.flock(entry, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return


def let_go(entry: int) -> None:
    """Let the lock of an open folder go."""
    import fcntl

    with suppress(OSError):  # a file system without locks
        fcntl.flock(entry, fcntl.LOCK_UN)


def is_locked(folder: Path) -> bool:
    """Return whether a process is training the run of a folder."""
    try:
        Lock(folder).close()
    except RunError:
        return True
    except OSError:
        return False
    return False


def in_training(folder: Path) -> RunError:
    """Return the error for a run that another process trains."""
    return RunError(f"{folder} is being trained at this moment by another process")
