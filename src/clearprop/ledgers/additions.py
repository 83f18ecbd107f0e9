"""What was added to some parameters: for each entry of an account a vector, written out or not.

An example of the first layer always sends the same: its inputs. What it adds in all steps, each
its δ times the inputs and a number, is then one outer product, the sum of those deltas times the
inputs. As the two factors, it takes as much as the units and the sources, not as their product.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clearprop.network.parameters import Array

BLOCK = 2_000_000  # numbers that are computed at a time


class Additions(Protocol):
    """Vectors of P parameters, one for each entry."""

    def some(self, entries: Array) -> "Additions":
        """Return the vectors of some entries, by number or by mask."""

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

    def some(self, entries: Array) -> "Vectors":
        """Return the vectors of some entries, by number or by mask."""
        return Vectors(self.array[entries])

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

    own   shape (entries, units); below: shape (entries, sources), of any type of floats

    >>> both = OuterProducts(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), biases=True)
    >>> both.written_out().tolist()
    [[3.0, 4.0, 6.0, 8.0, 1.0, 2.0]]
    >>> bool(np.isclose(both.norms()[0], np.linalg.norm(both.written_out())))
    True
    """

    own: Array
    below: Array
    biases: bool

    def some(self, entries: Array) -> "OuterProducts":
        """Return the vectors of some entries, by number or by mask."""
        return OuterProducts(self.own[entries], self.below[entries], self.biases)

    def along(self, direction: Array) -> Array:
        """Return the part of each vector along a direction, shape (entries,)."""
        units, sources = self.own.shape[1], self.below.shape[1]
        products = direction[: units * sources].reshape(units, sources)
        found = np.concatenate([
            np.einsum("es,es->e", own @ products, below) for own, below in self.blocks()
        ])  # fmt: skip
        if self.biases:
            found += self.own @ direction[units * sources :]
        return found

    def norms(self) -> Array:
        """Return the length of each vector, shape (entries,)."""
        squares = [
            np.einsum("eu,eu->e", own, own) * (np.einsum("es,es->e", below, below) + self.biases)
            for own, below in self.blocks()
        ]
        found: Array = np.sqrt(np.concatenate(squares))
        return found

    def total(self) -> Array:
        """Return the sum of all vectors, shape (P,)."""
        found = np.zeros((self.own.shape[1], self.below.shape[1]))
        for own, below in self.blocks():
            found += own.T @ below
        return np.concatenate([found.ravel(), self.own.sum(axis=0)][: 1 + self.biases])

    def written_out(self) -> Array:
        """Return the vectors, shape (entries, P)."""
        each = np.einsum("eu,es->eus", self.own, self.below).reshape(len(self.own), -1)
        return np.concatenate([each, self.own][: 1 + self.biases], axis=1)

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """Yield both factors of some entries at a time, as float64; once where there are none."""
        size = max(1, BLOCK // self.below.shape[1])
        for first in range(0, max(1, len(self.own)), size):
            rows = slice(first, first + size)
            yield self.own[rows], self.below[rows].astype(np.float64)
