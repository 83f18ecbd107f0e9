"""What watching a PyTorch loop costs: time, bytes on the disk, and how long an answer takes.

A 784-128-10 network learns random pictures by batches of 64, in PyTorch, one thread. Two such loops
run in one process, one of them watched, by turns of some steps each, on the same batches: some
epochs whose batches are rows of a tensor, `x[batch]`, the least that a loop can do, then some with
PyTorch's `DataLoader`. The first epoch, in which every row is new, is timed apart. What counts are
the turns in which the loop alone was quickest, a quarter of them: a machine has other work as well,
and that is not the watch's. The average is of all turns of the later epochs, writing included.
A part of the suite: `python -m benchmarks watching`.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import clearprop as cp
from clearprop.runs.listing import folder_size

EXAMPLES, EPOCHS, BATCH, TURN = 60_000, 2, 64, 10
OPTIMIZERS: dict[str, tuple[str, dict[str, float]]] = {
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD, momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "Adam": ("Adam", {}),
}
MOST_SHARE = 0.15  # what was aimed at
Turns = list[tuple[float, float]]  # seconds of each, alone and watched


class Loop:
    """A model with its optimizer and loss, trained by turns."""

    def __init__(self, name: str) -> None:
        import torch
        from torch import nn

        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        kind, options = OPTIMIZERS[name]
        self.optimizer = getattr(torch.optim, kind)(self.model.parameters(), **options)
        self.loss = nn.CrossEntropyLoss()

    def turn(self, batches: Iterable[Any]) -> float:
        """Take the steps of some batches; return the seconds."""
        started = perf_counter()
        for x, y in batches:
            self.optimizer.zero_grad()
            self.loss(self.model(x), y).backward()
            self.optimizer.step()
        return perf_counter() - started


def by_rows(x: Any, y: Any, rows: Any) -> Iterator[Any]:
    """Yield batches of some rows, taken out of the tensors."""
    for batch in rows.split(BATCH):
        yield x[batch], y[batch]


def by_loader(x: Any, y: Any, rows: Any) -> Iterator[Any]:
    """Yield the same batches from a `DataLoader`, as in most tutorials."""
    from torch.utils.data import DataLoader, Subset, TensorDataset

    yield from DataLoader(Subset(TensorDataset(x, y), rows.tolist()), batch_size=BATCH)


def typical(turns: Turns) -> tuple[float, float]:
    """Return the medians of a step, alone and watched, of the turns that were quickest alone.

    They are a quarter of all.
    """
    quiet = sorted(turns)[: max(1, len(turns) // 4)]
    alone, watched = (statistics.median(each) / TURN for each in zip(*quiet, strict=True))
    return alone, watched


def average(turns: Turns) -> tuple[float, float]:
    """Return the means of a step, alone and watched, of all turns."""
    alone, watched = (statistics.mean(each) / TURN for each in zip(*turns, strict=True))
    return alone, watched


@dataclass(frozen=True)
class Watched:
    """What watching a loop costs with an optimizer: seconds of a step, alone and watched.

    first, later   of the first epoch, in which all rows are new, and of the others
    mean           of the others, on the average
    loader         of epochs with a `DataLoader`
    rows, epoch    bytes of the rows, which are written once, and of each epoch's tape
    steps, answer  of the loop; seconds that one explanation of it takes
    """

    optimizer: str
    first: tuple[float, float]
    later: tuple[float, float]
    mean: tuple[float, float]
    loader: tuple[float, float]
    rows: int
    epoch: float
    steps: int
    answer: float

    def json(self) -> dict[str, object]:
        """Return the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        first, later, loader = (
            f"{1e6 * alone:.0f} µs a step alone, {1e6 * watched:.0f} µs watched:"
            f" {share((alone, watched))}"
            for alone, watched in (self.first, self.later, self.loader)
        )
        return (
            f"watching, {self.optimizer}: first epoch {first}; later {later}"
            f" ({share(self.mean)} on the average); with a DataLoader {loader};"
            f" {self.rows / 1e6:.1f} MB of rows, once, {self.epoch / 1e6:.2f} MB an epoch;"
            f" one explanation of {self.steps:,} steps in {self.answer:.2f} s"
        )


def share(times: tuple[float, float]) -> str:
    """Return by how much a watched step is longer.

    >>> share((0.5, 0.6))
    '+20 %'
    """
    return f"{100 * (times[1] / times[0] - 1):+.0f} %"


def watchings(examples: int = EXAMPLES, epochs: int = EPOCHS) -> Iterator[Watched]:
    """Yield what watching costs, for each optimizer."""
    if not find_spec("torch"):
        print("watching: not measured, PyTorch is not installed (pip install torch)")
        return
    import torch

    torch.set_num_threads(1)
    for name in OPTIMIZERS:
        yield measured(name, examples, epochs)


def measured(name: str, examples: int, epochs: int) -> Watched:
    """Return what watching a loop with an optimizer costs."""
    import torch

    torch.manual_seed(1)
    x, y = torch.rand(examples, 784), torch.randint(0, 10, (examples,))
    alone, watched = Loop(name), Loop(name)
    first: Turns = []
    later: Turns = []
    loader: Turns = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        with cp.torch.watch(watched.model, watched.optimizer, watched.loss, out=out) as run:
            parts = [(first, by_rows, 1), (later, by_rows, epochs), (loader, by_loader, epochs)]
            for times, batches, count in parts:
                for rows in turns_of(examples, count):
                    given = [batches(x, y, rows) for _ in range(2)]
                    times.append((alone.turn(given[0]), watched.turn(given[1])))
        same = all(map(torch.equal, alone.model.parameters(), watched.model.parameters()))
        assert same, "a watched loop has to come to the same bits"
        stored = folder_size(out / "rows")
        epoch = (folder_size(out) - stored) / (1 + 2 * epochs)
        started = perf_counter()
        run.explain("W1[3,400]", at=run.steps // 2)
        answer = perf_counter() - started
    found = (typical(first), typical(later), average(later), typical(loader))
    return Watched(name, *found, stored, epoch, run.steps, answer)


def turns_of(examples: int, epochs: int) -> Iterator[Any]:
    """Yield the rows of each turn of some epochs, shuffled."""
    import torch

    for _ in range(epochs):
        yield from torch.randperm(examples).split(BATCH * TURN)
