"""How long a ledger takes: of a weight and a layer of a large run, of a weight of small ones.

The large one is the network of W4, 784-128-10 in float32: it learns 60,000 random examples for 10
epochs in batches of 64, and the ledgers are of the whole span: of one weight, of a unit and of each
layer, of the first by class as well. Seconds of the clock and, as other programs have little part
in them, of the processor. What does not fit into the memory is said.

The small ones are the commands of the docs, from the start of the program to its last line: the
fastest of seven, beside what `import numpy` takes of it.

    python -m benchmarks.ledgers [small] [gradient_descent] [momentum] [adam]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from clearprop.api import open_run, train
from clearprop.errors import DataError
from clearprop.runs.run import Run

EXAMPLES, EPOCHS, BATCH = 60_000, 10, 64
OPTIMIZERS = ("gradient_descent", "momentum", "adam")
ASKED: dict[str, dict[str, Any]] = {
    "W1[3,7]": {"weight": "W1[3,7]"},
    "unit a1[3]": {"unit": "a1[3]"},
    "layer 2": {"layer": 2},
    "layer 1": {"layer": 1},
    "layer 1 by class": {"layer": 1, "by": "class"},
}
SMALL, STARTS = ("xor", "iris"), 7


def timed(optimizer: str, examples: int = EXAMPLES, epochs: int = EPOCHS) -> Iterator[str]:
    """Yield in lines how long the training and its ledgers took."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((examples, 784), dtype=np.float32)
    y = generator.integers(10, size=examples).astype(str)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        trained = train(
            (x, y), hidden=[128], activation="relu", optimizer=optimizer, rate=0.001,
            batch_size=BATCH, epochs=epochs, test_size=0.0, dtype="float32", engine="generic",
            out=path,
        )  # fmt: skip
        run = open_run(path).with_data((x, y))
        run.explain("W1[3,7]", at=1)  # data and engine are ready from here on
        yield f"{optimizer}: trained in {trained.outcome.seconds:.1f} s"
        for what, asked in ASKED.items():
            yield f"{optimizer}, {what}: {stated(run, asked)}"


def stated(run: Run, asked: Mapping[str, Any]) -> str:
    """Return how long a ledger took, and what rounding is of its entries."""
    began, worked = perf_counter(), process_time()
    try:
        ledger = run.ledger(**asked)
    except DataError as error:
        return f"not shown ({error})"
    clock, work = perf_counter() - began, process_time() - worked
    rounding = abs(ledger.amount("rounding")) / ledger.frame["amount"].abs().sum()
    return f"{clock:.1f} s ({work:.1f} s of the processor); rounding {rounding:.1e} of the entries"


def started(*arguments: str) -> float:
    """Return the seconds of the fastest of some starts of Python."""

    def once() -> float:
        begun = perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        return perf_counter() - begun

    return min(once() for _ in range(STARTS))


def small(data: str) -> str:
    """Return in a line how long `clearprop ledger` takes for a run with the default settings."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        run = train(data, out=path)
        seconds = started("-m", "clearprop", "ledger", str(path), "W1[0,1]")
    numpy = started("-c", "import numpy")
    return (
        f"{data}, {run.outcome.steps} steps: the command took {seconds:.2f} s,"
        f" {numpy:.2f} s of it the import of NumPy"
    )


def main(wanted: Sequence[str] = ("small", *OPTIMIZERS)) -> None:
    """Print the times of small runs, and with each optimizer of a large one."""
    for name in wanted:
        for line in map(small, SMALL) if name == "small" else timed(name):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ("small", *OPTIMIZERS))
