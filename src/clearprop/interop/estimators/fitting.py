"""A fit: arrays and settings -> a training by the compiled engine -> a run.

Comes in: x (m, n_0) and y (m, n_D) as the network takes them, the split, the settings, the state to
start from. Goes out: `Fitted`, which makes the `Run` of the training when it is asked for: a table,
an encoding that changes nothing, hashes and scores are not made for each of a search's fits.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from clearprop.data.codings import ClassTarget, NumberColumn, NumbersTarget
from clearprop.data.encoding import Encoding
from clearprop.data.kinds import Kind
from clearprop.data.splits import Split
from clearprop.data.table import Table
from clearprop.network.network import Network
from clearprop.network.parameters import Array
from clearprop.runs.checkpoints import Checkpoint, Checkpoints
from clearprop.runs.ending import Ended, followed
from clearprop.runs.making import Before, Plan, run_from
from clearprop.runs.run import Run
from clearprop.runs.source import source_of
from clearprop.training.batches import Batches
from clearprop.training.engine import EpochFigures, TrainingState
from clearprop.training.examples import Examples
from clearprop.training.interruption import Interruption
from clearprop.training.job import Job
from clearprop.training.loop import Progress
from clearprop.training.settings import TrainingSettings
from clearprop.training.shapes import engine_of
from clearprop.training.threads import threads


@dataclass(frozen=True)
class Data:
    """What a network learns from, row by row as given, and how people know it.

    x, y        inputs (m, n_0) and targets (m, n_D), read-only
    names       of the inputs; `target` is that of the target
    labels      of the classes, in the order of the outputs; none for numbers
    weights     sample weights (m,), if there are any
    """

    x: Array
    y: Array
    names: tuple[str, ...]
    target: str
    labels: tuple[str, ...] = ()
    weights: Array | None = None

    @property
    def kind(self) -> Kind:
        """Whether the target is classes or numbers."""
        return "classes" if self.labels else "numbers"


@dataclass(frozen=True)
class Fitting:
    """A training that is ready to begin from `start`."""

    data: Data
    split: Split
    network: Network
    settings: TrainingSettings
    start: TrainingState

    @property
    def job(self) -> Job:
        """What is to be trained; held-out rows are looked at where early stopping goes by them."""
        data, settings, rows = self.data, self.settings, self.split.train
        watched = self.split.validation
        weights = None if data.weights is None else data.weights[rows].astype(settings.dtype)
        x, y = (data.x, data.y) if not len(watched) else (data.x[rows], data.y[rows])
        batches = Batches(
            x, y.astype(settings.dtype), settings.batch_size, settings.seed, weights,
            settings.shuffle, rows if len(watched) else None,
        )  # fmt: skip
        looked_at = (data.x[watched], data.y[watched].astype(settings.dtype))
        return Job(self.network, settings, batches, looked_at if len(watched) else None, data.kind)

    def train(self, watch: Callable[[Progress], object] | None = None) -> Fitted:
        """Train, and return what came of it; ctrl-C ends it after the step in work."""
        engine = engine_of(self.job)
        with Interruption() as interruption, threads(1, compiled=True):
            ended = followed(engine, self.start, interruption, watch)
        if interruption.noted == signal.SIGTERM:
            signal.raise_signal(signal.SIGTERM)
        return Fitted(self, ended)


@dataclass(frozen=True)
class Fitted:
    """A training that is over; `init` says in words where its start came from, if not drawn."""

    fitting: Fitting
    ended: Ended
    init: str | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: a run can be made again."""
        return {"fitting": self.fitting, "ended": self.ended, "init": self.init}

    @property
    def figures(self) -> EpochFigures:
        """Loss and score of each epoch."""
        history = self.ended.history
        joined = (
            np.concatenate([getattr(part, name) for part in history])
            for name in ("loss", "held_out", "score")
        )
        return EpochFigures(*joined)

    @cached_property
    def run(self) -> Run:
        """The run, in memory."""
        return run_from(self.plan, self.ended)

    @property
    def plan(self) -> Plan:
        """The training as a plan, as `clearprop.train` makes them."""
        fitting, data = self.fitting, self.fitting.data
        table, encoding = table_of(data), encoding_of(data)
        weights = None if data.weights is None else data.weights.astype(np.float64)
        x, y = encoding.inputs(table.frame), encoding.targets(table.frame)
        examples = Examples(x, y, fitting.split, encoding, weights)
        held = Checkpoints(fitting.network, fitting.settings)
        before = Before(Checkpoint(fitting.start), EpochFigures(), self.ended.created, held)
        return Plan(
            table, examples, fitting.settings, fitting.start.parameters,
            source_of((None, None), table, examples.fingerprint, (), False),
            init=self.init, before=before,
        )  # fmt: skip


def table_of(data: Data) -> Table:
    """Return the rows as a table, with their target in its last column."""
    columns = [
        pl.Series(name, np.ascontiguousarray(data.x[:, place], dtype=np.float64))
        for place, name in enumerate(data.names)
    ]
    weights = None
    if data.weights is not None:
        weights = pl.Series("sample_weight", data.weights.astype(np.float64))
    frame = pl.DataFrame([*columns, target_of(data)])
    return Table(
        frame, data.target, data.kind, "table", "arrays in memory", weights=weights, holds_out=False
    )


def target_of(data: Data) -> pl.Series:
    """Return the target as a column: labels, a number, or several numbers in each row."""
    y = data.y.astype(np.float64)
    if data.labels:
        places = y[:, 0].astype(np.int64) if y.shape[1] == 1 else y.argmax(axis=1)
        return pl.Series(data.target, [data.labels[place] for place in places.tolist()])
    return pl.Series(data.target, y[:, 0] if y.shape[1] == 1 else y)


def encoding_of(data: Data) -> Encoding:
    """Return the encoding that leaves the numbers as they are."""
    columns = tuple(NumberColumn(name, 0.0, 1.0) for name in data.names)
    count = data.y.shape[1]
    if data.labels:
        return Encoding(columns, ClassTarget(data.target, data.labels, count == 1))
    if count == 1:
        return Encoding(columns, NumberColumn(data.target, 0.0, 1.0))
    return Encoding(columns, NumbersTarget(data.target, count))
