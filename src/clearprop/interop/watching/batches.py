"""Batches by numbers: what the model is given, and the targets, each distinct row stored once.

Comes in: the tensors of a batch. Goes out: a `Batch` of numbers, and the rows again. There is a
store for each type and shape of rows and of targets.
"""

from __future__ import annotations

from pathlib import Path

import torch

from clearprop.interop.watching.address_kernels import WORD
from clearprop.interop.watching.folder import rows_path
from clearprop.interop.watching.rows import RowStore
from clearprop.interop.watching.tape import Batch, Pass
from clearprop.network.parameters import Array
from clearprop.runs.folder import ROWS, TARGETS


class Fed:
    """What the model was given; then targets and numbers, once they are known.

    One is made at every step: values of the class in the place of an `__init__` save a call.
    """

    x: torch.Tensor | None = None
    target: torch.Tensor | None = None
    batch: Batch | None = None


class Batches:
    """The stores of a recording's rows and targets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stores: dict[tuple[str, torch.dtype, tuple[int, ...]], RowStore] = {}

    def store(self, kind: str, rows: torch.Tensor) -> RowStore:
        """Return where rows or targets like these are stored."""
        shape = tuple(rows.shape[1:])
        key = (kind, rows.dtype, shape)
        if key not in self.stores:
            dtype = str(rows.dtype).removeprefix("torch.")
            self.stores[key] = RowStore(rows_path(self.folder, kind, dtype, shape), dtype, shape)
        return self.stores[key]

    def of(self, x: torch.Tensor, target: torch.Tensor | None) -> Batch:
        """Return a batch by its numbers; OSError where rows that are new cannot be written."""
        store = self.store(ROWS, x)
        rows = numbers_in(store, x)
        if target is None:
            return Batch(rows, None, store.shape, store.kind)
        other = self.store(TARGETS, target)
        targets = numbers_in(other, target)
        return Batch(rows, targets, store.shape, store.kind, other.shape, other.kind)

    def stores_of(self, batch: Batch) -> tuple[RowStore, RowStore]:
        """Return where the rows of a batch are stored, and where its targets."""
        rows = (ROWS, getattr(torch, batch.dtype), batch.shape)
        return self.stores[rows], self.stores[
            TARGETS, getattr(torch, batch.target_dtype), batch.target_shape
        ]

    def entered(self, each: Pass) -> Array:
        """Return what came in at the beginning of a pass's piece."""
        if each.entered is not None:
            return each.entered
        batch = each.batch
        assert batch.rows is not None, "what came in were they"
        store = self.stores[ROWS, getattr(torch, batch.dtype), batch.shape]
        return store.rows(batch.rows).reshape(each.shape)


def numbers_in(store: RowStore, rows: torch.Tensor) -> Array:
    """Return the numbers of rows in a store."""
    if store.whole and lies_plainly(rows):
        return store.numbers_at(rows.data_ptr(), len(rows))
    return store.numbers(rows.detach().numpy())


def lies_plainly(rows: torch.Tensor) -> bool:
    """Return whether a tensor's numbers lie in memory as they are, one after another."""
    return type(rows) is torch.Tensor and rows.is_cpu and rows.is_contiguous() and not (
        rows.is_neg() or rows.is_conj() or rows.data_ptr() % WORD
    )  # fmt: skip


def is_same(entered: torch.Tensor, x: torch.Tensor | None) -> bool:
    """Return whether what came in at a piece's beginning are the rows of the batch themselves."""
    return x is entered or (
        x is not None and entered.data_ptr() == x.data_ptr() and entered.numel() == x.numel()
        and entered.is_contiguous() and x.is_contiguous()
    )  # fmt: skip
