"""Times the programs of a workload in turn: round after round, each once in a round.

Comes in: a workload and peers. Goes out: `Row`s, medians over the rounds. What else the machine
does meets all programs alike, and what was slow for a moment does not become the result. Each
program's weights are compared before it is timed.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from time import perf_counter

from benchmarks.oracle import TOLERANCES, difference, expected_of
from benchmarks.peers import Peer
from benchmarks.worker import Worker, WorkerError
from benchmarks.workloads import Workload

LONGEST_CALL = 60.0  # seconds: what takes longer for its least amount of work is not timed
LONG_TURN = 1.0  # seconds: programs whose turns are longer take only FEWEST_ROUNDS
FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class Effort:
    """How much time to spend: rounds, and seconds of each program in each."""

    rounds: int = 9
    seconds: float = 0.25


@dataclass(frozen=True)
class Row:
    """One program's result on one workload.

    seconds      median for one unit of the work, or None where `note` says why there is none
    spread       interquartile range over median
    cores        processor time over clock time
    difference   of the weights from what they must be, relative to the largest
    memory       peak of the process less what it had before preparing, in bytes
    instead      what it did in place of the workload, in words, or ""
    """

    workload: str
    peer: str
    kind: str
    threads: int
    seconds: float | None = None
    spread: float = 0.0
    cores: float = 0.0
    difference: float | None = None
    memory: int = 0
    peak: int = 0
    preparing: float = 0.0
    rounds: int = 0
    instead: str = ""
    note: str = ""

    def json(self) -> dict[str, object]:
        """Return the row as plain values."""
        return asdict(self)


@dataclass
class Entrant:
    """A program that passed its check and is being timed."""

    row: Row
    worker: Worker
    workload: Workload
    steps: int = 0
    times: list[float] | None = None
    cpu: float = 0.0
    clock: float = 0.0
    slow: bool = False  # even the least amount of work takes longer than a turn should


def measured(workload: Workload, contestants: Iterable[Peer], effort: Effort) -> list[Row]:
    """Return one row for each peer and number of threads that the workload tries."""
    rows: list[Row] = []
    entrants: list[Entrant] = []
    slow: set[str] = set()  # these are not tried on more threads
    for peer, threads in lineup(workload, contestants):
        if peer.name in slow:
            continue
        row, entrant = admitted(workload, peer, threads, effort)
        if entrant:
            entrants.append(entrant)
            slow |= {peer.name} if entrant.slow else set()
        else:
            rows.append(row)
    try:
        for turn in range(effort.rounds):
            # The other way round every second time, so that nobody always follows the same.
            for entrant in entrants if turn % 2 == 0 else reversed(entrants):
                if turn < FEWEST_ROUNDS or max(entrant.times) < LONG_TURN:
                    take_turn(entrant)
        return [finished(entrant) for entrant in entrants] + rows
    finally:
        for entrant in entrants:
            entrant.worker.close()


def lineup(workload: Workload, contestants: Iterable[Peer]) -> Iterator[tuple[Peer, int]]:
    """Yield who takes part, with how many threads."""
    for peer in contestants:
        if peer.missing() is None and peer.takes(workload) is not None:
            for threads in workload.threads:
                yield peer, threads


def admitted(
    workload: Workload, peer: Peer, threads: int, effort: Effort
) -> tuple[Row, Entrant | None]:
    """Start a program, compare its weights and find out how many steps fill its turn."""
    taken = peer.takes(workload)
    row = Row(workload.name, peer.name, peer.kind, threads, instead=instead(workload, taken))
    worker = Worker(peer.name, taken, threads)
    try:
        row = replace(row, preparing=worker.ask("prepare"))
        if peer.trains:
            row = compared(row, worker, taken, peer.exact)
        entrant = Entrant(row, worker, taken, times=[])
        if not row.note:
            started = perf_counter()
            entrant.steps = steps_of_a_turn(worker, taken, effort.seconds)
            least = entrant.steps == taken.least_steps
            entrant.slow = least and perf_counter() - started > 2 * LONG_TURN
            return row, entrant
    except WorkerError as error:
        row = replace(row, note=str(error))
    worker.close()
    return row, None


def instead(asked: Workload, taken: Workload) -> str:
    """Say what differs between the workload asked for and the one that is done."""
    said = []
    if taken.biases and not asked.biases:
        said.append("with biases")
    if taken.loss != asked.loss:
        said.append(taken.loss.replace("_", " "))
    if taken.activations != asked.activations:
        said.append(f"{taken.activations[-1]} outputs")
    if taken.momentum != asked.momentum:
        said.append("without momentum")
    return ", ".join(said)


def compared(row: Row, worker: Worker, workload: Workload, exact: bool) -> Row:
    """Return the row with the difference of its weights, and a note where it is too large."""
    chosen, expected = expected_of(workload, exact)
    worker.run(workload.check_steps)
    found = difference(worker.ask("weights", chosen), expected)
    allowed = 0.0 if exact else TOLERANCES[workload.dtype]
    row = replace(row, difference=found)
    if found <= allowed:  # NaN is not
        return row
    steps = f"after {workload.check_steps:,} steps its weights differ by {found:.1e}"
    return replace(row, note=f"{steps} of the largest; at most {allowed:.0e} is allowed")


def steps_of_a_turn(worker: Worker, workload: Workload, seconds: float) -> int:
    """Return how many steps fill a turn: whole units, at least one."""
    least = workload.least_steps
    times = 1
    while True:
        timing = worker.run(times * least)
        if timing.seconds < LONG_TURN:  # else once more, for what is compiled for just this many
            timing = worker.run(times * least)
        took = max(1e-6, min(timing.seconds, timing.cpu_seconds))
        if timing.seconds > LONGEST_CALL:
            raise WorkerError(f"{times * least} steps take {timing.seconds:.0f} s")
        if took > seconds / 4:
            return least * max(1, round(times * seconds / took))
        times *= max(2, min(50, int(seconds / 2 / took)))


def take_turn(entrant: Entrant) -> None:
    """Time one turn of a program."""
    timing = entrant.worker.run(entrant.steps)
    # On one thread, the time in which others had the core is not the program's.
    alone = entrant.row.threads == 1
    entrant.times.append(min(timing.seconds, timing.cpu_seconds) if alone else timing.seconds)
    entrant.clock += timing.seconds
    entrant.cpu += timing.cpu_seconds


def finished(entrant: Entrant) -> Row:
    """Return the row of a program that was timed."""
    work, times = entrant.workload, sorted(entrant.times)
    median = statistics.median(times)
    quartiles = (
        statistics.quantiles(times, n=4) if len(times) > 3 else (times[0], median, times[-1])
    )
    units = entrant.steps / work.steps_per_unit * work.networks
    base, peak = entrant.worker.ask("memory")
    return replace(
        entrant.row,
        seconds=median / units,
        spread=(quartiles[2] - quartiles[0]) / median,
        cores=entrant.cpu / entrant.clock,
        memory=peak - base,
        peak=peak,
        rounds=len(times),
    )
