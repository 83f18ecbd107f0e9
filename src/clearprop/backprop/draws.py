"""Random numbers from counters alone: the order of an epoch, and the masks of dropout.

A draw is a function of a key and a counter, `draw(key, i)`, so no generator has to be carried: the
mask of step 1734 is known without the 1733 before it. (splitmix64: Steele, Lea & Flood 2014, Fast
Splittable Pseudorandom Number Generators, figure 16.) All sums and products are of 64 bits without
sign and wrap around.
"""

from array import array
from functools import lru_cache

import numpy as np

from clearprop.network.parameters import Array

SHUFFLING, DROPOUT = 1, 2  # keep the draws of one use of the seed apart from those of the others

GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / the golden ratio, odd


def finalise(z: Array) -> Array:
    """Return numbers of 64 bits, each spread over all 64: what is near goes far apart."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: Array = z ^ (z >> np.uint64(31))
    return spread


def stream(*numbers: int) -> int:
    """Return the key of the stream that some whole numbers name.

    >>> hex(stream(SHUFFLING, 0, 0))
    '0xb18a02f46d8d86c3'
    """
    key = np.zeros(1, dtype=np.uint64)
    for number in numbers:
        key = finalise((key ^ np.uint64(number)) + np.uint64(GOLDEN))
    return int(key[0])


def draws(key: int, count: int) -> Array:
    """Return the first draws of a stream, shape (count,), whole numbers below 2^64.

    >>> hex(draws(0, 1)[0])  # the first number of splitmix64 from the seed 0
    '0xe220a8397b1dcdaf'
    """
    counters = np.arange(1, count + 1, dtype=np.uint64)
    return finalise(counters * np.uint64(GOLDEN) + np.uint64(key))


@lru_cache(maxsize=4)  # steps that are taken one by one ask again and again for their epoch's
def shuffled(n: int, seed: int, epoch: int) -> Array:
    """Return 0 … n-1 (n below 2^32) in the order of an epoch, each order as likely as any other.

    (Durstenfeld 1964, algorithm 235, of Fisher & Yates 1938: the last place takes one of all, the
    one before it one of those that are left, …)

    >>> shuffled(5, seed=0, epoch=0).tolist()
    [0, 3, 2, 1, 4]
    """
    order = array("I", range(n))  # of numbers as they lie in memory: twice as fast as a list
    places = np.arange(n - 1, 0, -1)
    drawn = draws(stream(SHUFFLING, seed, epoch), len(places)) >> np.uint64(32)
    partners = (drawn * (places + 1).astype(np.uint64)) >> np.uint64(32)
    for place, partner in zip(places.tolist(), partners.tolist(), strict=True):
        order[place], order[partner] = order[partner], order[place]
    found = np.array(order, dtype=np.int64)
    found.flags.writeable = False
    return found


def dropout_mask(
    seed: int, step: int, layer: int, shape: tuple[int, int], p: float, dtype: str = "float64"
) -> Array:
    """Return what a layer's activations, shape (m, n_l), are multiplied by in a step: 0 or 1/(1-p).

    Steps count from 0. Each unit of each example is left out with probability p, and the others
    grow so that their expected sum stays (Srivastava, Hinton, Krizhevsky, Sutskever &
    Salakhutdinov 2014, section 10: inverted dropout).

    >>> dropout_mask(0, 0, 1, (2, 3), 0.5).tolist()
    [[0.0, 2.0, 2.0], [2.0, 0.0, 0.0]]
    """
    found = draws(stream(DROPOUT, seed, step, layer), shape[0] * shape[1]) >> np.uint64(11)
    uniform = found.astype(np.float64) * 2.0**-53
    return np.where(uniform < p, 0.0, 1 / (1 - p)).astype(dtype).reshape(shape)
