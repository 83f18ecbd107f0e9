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
from clearprop.interop.watching.turns import has_storage
from clearprop.network.parameters import Array
from clearprop.runs.folder import ROWS, TARGETS

# of the numbers of rows and targets: those that NumPy has, too
KINDS = frozenset(
    getattr(torch, kind)
    for kind in (
        "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16",
        "float32", "float64", "complex64", "complex128",
    )
)  # fmt: skip


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
    return store.numbers(array_of(rows))


def has_rows(tensor: torch.Tensor) -> bool:
    """Return whether a tensor has rows that can be stored: numbers in the CPU's memory."""
    return (
        has_storage(tensor) and tensor.dtype in KINDS and tensor.is_cpu and not tensor.is_nested
        and tensor.dim() > 0
        and (type(tensor) is torch.Tensor or not tensor.numel() or tensor.data_ptr() != 0)
    )  # fmt: skip


def array_of(tensor: torch.Tensor) -> Array:
    """Return a copy of a tensor as an array; a tensor that is an array cannot be resized."""
    return tensor.detach().resolve_conj().resolve_neg().clone().numpy()


def lies_plainly(rows: torch.Tensor) -> bool:
    """Return whether a tensor's numbers lie in memory as they are, one after another."""
    return type(rows) is torch.Tensor and rows.is_cpu and rows.is_contiguous() and not (
        rows.is_neg() or rows.is_conj() or rows.data_ptr() % WORD
    )  # fmt: skip


def is_same(entered: torch.Tensor, x: torch.Tensor | None) -> bool:
    """Return whether what came in at a piece's beginning are the rows of the batch themselves."""
    return x is entered or (
        x is not None and entered.data_ptr() == x.data_ptr() and entered.numel() == x.numel()
        and entered.dtype is x.dtype and entered.is_contiguous() and x.is_contiguous()
    )  # fmt: skip
