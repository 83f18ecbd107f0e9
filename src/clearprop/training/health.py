"""What a training runs on: the machine, the libraries, where compiled programs are kept."""

import os
import platform
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from clearprop import __version__
from clearprop.cache import cache_folder
from clearprop.errors import counted
from clearprop.training.threads import blas_libraries

LIBRARIES = ("numpy", "scipy", "numba", "polars")
DEVELOPING = ("all", "dev", "docs", "lint", "test")  # extras that add nothing to use
REQUIRED = re.compile(r"^(?P<package>[\w.-]+).*\bextra == [\"'](?P<extra>\w+)[\"']")


@cache
def made_with(compiled: bool) -> Mapping[str, str]:
    """Return what the last bits of a training depend on, besides clearprop itself.

    `compiled` says whether compiled programs compute its products.
    """
    return {
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {sys.platform}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "products": ", ".join(blas_libraries(compiled)),
    }


def facts() -> dict[str, str]:
    """Return what there is to say about this machine, by name.

    >>> facts()["clearprop"] == __version__
    True
    """
    from clearprop.engine.compilation import is_kept

    folder = cache_folder()
    kept = str(folder)
    if not is_kept():
        kept = f"{folder} cannot be written: what is missing there is compiled by every process"
    return {
        "clearprop": __version__,
        "python": f"{platform.python_version()}, {sys.platform}, {sys.executable}",
        "machine": f"{processor()}, {platform.machine()}, {os.cpu_count()} cores",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "BLAS": ", ".join(blas_libraries()),
        "cache": kept,
        "in it": in_words(folder),
        **{f"[{extra}]": installed(extra, packages) for extra, packages in extras().items()},
    }


def processor() -> str:
    """Return what the processor calls itself."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        told = ""
    name = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return name[1] if name else platform.processor() or "an unnamed processor"


def in_words(folder: Path) -> str:
    """Return what the cache holds."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    words = "compiled programs, built-in data sets, the grammar of `check`"
    return f"{words}: {counted(len(sizes), 'file')}, {sum(sizes) / 1e6:.1f} MB"


def extras() -> dict[str, list[str]]:
    """Return the packages of each extra, as the installed clearprop says."""
    found: dict[str, list[str]] = {}
    for line in requires("clearprop") or ():
        match = REQUIRED.match(line)
        if match and match["extra"] not in DEVELOPING:
            found.setdefault(match["extra"], []).append(match["package"])
    return dict(sorted(found.items()))


def installed(extra: str, packages: list[str]) -> str:
    """Return the versions of an extra's packages, or how to install those that are missing.

    >>> installed("rest", ["numpy", "no-such-thing"])
    "no-such-thing is missing: pip install 'clearprop[rest]'"
    """
    versions = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    missing = [name for name in packages if name not in versions]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return f"{', '.join(missing)} {verb} missing: pip install 'clearprop[{extra}]'"
    return ", ".join(f"{name} {number}" for name, number in versions.items())
