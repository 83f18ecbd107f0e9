"""The files of a recording, and its run.json.

    run.json       what was watched: the module's parameters and pieces, optimizer, outcome
    tape/          what each step left behind (`tape.py`)
    checkpoints/   parameters and the optimizer's state after some steps, sealed with their hash
    rows/          the distinct rows that the model was given (`rows.py`)
    targets/       the distinct targets that the loss was given

The folder is a run's folder (format 3, kind "watched"), so that `clearprop runs` and every command
that reads no recordings know it. run.json is written at the beginning and again at the end: a loop
that was killed leaves a folder that can be read up to its last chunk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from clearprop.errors import RunError
from clearprop.network.parameters import Array
from clearprop.runs import disk
from clearprop.runs.checkpoints import file_name, steps_in
from clearprop.runs.folder import CHECKPOINTS, MANIFEST, ROWS, TAPE, TARGETS
from clearprop.runs.manifest import FORMAT, WATCHED, WATCHED_VERSION
from clearprop.runs.run import RECORDING
from clearprop.runs.tensors import sealed, unsealed

FINISHED, INTERRUPTED, FAILED = "finished", "interrupted", "failed"
STATUSES = (RECORDING, FINISHED, INTERRUPTED, FAILED)
FOLDERS = (TAPE, CHECKPOINTS, ROWS, TARGETS)
TEMPORARY = "clearprop-watched-"  # how the name of a folder begins that is not kept


@dataclass(frozen=True)
class Outcome:
    """How a watched loop ended; `status` is "recording" while it goes on, or was cut off."""

    status: str
    steps: int
    seconds: float
    created: str
    version: str
    note: str | None = None

    @property
    def step(self) -> int:
        """S of the parameters at the end, as runs have it."""
        return self.steps


@dataclass(frozen=True)
class Trained:
    """A parameter that is recorded: its name, shape, type, group of the optimizer (-1: none)."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    group: int
    requires_grad: bool


@dataclass(frozen=True)
class Watched:
    """What run.json says.

    pieces      the layers of each piece, as plain values (`pieces.py`)
    optimizer   the name of its class; loss: that of the loss module, or of a function of
                torch.nn.functional; None where it was another function, or left out
    threads     that PyTorch computed with; torch: its version
    """

    model: str
    parameters: tuple[Trained, ...]
    pieces: list[list[dict[str, Any]]]
    optimizer: str
    loss: str | None
    torch: str
    threads: int
    outcome: Outcome

    def json(self) -> str:
        """Return it as the text of run.json."""
        values = {
            "format": FORMAT, "format_version": WATCHED_VERSION, "kind": WATCHED,
            **self.__dict__,
            "parameters": [each.__dict__ for each in self.parameters],
            "outcome": self.outcome.__dict__,
        }  # fmt: skip
        return json.dumps(values, ensure_ascii=False, indent=1)

    def ended(self, **changes: Any) -> Watched:
        """Return it with another outcome."""
        return replace(self, outcome=replace(self.outcome, **changes))


def is_temporary(folder: Path) -> bool:
    """Return whether a recording's folder vanishes with its run."""
    return folder.name.startswith(TEMPORARY)


def begun(version: str) -> Outcome:
    """Return the outcome of a loop that has just begun."""
    return Outcome(RECORDING, 0, 0.0, datetime.now(UTC).isoformat(timespec="seconds"), version)


def write_watched(folder: Path, watched: Watched) -> None:
    """Write run.json, whole the moment it appears."""
    disk.replace_whole(folder / MANIFEST, watched.json().encode() + b"\n")


def watched_from(values: Any, where: str) -> Watched:
    """Return what the values of run.json say; RunError where they are damaged."""
    try:
        outcome = Outcome(**values["outcome"])
        if outcome.status not in STATUSES:
            raise ValueError(outcome.status)
        parameters = (Trained(**{**each, "shape": tuple(each["shape"])})
                      for each in values["parameters"])  # fmt: skip
        rest = ("model", "pieces", "optimizer", "loss", "torch", "threads")
        return Watched(
            parameters=tuple(parameters), outcome=outcome, **{name: values[name] for name in rest}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{where} is damaged: {error}") from None


def put(path: Path, content: bytes) -> None:
    """Write a file that is whole the moment it appears, without waiting for the disk.

    A loop is not held up for what only a power cut could lose: sealed files tell if they are whole.
    """
    beside = path.with_name(f".{path.name}.partial")
    disk.write(beside, content)
    disk.rename(beside, path)


# --- checkpoints ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """Parameters and the optimizer's state after some steps."""

    step: int
    parameters: dict[str, Array]
    state: dict[str, dict[str, Array]]

    @property
    def tensors(self) -> dict[str, Array]:
        """All of it, by names that tell them apart."""
        found = {f"parameter {name}": array for name, array in self.parameters.items()}
        return {**found, **self.state_tensors, "step": np.array([self.step])}

    @property
    def state_tensors(self) -> dict[str, Array]:
        """The optimizer's state, by names that tell its entries apart."""
        return {
            f"state {key} {name}": array
            for name, entries in self.state.items()
            for key, array in entries.items()
        }


def checkpoint_of(
    step: int, parameters: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer
) -> Checkpoint:
    """Return the state after a step, copied."""
    state = {}
    for name, tensor in parameters.items():
        entries = optimizer.state.get(tensor)
        if entries:
            state[name] = arrays_of(entries)
    return Checkpoint(step, {name: as_array(t) for name, t in parameters.items()}, state)


def arrays_of(entries: Mapping[str, Any]) -> dict[str, Array]:
    """Return what an optimizer keeps for a parameter, as arrays of their own."""
    return {key: as_array(value) for key, value in entries.items() if value is not None}


def as_array(value: Any) -> Array:
    """Return a tensor or a number as an array of its own; a single number has the shape (1,)."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.atleast_1d(np.array(value, order="C"))


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole the moment it appears."""
    content = sealed(checkpoint.tensors, {"format": "clearprop watched checkpoint"})
    put(folder / CHECKPOINTS / file_name(checkpoint.step), content)


def checkpoint_steps(folder: Path) -> list[int]:
    """Return the steps that have a checkpoint, in order."""
    return steps_in(folder / CHECKPOINTS)


def read_checkpoint(folder: Path, step: int) -> Checkpoint:
    """Return the checkpoint of a step; RunError where it is missing or damaged."""
    path = folder / CHECKPOINTS / file_name(step)
    try:
        tensors, _ = unsealed(path.read_bytes(), str(path))
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    kind = "parameter "
    parameters = {k.removeprefix(kind): a for k, a in tensors.items() if k.startswith(kind)}
    return Checkpoint(step, parameters, state_from(tensors))


def state_from(tensors: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """Return an optimizer's state from tensors that are called as in `state_tensors`."""
    state: dict[str, dict[str, Array]] = {}
    for key, array in tensors.items():
        kind, _, name = key.partition(" ")
        if kind == "state":
            entry, _, owner = name.partition(" ")
            state.setdefault(owner, {})[entry] = array
    return state


# --- rows ----------------------------------------------------------------------------------------


def rows_path(folder: Path, kind: str, dtype: str, shape: tuple[int, ...]) -> Path:
    """Return in which file the rows of a type and shape lie; `kind` is "rows" or "targets".

    >>> rows_path(Path("run"), "rows", "float32", (28, 28)).name
    'float32-28x28.rows'
    """
    size = f"-{'x'.join(map(str, shape))}" if shape else ""
    return folder / kind / f"{dtype}{size}.rows"
