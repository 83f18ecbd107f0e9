"""What was promised, as ratios in one run, and whether it was held.

Comes in: the rows of a run. Goes out: one verdict for each promise, computed. A sentence in WHY is
printed only where its promise is missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Row
from benchmarks.startup import Start


@dataclass(frozen=True)
class Target:
    """`ours` takes at most `limit` times what the best of `others` takes.

    With others = ("peers",) all peers are meant. `said` is the promise in words.
    """

    name: str
    workload: str
    ours: tuple[str, ...]
    others: tuple[str, ...]
    limit: float
    said: str


@dataclass(frozen=True)
class TimeTarget:
    """A process, named by what it does and its cache, ends within so many seconds.

    With `less` the seconds of another process are taken off first.
    """

    name: str
    start: tuple[str, str]
    limit: float
    said: str
    less: tuple[str, str] | None = None


@dataclass(frozen=True)
class Verdict:
    """A promise, what was measured (a ratio or seconds), and the limit."""

    name: str
    said: str
    limit: float
    measured: float | None
    unit: str = "×"
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether the promise is held."""
        return self.measured is not None and self.measured <= self.limit

    @property
    def missed_by(self) -> float:
        """By which share of the limit it is missed."""
        return self.measured / self.limit - 1 if self.measured is not None else float("nan")


PRODUCTS = ("the matrix products alone",)
ANY = ("clearprop", "clearprop, generic", "clearprop, fast")
LANES = ("clearprop, lanes",)
TARGETS = (
    Target("W1 strict", "W1", ("clearprop, strict",), ("C",), 1.1, "at most 1.1 × C"),
    Target(
        "W2 strict", "W2", ("clearprop, strict",), ("C, scalar",), 1.1, "at most 1.1 × scalar C"
    ),
    Target("W2 fast", "W2", ("clearprop, fast",), ("C, scalar",), 1.0, "below scalar C"),
    Target(
        "W3 specialised",
        "W3",
        ANY,
        ("C, sizes constant",),
        1.2,
        "at most 1.2 × C with constant sizes; the generic program stands in for one specialised",
    ),
    Target(
        "W3 generic",
        "W3",
        ("clearprop, generic",),
        ("C, sizes constant",),
        1.5,
        "at most 1.5 × C with constant sizes",
    ),
    Target("W4 batch 64", "W4 batch 64", ANY, PRODUCTS, 1.1, "at most 1.1 × the products alone"),
    Target("W4 batch 512", "W4 batch 512", ANY, PRODUCTS, 1.1, "at most 1.1 × the products alone"),
    Target("W4 batch 1", "W4 batch 1", ANY, ("C, fused",), 1.1, "at most 1.1 × fused C"),
    Target("W5 and JAX", "W5", ANY, ("JAX, jit and scan",), 1.0, "ahead of JAX, each at its best"),
    Target(
        "W5 and PyTorch",
        "W5",
        ANY,
        ("PyTorch, eager", "PyTorch, by hand", "PyTorch, compiled"),
        1.0,
        "ahead of PyTorch, each at its best",
    ),
    Target("W6", "W6", LANES, ("C, one network a lane",), 1.0, "ahead of C with libmvec"),
    Target(
        "W6 float64",
        "W6 float64",
        LANES,
        ("C, one network a lane",),
        1.0,
        "ahead of C with libmvec",
    ),
)
EVERYTHING = (
    *(
        Target(f"{name} and peers", name, (*ANY, *LANES), ("peers",), 1.0, "ahead of every peer")
        for name in (
            "W1", "W2", "W3", "W4 batch 64", "W4 batch 1", "W4 batch 512", "W5", "W6",
        )
    ),
)  # fmt: skip
TIMES = (
    TimeTarget(
        "first run",
        ("clearprop train xor", "cold"),
        3.0,
        "a first ever `clearprop train xor` within 3 s",
    ),
    TimeTarget(
        "million steps",
        ("clearprop trace --steps 1000000", "warm"),
        3.0,
        "`clearprop trace --steps 1000000` within 3 s once the cache is warm",
    ),
    TimeTarget(
        "compiling",
        ("clearprop", "cold"),
        8.0,
        "the generic program compiled within about 8 s (a cold start less a warm one)",
        less=("clearprop", "warm"),
    ),
    TimeTarget(
        "from the cache",
        ("clearprop", "warm"),
        1.0,
        "a later start takes it from the cache within 1 s (a warm start less that of NumPy)",
        less=("NumPy by hand", ""),
    ),
)

