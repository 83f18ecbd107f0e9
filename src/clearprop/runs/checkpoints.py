"""Checkpoints: whole states of a training, by the number of updates that made them.

Each is one sealed safetensors file, `checkpoints/000000001734.safetensors`:

    parameters         (P,)   the flat vector: W1 row by row, b1, W2, …
    optimizer.NAME     (P,)   what the optimizer carries for each parameter (m, v, step)
    shared.NAME        (1,)   what it carries for all of them (beta1_t, beta2_t), float64
    loss_sum           (1,)   of the examples of the unfinished epoch, float64
    step               (1,)   finished updates; with the seed it also is the whole random state
    stopping.*                early stopping's best parameters, their loss and step, epochs waited,
                              and how often an adaptive rate was cut

Its header has the SHA-256 of all that: what a replay that reaches the step has to come to.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from clearprop.backprop.backpropagation import OptimizerState
from clearprop.errors import RunError
from clearprop.formulas.optimizers import optimizer
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.folder import CHECKPOINTS
from clearprop.runs.tensors import sealed, tensor, tensors_hash, unsealed
from clearprop.training.engine import TrainingState
from clearprop.training.settings import TrainingSettings
from clearprop.training.stopping import Stopping, stopping_of

logger = logging.getLogger("clearprop")
ENDING = ".safetensors"
FORMAT = {"format": "clearprop checkpoint"}


@dataclass(frozen=True)
class Checkpoint:
    """A state, and the seconds of training that led to it."""

    state: TrainingState
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a run: those in a folder, and those that are held in memory.

    `told` are those of which it was said that they are not whole: once is enough.
    """

    network: Network
    settings: TrainingSettings
    folder: Path | None = None
    held: Mapping[int, Checkpoint] = field(default_factory=dict)
    told: set[int] = field(default_factory=set, compare=False)

    @property
    def steps(self) -> list[int]:
        """The steps that have a checkpoint, in order; whether it is whole is seen on loading."""
        written = [] if self.folder is None else steps_in(self.folder)
        return sorted({*self.held, *written})

    def load(self, step: int) -> Checkpoint:
        """Return the checkpoint of a step; RunError where it is missing or damaged."""
        if step in self.held:
            return self.held[step]
        if self.folder is None:
            raise RunError(f"there is no checkpoint of step {step}")
        path = self.folder / file_name(step)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror}") from None
        found = checkpoint_from(content, self.network, self.settings, str(path))
        if found.state.step != step:
            raise RunError(f"{path} is damaged: it is of step {found.state.step}")
        return found

    def whole(self, first: int, last: int, *, backward: bool = False) -> Iterator[Checkpoint]:
        """Yield the checkpoints of the steps `first` … `last` that are whole, in their order.

        Of one that is not, a warning says so: any step comes out of the others, in more time.
        """
        steps = [step for step in self.steps if first <= step <= last]
        for step in reversed(steps) if backward else steps:
            try:
                yield self.load(step)
            except RunError as error:
                if step not in self.told:
                    logger.warning("%s; another checkpoint is taken in its place", error)
                self.told.add(step)


def file_name(step: int) -> str:
    """Return the name of a step's file; names sort as their steps do.

    >>> file_name(1734)
    '000000001734.safetensors'
    """
    return f"{step:012}{ENDING}"


def steps_in(folder: Path) -> list[int]:
    """Return the steps whose files lie in a folder, in order; none where there is no folder."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(name.removesuffix(ENDING)) for name in names if is_checkpoint(name))


def is_checkpoint(name: str) -> bool:
    """Return whether a file's name is one that `file_name` gives."""
    return name.endswith(ENDING) and name.removesuffix(ENDING).isdecimal()


def checkpoint_path(run: Path, step: int) -> Path:
    """Return where a run's checkpoint of a step lies."""
    return run / CHECKPOINTS / file_name(step)


# --- states and their tensors --------------------------------------------------------------------


