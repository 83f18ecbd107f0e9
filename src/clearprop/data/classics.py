"""The classic data sets as scikit-learn has them, by the name of its loader.

Its import takes a second, so a set that was loaded once is kept in the cache folder as Parquet.
"""

import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import polars as pl

from clearprop import __version__
from clearprop.cache import cache_folder
from clearprop.data.kinds import Kind


def classic_frame(name: str, target: str, kind: Kind) -> pl.DataFrame:
    """Return a classic set; class labels are words.

    >>> classic_frame("iris", "species", "classes").shape
    (150, 5)
    """
    kept = cache_folder() / f"{name}_{version('scikit-learn')}_{__version__}.parquet"
    with suppress(OSError, pl.exceptions.PolarsError):
        return pl.read_parquet(kept)
    frame = loaded(name, target, kind)
    with suppress(OSError, pl.exceptions.PolarsError):
        keep(frame, kept)
    return frame


def loaded(name: str, target: str, kind: Kind) -> pl.DataFrame:
    """Return a set from scikit-learn."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    columns = dict(zip(map(str, bunch.feature_names), bunch.data.T.copy(), strict=True))
    labels = bunch.target.tolist()
    if kind == "classes":
        labels = [str(bunch.target_names[label]) for label in labels]
    return pl.DataFrame({**columns, target: labels})


def keep(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame beside its place, then move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    frame.write_parquet(part)
    part.replace(path)
