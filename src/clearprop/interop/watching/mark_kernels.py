"""A number for a tensor's bits as a compiled loop: what stands in parameters, seen at every step.

Comes in: where tensors lie in memory, and how many bytes they take. Goes out: for each a sum over
its words of 64 bits, as that of `row_kernels.hash_of`: numbers that change places change it, which
they would not if the words were merely added. One call for all of them, by their addresses, for it
is made twice in every step, and most tensors are so small that a call takes longer than their sum.
"""

import numba
import numpy as np
from numba import njit, types
from numba.extending import intrinsic

WORD = 8  # bytes
HALF, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
KEY = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio; the next key is one such further


@intrinsic
def pointer_to(typing, address):
    """Return an address as a pointer."""

    def generated(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generated


@njit(cache=True, nogil=True)
def summed(addresses, sizes, sums):
    """Write Σ lower half of (w + key) · upper half, of each tensor; sizes are multiples of 4."""
    for k in range(len(addresses)):
        count = sizes[k] // WORD
        words = numba.carray(pointer_to(addresses[k]), count, np.uint64)
        total, key = np.uint64(0), KEY
        for i in range(count):
            w = words[i] + key
            total += (w & LOWER) * (w >> HALF)
            key += KEY
        if sizes[k] % WORD:
            half = numba.carray(pointer_to(addresses[k] + WORD * count), 1, np.uint32)
            total += np.uint64(half[0])
        sums[k] = total
