"""What watching a PyTorch loop costs: time, bytes on the disk, and how long an answer takes.

A 784-128-10 network learns random pictures by batches of 64, in PyTorch, one thread. Two such loops
run in one process, one of them watched, by turns of some steps each, on the same batches; the first
epoch, in which every row is new, is timed apart. What counts are the turns in which the loop alone
was quickest, a quarter of them: a machine has other work as well, and that is not the watch's.
`python -m benchmarks.watching [--quick]`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import torch
from torch import nn

import clearprop as cp
from clearprop.runs.listing import folder_size

EXAMPLES, BATCH, TURN = 60_000, 64, 10
OPTIMIZERS: dict[str, Callable] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD, momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p),
}


class Loop:
    """A model with its optimizer and loss, trained by turns."""

    def __init__(self, make: Callable) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        self.optimizer, self.loss = make(self.model.parameters()), nn.CrossEntropyLoss()

    def turn(self, x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor) -> float:
        """Take the steps of some batches; return the seconds."""
        started = perf_counter()
        for batch in rows.split(BATCH):
            self.optimizer.zero_grad()
            self.loss(self.model(x[batch]), y[batch]).backward()
            self.optimizer.step()
        return perf_counter() - started


def typical(turns: list[tuple[float, float]]) -> list[float]:
    """Return the medians, alone and watched, of the quarter of turns that were quickest alone."""
    quiet = sorted(turns)[: max(1, len(turns) // 4)]
    return [statistics.median(each) for each in zip(*quiet, strict=True)]


def measured(name: str, examples: int, epochs: int) -> Iterator[str]:
    """Yield in lines what watching a loop with an optimizer costs."""
    torch.manual_seed(1)
    x, y = torch.rand(examples, 784), torch.randint(0, 10, (examples,))
    alone, watched = Loop(OPTIMIZERS[name]), Loop(OPTIMIZERS[name])
    times: list[list[tuple[float, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        with cp.torch.watch(watched.model, watched.optimizer, watched.loss, out=out) as run:
            for _ in range(epochs):
                turns = torch.randperm(examples).split(BATCH * TURN)
                times.append([(alone.turn(x, y, t), watched.turn(x, y, t)) for t in turns])
        same = all(map(torch.equal, alone.model.parameters(), watched.model.parameters()))
        assert same, "a watched loop has to come to the same bits"
        later = [turn for epoch in times[1:] for turn in epoch]
        for epoch, label in ((times[0], "first epoch"), (later, "later epochs")):
            plain, more = typical(epoch)
            yield (
                f"{name}, {label}: {1e6 * plain / TURN:.0f} µs a step alone,"
                f" {1e6 * more / TURN:.0f} µs watched: {more / plain - 1:+.1%}"
            )
        rows = folder_size(out / "rows")
        others = (folder_size(out) - rows) / epochs
        yield f"{name}, recorded: {rows / 1e6:.1f} MB of rows, once; {others / 1e6:.2f} MB an epoch"
        started = perf_counter()
        run.explain("W1[3,400]", at=run.steps // 2)
        yield f"{name}, one explanation of {run.steps:,} steps: {perf_counter() - started:.2f} s"


def main() -> None:
    """Print what watching costs, for each optimizer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, two epochs")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    for name in OPTIMIZERS:
        for line in measured(name, 6_400 if quick else EXAMPLES, 2 if quick else 3):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
