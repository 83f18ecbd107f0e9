"""A folder -> Run. What is missing, foreign, newer or damaged is one sentence."""

import io
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from clearprop.data.encoding import Encoding
from clearprop.errors import ClearpropError, RunError
from clearprop.network.network import Network
from clearprop.runs.checkpoints import Checkpoint, Checkpoints
from clearprop.runs.folder import (
    CHECKPOINTS,
    GROWING,
    HISTORY,
    MANIFEST,
    PARAMETERS,
    PICTURE,
    SPLIT,
    exists,
    lying,
)
from clearprop.runs.growing import grown
from clearprop.runs.history import history_frame
from clearprop.runs.manifest import (
    FORMAT,
    FORMAT_VERSION,
    FORMAT_VERSIONS,
    WATCHED,
    WATCHED_VERSION,
    network_from,
    parts_of_run,
    sha256,
)
from clearprop.runs.run import TRAINING, Outcome, Run
from clearprop.runs.source import DataSource
from clearprop.runs.tensors import parameters_from, split_from
from clearprop.training.engine import EpochFigures
from clearprop.training.settings import TrainingSettings

HISTORY_COLUMNS = ("epoch", "step", "loss", "held_out_loss", "score")


def open_run(path: "str | PathLike[str]") -> Run:
    """Return the run of a folder.

    Raises
    ------
    RunError: no such folder, no run, a newer format, or a truncated or damaged file.
    """
    folder = folder_at(path)
    with suppress(RunError):  # perhaps it was replaced by another between two of its files
        return whole_run(folder)
    return whole_run(folder)


def folder_at(path: object) -> Path:
    """Return the path of a folder; RunError for what is none."""
    if not isinstance(path, str | PathLike):
        raise RunError(f"a run is opened by the path of its folder, not by {path!r}")
    return Path(path)


