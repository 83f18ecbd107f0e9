"""A plan carried out: its pieces of work over the cores, until all are finished or ctrl-C asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from threading import Lock
from time import perf_counter

from clearprop.sweeps.in_lanes import LaneWork, Piece, fits
from clearprop.sweeps.one_by_one import SingleWork
from clearprop.sweeps.outcomes import Outcomes, frame_of, no_outcomes
from clearprop.sweeps.planning import SweepPlan
from clearprop.sweeps.sweep import Sweep
from clearprop.training.interruption import Interruption
from clearprop.training.threads import threads

SECONDS_PER_NEWS = 0.1
AHEAD = 2  # pieces for each thread that are handed out at a time

Work = LaneWork | SingleWork


@dataclass(frozen=True)
class SweepProgress:
    """Where a sweep stands: the networks done, parts of them counted, of how many in all."""

    done: float
    networks: int


class Counter:
    """The networks done so far, counted by all threads."""

    def __init__(self) -> None:
        self.done = 0.0
        self._lock = Lock()

    def add(self, amount: float) -> None:
        """Count some more."""
        with self._lock:
            self.done += amount


Watcher = Callable[[SweepProgress], object]


def carry_out(plan: SweepPlan, interruption: Interruption, watch: Watcher | None = None) -> Sweep:
    """Train all networks of a plan and return the sweep; ctrl-C keeps those that are finished.

    `interruption` is open. `watch` is called about ten times a second, first when all is compiled.
    """
    outcomes, counter = no_outcomes(plan.networks), Counter()
    works = works_of(plan, outcomes)
    prepare(works, interruption)
    started = perf_counter()

    def news() -> None:
        if watch:
            watch(SweepProgress(counter.done, plan.networks))

    news()
    pieces = chain.from_iterable(work.pieces() for work in works)
    with threads(1, compiled=True), ThreadPoolExecutor(plan.threads) as pool:
        try:
            hand_out(pool, plan.threads, pieces, interruption, counter, news)
        except BaseException:
            interruption.asked = True  # the other threads end their work, for nobody waits for it
            raise
    news()
    frame = frame_of(plan, outcomes)
    seconds = perf_counter() - started
    return Sweep(plan, frame, engine_name(plan), seconds, interrupted=len(frame) < plan.networks)


def hand_out(
    pool: ThreadPoolExecutor,
    threads: int,
    pieces: Iterator[Piece],
    interruption: Interruption,
    counter: Counter,
    news: Callable[[], None],
) -> None:
    """Give the pool a few pieces at a time, until there are none or somebody asks to stop."""
    running: set[Future[None]] = set()
    while not interruption.asked:
        for piece in islice(pieces, AHEAD * threads - len(running)):
            running.add(pool.submit(piece, lambda: interruption.asked, counter.add))
        if not running:
            return
        done, running = wait(running, timeout=SECONDS_PER_NEWS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        news()
    for future in running:
        future.cancel()


def works_of(plan: SweepPlan, outcomes: Outcomes) -> list[Work]:
    """Return all work of a plan: the cells of one shape together, in lanes where they fit."""
    return [
        (LaneWork if fits(plan, cells[0]) else SingleWork)(plan, tuple(cells), outcomes)
        for cells in plan.shapes.values()
    ]


def prepare(works: list[Work], interruption: Interruption) -> None:
    """Make everything ready; where something has to be compiled, ctrl-C ends all at once."""
    compiles = any(work.to_compile for work in works)
    with interruption.suspended() if compiles else nullcontext():
        for work in works:
            work.prepare()


def engine_name(plan: SweepPlan) -> str:
    """Return what trained the networks, in words."""
    fitting = [fits(plan, cells[0]) for cells in plan.shapes.values()]
    lanes = f"lanes, {plan.arithmetic}"
    others = "one network after another"
    return lanes if all(fitting) else f"{lanes}; {others}" if any(fitting) else others
