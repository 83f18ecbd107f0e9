"""C written for each workload, compiled here by gcc: the limit that clearprop is held against.

The sources are in `benchmarks/c`; libraries go to `benchmarks/build`. Weights and examples pass as
plain arrays, and a call does any number of steps, so nothing of Python is timed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from benchmarks.peers import Peer
from benchmarks.workloads import Task, Workload

SOURCES = Path(__file__).parents[1] / "c"
BUILD = Path(__file__).parents[1] / "build"
STRICT = ("-O3", "-march=native", "-ffp-contract=off")
FAST = ("-O3", "-march=native", "-ffast-math", "-fopenmp-simd")
LIBRARIES = ("-lmvec", "-lm")  # libmvec: exp and tanh over a whole register

REALS = {"float32": ctypes.c_float, "float64": ctypes.c_double}
C_NAMES = {"float32": "float", "float64": "double"}


def missing() -> str | None:
    """Return why C cannot be compiled, or None."""
    if shutil.which("gcc") is None:
        return "gcc is not installed"
    if platform.system() != "Linux":
        return "the C programs are written for gcc and glibc on Linux"
    return None


def library(source: str, *options: str) -> ctypes.CDLL:
    """Compile a source, unless that has been done with these options, and load it."""
    code = SOURCES / source
    path = BUILD / f"{code.stem}-{crc32(' '.join(options).encode()):08x}.so"
    if not path.exists() or path.stat().st_mtime < code.stat().st_mtime:
        BUILD.mkdir(exist_ok=True)
        handle, made = tempfile.mkstemp(dir=BUILD, suffix=".so")
        os.close(handle)
        libraries = [*(o for o in options if o.startswith("-l")), *LIBRARIES]
        command = ["gcc", "-shared", "-fPIC", *options, str(code), "-o", made, *libraries]
        subprocess.run(command, check=True)
        Path(made).replace(path)  # at once: other processes may be compiling the same
    return ctypes.CDLL(str(path))


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    """Return an array's address; the caller keeps the array."""
    return array.ctypes.data_as(ctypes.c_void_p)


@dataclass
class Compiled:
    """A C function `run(steps, …)` that trains on arrays in place."""

    call: Callable[[int, int], None]  # steps to do, steps done before
    vectors: np.ndarray
    done: int = 0

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        self.call(steps, self.done)
        self.done += steps

    def weights(self) -> np.ndarray:
        """Return the weights, shape (networks, parameters)."""
        return self.vectors.copy()


def seed_step(task: Task, threads: int) -> Compiled:
    """W1, scalar and strict."""
    run = library("seed_step.c", *STRICT).run
    p, rate = task.start.copy(), ctypes.c_double(task.workload.rate)

    def call(steps: int, done: int) -> None:
        run(ctypes.c_long(steps), pointer(p), pointer(task.x), pointer(task.y), rate)

    return Compiled(call, p)


def xor(source: str, options: tuple[str, ...]) -> Callable[[Task, int], Compiled]:
    """W2: scalar and strict, or the four examples side by side."""

    def prepare(task: Task, threads: int) -> Compiled:
        run = library(source, *options).run
        p, v = task.start.copy(), np.zeros_like(task.start)
        constants = (ctypes.c_double(task.workload.rate), ctypes.c_double(task.workload.momentum))

        def call(steps: int, done: int) -> None:
            x, y = pointer(task.x), pointer(task.y)
            run(ctypes.c_long(steps), pointer(p), pointer(v), x, y, *constants)

        return Compiled(call, p)

    return prepare


