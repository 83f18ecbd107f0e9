"""The sum of a tensor's bits as a compiled loop: what stands in parameters, seen at every step.

Comes in: where tensors lie in memory, and how many bytes they take. Goes out: for each the sum of
its words of 64 bits, modulo 2^64. One call for all of them, by their addresses, for it is made
twice in every step, and most tensors are so small that a call takes longer than their sum.
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


@njit(cache=True, nogil=True)
def summed(addresses, sizes, sums):
    """Write the sum of each tensor's bits; a size is a multiple of 4 bytes."""
    for k in range(len(addresses)):
        count = sizes[k] // WORD
        words = numba.carray(pointer_to(addresses[k]), count, np.uint64)
        total = np.uint64(0)
        for i in range(count):
            total += words[i]
        if sizes[k] % WORD:
            half = numba.carray(pointer_to(addresses[k] + WORD * count), 1, np.uint32)
            total += np.uint64(half[0])
        sums[k] = total
