"""Rows of batches, each stored once: the bytes of a row -> its number.

Comes in: an array whose first axis runs over examples. Goes out: a number for each, the same for
equal rows; rows that are new are appended to a file, one after another. A row is looked for by a hash
(multiply and add modulo 2^64), and then compared with what is stored byte by byte: rows have one
number only where they are equal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import RunError
from clearprop.network.parameters import Array

WORD = 8  # bytes
HALF = np.uint64(32)
SMALLEST = 256  # rows that a file has room for at first


class RowStore:
    """The distinct rows of one type and shape, in a file that grows."""

    def __init__(self, path: Path, dtype: str, shape: tuple[int, ...]) -> None:
        self.path, self.dtype, self.shape = path, np.dtype(dtype), shape
        self.size = int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        self.words = max(1, -(-self.size // WORD))
        generator = np.random.default_rng(self.words)
        self.factors = generator.integers(1, 2**63, self.words, dtype=np.uint64) * 2 + 1
        self.known: dict[int, int] = {}  # hash -> the first row that has it
        self.twins: dict[int, list[int]] = {}  # hash -> other rows that have it too
        self.count = 0
        self.table = self.room(SMALLEST)

    def room(self, rows: int) -> Array:
        """Return the file as a table with room for some rows; what is in it stays."""
        with self.path.open("ab") as file:
            file.truncate(rows * self.words * WORD)
        return np.memmap(self.path, np.uint64, "r+", shape=(rows, self.words))

    def numbers(self, rows: Array) -> Array:
        """Return the number of each row, shape (m,)."""
        words = self.as_words(rows)
        hashes: list[int] = ((words ^ (words >> HALF)) @ self.factors).tolist()
        known = self.known
        found = np.array([known.get(each, -1) for each in hashes], dtype=np.int64)
        if self.count and (found >= 0).all() and np.array_equal(self.table[found], words):
            return found
        for place, key in enumerate(hashes):
            found[place] = self.number(key, words[place])
        return found

    def number(self, key: int, row: Array) -> int:
        """Return the number of a row of some hash; a new one is stored."""
        first = self.known.get(key)
        for number in () if first is None else (first, *self.twins.get(key, ())):
            if np.array_equal(self.table[number], row):
                return number
        if self.count == len(self.table):
            self.table = self.room(2 * self.count)
        self.table[self.count] = row
        if first is None:
            self.known[key] = self.count
        else:
            self.twins.setdefault(key, []).append(self.count)
        self.count += 1
        return self.count - 1

    def as_words(self, rows: Array) -> Array:
        """Return rows as words of 64 bits, padded with zeros."""
        flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
        if self.size == self.words * WORD:
            return flat.view(np.uint64)
        padded = np.zeros((len(rows), self.words * WORD), dtype=np.uint8)
        padded[:, : self.size] = flat.view(np.uint8)
        return padded.view(np.uint64)

    def rows(self, numbers: Array) -> Array:
        """Return the rows of some numbers, shape (m, …)."""
        return as_rows(self.table[numbers], self.dtype, self.shape)

    def close(self) -> None:
        """Give back the room that was not used."""
        self.table.flush()  # type: ignore[attr-defined]
        del self.table
        with self.path.open("ab") as file:
            file.truncate(self.count * self.words * WORD)


def stored_rows(path: Path, dtype: str, shape: tuple[int, ...], numbers: Array) -> Array:
    """Return the rows of some numbers, from the file of a store.

    Raises
    ------
    RunError: the file is missing or has no such rows.
    """
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    words = max(1, -(-size // WORD))
    try:
        count = path.stat().st_size // (words * WORD)
        table: Any = np.memmap(path, np.uint64, "r", shape=(count, words)) if count else None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    if table is None or (len(numbers) and int(numbers.max()) >= count):
        raise RunError(f"{path} is truncated: rows that were trained on are missing")
    return as_rows(table[numbers], kind, shape)


def as_rows(words: Array, dtype: Any, shape: tuple[int, ...]) -> Array:
    """Return the rows that were stored as words."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    found = np.asarray(words).view(np.uint8)[:, :size]
    return np.ascontiguousarray(found).view(dtype).reshape(len(words), *shape)
