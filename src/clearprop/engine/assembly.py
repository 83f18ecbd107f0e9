"""Program text put together: kernels, rules and a header become one file that Numba compiles.

One file, because Numba's cache looks at the file of the function it was asked for and at no other.
"""

import ast
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import TypeGuard

from clearprop.engine.rules import rules_text

KERNELS = files("clearprop.engine") / "kernels"
COMPILED = """
import math

import numpy as np
from numba import njit

from clearprop.engine.intrinsics import call, matrix, product, stretch, tile

F = np.{dtype}
OPTIONS = dict(error_model="numpy", nogil=True, fastmath={fastmath})
ALONE = dict(_nrt={makes_arrays}, **OPTIONS)  # without, nothing counts references
kernel = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **ALONE)
spliced = njit(inline="always", **ALONE)
inlined = njit(forceinline=True, **ALONE)
entry = njit(cache=True, no_cfunc_wrapper=True, **ALONE)
"""


@dataclass(frozen=True)
class Source:
    """A program's name, its text, and whether it calls the rules of the tables by address."""

    name: str
    text: str
    calls_rules: bool = False


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
    return "\n\n".join([title, header.strip(), *(part.strip() for part in parts)]) + "\n"


def kernel_text(name: str) -> str:
    """Return the text of a file of kernels, without its title and what the header brings."""
    source = (KERNELS / f"{name}.py").read_text(encoding="utf-8")
    short = {node.name: node for node in ast.parse(source).body if is_written_out(node)}
    source = with_calls_written_out(source, short)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if is_left_out(node) or is_written_out(node):
            first = min(
                [node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", ()))]
            )
            assert node.end_lineno is not None
            for line in range(first - 1, node.end_lineno):
                lines[line] = ""
    return "\n".join(lines)


def with_calls_written_out(source: str, short: Mapping[str, ast.FunctionDef]) -> str:
    """Return a text in which the calls of some functions are replaced by what they return.

    >>> twice = ast.parse("def twice(x): return 2 * x").body[0]
    >>> with_calls_written_out("y = twice(a + b)", {"twice": twice})
    'y = 2 * (a + b)'
    """
    text = source.encode()  # places in a line are counted in bytes
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset), reverse=True):
        match call:
            case ast.Call(ast.Name(name), end_lineno=int(end)) if name in short:
                first = starts[call.lineno - 1] + call.col_offset
                last = starts[end - 1] + (call.end_col_offset or 0)
                text = text[:first] + written_out(call, short[name]).encode() + text[last:]
    return text.decode()


def written_out(call: ast.Call, function: ast.FunctionDef) -> str:
    """Return what a function of one expression returns, with the arguments of a call."""
    given = dict(zip((a.arg for a in function.args.args), call.args, strict=True))

    class Given(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return given.get(node.id, node)

    (returned,) = [node for node in function.body if isinstance(node, ast.Return)]
    return ast.unparse(Given().visit(deepcopy(returned)).value)


def is_written_out(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Return whether a node is a function that takes the place of its calls."""
    match node:
        case ast.FunctionDef(decorator_list=[ast.Name("written_out")]):
            return True
    return False


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
