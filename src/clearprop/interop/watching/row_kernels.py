"""Rows looked up and stored as compiled loops: every batch of a watched loop goes through them.

A row is `words.shape[1]` words of 64 bits. `slots` is a hash table with linear probing: -1, or the
number of a row; `hashes` has the hash of each row. A row is known only where all its words are
those of a stored one. What takes the time is reading the stored rows, which lie anywhere in memory:
so a batch goes through loops of one kind each (all hashes, the first row with each, and these
compared four at a time), which keeps several reads under way; one loop over the rows that does all
three takes half as long again. Only what they leave open goes row by row.

The hash is in the manner of NH (Black, Halevi, Krawczyk, Krovetz & Rogaway 1999, UMAC, section 4):
one multiplication of 32 by 32 bits for each word, which processors do for several words at once. It
is mixed by one more, since the place in the table comes from its upper bits.
"""

import numpy as np
from numba import njit

HALF, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio (Knuth, volume 3, section 6.4)


@njit(cache=True, nogil=True)
def hash_of(words, i, keys):
    """Return the hash of row i: Σ lower half of (w + key) · upper half, modulo 2^64, mixed."""
    found = np.uint64(0)
    for j in range(words.shape[1]):
        w = words[i, j] + keys[j]
        found += (w & LOWER) * (w >> HALF)
    return (found ^ (found >> HALF)) * MIX


@njit(cache=True, nogil=True)
def first_with(own, shift, slots, hashes):
    """Return the first row that has a hash; -1 where there is none."""
    place = np.int64(own >> shift)
    while slots[place] >= 0 and hashes[slots[place]] != own:
        place = (place + 1) & (len(slots) - 1)
    return slots[place]


@njit(cache=True, nogil=True)
def is_row(table, k, words, i):
    """Return whether row k of the table is row i of the words."""
    differs = np.uint64(0)
    for j in range(words.shape[1]):
        differs |= table[k, j] ^ words[i, j]
    return differs == 0


@njit(cache=True, nogil=True)
def are_rows(table, k, words, i):
    """Return whether rows k[i], … k[i + 3] of the table are rows i, … i + 3 of the words."""
    k0, k1, k2, k3 = k[i], k[i + 1], k[i + 2], k[i + 3]
    if min(k0, k1, k2, k3) < 0:
        return False
    d0, d1, d2, d3 = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for j in range(words.shape[1]):
        d0 |= table[k0, j] ^ words[i, j]
        d1 |= table[k1, j] ^ words[i + 1, j]
        d2 |= table[k2, j] ^ words[i + 2, j]
        d3 |= table[k3, j] ^ words[i + 3, j]
    return d0 | d1 | d2 | d3 == 0


@njit(cache=True, nogil=True)
def number_of(words, i, own, shift, slots, hashes, table, count):
    """Return the number of row i; where no stored row is equal, it is stored as row `count`."""
    place = np.int64(own >> shift)
    while slots[place] >= 0:
        k = slots[place]
        if hashes[k] == own and is_row(table, k, words, i):
            return k
        place = (place + 1) & (len(slots) - 1)
    slots[place], hashes[count] = count, own
    table[count] = words[i]
    return count


@njit(cache=True, nogil=True)
def numbered(words, keys, shift, slots, hashes, table, count, found):
    """Write the number of each row to `found`, store rows that are new; return the new count."""
    rows = words.shape[0]
    own = np.empty(rows, np.uint64)
    for i in range(rows):
        own[i] = hash_of(words, i, keys)
    for i in range(rows):
        found[i] = first_with(own[i], shift, slots, hashes)
    for start in range(0, rows, 4):
        stop = min(start + 4, rows)
        if stop - start == 4 and are_rows(table, found, words, start):
            continue
        for i in range(start, stop):
            found[i] = number_of(words, i, own[i], shift, slots, hashes, table, count)
            count = max(count, found[i] + 1)
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
