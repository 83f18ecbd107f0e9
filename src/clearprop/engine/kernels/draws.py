"""Random numbers from counters alone: the same as `backprop/draws.py`, number by number.

splitmix64 (Steele, Lea & Flood 2014): the i-th draw of a stream is a hash of its key and i, so no
generator has a state to be carried. All integers are of 64 bits without sign, and wrap around.
"""

import numpy as np

from clearprop.engine.kernels.marks import F, kernel, spliced

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
SHUFFLING = np.uint64(1)
DROPOUT = np.uint64(2)


@kernel
def scrambled(z):
    """Return the hash of 64 bits."""
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))


@kernel
def mixed(key, number):
    """Return the key of the stream that belongs to a key and one more number."""
    return scrambled((key ^ number) + GOLDEN)


@kernel
def draw(key, i):
    """Return the i-th draw of a stream, i = 0, 1, …"""
    return scrambled(key + (i + np.uint64(1)) * GOLDEN)


@kernel
def shuffle(order, seed, epoch):
    """Fill `order` with the rows of an epoch (Durstenfeld 1964, algorithm 235)."""
    key = mixed(mixed(mixed(np.uint64(0), SHUFFLING), np.uint64(seed)), np.uint64(epoch))
    n = np.uint64(order.shape[0])
    for i in range(order.shape[0]):
        order[i] = i
    for drawn in range(order.shape[0] - 1):
        i = n - np.uint64(1) - np.uint64(drawn)
        j = ((draw(key, np.uint64(drawn)) >> np.uint64(32)) * (i + np.uint64(1))) >> np.uint64(32)
        row = order[i]
        order[i] = order[j]
        order[j] = row


@spliced
def draw_mask(mask, dropout, seed, step, layer):
    """Fill a layer's dropout mask, shape (m, n): 0 for a dropped unit, else 1 / (1 - p)."""
    key = mixed(mixed(mixed(np.uint64(0), DROPOUT), np.uint64(seed)), np.uint64(step))
    key = mixed(key, np.uint64(layer))
    kept = F(1.0 / (1.0 - dropout))
    units = np.uint64(mask.shape[1])
    for k in range(mask.shape[0]):
        for u in range(mask.shape[1]):
            bits = draw(key, np.uint64(k) * units + np.uint64(u)) >> np.uint64(11)
            dropped = np.float64(bits) * 2.0**-53 < dropout
            mask[k, u] = F(0.0) if dropped else kept
