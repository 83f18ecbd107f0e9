"""clearprop itself: its engines in their shapes and arithmetics, and the sweep for many networks.

"clearprop" alone is what a user gets who chooses nothing. Everything else is asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.peers import Peer
from benchmarks.workloads import SEED, Task, Workload
from clearprop.network.parameters import Parameters
from clearprop.training.engine import Engine
from clearprop.training.job import Job
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import engine_of

STEPS_A_CALL = 1_000_000  # a twentieth of a second for the fastest
EPOCHS = 10**8  # so many that no job is too short for the compiler


@dataclass(frozen=True)
class Way:
    """One way to train: what the settings say of engine and arithmetic, and where it is timed."""

    name: str
    engine: str
    arithmetic: str
    workloads: tuple[str, ...]

    def takes(self, workload: Workload) -> Workload | None:
        """Return the workload if it is one of those."""
        if self.arithmetic == "strict" and workload.dtype != "float64":
            return None
        return workload if workload.name.startswith(self.workloads) else None


class Ours:
    """An engine with its state."""

    def __init__(self, task: Task, engine: Engine) -> None:
        self.engine = engine
        start = Parameters(task.workload.network, task.start[0].copy())
        self.state = engine.first_state(start)

    def run(self, steps: int) -> None:
        """Do that many more updates, in calls about as long as those of the library's own loop."""
        end = self.state.step + steps
        while self.state.step < end:
            advance = self.engine.advance(self.state, min(end, self.state.step + STEPS_A_CALL))
            if advance.broke:
                raise ArithmeticError(f"a number is not finite after step {advance.state.step}")
            self.state = advance.state

    def weights(self) -> np.ndarray:
        """Return the weights, shape (1, parameters)."""
        return self.state.parameters.vector[None, :].copy()


def job_of(task: Task, way: Way, threads: int) -> Job:
    """Return the training of a task as the library describes it."""
    work = task.workload
    settings = TrainingSettings(
        learning=work.learning,
        epochs=EPOCHS,
        hidden=work.layers[1:-1],
        activation=work.activations[0],
        batch_size=work.batch,
        seed=SEED,
        dtype=work.dtype,
        engine=way.engine,
        arithmetic=way.arithmetic,
        threads=threads,
    )
    return Job(work.network, settings, task.batches)


def trained(way: Way) -> Callable[[Task, int], Ours]:
    """Return what makes the program of a way."""
    return lambda task, threads: Ours(task, engine_of(job_of(task, way, threads)))


def missing() -> str | None:
    """Clearprop is always here."""
    return None


ALL = ("W1", "W2", "W3", "W4", "W5")
WAYS = (
    Way("clearprop", "auto", "auto", ALL),
    Way("clearprop, strict", "auto", "strict", ALL),
    Way("clearprop, fast", "auto", "fast", ("W1", "W2")),
    Way("clearprop, generic", "generic", "auto", ALL),
    Way("clearprop, reference", "reference", "fast", ("W1", "W2", "W3", "W4 batch 64")),
)
PEERS = tuple(
    Peer(way.name, "ours", missing, trained(way), way.takes, exact=way.arithmetic == "strict")
    for way in WAYS
)
