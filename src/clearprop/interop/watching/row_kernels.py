"""Rows looked up and stored as compiled loops: every batch of a watched loop goes through them.

A batch comes in by its address. A row is `keys.size` words of 64 bits. `slots` is a hash table with
linear probing: -1, or the number of a row; `hashes` has the hash of each row. The first `stored`
rows lie in `table`, the others in `fresh`. A row is known only where all its words are those of a
row that is there. What takes the time is reading those, which lie anywhere in memory: so a batch
goes through loops of one kind each (all hashes, the first row with each, and these compared eight
at a time), which keeps several reads under way; to compare them one by one takes nearly twice as
long. Only what they leave open goes row by row.

The hash is in the manner of NH (Black, Halevi, Krawczyk, Krovetz & Rogaway 1999, UMAC, section 4):
one multiplication of 32 by 32 bits for each word, which processors do for several words at once. It
is mixed by one more, since the place in the table comes from its upper bits.
"""

import numba
import numpy as np
from numba import njit

from clearprop.interop.watching.address_kernels import pointer_to

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
def is_row(rows, k, words, i):
    """Return whether row k of the rows is row i of the words."""
    differs = np.uint64(0)
    for j in range(words.shape[1]):
        differs |= rows[k, j] ^ words[i, j]
    return differs == 0


@njit(cache=True, nogil=True)
def are_rows(table, stored, k, words, i):
    """Return whether rows k[i], … k[i + 7] of the table are rows i, … i + 7 of the words."""
    k0, k1, k2, k3, k4, k5, k6, k7 = (
        k[i], k[i + 1], k[i + 2], k[i + 3], k[i + 4], k[i + 5], k[i + 6], k[i + 7]
    )  # fmt: skip
    if min(k0, k1, k2, k3, k4, k5, k6, k7) < 0 or max(k0, k1, k2, k3, k4, k5, k6, k7) >= stored:
        return False
    differs = np.uint64(0)
    for j in range(words.shape[1]):
        differs |= (
            ((table[k0, j] ^ words[i, j]) | (table[k1, j] ^ words[i + 1, j]))
            | ((table[k2, j] ^ words[i + 2, j]) | (table[k3, j] ^ words[i + 3, j]))
            | ((table[k4, j] ^ words[i + 4, j]) | (table[k5, j] ^ words[i + 5, j]))
            | ((table[k6, j] ^ words[i + 6, j]) | (table[k7, j] ^ words[i + 7, j]))
        )
    return differs == 0


@njit(cache=True, nogil=True)
def number_of(words, i, own, shift, slots, hashes, table, stored, fresh, count):
    """Return the number of row i; where no row is equal, it is put behind the fresh ones."""
    place = np.int64(own >> shift)
    while slots[place] >= 0:
        k = slots[place]
        if hashes[k] == own and (
            is_row(table, k, words, i) if k < stored else is_row(fresh, k - stored, words, i)
        ):
            return k
        place = (place + 1) & (len(slots) - 1)
    slots[place], hashes[count] = count, own
    fresh[count - stored] = words[i]
    return count


@njit(cache=True, nogil=True)
def numbered(address, keys, shift, slots, hashes, table, stored, fresh, count, found):
    """Write the number of each row to `found`, keep rows that are new; return the new count."""
    rows = len(found)
    words = numba.carray(pointer_to(address), (rows, len(keys)), np.uint64)
    own = np.empty(rows, np.uint64)
    for i in range(rows):
        own[i] = hash_of(words, i, keys)
    for i in range(rows):
        found[i] = first_with(own[i], shift, slots, hashes)
    for start in range(0, rows, 8):
        stop = min(start + 8, rows)
        if stop - start == 8 and are_rows(table, stored, found, words, start):
            continue
        for i in range(start, stop):
            found[i] = number_of(
                words, i, own[i], shift, slots, hashes, table, stored, fresh, count
            )
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
