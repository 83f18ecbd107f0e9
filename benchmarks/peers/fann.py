"""FANN, the Fast Artificial Neural Network library in C: its own training functions in a C loop.

FANN knows no layer without biases, no softmax with cross-entropy, and no momentum over a batch, so
it does the nearest workload that it has; the tables say which. The library is found where
`make bench-peers` unpacks it or where the system has it.
"""

from __future__ import annotations

import ctypes
import shutil
import sys
from ctypes.util import find_library
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.peers import Peer
from benchmarks.peers.c import library, pointer
from benchmarks.workloads import Task, Workload

SIGMOID, TANH = 3, 5  # FANN_SIGMOID, FANN_SIGMOID_SYMMETRIC
STEEPNESS = {"sigmoid": 0.5, "tanh": 1.0}  # FANN's sigmoid is 1 / (1 + exp(-2 s z))
CODES = {"sigmoid": SIGMOID, "tanh": TANH}


def unpacked() -> list[Path]:
    """Return the folders of FANN in the environment of `make bench-peers`, if it is there."""
    found = Path(sys.prefix, "fann").glob("usr/lib/*/libdoublefann.so")
    return [path.parent for path in found]


def missing() -> str | None:
    """Return why FANN cannot run here, or None."""
    if shutil.which("gcc") is None:
        return "gcc is not installed"
    if not unpacked() and not Path("/usr/include/doublefann.h").exists():
        return "libfann-dev is not installed"
    return None if unpacked() or find_library("doublefann") else "libfann2 is not installed"


def takes(workload: Workload) -> Workload | None:
    """Return the nearest workload that FANN has."""
    if workload.networks > 1 or "relu" in workload.activations:
        return None
    if workload.loss == "cross_entropy":
        workload = replace(
            workload,
            loss="half_squared_error",
            activations=(*workload.activations[:-1], "sigmoid"),
            check_steps=workload.per_epoch,
        )
    # FANN keeps its rate as a float, whatever the type of its weights.
    factor = factor_of(workload)
    rate = float(np.float32(workload.rate * factor)) / factor
    return replace(workload, biases=True, momentum=0.0, rate=rate)


def factor_of(workload: Workload) -> int:
    """Return by how much FANN's rate is larger: its error is ½(y - a)²."""
    return 2 if workload.loss == "squared_error" else 1


def loop(dtype: str) -> ctypes.CDLL:
    """Compile the loop in C against FANN for one type of numbers."""
    name = "doublefann" if dtype == "float64" else "floatfann"
    options = ["-O3", "-march=native", f"-l{name}"]
    if dtype == "float64":
        options.append("-DDOUBLE")
    for folder in unpacked():
        include = folder.parents[1] / "include"
        options += [f"-L{folder}", f"-Wl,-rpath,{folder}", f"-I{include}"]
    return library("fann_loop.c", *options)


class Fann:
    """One network of FANN."""

    def __init__(self, task: Task) -> None:
        work = self.work = task.workload
        self.task, self.step = task, 0
        self.loop = loop(work.dtype)
        self.loop.make.restype = ctypes.c_void_p
        hidden, output = work.activations[0], work.activations[-1]
        self.network = ctypes.c_void_p(
            self.loop.make(
                len(work.layers),
                pointer(np.array(work.layers, dtype=np.uintc)),
                CODES[hidden],
                ctypes.c_double(STEEPNESS[hidden]),
                CODES[output],
                ctypes.c_double(STEEPNESS[output]),
                ctypes.c_double(work.rate * factor_of(work)),
                int(work.batch > 1),
            )
        )
        self.orders = np.ascontiguousarray(task.orders, dtype=np.int64)
        start = to_fann(work, task.start[0])
        if self.loop.count(self.network) != len(start):
            raise ValueError("FANN counts other weights")
        self.loop.set(self.network, pointer(start))

    def run(self, steps: int) -> None:
        """Do that many more updates."""
        arrays = (self.network, pointer(self.task.x), pointer(self.task.y))
        if self.work.batch == 1:
            self.loop.single(ctypes.c_long(steps), *arrays)
        else:
            numbers = (self.work.examples, len(self.orders), self.step, self.work.batch)
            order = pointer(self.orders)
            self.loop.batches(ctypes.c_long(steps), *arrays, order, *map(ctypes.c_long, numbers))
        self.step += steps

    def weights(self) -> np.ndarray:
        """Return the weights in our order, shape (1, parameters)."""
        theirs = np.empty_like(self.task.start[0])
        self.loop.get(self.network, pointer(theirs))
        return from_fann(self.work, theirs)[None, :]


def to_fann(work: Workload, vector: np.ndarray) -> np.ndarray:
    """Return our vector in FANN's order: unit by unit, its inputs' weights and then its bias."""
    pieces, start = [], 0
    for inputs, units in zip(work.layers[:-1], work.layers[1:], strict=True):
        weights = vector[start : start + units * inputs].reshape(units, inputs)
        start += units * inputs
        pieces.append(np.column_stack([weights, vector[start : start + units]]).ravel())
        start += units
    return np.concatenate(pieces)


def from_fann(work: Workload, vector: np.ndarray) -> np.ndarray:
    """Return FANN's vector in our order: a layer's weights and then its biases."""
    pieces, start = [], 0
    for inputs, units in zip(work.layers[:-1], work.layers[1:], strict=True):
        both = vector[start : start + units * (inputs + 1)].reshape(units, inputs + 1)
        start += both.size
        pieces += [both[:, :-1].ravel(), both[:, -1]]
    return np.concatenate(pieces)


PEERS = (Peer("FANN", "peer", missing, lambda task, threads: Fann(task), takes),)
