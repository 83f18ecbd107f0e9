"""A straight-line program run by plain Python: for jobs too small to be worth a compiler.

Comes in: the program's text. Goes out: its `run`, which takes the arguments of the compiled one.
Arrays are seen as views of their memory, whose entries are Python floats: the fastest numbers that
Python has, and the bits of the compiled program. Where the C library would give an infinity Python
may raise an ArithmeticError or a ValueError.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.engine.assembly import Source

PLAIN = """
import math

import numpy as np

from clearprop.backprop.draws import shuffled
from clearprop.formulas.arithmetic import FLOATS

F = float
exp, expm1, log, log1p, sqrt, tanh, erf = (
    FLOATS.functions[name] for name in ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "erf")
)


def kernel(function):
    return function


inlined = entry = kernel


def matrix(flat, start, rows, columns):
    return numbers(flat, start, rows * columns).cast(flat.format, [rows, columns])


def stretch(flat, start, count):
    return numbers(flat, start, count).cast(flat.format) if count else flat


def numbers(flat, start, count):
    return flat.cast("B")[start * flat.itemsize : (start + count) * flat.itemsize]


def shuffle(order, seed, epoch):
    order[:] = memoryview(shuffled(len(order), seed, epoch))
"""


def plain_entry(source: Source) -> Callable[..., Any]:
    """Return the function that a program with the `PLAIN` header is called by."""
    namespace: dict[str, Any] = {}
    exec(compile(source.text, f"<{source.name}>", "exec"), namespace)
    run = namespace["run"]

    def call(*arguments: Any) -> Any:
        return run(*map(viewed, arguments))

    return call


def viewed(argument: Any) -> Any:
    """Return an array as a view of its memory, a group of arrays as a group of views."""
    if isinstance(argument, np.ndarray):
        return argument.data
    if isinstance(argument, tuple) and hasattr(argument, "_make"):
        return argument._make(map(viewed, argument))
    return argument
