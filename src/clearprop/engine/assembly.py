"""Program text put together: kernels, rules and a header become one file that Numba compiles.

One file, because Numba's cache looks at the file of the function it was asked for and at no other.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from clearprop.engine.rules import rules_text
from clearprop.engine.splicing import with_calls_spliced

KERNELS = files("clearprop.engine") / "kernels"
COMPILED = """
import math

import numpy as np
from numba import njit

from clearprop.engine.intrinsics import (
    call, matrix, of_layer, product, stretch, tile, weights_of,
)

F = np.{dtype}
OPTIONS = dict(error_model="numpy", nogil=True, fastmath={fastmath})
ALONE = dict(_nrt={makes_arrays}, **OPTIONS)  # without, nothing counts references
kernel = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **ALONE)
inlined = njit(forceinline=True, **ALONE)
entry = njit(cache=True, no_cfunc_wrapper=True, **ALONE)
"""


@dataclass(frozen=True)
class Source:
    """A program's name, its text, and whether it calls the rules of the tables by address."""

    name: str
    unspliced: str
    calls_rules: bool = False

    @cached_property
    def text(self) -> str:
        """The text that is compiled: every function marked as spliced in the place of its calls."""
        return with_calls_spliced(self.unspliced) + "\n"


@cache
def generic(dtype: str, arithmetic: str) -> Source:
    """Return the program that trains any network.

    >>> generic("float64", "strict").name
    'generic_strict_float64'
    """
    fast = arithmetic == "fast"
    parts = (
        kernel_text("names"),
        kernel_text("draws"),
        kernel_text(f"products_{arithmetic}"),
        kernel_text("measures"),
        kernel_text("passes"),
        kernel_text("carried"),
        kernel_text("training"),
    )
    name = f"generic_{arithmetic}_{dtype}"
    return Source(name, joined(name, compiled_header(dtype, fast), parts), calls_rules=True)


@cache
def rules(dtype: str, arithmetic: str) -> Source:
    """Return the rules of the tables, functions that are compiled one by one.

    >>> rules("float32", "fast").name
    'rules_fast_float32'
    """
    fast = arithmetic == "fast"
    parts = (
        "from numba import carray",
        kernel_text(f"functions_{dtype if fast else 'strict'}"),
        kernel_text("comparisons"),
        rules_text(dtype, fast),
    )
    name = f"rules_{arithmetic}_{dtype}"
    return Source(name, joined(name, compiled_header(dtype, fast), parts))


def compiled_header(dtype: str, fast: bool, makes_arrays: bool = False) -> str:
    """Return the imports and marks of a compiled program; most make no arrays of their own.

    Fast arithmetic may join a product and a sum into one operation, and no more: with Numba's
    `fastmath=True` the rounding in the fast `exp` would be optimised away.
    """
    fastmath = '{"contract"}' if fast else "False"
    return COMPILED.format(dtype=dtype, fastmath=fastmath, makes_arrays=makes_arrays)


def joined(name: str, header: str, parts: Iterable[str]) -> str:
    """Return one text of a header and several parts."""
    title = f'"""The program {name}: made from the sources of clearprop, not to be edited."""'
    return "\n\n".join([title, header.strip(), *(part.strip() for part in parts)])


def kernel_text(name: str) -> str:
    """Return the text of a file of kernels, without its title and what the header brings."""
    source = (KERNELS / f"{name}.py").read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in filter(is_left_out, ast.parse(source).body):
        assert node.end_lineno is not None
        lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines)


def is_left_out(node: ast.stmt) -> bool:
    """Return whether a statement has no place in a joined text: its title, imports, `__all__`."""
    match node:
        case ast.Expr(ast.Constant()):
            return True
        case ast.ImportFrom(module=str(module)):
            return module.startswith("clearprop.engine.kernels")
        case ast.Import():
            return True
        case ast.Assign(targets=[ast.Name("__all__")]):
            return True
    return False
