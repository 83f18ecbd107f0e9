"""Rows looked up and stored as compiled loops: every batch of a watched loop goes through them.

A row is `words.shape[1]` words of 64 bits, and its hash two: `own[i, 0]` tells its place in the
table, both together which row it is. `slots` is a hash table with linear probing: -1, or the number
of a row; `hashes` has the hashes of each row. Stored rows are written and not read again: they lie
anywhere in memory, and to compare a batch with them takes longer than its hashes, for which it is
still at hand from the forward pass.

Each of the two is NH (Black, Halevi, Krawczyk, Krovetz & Rogaway 1999, UMAC, section 4): one
multiplication of 32 by 32 bits for each word, which processors do for several words at once; the
second takes the keys one word further, as there (section 4, Toeplitz): two rows that differ have
the same hashes with a chance of 2^-64. The first is mixed by one more multiplication, since the
place in the table comes from its upper bits.
"""

import numpy as np
from numba import njit

HALF, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio (Knuth, volume 3, section 6.4)


@njit(cache=True, nogil=True)
def hashes_of(words, i, keys):
    """Return the hashes of row i: Σ lower half of (w + key) · upper half, modulo 2^64."""
    first, second = np.uint64(0), np.uint64(0)
    for j in range(words.shape[1]):
        w, v = words[i, j] + keys[j], words[i, j] + keys[j + 1]
        first += (w & LOWER) * (w >> HALF)
        second += (v & LOWER) * (v >> HALF)
    return (first ^ (first >> HALF)) * MIX, second


@njit(cache=True, nogil=True)
def number_of(words, i, first, second, shift, slots, hashes, table, count):
    """Return the number of row i; where no row has its hashes, it is stored as row `count`."""
    place = np.int64(first >> np.uint64(shift))
    while slots[place] >= 0:
        k = slots[place]
        if hashes[k, 0] == first and hashes[k, 1] == second:
            return k
        place = (place + 1) & (len(slots) - 1)
    slots[place], hashes[count, 0], hashes[count, 1] = count, first, second
    table[count] = words[i]
    return count


@njit(cache=True, nogil=True)
def at_first_place(own, shift, slots, hashes, found):
    """Write the number of each row that lies at the first place where it may; -1 for others.

    Slots and hashes lie anywhere in memory; in loops without a branch the reads overlap, where one
    that goes on by what it has read waits for each row in turn, twice as long.
    """
    for i in range(len(own)):
        found[i] = slots[np.int64(own[i, 0] >> np.uint64(shift))]
    for i in range(len(own)):
        k = max(found[i], 0)
        differs = (hashes[k, 0] ^ own[i, 0]) | (hashes[k, 1] ^ own[i, 1])
        found[i] = found[i] if differs == 0 else -1


@njit(cache=True, nogil=True)
def numbered(words, keys, shift, slots, hashes, table, count, found):
    """Write the number of each row to `found`, store rows that are new; return the new count."""
    own = np.empty((words.shape[0], 2), np.uint64)
    for i in range(len(own)):
        own[i] = hashes_of(words, i, keys)
    at_first_place(own, shift, slots, hashes, found)
    for i in range(len(own)):
        if found[i] < 0:
            one, other = own[i]
            found[i] = number_of(words, i, one, other, shift, slots, hashes, table, count)
            count = max(count, found[i] + 1)
    return count


@njit(cache=True, nogil=True)
def slotted(hashes, count, shift, slots):
    """Fill a new hash table with the rows that there are."""
    last = len(slots) - 1
    for k in range(count):
        place = np.int64(hashes[k, 0] >> np.uint64(shift))
        while slots[place] >= 0:
            place = (place + 1) & last
        slots[place] = k
