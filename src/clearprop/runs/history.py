"""The history of a run: one row per finished epoch.

Comes in: the figures of the epochs, in their order. Goes out: a frame, as in `history.parquet`.
"""

import numpy as np
import polars as pl

from clearprop.runs.growing import joined
from clearprop.training.engine import EpochFigures


def history_frame(history: list[EpochFigures], per_epoch: int) -> pl.DataFrame:
    """Return epoch, step, loss, held_out_loss and score of each epoch."""
    figures = joined(history)
    epochs = pl.Series(range(1, len(figures) + 1), dtype=pl.Int64)
    columns = {"loss": figures.loss, "held_out_loss": figures.held_out, "score": figures.score}
    frame = pl.DataFrame({"epoch": epochs, "step": epochs * per_epoch, **columns})
    return frame.with_columns(pl.col("score").fill_nan(None))


def figures_of(history: pl.DataFrame) -> EpochFigures:
    """Return the figures that `history_frame` was made from."""
    columns = (history[name].to_numpy() for name in ("loss", "held_out_loss", "score"))
    return EpochFigures(*(column.astype(np.float64) for column in columns))
