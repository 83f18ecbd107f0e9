"""How much memory a table may take: a size that is known beforehand is checked beforehand."""

import os
from pathlib import Path

from clearprop.errors import DataError


def available_bytes() -> int | None:
    """Return the bytes this process can still use, or None where the system does not tell."""
    known = [size for size in (_free_of_machine(), _free_of_container()) if size is not None]
    return min(known) if known else None


def check_room(needed: int, what: str, way_out: str = "take fewer rows or columns") -> None:
    """Raise DataError when `what` needs more bytes than are available.

    >>> check_room(1000, "a small table")
    """
    free = available_bytes()
    if free is not None and needed > free:
        raise DataError(
            f"{what} needs about {_readable(needed)} of memory, but only {_readable(free)}"
            f" are free; {way_out}, or a machine with more memory"
        )


def _free_of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):  # Windows has neither
        return None


def _free_of_container() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = int((folder / "memory.max").read_text())  # "max" where there is no limit
        return max(0, limit - int((folder / "memory.current").read_text()))
    except (OSError, ValueError):
        return None


def _readable(size: int) -> str:
    for unit, power in (("TB", 4), ("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} bytes"
