"""The result of a sweep: a row for each network, what the rows say in sum, and a row once more."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import sqrt
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from clearprop.errors import SettingError
from clearprop.shown import Shown
from clearprop.sweeps.planning import SweepPlan
from clearprop.training.choices import Wishes

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NORMAL_95 = 1.959963984540054  # the normal distribution's 97.5 % point
# what the options of `train` are called where they do not have the names of the wishes
OPTIONS = {"frozen": "freeze"}


@dataclass(frozen=True)
class Summary:
    """What some rows of a sweep say in sum.

    low and high are the 95 % interval of the share that converged; `epochs` and `losses` are the
    quantiles of `QUANTILES`: the epochs of those that converged, the last loss of all that did not
    diverge.
    """

    networks: int
    converged: int
    stuck: int
    diverged: int
    low: float
    high: float
    epochs: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def share(self) -> float:
        """The share that converged."""
        return self.converged / self.networks if self.networks else float("nan")


@dataclass(frozen=True)
class Sweep(Shown):
    """Many trained networks: a frame with one row for each that was finished.

    The columns are seed, those of the grid (width, rate, momentum), converged, epoch (after which
    it had, null if it never did), loss, stuck, diverged, and for classes accuracy; where rows were
    held out, held_out_loss and held_out_accuracy.
    """

    plan: SweepPlan
    frame: pl.DataFrame
    engine: str
    seconds: float
    interrupted: bool = False

    @property
    def name(self) -> str:
        """What the data is called."""
        return self.plan.table.name

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"Sweep({self.name}: {len(self):,} networks, {self.summary.converged:,} converged)"

    @property
    def summary(self) -> Summary:
        """What all rows say in sum."""
        return summary_of(self.frame)

    @property
    def grid(self) -> tuple[str, ...]:
        """The columns of the grid."""
        return tuple(self.plan.cells[0].values)

    def cells(self) -> Iterator[tuple[Mapping[str, float], pl.DataFrame]]:
        """Yield the values and the rows of each point of the grid."""
        for cell in self.plan.cells:
            asked = [pl.col(name) == value for name, value in cell.values.items()]
            yield cell.values, self.frame.filter(*asked) if asked else self.frame

    def write(self, path: str | PathLike[str]) -> Path:
        """Write the frame as CSV or Parquet, by the ending of the path, and return that."""
        place = Path(path)
        frame_writer(place)(self.frame, place)
        return place

    # --- a row once more -------------------------------------------------------------------------

    def settings(self, row: int) -> dict[str, Any]:
        """Return the options with which `train` trains a row's network again."""
        return {**reading_options(self.plan), **wish_options(self.wishes(row))}

    def wishes(self, row: int) -> Wishes:
        """Return what a row's network was trained with."""
        if not -len(self.frame) <= row < len(self.frame):
            raise SettingError(f"row must be less than {len(self.frame):,}, not {row!r}")
        found = self.frame.row(row, named=True)
        values = {name: found[name] for name in self.grid}
        cell = next(cell for cell in self.plan.cells if cell.values == values)
        return replace(cell.wishes, seed=found["seed"])

    def command(self, row: int) -> str:
        """Return the command that trains a row's network again, to look at it more closely.

        For data that has no name it is the call of `train` in Python.
        """
        options, data = self.settings(row), self.plan.data
        if not isinstance(data, str | PathLike):
            arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
            return f"cp.train(data, {arguments})"
        words = ["clearprop", "train", str(data)]
        for name, value in options.items():
            words += option_words(name, value)
        return shlex.join(words)


def summary_of(frame: pl.DataFrame) -> Summary:
    """Return what some rows say in sum."""
    converged = int(frame["converged"].sum())
    low, high = wilson(converged, len(frame))
    kept = frame.filter(~pl.col("diverged"))["loss"].drop_nulls()
    return Summary(
        networks=len(frame),
        converged=converged,
        stuck=int(frame["stuck"].sum()),
        diverged=int(frame["diverged"].sum()),
        low=low,
        high=high,
        epochs=quantiles(frame["epoch"].drop_nulls()),
        losses=quantiles(kept),
    )


def quantiles(values: pl.Series) -> tuple[float, ...]:
    """Return the quantiles of some numbers; none where there are none."""
    found = [values.quantile(share, "linear") for share in QUANTILES]
    return tuple(value for value in found if value is not None)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, Probable inference, and its eq. for p).

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if trials == 0:
        return 0.0, 1.0
    z2, share = NORMAL_95**2, successes / trials
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    inside = share * (1 - share) / trials + z2 / (4 * trials**2)
    half = NORMAL_95 * sqrt(inside) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else middle - half
    return low, 1.0 if successes == trials else middle + half


def frame_writer(path: Path) -> Any:
    """Return what writes a frame in the format of a path's ending."""
    writers = {".csv": pl.DataFrame.write_csv, ".parquet": pl.DataFrame.write_parquet}
    if path.suffix.lower() not in writers:
        raise SettingError(f"the frame is written as .csv or .parquet, not as '{path.name}'")
    return writers[path.suffix.lower()]


# --- options -------------------------------------------------------------------------------------


def reading_options(plan: SweepPlan) -> dict[str, Any]:
    """Return how the data was read, where that was said."""
    return {name: value for name, value in plan.reading.items() if value not in (None, (), False)}


def wish_options(wishes: Wishes) -> dict[str, Any]:
    """Return what was asked for, but for what `train` would take by itself; the seed always."""
    default = Wishes()
    found = {}
    for field in fields(wishes):
        value = getattr(wishes, field.name)
        if value != getattr(default, field.name) or field.name == "seed":
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found


def option_words(name: str, value: Any) -> list[str]:
    """Return an option and its value as the command line takes them.

    >>> option_words("hidden", [8, 4]), option_words("arithmetic", "strict")
    (['--hidden', '8,4'], ['--strict'])
    """
    if name == "arithmetic":
        return [f"--{value}"]
    option = f"--{OPTIONS.get(name, name).replace('_', '-')}"
    if value is True:
        return [option]
    if name == "hidden":
        return [option, ",".join(map(str, value)) or "none"]
    if isinstance(value, list | tuple):
        return [word for one in value for word in (option, str(one))]
    return [option, str(value)]