def ordered(source: str, per_call: Callable[[Workload], int]) -> Callable[[Task, int], Compiled]:
    """W3 and W4 batch 1: examples in the order given; `per_call` steps are one of C's."""

    def prepare(task: Task, threads: int) -> Compiled:
        work = task.workload
        run = library(source, *FAST, f"-DREAL={C_NAMES[work.dtype]}").run
        p, orders = task.start.copy(), np.ascontiguousarray(task.orders, dtype=np.int64)
        rate, divisor = REALS[work.dtype](work.rate), per_call(work)
        examples, known = ctypes.c_long(work.examples), ctypes.c_long(len(orders))

        def call(steps: int, done: int) -> None:
            first = ctypes.c_long(done // divisor)
            arrays = (pointer(p), pointer(task.x), pointer(task.y), pointer(orders))
            run(ctypes.c_long(steps // divisor), *arrays, examples, known, first, rate)

        return Compiled(call, p)

    return prepare


def lanes(task: Task, threads: int) -> Compiled:
    """W6, one network in each lane, the networks split among the threads."""
    work = task.workload
    run = library("lanes.c", *FAST, f"-DREAL={C_NAMES[work.dtype]}").run
    p, v = task.start.copy(), np.zeros_like(task.start)
    constants = [REALS[work.dtype](value) for value in (work.rate, work.momentum)]
    bounds = np.linspace(0, work.networks, threads + 1).astype(int).tolist()

    def part(steps: int, first: int, last: int) -> None:
        ends = (ctypes.c_long(first), ctypes.c_long(last))
        x, y = pointer(task.x), pointer(task.y)
        run(ctypes.c_long(steps), pointer(p), pointer(v), *ends, x, y, *constants)

    pool = ThreadPoolExecutor(threads)  # a call to C lets the other threads run

    def call(steps: int, done: int) -> None:
        list(pool.map(part, [steps] * threads, bounds[:-1], bounds[1:]))

    return Compiled(call, p)


def products(blas: str) -> Callable[[Task, int], Compiled]:
    """W4 and W5: the matrix products of a step, on NumPy's or SciPy's BLAS."""

    def prepare(task: Task, threads: int) -> Compiled:
        from threadpoolctl import threadpool_limits

        work = task.workload
        run, gemm = library("products.c", *FAST, f"-DREAL={C_NAMES[work.dtype]}").run, GEMMS[blas]
        function = gemm("sgemm" if work.dtype == "float32" else "dgemm")
        threadpool_limits(threads)
        sizes = np.array(work.layers, dtype=np.intc)
        generator = np.random.default_rng(0)

        def matrices(*shapes: tuple[int, int]) -> list[np.ndarray]:
            return [generator.standard_normal(shape).astype(work.dtype) for shape in shapes]

        shapes = list(zip(work.layers[1:], work.layers[:-1], strict=True))
        arrays = [
            matrices(*((work.batch, units) for units in work.layers)),
            matrices(*((work.batch, units) for units in work.layers)),
            matrices((1, 1), *shapes),
            matrices((1, 1), *shapes),
        ]
        tables = [(ctypes.c_void_p * len(a))(*(m.ctypes.data for m in a)) for a in arrays]
        layers = (len(shapes), pointer(sizes), work.batch)

        def call(steps: int, done: int) -> None:
            run(ctypes.c_long(steps), function, *layers, *tables)

        program = Compiled(call, task.start)
        program.kept = arrays  # C holds only their addresses
        return program

    return prepare


def scipy_gemm(name: str) -> ctypes.c_void_p:
    """Return the address of SciPy's gemm, the one that Numba uses."""
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule)))


GEMMS = {"SciPy's": scipy_gemm}


def only(*names: str) -> Callable[[Workload], Workload | None]:
    """Return what takes the workloads whose names begin so, and no other."""
    return lambda workload: workload if workload.name.startswith(names) else None


PEERS = (
    Peer("C", "limit", missing, seed_step, only("W1")),
    Peer("C, scalar", "limit", missing, xor("xor.c", STRICT), only("W2")),
    Peer("C, examples side by side", "limit", missing, xor("xor_side_by_side.c", FAST), only("W2")),
    Peer(
        "C, sizes constant",
        "limit",
        missing,
        ordered("digits.c", lambda work: work.per_epoch),
        only("W3"),
    ),
    Peer(
        "C, fused", "limit", missing, ordered("one_example.c", lambda work: 1), only("W4 batch 1")
    ),
    Peer("C, one network a lane", "limit", missing, lanes, only("W6")),
    Peer(
        "the matrix products alone",
        "limit",
        missing,
        products("SciPy's"),
        only("W4 batch 64", "W4 batch 512", "W5"),
        trains=False,
    ),
)


def compile_all() -> None:
    """Compile every program beforehand, so that no process waits for it later."""
    from benchmarks.peers import peers
    from benchmarks.workloads import WORKLOADS, task

    for found in peers():
        if found.kind == "limit" or found.name == "FANN":
            taken = [work for work in map(found.takes, WORKLOADS.values()) if work]
            for work in taken if found.missing() is None else ():
                found.prepare(task(work), 1)


if __name__ == "__main__":
    print(missing() or "compiling the C programs")
    compile_all()
