"""Bits as numbers: what NumPy's `view` is to arrays, for the scalars of a compiled loop."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def float64_of_bits(typing: Any, bits: Any) -> Any:
    """Return the float64 that the bits of an int64 are."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def float32_of_bits(typing: Any, bits: Any) -> Any:
    """Return the float32 that the bits of an int32 are."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate
