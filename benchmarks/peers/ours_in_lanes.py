"""clearprop's sweep: many networks at once, one in each lane of the machine's vectors.

"clearprop, lanes" is its training alone, which is what the peers do; "clearprop, sweep" is the
whole sweep, from drawing the starting weights to the frame of outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from benchmarks.peers import Peer, Program
from benchmarks.workloads import Task, Workload
from clearprop.engine.lanes import in_vector
from clearprop.sweeps.carrying_out import carry_out
from clearprop.sweeps.in_lanes import GROUP, LanePiece, LaneWork
from clearprop.sweeps.outcomes import no_outcomes
from clearprop.sweeps.planning import SweepPlan, planned_sweep
from clearprop.training.choices import Wishes
from clearprop.training.interruption import Interruption


def plan_of(task: Task, arithmetic: str, threads: int) -> SweepPlan:
    """Return the sweep of a task."""
    work = task.workload
    wishes = Wishes(
        activation=work.activations[0],
        loss=work.loss,
        reduction=work.reduction,
        optimizer="momentum",
        rate=work.rate,
        momentum=work.momentum,
        batch_size=work.batch,
        epochs=work.epochs_at_once,
        dtype=work.dtype,
        arithmetic=arithmetic,
    )
    return planned_sweep(
        "xor", wishes, network=list(work.layers), seeds=work.networks, threads=threads
    )


class Lanes:
    """The training of a sweep, block by block, each thread its share."""

    def __init__(self, task: Task, arithmetic: str, threads: int) -> None:
        self.plan = plan_of(task, arithmetic, threads)
        self.work = LaneWork(self.plan, (0,), no_outcomes(self.plan.networks))
        stride = GROUP * self.work.program.lanes
        networks = self.plan.networks
        self.pieces = [
            LanePiece(self.work, np.arange(first, min(first + stride, networks)))
            for first in range(0, networks, stride)
        ]
        self.blocks = [piece.blocks() for piece in self.pieces]
        self.shared = [piece.shared() for piece in self.pieces]
        self.pool, self.done = ThreadPoolExecutor(threads), 0

    def run(self, steps: int) -> None:
        """Do that many more updates of every network."""
        until = self.done + steps

        def train(piece: LanePiece, blocks: np.ndarray, shared: np.ndarray) -> None:
            piece.call(blocks, shared, self.done, until, True)

        list(self.pool.map(train, self.pieces, self.blocks, self.shared))
        self.done = until

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        program = self.work.program
        rows = [program.row(parameter) for parameter in in_vector(program.network)]
        found = [
            blocks[:, rows].transpose(0, 2, 1).reshape(-1, len(rows)) for blocks in self.blocks
        ]
        kept = [part[: len(piece.rows)] for part, piece in zip(found, self.pieces, strict=True)]
        return np.concatenate(kept)


class Sweep(Lanes):
    """Sweeps from beginning to end; the weights are those of its training alone."""

    def run(self, steps: int) -> None:
        """Do whole sweeps; a first call of as many updates as are compared trains alone."""
        if self.done == 0:
            super().run(steps)
            return
        for _ in range(steps // self.plan.settings.epochs):
            with Interruption() as interruption:
                carry_out(self.plan, interruption)


def takes(arithmetic: str, workload: Workload) -> Workload | None:
    """Return W6; in strict arithmetic that of float64."""
    if workload.networks == 1 or (arithmetic == "strict" and workload.dtype != "float64"):
        return None
    return workload


def prepared(kind: type[Lanes], arithmetic: str) -> Callable[[Task, int], Program]:
    """Return what makes the program."""
    return lambda task, threads: kind(task, arithmetic, threads)


def missing() -> str | None:
    """It is always here."""
    return None


ROWS = {
    "clearprop, lanes": (Lanes, "auto"),
    "clearprop, lanes, strict": (Lanes, "strict"),
    "clearprop, sweep": (Sweep, "auto"),
}
PEERS = tuple(
    Peer(
        name,
        "ours",
        missing,
        prepared(kind, arithmetic),
        partial(takes, arithmetic),
        exact=arithmetic == "strict",
    )
    for name, (kind, arithmetic) in ROWS.items()
)
