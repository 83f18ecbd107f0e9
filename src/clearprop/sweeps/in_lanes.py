"""Tiny networks of one shape, one in each lane of the machine's vectors, block by block.

Comes in: a plan and the cells of one network shape. Goes out: pieces of work for the cores, each
of which trains a few blocks and fills in their outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np

from clearprop.engine.assembly import Source
from clearprop.engine.compilation import announce, entry, is_cached
from clearprop.engine.lanes import LaneProgram, fits_lanes, in_vector
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.optimizers import optimizer
from clearprop.network.initializers import INITIALIZERS
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array
from clearprop.network.quantities import State
from clearprop.sweeps.goals import stuck_from
from clearprop.sweeps.outcomes import Outcomes
from clearprop.sweeps.planning import SweepPlan
from clearprop.sweeps.starts import generators, starts
from clearprop.training.schedules import scheduled_rates

GROUP = 16  # blocks that are trained in one call, at most
PASSES = 2**22  # of an example through a network, in an epoch of a group: some tenths of a second
SHARES = 4  # for each thread, so that none waits long for the others in the end
SECONDS_PER_CALL = 0.1  # so that ctrl-C is soon heard

Asked = Callable[[], bool]
Tell = Callable[[float], None]
Piece = Callable[[Asked, Tell], None]


def fits(plan: SweepPlan, cell: int) -> bool:
    """Return whether a cell's networks can be trained in lanes."""
    settings, batch = plan.cells[cell].settings, plan.examples
    plain = settings.clip_norm is None and settings.dropout == 0 and batch.weights is None
    if plan.holds_out or not plain:
        return False
    rows = len(batch.split.train)
    network = plan.cells[cell].network
    return fits_lanes(network, settings.learning, rows, settings.batch_size)


