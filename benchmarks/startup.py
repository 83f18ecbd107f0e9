"""What comes before the first step: imports, compilers, caches. Each time is that of a new process.

A cold cache is an empty folder; a warm one is the same folder the next time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.peers import peers

TIMES = 3  # of each process, the fastest counts: what others do on the machine only adds
COLD_TIMES = 3
CACHE = "CLEARPROP_CACHE"
ROOT = Path(__file__).parents[1]

IMPORTS = {
    "Python itself": "pass",
    "import clearprop": "import clearprop",
    "import numpy": "import numpy",
    "import numba": "import numba",
    "import sklearn.neural_network": "import sklearn.neural_network",
    "import torch": "import torch",
    "import jax": "import jax",
}
COMMANDS = {
    "clearprop train xor": ("train", "xor"),
    "clearprop train digits --hidden 32 --epochs 1": (
        "train", "digits", "--hidden", "32", "--epochs", "1",
    ),
    "clearprop trace --steps 1000000": ("trace", "--steps", "1000000"),
}  # fmt: skip
FIRST_STEP = "from benchmarks.startup import first_epoch; first_epoch({name!r})"
EPOCH_OF = (
    "clearprop",
    "NumPy by hand",
    "scikit-learn",
    "JAX, jit and scan",
    "PyTorch, eager",
    "PyTorch, compiled",
)


@dataclass(frozen=True)
class Start:
    """A process from its start to its end: seconds, and its largest memory in bytes."""

    group: str
    name: str
    cache: str
    seconds: float | None
    peak: int = 0
    note: str = ""

    def json(self) -> dict[str, object]:
        """Return the start as plain values."""
        return asdict(self)


def starts(times: int = TIMES, cold_times: int = COLD_TIMES) -> Iterator[Start]:
    """Yield all starts."""
    for name, program in IMPORTS.items():
        yield fastest_start("imports", name, (sys.executable, "-c", program), times)
    for name, arguments in COMMANDS.items():
        command = (sys.executable, "-m", "clearprop", *arguments)
        yield from cold_and_warm("commands", name, command, times, cold_times)
    here = {peer.name for peer in peers() if peer.missing() is None}
    for name in EPOCH_OF:
        if name not in here:
            continue
        command = (sys.executable, "-c", FIRST_STEP.format(name=name))
        if name == "clearprop":
            yield from cold_and_warm("first epoch", name, command, times, cold_times)
        else:
            yield fastest_start("first epoch", name, command, times)


def cold_and_warm(
    group: str, name: str, command: Sequence[str], times: int, cold_times: int
) -> Iterator[Start]:
    """Yield a start with empty cache folders, and one with a folder that is filled."""
    with tempfile.TemporaryDirectory() as kept:
        cold = []
        for turn in range(cold_times):
            folder = Path(kept, str(turn))
            cold.append(process(command, folder))
        yield fastest(group, name, "cold", cold)
        yield fastest(group, name, "warm", [process(command, folder) for _ in range(times)])


def fastest_start(group: str, name: str, command: Sequence[str], times: int) -> Start:
    """Return the fastest of several starts."""
    return fastest(group, name, "", [process(command, None) for _ in range(times)])


def fastest(group: str, name: str, cache: str, found: list[tuple[float, int, str]]) -> Start:
    """Return the fastest of some processes, or the note of one that failed."""
    notes = [note for _, _, note in found if note]
    if notes:
        return Start(group, name, cache, None, note=notes[0])
    seconds = min(seconds for seconds, _, _ in found)
    return Start(group, name, cache, seconds, max(peak for _, peak, _ in found))


def process(command: Sequence[str], cache: Path | None) -> tuple[float, int, str]:
    """Run a process; return its seconds, its largest memory, and what went wrong."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    if cache is not None:
        environment[CACHE] = str(cache)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        started = perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    failed = child.returncode != 0
    # As in measure.py: the time in which others had the core is not the process's.
    seconds = min(seconds, usage.ru_utime + usage.ru_stime)
    return seconds, usage.ru_maxrss * 1024, (said or ["it failed"])[-1] if failed else ""


def first_epoch(name: str) -> None:
    """Train a first epoch of 1,000 rows by a peer, in this process."""
    from benchmarks.growth import rows
    from benchmarks.peers import peer
    from benchmarks.workloads import task

    workload = rows(1_000)
    peer(name).prepare(task(workload), 1).run(workload.per_epoch)
