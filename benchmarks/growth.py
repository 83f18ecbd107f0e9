"""How the cost grows with parameters, examples and the size of a batch, and with which power.

Comes in: nothing but a limit of time. Goes out: points for each program, and for each point that is
not run the reason: it would need more memory than there is, or more time than the limit.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.measure import Row, compared, steps_of_a_turn
from benchmarks.peers import Peer, peers
from benchmarks.worker import Timing, Worker, WorkerError
from benchmarks.workloads import W3, Workload

PROGRAMS = ("clearprop", "NumPy by hand", "JAX, jit and scan", "PyTorch, eager")
ONCE = 3.0  # seconds: what takes longer is timed once
SHARE_OF_MEMORY = 0.8
LONGEST = 600.0  # seconds for one point


@dataclass(frozen=True)
class Point:
    """One program at one size: seconds for a unit, or why it was not run."""

    curve: str
    program: str
    size: int
    seconds: float | None = None
    peak: int = 0
    note: str = ""

    def json(self) -> dict[str, object]:
        """Return the point as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Curve:
    """What grows, and what the time is given for."""

    name: str
    unit: str
    title: str
    workloads: Mapping[int, Workload]
    fit_from: int


BASE = replace(
    W3,
    name="growth",
    title="",
    loss="half_squared_error",
    activations=("relu", "identity"),
    data="random numbers",
    rate=0.001,
    check_steps=2,
)


def square(width: int) -> Workload:
    """Return the training of a network width-width-width in batches of 32."""
    layers = (width, width, width)
    return replace(BASE, layers=layers, unit="step", examples=1024, batch=32)


def rows(examples: int) -> Workload:
    """Return one epoch of a small network over many examples."""
    batch = min(50, examples)
    return replace(
        BASE,
        layers=(10, 16, 1),
        unit="epoch",
        examples=examples,
        batch=batch,
        check_steps=min(20, examples // batch),
    )


def batched(size: int) -> Workload:
    """Return the training of 64-32-10 in batches of a size."""
    return replace(BASE, layers=(64, 32, 10), unit="step", examples=8192, batch=size)


def by_parameters(widths: Sequence[int]) -> dict[int, Workload]:
    """Return the networks by their number of parameters."""
    return {square(width).network.parameter_count: square(width) for width in widths}


CURVES = (
    Curve(
        "parameters",
        "a step",
        "a network k-k-k, relu, half squared error, batches of 32, float32",
        by_parameters((2, 7, 22, 70, 223, 707, 2236)),
        fit_from=10_000,
    ),
    Curve(
        "examples",
        "an epoch",
        "10-16-1, relu, half squared error, batches of 50, float32",
        {10**power: rows(10**power) for power in range(1, 8)},
        fit_from=1_000,
    ),
    Curve(
        "batch size",
        "a step",
        "64-32-10, relu, half squared error, float32",
        {2**power: batched(2**power) for power in range(0, 14, 2)} | {8192: batched(8192)},
        fit_from=256,
    ),
)


def grown(longest: float = LONGEST, curves: Sequence[Curve] = CURVES) -> Iterator[Point]:
    """Yield the points of all curves, each program from small to large."""
    programs = [peer for peer in peers() if peer.name in PROGRAMS and peer.missing() is None]
    for curve in curves:
        for peer in programs:
            before: Point | None = None
            for size, workload in sorted(curve.workloads.items()):
                reason = too_large(before, size, longest)
                point = Point(curve.name, peer.name, size, note=reason)
                if not reason:
                    point = timed_point(point, peer, workload, longest)
                    before = point if point.seconds else before
                yield point


def too_large(before: Point | None, size: int, longest: float) -> str:
    """Say why a point cannot be run, judged by the one before it, or nothing."""
    if before is None:
        return ""
    factor = size / before.size
    seconds, memory = before.seconds * factor, before.peak * factor
    if seconds > longest:
        return f"would take about {seconds / 60:.0f} minutes"
    if before.peak > 2**30 and memory > SHARE_OF_MEMORY * free_memory():
        return f"would need about {memory / 2**30:.0f} GiB"
    return ""


def free_memory() -> float:
    """Return the bytes that programs can still have."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return math.inf
    lines = dict(line.split(":") for line in meminfo.read_text(encoding="ascii").splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024


def timed_point(point: Point, peer: Peer, workload: Workload, longest: float) -> Point:
    """Return the point with its time, after its weights were compared."""
    worker = Worker(peer.name, workload, 1)
    try:
        worker.ask("prepare")
        row = compared(Row(point.curve, peer.name, "", 1), worker, workload, exact=False)
        if row.note:
            return replace(point, note=row.note)
        seconds = per_unit(worker, workload, longest)
        return replace(point, seconds=seconds, peak=worker.ask("memory")[1])
    except WorkerError as error:
        return replace(point, note=str(error))
    finally:
        worker.close()


def per_unit(worker: Worker, workload: Workload, longest: float) -> float:
    """Return the seconds of one unit: the median of three turns, or of one where it is long."""
    least = workload.steps_per_unit
    timing = worker.run(least, seconds=longest)
    if on_one_thread(timing) > ONCE:
        return on_one_thread(timing)
    steps = steps_of_a_turn(worker, workload, 0.1)
    times = [on_one_thread(worker.run(steps)) for _ in range(3)]
    return statistics.median(times) / steps * least


def on_one_thread(timing: Timing) -> float:
    """Return the time that was the program's own."""
    return max(1e-9, min(timing.seconds, timing.cpu_seconds))


def exponent(points: Sequence[Point], fit_from: int) -> float | None:
    """Return the power with which the time grows, by least squares of the logarithms."""
    pairs = [
        (math.log(p.size), math.log(p.seconds)) for p in points if p.seconds and p.size >= fit_from
    ]
    if len(pairs) < 2:
        return None
    x, y = zip(*pairs, strict=True)
    return statistics.linear_regression(x, y).slope