@dataclass(frozen=True)
class LaneWork:
    """The networks of some cells of one shape: each row is a network, a cell and a seed."""

    plan: SweepPlan
    cells: tuple[int, ...]
    outcomes: Outcomes

    @cached_property
    def program(self) -> LaneProgram:
        """The program that trains them."""
        cell, plan = self.plan.cells[self.cells[0]], self.plan
        learning = cell.settings.learning
        mask = frozen_mask(cell.network, learning.frozen)
        parameters = in_vector(cell.network)
        return LaneProgram(
            network=cell.network,
            learning=learning,
            examples=len(plan.examples.split.train),
            size=cell.settings.batch_size,
            frozen=frozenset(p for p, stays in zip(parameters, mask, strict=True) if stays),
            by_loss=plan.goal.by_loss,
            dtype=cell.settings.dtype,
            arithmetic=plan.arithmetic,
        )

    @property
    def networks(self) -> int:
        """How many networks there are."""
        return len(self.cells) * len(self.plan.seeds)

    @cached_property
    def dtype(self) -> np.dtype[np.generic]:
        """The type of the networks' numbers."""
        return np.dtype(self.program.dtype)

    @cached_property
    def examples(self) -> tuple[Array, Array]:
        """The training rows."""
        x, y = self.plan.examples.part("train", self.program.dtype)
        return np.ascontiguousarray(x), np.ascontiguousarray(y)

    @cached_property
    def constants(self) -> Array:
        """The constants that all networks share, in their order."""
        values = self.program.learning.values(self.program.network)
        return np.array([values[name] for name in CONSTANTS], dtype=np.float64)

    @cached_property
    def rates(self) -> Array:
        """The rate of each step, a column per cell; one row where it does not change."""
        settings = [self.plan.cells[cell].settings for cell in self.cells]
        constant = settings[0].schedule == "constant" and settings[0].warmup == 0
        steps = 1 if constant else settings[0].epochs * self.program.per_epoch
        columns = [scheduled_rates(one, 0, steps, self.program.per_epoch) for one in settings]
        return np.ascontiguousarray(np.stack(columns, axis=1).astype(self.dtype))

    @property
    def sources(self) -> list[Source]:
        """The programs that are called: that of the lanes, and where it is used the drawing one."""
        drawn = [generators()] if self.draws_uniform else []
        return [self.program.source, *drawn]

    @property
    def draws_uniform(self) -> bool:
        """Whether the starting weights are uniform numbers."""
        return INITIALIZERS[self.plan.settings.initializer].uniform

    @property
    def to_compile(self) -> list[str]:
        """What this machine has not compiled before, in words."""
        return [one.name.replace("_", " ") for one in self.sources if not is_cached(one)]

    def prepare(self) -> None:
        """Compile what has to be compiled: by a call that takes no step."""
        announce(self.to_compile)
        one = LanePiece(self, np.arange(1))
        one.call(one.blocks(), one.shared(), 0, 0, False)

    def pieces(self) -> Iterator[Piece]:
        """Yield the work, group by group of blocks."""
        program = self.program
        blocks = -(-self.networks // (program.lanes * SHARES * self.plan.threads))
        most = max(1, PASSES // (program.examples * program.lanes))
        stride = min(GROUP, most, blocks) * program.lanes
        for start in range(0, self.networks, stride):
            rows = np.arange(start, min(start + stride, self.networks))
            yield LanePiece(self, rows).train


@dataclass(frozen=True)
class LanePiece:
    """Some networks of a work: its rows, filled up to whole blocks by the last of them."""

    work: LaneWork
    rows: Array

    @cached_property
    def filled(self) -> Array:
        """The rows of all lanes, shape (blocks, lanes)."""
        lanes = self.work.program.lanes
        padding = -len(self.rows) % lanes
        return np.append(self.rows, np.repeat(self.rows[-1:], padding)).reshape(-1, lanes)

    @cached_property
    def seeds(self) -> list[int]:
        """The seed of each lane, of one block after another."""
        seeds = self.work.plan.seeds
        found: list[int] = (self.filled % len(seeds) + seeds.start).ravel().tolist()
        return found

    @property
    def cell_places(self) -> Array:
        """Which of the work's cells each lane has."""
        return self.filled // len(self.work.plan.seeds)

    def blocks(self) -> Array:
        """Return the blocks before the first step, shape (blocks, rows, lanes)."""
        work, program = self.work, self.work.program
        blocks = np.zeros((len(self.filled), program.rows, program.lanes), dtype=work.dtype)
        begin = optimizer(program.learning.optimizer).state
        settings = [work.plan.cells[cell].settings for cell in work.cells]
        drawn = starts(program.network, settings[0].initializer, self.seeds)
        for place, parameter in enumerate(in_vector(program.network)):
            blocks[:, program.row(parameter)] = drawn[:, place].reshape(self.filled.shape)
        for quantity in program.carried:
            if isinstance(quantity, State):
                blocks[:, program.row(quantity)] = begin[quantity.name]
        momenta = np.array([one.learning.constant("momentum") for one in settings])
        blocks[:, program.row("rate")] = work.rates[0][self.cell_places]
        blocks[:, program.row("momentum")] = momenta[self.cell_places]
        blocks[:, program.row("first")] = np.inf
        return blocks

    def shared(self) -> Array:
        """Return what the networks of a block carry together, shape (blocks, numbers)."""
        program = self.work.program
        begin = optimizer(program.learning.optimizer).shared_state
        values = [begin[q.name] for q in program.shared if isinstance(q, State)]
        return np.tile(np.array(values, dtype=np.float64), (len(self.filled), 1))

    def train(self, asked: Asked, tell: Tell) -> None:
        """Train for all epochs, in calls of about a tenth of a second, and fill in the outcomes."""
        settings = self.work.plan.cells[self.work.cells[0]].settings
        blocks, shared = self.blocks(), self.shared()
        epoch, chunk = 0, 1
        for stop in (stuck_from(settings.epochs), settings.epochs):
            while True:
                if asked():
                    return
                until = min(stop, epoch + chunk)
                started = perf_counter()
                self.call(blocks, shared, epoch, until, until == stop)
                seconds = max(perf_counter() - started, 1e-6)
                tell((until - epoch) * len(self.rows) / settings.epochs)
                pace = (until - epoch) / seconds
                chunk = max(1, min(4 * chunk, int(pace * SECONDS_PER_CALL)))
                epoch = until
                if epoch == stop:
                    break
            if stop < settings.epochs:
                self.fill("before", self.column(blocks, "loss"))
        self.close(blocks)

    def call(self, blocks: Array, shared: Array, first: int, until: int, measured: bool) -> None:
        """Train the blocks from an epoch to another."""
        work = self.work
        seeds = np.array(self.seeds, dtype=np.uint64).reshape(self.filled.shape)
        per_epoch, rates = work.program.per_epoch, work.rates
        if len(rates) > 1:
            rates = np.ascontiguousarray(rates[first * per_epoch : until * per_epoch])
            if len(rates) == 1:  # a single row would be taken for a rate that never changes
                rates = np.concatenate([rates, rates])
        entry(work.program.source)(
            blocks.reshape(len(blocks), -1), *work.examples, work.constants, shared, seeds, rates,
            self.cell_places, work.dtype.type(work.plan.goal.limit), first, until, measured,
        )  # fmt: skip

    def close(self, blocks: Array) -> None:
        """Fill in how the networks ended."""
        program = self.work.program
        carried = np.stack([blocks[:, program.row(q)] for q in in_vector(program.network)])
        finite = np.isfinite(carried).all(axis=0) & ~np.isnan(blocks[:, program.row("health")])
        self.fill("diverged", ~finite.ravel()[: len(self.rows)])
        self.fill("first", self.column(blocks, "first"))
        self.fill("loss", self.column(blocks, "loss"))
        self.fill("accuracy", self.column(blocks, "right") / program.examples)
        self.fill("finished", True)

    def column(self, blocks: Array, row: str) -> Array:
        """Return a row of the blocks, an entry for each network."""
        found: Array = blocks[:, self.work.program.row(row)].ravel()[: len(self.rows)]
        return found.astype(np.float64)

    def fill(self, name: str, values: object) -> None:
        """Put values into the outcomes."""
        seeds = len(self.work.plan.seeds)
        cells = np.array(self.work.cells)[self.rows // seeds]
        getattr(self.work.outcomes, name)[cells * seeds + self.rows % seeds] = values