def whole_run(path: Path) -> Run:
    """Return the run of a folder, or raise RunError."""
    folder = lying(path)
    values = manifest_of(folder)
    try:
        parts = parts_of_run(values)
        network = network_from(values["network"])
        files = values["files"]
        check_fit(network, **parts)
        dtype, rows = parts["settings"].dtype, parts["source"].rows
        parts["split"] = split_from(checked_file(folder, SPLIT, files), rows, str(folder / SPLIT))
        parts["checkpoints"] = Checkpoints(network, parts["settings"], folder / CHECKPOINTS)
        if parts["outcome"].status == TRAINING:
            return run_so_far(path, **parts)
        tensors = checked_file(folder, PARAMETERS, files)
        return Run(
            parameters=parameters_from(tensors, network, dtype, str(folder / PARAMETERS)),
            path=path,
            pictures=pictures(folder),
            **parts,
        )
    except RunError:
        raise
    except (ClearpropError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else error
        raise RunError(f"{folder / MANIFEST} is damaged: {reason}") from None


def run_so_far(path: Path, outcome: Outcome, **parts: Any) -> Run:
    """Return a run whose training is not over, as its newest checkpoint has it."""
    checkpoints: Checkpoints = parts["checkpoints"]
    last, figures = newest(checkpoints, path, len(parts["split"].train))
    state, stopping = last.state, last.state.stopping
    per_epoch = -(-len(parts["split"].train) // parts["settings"].batch_size)
    kept, step = state.parameters, state.step
    if stopping is not None and stopping.best is not None:
        kept, step = stopping.best, stopping.best_step
    outcome = replace(
        outcome,
        epochs=len(figures),
        step=step,
        steps=state.step,
        seconds=round(last.seconds, 3),
    )
    history = history_frame([figures], per_epoch)
    return Run(parameters=kept, path=path, outcome=outcome, read_history=history, **parts)


def newest(checkpoints: Checkpoints, path: Path, examples: int) -> tuple[Checkpoint, EpochFigures]:
    """Return the newest checkpoint that is whole, with its history, and that history.

    Raises
    ------
    RunError: there is none.
    """
    per_epoch = -(-examples // checkpoints.settings.batch_size)
    steps = checkpoints.steps
    for found in checkpoints.whole(0, max(steps, default=0), backward=True):
        figures = grown(lying(path) / GROWING, found.state.step // per_epoch)
        if figures is not None:
            return found, figures
    raise RunError(f"{path} is damaged: its training was cut off, and no checkpoint is whole")


def check_fit(
    network: Network,
    encoding: Encoding,
    settings: TrainingSettings,
    source: DataSource,
    **others: object,
) -> None:
    """Raise ValueError or SettingError unless the parts of a run belong together."""
    if (network.layers[0], network.layers[-1]) != (encoding.n_inputs, encoding.n_outputs):
        raise ValueError("the network does not fit the encoding")
    if network.layers[1:-1] != settings.hidden:
        raise ValueError("hidden of settings does not fit layers of network")
    if (source.kind == "classes") != bool(encoding.labels):
        raise ValueError("kind of data does not fit the encoding")
    settings.learning.short_form(network)


def manifest_of(folder: Path) -> Mapping[str, Any]:
    """Return the values of a folder's `run.json`, its format checked."""
    values = values_of(folder)
    if is_recording(values):
        raise RunError(
            f"{folder} is the recording of a PyTorch loop, which this does not read; explain,"
            " ledger, find and show do"
        )
    version = values.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise RunError(
            f"{folder} was written by a newer clearprop (format {version}; this one reads up to"
            f" {FORMAT_VERSION}); update clearprop"
        )
    if version not in FORMAT_VERSIONS:
        raise RunError(f"{folder / MANIFEST} is damaged: its format version is {version!r}")
    return values


def values_of(folder: Path) -> Mapping[str, Any]:
    """Return the values of a folder's `run.json`, whatever its format's version."""
    if not exists(folder):
        raise RunError(f"there is no run {folder}; `clearprop runs` lists the runs in runs/")
    if not (folder / MANIFEST).is_file():
        raise RunError(f"{folder} is no run: it has no {MANIFEST}")
    try:
        text = read_file(folder / MANIFEST)
        values = json.loads(text, parse_constant=finite_number, parse_float=finite_number)
    except (ValueError, RecursionError):
        raise RunError(f"{folder / MANIFEST} is truncated or damaged: it is no JSON") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise RunError(f"{folder} is no run of clearprop: its {MANIFEST} does not say so")
    return values


def is_recording(values: Mapping[str, Any]) -> bool:
    """Return whether a `run.json` is that of a watched PyTorch loop."""
    return values.get("kind") == WATCHED and values.get("format_version") == WATCHED_VERSION


def recording_of(path: Path) -> Mapping[str, Any] | None:
    """Return the `run.json` of a watched PyTorch loop; None where the folder is a run's.

    Raises
    ------
    RunError: there is no run at all, or its `run.json` is damaged.
    """
    values = values_of(lying(path))
    return values if is_recording(values) else None


def finite_number(text: str) -> float:
    """Return a number; ValueError for NaN, Infinity and 1e999, which no run is written with."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not finite")
    return number


def read_file(path: Path) -> bytes:
    """Return a file's bytes; RunError where it is missing or cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RunError(f"{path.parent} is damaged: {path.name} is missing") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None


def checked_file(folder: Path, name: str, files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return a file's bytes, which must be those that `run.json` was written with."""
    content = read_file(folder / name)
    if sha256(content) != files[name]["sha256"]:
        state = "truncated" if len(content) < files[name]["bytes"] else "damaged or changed"
        raise RunError(f"{folder / name} is {state}: its SHA-256 is not the one in {MANIFEST}")
    return content


def read_history(run: Run) -> pl.DataFrame:
    """Return the history of a run in a folder."""
    if run.path is None:
        raise RunError("the run is in memory and has no history")
    folder = lying(run.path)
    files = manifest_of(folder).get("files")
    try:
        content = checked_file(folder, HISTORY, files)  # type: ignore[arg-type]
        frame = pl.read_parquet(io.BytesIO(content))
        return frame.select(HISTORY_COLUMNS)
    except (KeyError, TypeError, pl.exceptions.PolarsError):
        raise RunError(f"{run.path / HISTORY} is damaged") from None


def pictures(folder: Path) -> dict[str, str]:
    """Return the pictures of a run, by file name; one that is missing is no loss."""
    try:
        return {PICTURE: (folder / PICTURE).read_text(encoding="utf-8")}
    except (OSError, UnicodeDecodeError):
        return {}