# Why a promise is missed, where it is.
WHY: Mapping[str, str] = {
    "W1 strict": (
        "the statements of a step are C's, operation by operation; but each step of W1 is an epoch,"
        " whose mean loss is looked at and written down, and C only adds it up"
    ),
    "W2 strict": (
        "the statements of a step are C's, operation by operation; but each step of W2 is an epoch,"
        " whose mean loss is looked at and written down, and C only adds it up"
    ),
    "W3 specialised": (
        "no program is compiled for the sizes of one network, which would take seconds for each;"
        " the generic one serves them all, and has as variables the sizes that C has as constants"
    ),
    "W3 generic": (
        "the BLAS library's products take half of a step, which is as long as all of C's step:"
        " packing matrices of this size costs it more than multiplying them"
    ),
    "W4 batch 64": (
        "the gradient is written and read again for the update, each batch is put together from"
        " the rows of the data, and the loss is added up; the products alone do none of it"
    ),
    "W4 batch 512": (
        "two threads halve the time of the products, which are all of the limit; biases,"
        " activations, loss, update and putting the batch together come on top, on one thread"
    ),
    "W4 batch 64 and peers": (
        "JAX brings matrix products of its own, and for this shape and processor they are faster"
        " than those of the BLAS library that are ours and the limit's"
    ),
    "W4 batch 1": (
        "the loop that changes the weights by rows of the gradient takes most of the step, longer"
        " than C's"
    ),
    "W4 batch 512 and peers": (
        "nearly all of the time goes into matrix products, and JAX brings its own, which for this"
        " shape and processor are as fast as those of the BLAS library, and shares out the rest"
    ),
    "W5 and peers": (
        "nearly all of the time goes into matrix products, and NumPy brings a BLAS library of its"
        " own; between two threads' rounds the times vary by more"
    ),
    "first run": (
        "most of the process is imports: polars, which reads the data, NumPy, and what the command"
        " line is made with"
    ),
    "compiling": (
        "Numba and LLVM compile the generic loops and then each rule that the network uses, on one"
        " core; more than half of it is Numba's own work in Python, which finds out the types of"
        " all numbers and writes LLVM's code, before LLVM begins"
    ),
    "from the cache": (
        "importing Numba, and SciPy for its BLAS library, is most of it, reading the programs the"
        " rest"
    ),
}


def verdicts(rows: Sequence[Row], starts: Sequence[Start]) -> list[Verdict]:
    """Return the verdicts of all promises that the run can judge."""
    found = [ratio(target, rows) for target in (*TARGETS, *EVERYTHING)]
    return found + [seconds(target, starts) for target in TIMES]


def ratio(target: Target, rows: Sequence[Row]) -> Verdict:
    """Return a promise with the ratio of the best of ours to the best of the others."""
    of_workload = [row for row in rows if row.workload == target.workload]
    ours = best([row for row in of_workload if row.peer in target.ours])
    others = best([row for row in of_workload if is_meant(row, target.others)])
    if ours is None or others is None:
        absent = target.ours if ours is None else target.others
        note = f"not run: {absent[0]}" if len(absent) == 1 else "not run"
        return Verdict(target.name, target.said, target.limit, None, note=note)
    note = "" if target.others != ("peers",) else f"the best peer is {others.peer}"
    return Verdict(target.name, target.said, target.limit, ours.seconds / others.seconds, note=note)


def is_meant(row: Row, others: tuple[str, ...]) -> bool:
    """Return whether a row is among the others of a promise."""
    return row.kind == "peer" if others == ("peers",) else row.peer in others


def best(rows: Sequence[Row]) -> Row | None:
    """Return the fastest of some rows, if any was timed."""
    timed = [row for row in rows if row.seconds is not None]
    return min(timed, key=lambda row: row.seconds) if timed else None


def seconds(target: TimeTarget, starts: Sequence[Start]) -> Verdict:
    """Return a promise about a process with its seconds."""
    times = {(start.name, start.cache): start.seconds for start in starts}
    measured, less = times.get(target.start), times.get(target.less, 0.0)
    if measured is None or less is None:
        return Verdict(target.name, target.said, target.limit, None, "s", "not run")
    return Verdict(target.name, target.said, target.limit, measured - less, "s")
