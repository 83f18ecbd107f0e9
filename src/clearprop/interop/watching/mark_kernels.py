"""A number for a tensor's bits as a compiled loop: what stands in parameters, seen at every step.

Comes in: where tensors lie in memory, and how many bytes they take. Goes out: for each a sum over
its words of 64 bits, as the first of `row_kernels.hashes_of`: numbers that change places change it,
which they would not if the words were merely added. Of a tensor of more than 64 kB every eighth
line of the cache is looked at, for to fetch them is what takes the time: any change of 128 numbers
that lie next to each other is seen. One call for all tensors, by their addresses, for it is made
twice in every step, and most are so small that a call takes longer than their sum. The table of
them is given by its address, too.
"""

import numba
import numpy as np
from numba import njit

from clearprop.interop.watching.address_kernels import WORD, pointer_to

LARGE, LINE, EVERY = 65_536, 8, 8  # bytes; words of a line of the cache; lines from one to the next
HALF, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
KEY = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio; the next key is one such further


@njit(cache=True)
def sum_of(address, size):
    """Return Σ lower half of (w + key) · upper half; the size is a multiple of 4."""
    count = size // WORD
    words = numba.carray(pointer_to(address), count, np.uint64)
    total, key = np.uint64(0), KEY
    if size > LARGE:
        for line in range(0, count - LINE + 1, EVERY * LINE):
            for i in range(line, line + LINE):
                w = words[i] + key
                total += (w & LOWER) * (w >> HALF)
                key += KEY
        return total
    for i in range(count):
        w = words[i] + key
        total += (w & LOWER) * (w >> HALF)
        key += KEY
    if size % WORD:
        half = numba.carray(pointer_to(address + WORD * count), 1, np.uint32)
        total += np.uint64(half[0])
    return total


@njit(cache=True)
def summed(table, tensors):
    """Write the sum of each tensor; the table has rows of addresses, sizes and sums."""
    of = numba.carray(pointer_to(table), (3, tensors), np.int64)
    for k in range(tensors):
        of[2, k] = np.int64(sum_of(of[0, k], of[1, k]))


@njit(cache=True)
def differing(table, tensors):
    """Return whether a tensor has another sum by now."""
    of = numba.carray(pointer_to(table), (3, tensors), np.int64)
    differs = False
    for k in range(tensors):
        differs |= of[2, k] != np.int64(sum_of(of[0, k], of[1, k]))
    return differs
