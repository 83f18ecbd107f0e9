"""Memory by its address, for compiled loops: PyTorch tells where a tensor lies sooner than NumPy
makes an array of it, and a loop that is watched waits for either.

Such loops are given numbers alone. In the midst of PyTorch's work a call with three arrays takes
five microseconds longer than one with numbers, as long as many of the loops themselves.
"""

import numba
import numpy as np
from numba import njit, types
from numba.extending import intrinsic

WORD = 8  # bytes


@intrinsic
def pointer_to(typing, address):
    """Return an address as a pointer."""

    def generated(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generated


@njit(cache=True)
def copied(address, size, into):
    """Copy so many bytes from one address to another."""
    here = numba.carray(pointer_to(address), size, np.uint8)
    there = numba.carray(pointer_to(into), size, np.uint8)
    for i in range(size):
        there[i] = here[i]
