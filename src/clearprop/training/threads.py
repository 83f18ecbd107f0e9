"""How many threads the BLAS library may use: one, unless more are asked for.

Small matrices gain nothing from more, and lose much on a busy machine; and sums that are parted
among threads have other last bits for another number of them, so that number is never chosen by a
clock. A probe says so where more threads are slower here.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.network.parameters import Array

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

logger = logging.getLogger("clearprop")
SLOWER = 1.1  # times as long as on one thread: worth a word
PROBES, PROBE_SECONDS = 15, 0.5  # how often a product is timed, at most


@dataclass
class Limit:
    """A limit, and whether it is needed still; `set` is None where it was in force already."""

    count: int
    compiled: bool
    set: Any = None
    over: bool = False

    def has(self, other: Limit) -> bool:
        """Return whether the other one needs no setting while this is in force."""
        return self.count == other.count and self.compiled >= other.compiled

    def end(self) -> None:
        """Put back what was before."""
        if self.set is not None:
            self.set.restore_original_limits()


LIMITS: list[Limit] = []  # those in force, the latest last; the library has but one for a process
CHANGING = Lock()


def cores() -> int:
    """Return how many cores this process may use.

    >>> cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def threads(count: int, compiled: bool = False) -> Iterator[None]:
    """Return a context within which matrix products run on a number of threads.

    `compiled` says whether compiled programs compute them; else they are NumPy's alone. Trainings
    beside each other may end in any order: what one found is put back when those after it are over.

    >>> with threads(1):
    ...     pass
    """
    if compiled:  # they call SciPy's library, which has to be there to be limited: a slow import
        from scipy.linalg import cython_blas

        assert cython_blas
    with CHANGING:
        limit = Limit(count, compiled)
        if not (LIMITS and LIMITS[-1].has(limit)):
            limit.set = libraries(len(sys.modules)).limit(limits=count, user_api="blas")
        LIMITS.append(limit)
    try:
        yield
    finally:
        with CHANGING:
            limit.over = True
            while LIMITS and LIMITS[-1].over:
                LIMITS.pop().end()


@lru_cache(maxsize=1)
def libraries(modules: int) -> ThreadpoolController:
    """Return the libraries of a process that has imported that many modules.

    To look for them takes milliseconds, and new ones come with new modules.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def probe(count: int, examples: int, inputs: int, units: int, dtype: str) -> float:
    """Return how many times as long as on one thread a layer's product takes on several."""
    a, w = np.ones((examples, inputs), dtype), np.ones((inputs, units), dtype)
    return product_seconds(count, a, w) / product_seconds(1, a, w)


def product_seconds(count: int, a: Array, w: Array) -> float:
    """Return the median time of a product on a number of threads."""
    out, times = a @ w, list[float]()
    with threads(count):
        while len(times) < PROBES and sum(times) < PROBE_SECONDS:
            started = perf_counter()
            np.dot(a, w, out)
            times.append(perf_counter() - started)
    return median(times)


def warn_if_slower(count: int, examples: int, layers: tuple[int, ...], dtype: str) -> None:
    """Say so where a number of threads is slower than one at the largest layer's product."""
    if count == 1:
        return
    place = max(range(1, len(layers)), key=lambda layer: layers[layer - 1] * layers[layer])
    times = probe(count, examples, layers[place - 1], layers[place], dtype)
    if times > SLOWER:
        logger.warning(
            "%d threads are slower than one here: a layer's product takes %.1f times as long",
            count,
            times,
        )


def blas_libraries(compiled: bool = True) -> list[str]:
    """Return the libraries that compute matrix products, with their versions.

    `compiled` says whether that of compiled programs is among them: to load it is slow.
    """
    from threadpoolctl import threadpool_info

    with threads(1, compiled):
        found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    names = (f"{info['internal_api']} {info['version']} ({info.get('architecture', '?')})"
             for info in found)  # fmt: skip
    return sorted(set(names))
