"""The machine and the versions that a run was made on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("clearprop", "numpy", "numba", "scipy", "torch", "jax", "scikit-learn")


def machine() -> dict[str, str]:
    """Return what matters of the machine, by name."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "vector instructions": ", ".join(vector_instructions()) or "unknown",
        "memory": f"{memory() / 2**30:.0f} GiB",
        "system": f"{platform.system()}, {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, the compiler and the packages that are installed."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {**found, **dict(compilers())}


def compilers() -> Iterator[tuple[str, str]]:
    """Yield gcc and FANN, where they are."""
    try:
        run = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True)
        yield "gcc", re.findall(r"\d+\.\d+\.\d+", run.stdout)[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        pass
    from benchmarks.peers.fann import missing

    if missing() is None:
        yield "FANN", "2.2"


def processor() -> str:
    """Return the processor's name."""
    return cpu_line("model name") or platform.processor() or platform.machine()


def vector_instructions() -> list[str]:
    """Return the widest vector instructions."""
    flags = cpu_line("flags").split()
    return [name for name in ("avx512f", "avx2", "fma") if name in flags]


def cpu_line(name: str) -> str:
    """Return a line of what Linux tells of the processor."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return ""
    found = re.search(rf"^{name}\s*:\s*(.*)$", info.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip() if found else ""


def memory() -> int:
    """Return the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
