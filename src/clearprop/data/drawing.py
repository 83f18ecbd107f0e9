"""Rows drawn by a seed: exactly those that scikit-learn's `train_test_split` takes.

Comes in: how many rows, or the class of each, and a seed. Goes out: the places that are taken.
Written down here because importing that function takes longer than all else that begins a training.
The shares of the classes are those of the most likely draw without replacement; where two classes
have the same claim to one row more, chance decides.
"""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


def drawn(rows: int, count: int, seed: int) -> Places:
    """Return `count` places out of `rows`, each row with the same chance.

    >>> drawn(8, 2, seed=1)
    array([7, 2])
    """
    return np.random.RandomState(seed).permutation(rows)[:count]


def drawn_of_classes(codes: npt.NDArray[np.int64], count: int, seed: int) -> Places:
    """Return `count` places, of every class its share; `codes` are its numbers, from 0.

    >>> drawn_of_classes(np.array([0, 0, 0, 0, 1, 1]), 3, seed=1)
    array([0, 1, 5])
    """
    chance = np.random.RandomState(seed)
    members = np.bincount(codes)
    stay = shares(members, codes.size - count, chance)
    shares(members - stay, count, chance)  # they are what is left: this is for the chance it takes
    taken = []
    for code, kept in enumerate(stay):
        places = np.flatnonzero(codes == code)
        taken.append(places[chance.permutation(places.size)[kept:]])
    return np.concatenate(taken)


def shares(members: Counts, count: int, chance: np.random.RandomState) -> Counts:
    """Return how many of `count` rows each class gets, by its number of members."""
    exact = members / members.sum() * count
    found: Counts = np.floor(exact).astype(np.int64)
    claims = exact - found
    missing = int(count - found.sum())
    for claim in np.unique(claims)[::-1]:
        if missing == 0:
            break
        equal = np.flatnonzero(claims == claim)
        more = min(equal.size, missing)
        found[chance.choice(equal, more, replace=False)] += 1
        missing -= more
    return found
