"""Rows looked up and stored as compiled loops: every batch of a watched loop goes through them.

A row is `words.shape[1]` words of 64 bits. `slots` is a hash table with linear probing: -1, or the
number of a row; `hashes` has the hash of each row. A row is known only where all its words are
those of a stored one.
"""

import numpy as np
from numba import njit

HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def hash_of(words, i, factors):
    """Return the hash of row i: Σ (w xor its upper half) · factor, modulo 2^64."""
    found = np.uint64(0)
    for j in range(words.shape[1]):
        w = words[i, j]
        found += (w ^ (w >> HALF)) * factors[j]
    return found


@njit(cache=True, nogil=True)
def is_row(table, k, words, i):
    """Return whether row k of the table is row i of the words."""
    differs = np.uint64(0)
    for j in range(words.shape[1]):
        differs |= table[k, j] ^ words[i, j]
    return differs == 0


@njit(cache=True, nogil=True)
def numbered(words, factors, shift, slots, hashes, table, count, found):
    """Write the number of each row to `found`, store rows that are new; return the new count."""
    last = len(slots) - 1
    for i in range(words.shape[0]):
        own = hash_of(words, i, factors)
        place = np.int64(own >> shift)
        while True:
            k = slots[place]
            if k < 0:
                slots[place], hashes[count] = count, own
                table[count] = words[i]
                found[i] = count
                count += 1
                break
            if hashes[k] == own and is_row(table, k, words, i):
                found[i] = k
                break
            place = (place + 1) & last
    return count


@njit(cache=True, nogil=True)
def slotted(hashes, count, shift, slots):
    """Fill a new hash table with the rows that there are."""
    last = len(slots) - 1
    for k in range(count):
        place = np.int64(hashes[k] >> shift)
        while slots[place] >= 0:
            place = (place + 1) & last
        slots[place] = k
