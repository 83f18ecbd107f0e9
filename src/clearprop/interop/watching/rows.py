"""Rows of batches, each stored once: the bytes of a row -> its number.

Comes in: an array whose first axis runs over examples. Goes out: a number for each, the same for
equal rows; rows that are new are appended to a file, some at a time. A row is known by two hashes
of 64 bits: that two rows of a data set share both has a chance of one in some thousand millions,
and a replay, which is held against checkpoints, would find it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from clearprop.errors import RunError
from clearprop.interop.watching.address_kernels import WORD
from clearprop.interop.watching.row_kernels import COUNT, moved, numbered
from clearprop.network.parameters import Array

SMALLEST = 256  # rows that a file has room for at first
FRESH_BYTES, FRESH_ROWS = 1 << 20, 4096


class RowStore:
    """The distinct rows of one type and shape, in a file that grows.

    Rows that are new are kept in memory until there is a megabyte of them: to write these at once
    takes about half of the time that it takes to write to the file's memory page by page.
    """

    def __init__(self, path: Path, dtype: str, shape: tuple[int, ...]) -> None:
        self.path, self.kind, self.dtype, self.shape = path, dtype, np.dtype(dtype), shape
        self.size = int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        self.words = max(1, -(-self.size // WORD))
        self.whole = self.size == self.words * WORD  # rows are words as they are
        generator = np.random.default_rng(self.words)
        self.keys = generator.integers(0, 2**64, self.words + 1, dtype=np.uint64)
        self.stored = 0  # rows that are in the file
        self.fresh = np.empty((most_fresh(self.words * WORD), self.words), np.uint64)
        self.room, self.slots = 0, np.zeros((0, 3), np.uint64)
        self.desk = np.zeros(9, np.int64)  # what the compiled loops are told, and count
        self.at = self.desk.ctypes.data
        self.make_room(SMALLEST)

    def make_room(self, rows: int) -> None:
        """Make room for a power of 2 of rows; those that there are stay."""
        with self.path.open("ab") as file:
            file.truncate(rows * self.words * WORD)
        mapped = np.memmap(self.path, np.uint64, "r", shape=(rows, self.words))
        self.table = np.asarray(mapped)
        self.shift = 64 - (2 * rows).bit_length() + 1
        slots = np.zeros((2 * rows, 3), np.uint64)
        moved(self.slots, np.uint64(self.shift), slots)
        self.room, self.slots = rows, slots
        self.tell()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.desk[COUNT])

    def tell(self) -> None:
        """Tell the loops what they go by, in the order that `row_kernels` has for it."""
        most = min(self.room, self.stored + len(self.fresh))  # rows, before it writes or grows
        lie = [array.ctypes.data for array in (self.keys, self.slots, self.fresh)]
        counts = [self.count, self.stored, most]
        self.desk[:] = [self.words, len(self.slots), self.shift, *counts, *lie]

    def numbers(self, rows: Array) -> Array:
        """Return the number of each row, shape (m,); OSError where new ones cannot be written."""
        words = self.as_words(rows)
        return self.numbers_at(words.ctypes.data, len(words))

    def numbers_at(self, address: int, rows: int) -> Array:
        """Return the numbers of rows that lie in memory one after another, where `whole`."""
        found = np.empty(rows, dtype=np.int64)
        most, into = len(self.fresh), found.ctypes.data
        for start in range(0, rows, most):
            part = min(most, rows - start)
            self.make_way(part)
            here = address + start * self.words * WORD
            numbered(self.at, here, part, into + start * WORD)
        return found

    def make_way(self, rows: int) -> None:
        """Make way for so many rows that are new: at most as many as may be fresh."""
        most = self.count + rows
        if most > self.room:
            self.make_room(1 << (most - 1).bit_length())
        if most - self.stored > len(self.fresh):
            self.write()

    def as_words(self, rows: Array) -> Array:
        """Return rows as words of 64 bits, padded with zeros."""
        flat = np.ascontiguousarray(rows).reshape(len(rows), self.size // self.dtype.itemsize)
        if self.whole:
            return flat.view(np.uint64)
        padded = np.zeros((len(rows), self.words * WORD), dtype=np.uint8)
        padded[:, : self.size] = flat.view(np.uint8)
        return padded.view(np.uint64)

    def rows(self, numbers: Array) -> Array:
        """Return the rows of some numbers, shape (m, …)."""
        words = self.table[np.minimum(numbers, len(self.table) - 1)]
        fresh = numbers >= self.stored
        words[fresh] = self.fresh[numbers[fresh] - self.stored]
        return as_rows(words, self.dtype, self.shape)

    def write(self) -> None:
        """Write the fresh rows to the file."""
        if self.stored == self.count:
            return
        left = self.fresh[: self.count - self.stored].data.cast("B")
        with self.path.open("r+b", buffering=0) as file:
            file.seek(self.stored * self.words * WORD)
            while left:
                left = left[file.write(left) :]
        self.stored = self.count
        self.tell()

    def close(self) -> None:
        """Write what is left, and give back the room that was not used."""
        try:
            self.write()
        finally:
            del self.table
            with self.path.open("ab") as file:
                file.truncate(self.stored * self.words * WORD)


def most_fresh(size: int) -> int:
    """Return how many rows of so many bytes are kept before they are written."""
    return min(max(FRESH_BYTES // size, 8), FRESH_ROWS)


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
    rows: Array = np.ascontiguousarray(found).view(dtype).reshape(len(words), *shape)
    return rows