def state_tensors(state: TrainingState) -> dict[str, Array]:
    """Return a state as tensors, to the bit."""
    tensors = {
        "parameters": state.parameters.vector,
        "loss_sum": np.array([state.loss_sum], dtype=np.float64),
        "step": np.array([state.step], dtype=np.int64),
    }
    for name, vector in state.optimizer.vectors.items():
        tensors[f"optimizer.{name}"] = vector
    for name, value in state.optimizer.shared.items():
        tensors[f"shared.{name}"] = np.array([value], dtype=np.float64)
    if state.stopping is not None:
        tensors |= stopping_tensors(state.stopping)
    return tensors


def stopping_tensors(stopping: Stopping) -> dict[str, Array]:
    """Return the state of early stopping as tensors."""
    tensors = {
        "stopping.best_loss": np.array([stopping.best_loss], dtype=np.float64),
        "stopping.best_step": np.array([stopping.best_step], dtype=np.int64),
        "stopping.waited": np.array([stopping.waited], dtype=np.int64),
    }
    if stopping.best is not None:
        tensors["stopping.best"] = stopping.best.vector
    if stopping.most_cuts:
        tensors["stopping.cuts"] = np.array([stopping.cuts], dtype=np.int64)
    return tensors


def state_hash(state: TrainingState) -> str:
    """Return the SHA-256 of a state's bits."""
    return tensors_hash(state_tensors(state))


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as a file."""
    about = {**FORMAT, "seconds": repr(checkpoint.seconds)}
    return sealed(state_tensors(checkpoint.state), about)


def checkpoint_from(
    content: bytes, network: Network, settings: TrainingSettings, where: str
) -> Checkpoint:
    """Return the checkpoint of a file; RunError where it is damaged or of another network."""
    tensors, about = unsealed(content, where)
    rule = optimizer(settings.learning.optimizer)
    count, dtype = network.parameter_count, settings.dtype

    def vector(name: str) -> Array:
        # what an optimizer carries may overflow while the parameters are finite still
        found = tensor(tensors, name, (count,), dtype, where, finite=name == "parameters")
        found.flags.writeable = False
        return found

    def number(name: str, kind: str = "float64") -> float:
        array = tensors.get(name)
        if array is None or array.shape != (1,) or array.dtype != kind:
            raise RunError(f"{where} is damaged: it has no number {name}")
        value: float = array[0].item()
        return value

    stopping = stopping_of(settings)
    if stopping is not None:
        has_best = "stopping.best" in tensors
        stopping = replace(
            stopping,
            best_loss=number("stopping.best_loss"),
            best=Parameters(network, vector("stopping.best")) if has_best else None,
            best_step=int(number("stopping.best_step", "int64")),
            waited=int(number("stopping.waited", "int64")),
            cuts=int(number("stopping.cuts", "int64")) if stopping.most_cuts else 0,
        )
    state = TrainingState(
        parameters=Parameters(network, vector("parameters")),
        optimizer=OptimizerState(
            {name: vector(f"optimizer.{name}") for name in rule.state},
            {name: number(f"shared.{name}") for name in rule.shared_state},
        ),
        step=int(number("step", "int64")),
        loss_sum=number("loss_sum"),
        stopping=stopping,
    )
    try:
        return Checkpoint(state, float(about.get("seconds", "0")))
    except ValueError:
        raise RunError(f"{where} is damaged: its seconds are no number") from None


# --- which of them are kept ----------------------------------------------------------------------


def thinned(steps: list[int], most: int) -> list[int]:
    """Return at most `most` of the steps, as evenly spaced as may be, with the first and last.

    It looks at nothing but the steps, so a training that goes on thins as one that never stopped.

    >>> thinned([0, 10, 20, 30, 40, 50], 4)
    [0, 20, 40, 50]
    """
    kept = sorted(steps)
    while len(kept) > max(2, most):
        gaps = [after - before for before, after in zip(kept, kept[2:], strict=False)]
        del kept[1 + gaps.index(min(gaps))]
    return kept
