"""What was added to some parameters: for each entry of an account a vector, written out or not.

An example of the first layer always sends the same: its inputs. What it adds in all steps, each
its δ times the inputs and a number, is then one outer product, the sum of those deltas times the
inputs. As the two factors, it takes as much as the units and the sources, not as their product.
Where the number is another one for each parameter, only how large a vector is may be kept of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clearprop.network.parameters import Array

BLOCK = 2_000_000  # numbers that are computed at a time


class Additions(Protocol):
    """Vectors of P parameters, one for each entry."""

    def along(self, direction: Array) -> Array:
        """Return the part of each vector along a direction, shape (entries,)."""

    def norms(self) -> Array:
        """Return the length of each vector, shape (entries,)."""

    def total(self) -> Array:
        """Return the sum of all vectors, shape (P,)."""


@dataclass(frozen=True)
class Vectors:
    """Vectors that are written out, shape (entries, P).

    >>> Vectors(np.array([[3.0, 4.0], [0.0, 1.0]])).norms().tolist()
    [5.0, 1.0]
    """

    array: Array

    def along(self, direction: Array) -> Array:
        """Return the part of each vector along a direction, shape (entries,)."""
        found: Array = self.array @ direction
        return found

    def norms(self) -> Array:
        """Return the length of each vector, shape (entries,)."""
        squares: Array = np.einsum("ep,ep->e", self.array, self.array)  # no array beside it
        return np.sqrt(squares)

    def total(self) -> Array:
        """Return the sum of all vectors, shape (P,)."""
        found: Array = self.array.sum(axis=0)
        return found


@dataclass(frozen=True)
class OuterProducts:
    """For each entry the outer product of two vectors, and where `biases`, the first once more.

    own     shape (entries, units); below: shape (entries, sources), of any type of floats
    frozen  parameters, shape (P,), that nothing is added to

    >>> frozen = np.array([False, False, True, False, False, False])
    >>> both = OuterProducts(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), True, frozen)
    >>> both.written_out().tolist()
    [[3.0, 4.0, 0.0, 8.0, 1.0, 2.0]]
    >>> bool(np.isclose(both.norms()[0], np.linalg.norm(both.written_out())))
    True
    """

    own: Array
    below: Array
    biases: bool
    frozen: Array

    def along(self, direction: Array) -> Array:
        """Return the part of each vector along a direction, shape (entries,)."""
        products, of_biases = self.parted(np.where(self.frozen, 0.0, direction))
        return np.concatenate([
            np.einsum("es,es->e", own @ products, below) + own @ of_biases
            for own, below in self.blocks()
        ])  # fmt: skip

    def norms(self) -> Array:
        """Return the length of each vector, shape (entries,)."""
        products, of_biases = self.parted(np.where(self.frozen, 0.0, 1.0))
        squares = [
            np.einsum("es,es->e", own**2 @ products, below**2) + own**2 @ of_biases
            for own, below in self.blocks()
        ]
        found: Array = np.sqrt(np.concatenate(squares))
        return found

    def total(self) -> Array:
        """Return the sum of all vectors, shape (P,)."""
        found = np.zeros((self.own.shape[1], self.below.shape[1]))
        for own, below in self.blocks():
            found += own.T @ below
        each = np.concatenate([found.ravel(), self.own.sum(axis=0)][: 1 + self.biases])
        return np.where(self.frozen, 0.0, each)

    def parted(self, vector: Array) -> tuple[Array, Array]:
        """Return what belongs to the products, shape (units, sources), and to the first vector."""
        units, sources = self.own.shape[1], self.below.shape[1]
        products, biases = vector[: units * sources], vector[units * sources :]
        return products.reshape(units, sources), biases if self.biases else np.zeros(units)

    def written_out(self) -> Array:
        """Return the vectors, shape (entries, P)."""
        each = np.einsum("eu,es->eus", self.own, self.below).reshape(len(self.own), -1)
        vectors = np.concatenate([each, self.own][: 1 + self.biases], axis=1)
        return np.where(self.frozen, 0.0, vectors)

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """Yield both factors of some entries at a time, as float64; once where there are none."""
        size = max(1, BLOCK // max(1, self.below.shape[1]))
        for first in range(0, max(1, len(self.own)), size):
            rows = slice(first, first + size)
            yield self.own[rows], self.below[rows].astype(np.float64)


@dataclass(frozen=True)
class Measured:
    """Vectors that nobody keeps: how large each is, and the sum of all.

    parts, lengths  shape (entries,), the parts along the one `direction` that was measured
    """

    direction: Array
    parts: Array
    lengths: Array
    whole: Array

    def along(self, direction: Array) -> Array:
        """Return the part of each vector along the direction, shape (entries,)."""
        assert np.array_equal(direction, self.direction), "measured along another direction"
        return self.parts

    def norms(self) -> Array:
        """Return the length of each vector, shape (entries,)."""
        return self.lengths

    def total(self) -> Array:
        """Return the sum of all vectors, shape (P,)."""
        return self.whole
