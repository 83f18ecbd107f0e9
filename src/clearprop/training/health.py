"""What a training runs on: the machine, the libraries, where compiled programs are kept."""

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from clearprop import __version__
from clearprop.cache import cache_folder
from clearprop.training.threads import blas_libraries

LIBRARIES = ("numpy", "scipy", "numba", "polars")


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
        "python": f"{platform.python_version()}, {sys.platform}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "products": ", ".join(blas_libraries()),
        "cache": kept,
    }
