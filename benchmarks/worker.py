"""A process for one program: it prepares, checks and times on demand, and measures its memory.

Each program has a process of its own, so that no library's threads, settings or memory touch
another's, and the number of threads can be set before anything is imported.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter, process_time

import numpy as np

from benchmarks.peers import peer
from benchmarks.workloads import Workload, task

START_SECONDS = 300.0  # for a process to import, compile and be ready
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "PJRT_NPROC",  # of JAX
    "NPROC",
)


class WorkerError(Exception):
    """The process could not do what it was asked, in its own words."""


@dataclass(frozen=True)
class Timing:
    """Seconds by the clock and of all the process's threads together."""

    seconds: float
    cpu_seconds: float


class Worker:
    """The other process, as seen from here."""

    def __init__(self, name: str, workload: Workload, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = (theirs, name, workload, threads)
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        before = {variable: os.environ.get(variable) for variable in THREAD_VARIABLES}
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        try:
            self.process.start()
        finally:
            for variable, value in before.items():
                if value is None:
                    del os.environ[variable]
                else:
                    os.environ[variable] = value
        theirs.close()

    def ask(self, question: str, *values: object, seconds: float = START_SECONDS) -> object:
        """Send a question and return its answer."""
        self.connection.send((question, *values))
        if not self.connection.poll(seconds):
            raise WorkerError(f"no answer within {seconds:.0f} s")
        try:
            answer = self.connection.recv()
        except EOFError as end:
            raise WorkerError("the process ended") from end
        if isinstance(answer, WorkerError):
            raise answer
        return answer

    def run(self, steps: int, seconds: float = START_SECONDS) -> Timing:
        """Train for some steps and return how long they took."""
        return self.ask("run", steps, seconds=seconds)

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.terminate()


def serve(connection: Connection, name: str, workload: Workload, threads: int) -> None:
    """Answer until the other side closes."""
    # Silence what libraries print, so that the table stands alone.
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    work, program, base = task(workload), None, 0
    while True:
        try:
            question, *values = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            if question == "prepare":
                base, started = peak_memory(), perf_counter()
                program = peer(name).prepare(work, threads)
                answer = perf_counter() - started
            elif question == "run":
                answer = timed(program, values[0])
            elif question == "weights":
                answer = np.asarray(program.weights(), dtype=np.float64)[values[0]]
            else:
                answer = (base, peak_memory())
        except Exception as error:  # noqa: BLE001  whatever a peer raises is its row's note
            answer = WorkerError(f"{type(error).__name__}: {error}"[:500])
        connection.send(answer)


def timed(program: object, steps: int) -> Timing:
    """Run a program and time it."""
    cpu, started = process_time(), perf_counter()
    program.run(steps)
    return Timing(perf_counter() - started, process_time() - cpu)


def peak_memory() -> int:
    """Return the largest memory the process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
