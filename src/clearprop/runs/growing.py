"""The history of a run while it grows: parts of it, such as `history/000000000001.safetensors`.

A part is named by its first epoch and sealed as checkpoints are; it holds `loss`, `held_out` and
`score`, one float64 per epoch (NaN: none). The last part is written again with every checkpoint
until it is large, then another is begun; when the training ends, `history.parquet` takes the place
of all. Parts may overlap where a training was cut off and resumed: their figures are the same.
"""

from pathlib import Path

import numpy as np

from clearprop.errors import RunError
from clearprop.network.parameters import Array
from clearprop.runs import disk
from clearprop.runs.checkpoints import file_name, steps_in
from clearprop.runs.tensors import sealed, unsealed
from clearprop.training.engine import EpochFigures

PART = 10_000  # epochs, from which on another part is begun
COLUMNS = ("loss", "held_out", "score")


class GrowingHistory:
    """Writes the figures of epochs as they come; `epochs` of them are written already."""

    def __init__(self, folder: Path, epochs: int = 0) -> None:
        self.folder, self.first, self.part = folder, epochs + 1, EpochFigures()

    def write(self, figures: EpochFigures) -> None:
        """Write some more epochs; where that fails, they are written with those that follow."""
        if not len(figures):
            return
        self.part = joined([self.part, figures])
        disk.make_folder(self.folder)
        disk.replace_whole(self.folder / file_name(self.first), part_bytes(self.part))
        if len(self.part) >= PART:
            self.first, self.part = self.first + len(self.part), EpochFigures()


def joined(parts: list[EpochFigures]) -> EpochFigures:
    """Return the figures of consecutive epochs as one.

    >>> len(joined([EpochFigures(), EpochFigures()]))
    0
    """
    if not parts:
        return EpochFigures()
    return EpochFigures(*(np.concatenate([getattr(part, c) for part in parts]) for c in COLUMNS))


def part_bytes(figures: EpochFigures) -> bytes:
    """Return a part as a file."""
    columns = {name: np.asarray(getattr(figures, name), dtype=np.float64) for name in COLUMNS}
    return sealed(columns, {"format": "clearprop history"})


def grown(folder: Path, epochs: int) -> EpochFigures | None:
    """Return the figures of the epochs 1 … `epochs`, or None where the parts lack one of them."""
    found, known = np.full((len(COLUMNS), epochs), np.nan), np.zeros(epochs, dtype=bool)
    for first in steps_in(folder):
        part = part_from(folder / file_name(first))
        rows = slice(first - 1, min(first - 1 + part.shape[1], epochs))
        if rows.stop > rows.start:
            found[:, rows] = part[:, : rows.stop - rows.start]
            known[rows] = True
    return EpochFigures(*found) if known.all() else None


def part_from(path: Path) -> Array:
    """Return the figures of a part, shape (3, epochs); no epochs where it is damaged."""
    try:
        tensors, _ = unsealed(path.read_bytes(), str(path))
        return np.stack([tensors[name] for name in COLUMNS])
    except (OSError, RunError, KeyError, ValueError):
        return np.zeros((len(COLUMNS), 0))
