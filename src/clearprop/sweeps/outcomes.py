"""How each network of a sweep ended: arrays that the work fills in, and the frame made of them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from clearprop.network.parameters import Array
from clearprop.sweeps.goals import STUCK_FALL
from clearprop.sweeps.planning import SweepPlan

FIGURES = ("loss", "accuracy", "held_out_loss", "held_out_accuracy")


@dataclass(frozen=True)
class Outcomes:
    """One entry per network: those of the first cell by seed, then those of the second, …

    finished   whether the training is over; the other entries count only then
    diverged   whether a number was not finite
    first      the epochs after which the network had converged, infinite if it never had
    before     the training loss after nine tenths of the epochs
    loss, accuracy, held_out_loss, held_out_accuracy   after all of them; NaN where there is none
    """

    finished: Array
    diverged: Array
    first: Array
    before: Array
    loss: Array
    accuracy: Array
    held_out_loss: Array
    held_out_accuracy: Array


def no_outcomes(networks: int) -> Outcomes:
    """Return the outcomes before any network is finished."""
    flags = (np.zeros(networks, dtype=bool) for _ in range(2))
    return Outcomes(*flags, *(np.full(networks, np.nan) for _ in range(6)))


def finite(name: str) -> pl.Expr:
    """Return a column of figures, null where the network diverged."""
    found = pl.col(name).fill_nan(None)
    return pl.when(~pl.col("diverged")).then(found).alias(name)


def frame_of(plan: SweepPlan, outcomes: Outcomes) -> pl.DataFrame:
    """Return one row per finished network."""
    converged = np.isfinite(outcomes.first) & ~outcomes.diverged
    fell = outcomes.before - outcomes.loss
    stuck = ~converged & ~outcomes.diverged & ~(fell >= STUCK_FALL * np.abs(outcomes.before))
    seeds, cells = len(plan.seeds), len(plan.cells)
    grid = {
        name: np.repeat([one.values[name] for one in plan.cells], seeds)
        for name in plan.cells[0].values
    }
    columns = {
        "seed": np.tile(np.arange(plan.seeds.start, plan.seeds.stop), cells),
        **grid,
        "converged": converged,
        "epoch": pl.Series(np.where(converged, outcomes.first, -1).astype(np.int64)),
        "loss": outcomes.loss,
        "stuck": stuck,
        "diverged": outcomes.diverged,
    }
    if plan.table.kind == "classes":
        columns["accuracy"] = outcomes.accuracy
    if plan.holds_out:
        columns["held_out_loss"] = outcomes.held_out_loss
        if plan.table.kind == "classes":
            columns["held_out_accuracy"] = outcomes.held_out_accuracy
    frame = pl.DataFrame(columns).with_columns(
        pl.when(pl.col("epoch") >= 0).then(pl.col("epoch")).alias("epoch"),
        *(finite(name) for name in columns if name in FIGURES),
    )
    return frame.filter(pl.Series(outcomes.finished))
