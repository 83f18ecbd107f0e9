"""A folder -> Recording: what was watched, its tape, its rows. Damage is one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from clearprop.errors import RunError
from clearprop.interop.watching.folder import (
    Checkpoint,
    Watched,
    checkpoint_steps,
    is_temporary,
    read_checkpoint,
    rows_path,
    watched_from,
)
from clearprop.interop.watching.pieces import Piece, piece_from
from clearprop.interop.watching.rows import stored_rows
from clearprop.interop.watching.tape import Batch, Pass, Tape
from clearprop.network.parameters import Array
from clearprop.runs.folder import MANIFEST, ROWS, TAPE, TARGETS
from clearprop.runs.reading import recording_of


@dataclass(frozen=True)
class Recording:
    """A watched loop on disk."""

    folder: Path
    watched: Watched

    @property
    def name(self) -> str:
        """The folder's name; that of the module's class where the folder vanishes with the run."""
        return self.watched.model if is_temporary(self.folder) else self.folder.name

    @cached_property
    def pieces(self) -> list[Piece]:
        """The pieces of the module that can be gone through again."""
        return [piece_from(layers) for layers in self.watched.pieces]

    @cached_property
    def tape(self) -> Tape:
        """What each step left behind."""
        return Tape(self.folder / TAPE)

    @cached_property
    def steps(self) -> int:
        """How many steps of the optimizer are recorded."""
        return self.tape.steps

    def checkpoint_before(self, step: int) -> Checkpoint:
        """Return the last whole checkpoint at or before a step; RunError where there is none."""
        for found in reversed([each for each in checkpoint_steps(self.folder) if each <= step]):
            try:
                return read_checkpoint(self.folder, found)
            except RunError:
                continue
        raise RunError(f"{self.folder} is damaged: no checkpoint up to step {step} is whole")

    def checkpoint_after(self, step: int) -> Checkpoint | None:
        """Return the first whole checkpoint after a step that the tape reaches, if there is one."""
        for found in checkpoint_steps(self.folder):
            if step < found <= self.steps:
                try:
                    return read_checkpoint(self.folder, found)
                except RunError:
                    continue
        return None

    def entered(self, each: Pass) -> Array:
        """Return what came in at the beginning of a pass's piece."""
        if each.entered is not None:
            return each.entered
        batch = each.batch
        if batch.rows is None:
            raise RunError(f"{self.folder} is damaged: a batch has no rows")
        path = rows_path(self.folder, ROWS, batch.dtype, batch.shape)
        return stored_rows(path, batch.dtype, batch.shape, batch.rows).reshape(each.shape)

    def labels(self, batch: Batch, places: list[int]) -> list[str]:
        """Return some targets of a batch as they are written; "" where the loss showed none."""
        if batch.targets is None or not places:
            return [""] * len(places)
        path = rows_path(self.folder, TARGETS, batch.target_dtype, batch.target_shape)
        found = stored_rows(path, batch.target_dtype, batch.target_shape, batch.targets[places])
        return [label_text(row) for row in found]


def label_text(row: Array) -> str:
    """Return a target as text: a class, a number, or the class of a row of 0s and a 1."""
    flat = np.asarray(row).ravel()
    if flat.size == 1:
        value = flat[0].item()
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if np.count_nonzero(flat) == 1 and flat.max() == 1:
        return str(int(np.argmax(flat)))
    return f"{flat.size} numbers"


def open_recording(path: Path) -> Recording:
    """Return the recording of a folder; RunError where there is none or it is damaged."""
    values = recording_of(path)
    if values is None:
        raise RunError(f"{path} holds no recording of a PyTorch loop")
    return Recording(path, watched_from(values, str(path / MANIFEST)))
