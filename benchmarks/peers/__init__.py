"""Who trains: one file for each library, and C for the limit.

A `Peer` says whether it is here, what it makes of a workload, and prepares a `Program`: training
that runs any number of steps and shows its weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from benchmarks.workloads import Task, Workload

MODULES = ("ours", "ours_in_lanes", "c", "pytorch", "jax", "scikit_learn", "fann", "numpy")


class Program(Protocol):
    """A training in progress."""

    def run(self, steps: int) -> None:
        """Do that many more updates, of every network."""

    def weights(self) -> np.ndarray:
        """Return all weights in our order, shape (networks, parameters)."""


def everything(workload: Workload) -> Workload:
    """Return the workload as it is: for peers that can do each of them."""
    return workload


@dataclass(frozen=True)
class Peer:
    """One row of the tables.

    kind        "ours", "peer" or "limit"
    missing     why it cannot run here, or None
    takes       the workload it does in place of the one asked (FANN knows no units without
                biases), or None where it can do nothing like it
    prepare     makes the program for a task and a number of threads
    exact       whether its bits must be those of the strict reference
    trains      False for what is a part of the work only, and has no weights to compare
    """

    name: str
    kind: str
    missing: Callable[[], str | None]
    prepare: Callable[[Task, int], Program]
    takes: Callable[[Workload], Workload | None] = everything
    exact: bool = False
    trains: bool = True
    packages: tuple[str, ...] = ()


def not_installed(*packages: str) -> Callable[[], str | None]:
    """Return a function that names the first of some packages that is not installed."""

    def missing() -> str | None:
        absent = [package for package in packages if find_spec(package) is None]
        return f"{absent[0]} is not installed" if absent else None

    return missing


def peers() -> Iterator[Peer]:
    """Yield all peers, ours first; none of their libraries is imported by this."""
    for module in MODULES:
        yield from import_module(f"benchmarks.peers.{module}").PEERS


def peer(name: str) -> Peer:
    """Return a peer by its name."""
    return next(found for found in peers() if found.name == name)
