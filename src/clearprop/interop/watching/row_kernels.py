"""Rows looked up and stored as compiled loops: every batch of a watched loop goes through them.

A batch comes in by its address; a row is so many words of 64 bits. `slots` is a hash table with
linear probing, shape (2^b, 3): both hashes of a row and its number plus 1; 0 where there is none.

Two hashes of 64 bits stand for a row, in the manner of NH (Black, Halevi, Krawczyk, Krovetz &
Rogaway 1999, UMAC, section 4, for which two rows that differ have equal ones by a chance of about
2^-64; the second one has the keys of the first, one place further on): one multiplication of 32 by
32 bits for each word, which processors do for several words at once. Rows that were seen before are
not read again: they lie anywhere in memory, and to fetch them takes longer than all the rest.
"""

import numba
import numpy as np
from numba import njit

from clearprop.interop.watching.address_kernels import copied, pointer_to

HALF, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio (Knuth, volume 3, section 6.4)

# what a store tells these loops, in an array of which they are given the address: words of a row;
# slots, and by how much a hash is shifted to be a place among them; how many rows there are, how
# many of these are not in `fresh`, how many there may be; and where keys, slots and fresh rows lie
WORDS, SLOTS, SHIFT, COUNT, STORED, MOST, KEYS_AT, SLOTS_AT, FRESH_AT = range(9)


@njit(cache=True)
def hashes_of(words, i, keys):
    """Return both hashes of row i: Σ lower half of (w + key) · upper half, modulo 2^64, mixed.

    They are mixed by one more multiplication, for a place in the table comes from upper bits.
    """
    first, second = np.uint64(0), np.uint64(0)
    for j in range(words.shape[1]):
        v, w = words[i, j] + keys[j], words[i, j] + keys[j + 1]
        first += (v & LOWER) * (v >> HALF)
        second += (w & LOWER) * (w >> HALF)
    return (first ^ (first >> HALF)) * MIX, (second ^ (second >> HALF)) * MIX


@njit(cache=True)
def place_of(first, second, shift, slots):
    """Return where a row with these hashes is in the table, or would be."""
    place = np.int64(first >> shift)
    while slots[place, 2] and not (slots[place, 0] == first and slots[place, 1] == second):
        place = (place + 1) & (len(slots) - 1)
    return place


@njit(cache=True)
def numbered(store, address, rows, into):
    """Write the number of each row to `into`; those that are new, for which is way, are kept."""
    desk = numba.carray(pointer_to(store), 9, np.int64)
    width, shift = desk[WORDS], np.uint64(desk[SHIFT])
    count, stored = desk[COUNT], desk[STORED]
    keys = numba.carray(pointer_to(desk[KEYS_AT]), width + 1, np.uint64)
    slots = numba.carray(pointer_to(desk[SLOTS_AT]), (desk[SLOTS], 3), np.uint64)
    fresh = numba.carray(pointer_to(desk[FRESH_AT]), (desk[MOST] - stored, width), np.uint64)
    words = numba.carray(pointer_to(address), (rows, width), np.uint64)
    found = numba.carray(pointer_to(into), rows, np.int64)
    own = np.empty((rows, 2), np.uint64)
    for i in range(rows):
        own[i, 0], own[i, 1] = hashes_of(words, i, keys)
    for i in range(rows):
        place = place_of(own[i, 0], own[i, 1], shift, slots)
        if slots[place, 2] == 0:
            fresh[count - stored] = words[i]
            count += 1
            slots[place, 0], slots[place, 1], slots[place, 2] = own[i, 0], own[i, 1], count
        found[i] = np.int64(slots[place, 2]) - 1
    desk[COUNT] = count


@njit(cache=True)
def has_way(store, rows):
    """Return whether as many rows more may all be new."""
    desk = numba.carray(pointer_to(store), 9, np.int64)
    return desk[COUNT] + rows <= desk[MOST]


@njit(cache=True)
def batch_taken(store, x, into, other, target, targets_into, m, back, size, back_into):
    """Write the numbers of a batch and of its targets, and copy what came back; False for no way.

    All in one call, for a call takes longer than to number the targets.
    """
    if not (has_way(store, m) and has_way(other, m)):
        return False
    numbered(store, x, m, into)
    numbered(other, target, m, targets_into)
    copied(back, size, back_into)
    return True


@njit(cache=True)
def moved(slots, shift, into):
    """Put the rows of a hash table into a larger one."""
    for k in range(len(slots)):
        if slots[k, 2]:
            into[place_of(slots[k, 0], slots[k, 1], shift, into)] = slots[k]
