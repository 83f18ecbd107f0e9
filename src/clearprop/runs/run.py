"""A run: a trained network, everything that made it, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Integral
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from clearprop.data.encoding import Encoding
from clearprop.data.splits import Split
from clearprop.data.table import Table, read_frame
from clearprop.errors import DataError, SettingError, counted
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
from clearprop.runs.branch import Branch
from clearprop.runs.evaluation import Evaluation, evaluate
from clearprop.runs.predictions import prediction_frame, probabilities
from clearprop.runs.questions import Questions
from clearprop.runs.source import DataSource
from clearprop.shown import Shown
from clearprop.training.examples import PARTS, Examples, fingerprint, watched_part
from clearprop.training.schedules import scheduled_rates
from clearprop.training.scoring import outputs_of
from clearprop.training.settings import TrainingSettings
from clearprop.training.threads import threads

if TYPE_CHECKING:
    from clearprop.runs.checkpoints import Checkpoints
    from clearprop.runs.moment import Moment
    from clearprop.runs.replay import Replay

SMALLEST_RATE = 5e-324  # the smallest number above 0
TRAINING = "training"  # it goes on at this moment, or was cut off
RECORDING = "recording"  # the same of a watched PyTorch loop
STATUSES = (TRAINING, "finished", "stopped early", "interrupted", "diverged")
RESUMABLE = (TRAINING, "interrupted")


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    status    "training", "finished", "stopped early", "interrupted" or "diverged"; `note` says more
    epochs    finished epochs
    step      S of the parameters that are kept: the number of updates that made them
    steps     finished updates, more than `step` where early stopping went back to the best
    seconds   of wall time
    created   when, in UTC (ISO 8601)
    engine    what computed the steps, in which arithmetic; `engine_reason` says why that
    """

    status: str
    epochs: int
    step: int
    steps: int
    seconds: float
    created: str
    version: str
    engine: str = "reference, fast"
    engine_reason: str = "as asked for"
    note: str | None = None


@dataclass(frozen=True)
class Run(Questions, Shown):
    """A trained network with its data source, encoding, settings, history and scores.

    `path` is the folder it lies in; None for a run that is in memory only. `scores` has one entry
    per part of the data ("train", "validation", "test"), each with its rows, loss and figures; none
    while the run is trained. `made_with` says on which libraries and machine. `branch` says where a
    fork left its run.
    """

    parameters: Parameters
    settings: TrainingSettings
    encoding: Encoding
    split: Split
    source: DataSource
    outcome: Outcome
    scores: Mapping[str, Mapping[str, Any]]
    path: Path | None = None
    init: str | None = None
    made_with: Mapping[str, str] | None = None
    branch: Branch | None = None
    checkpoints: "Checkpoints | None" = field(default=None, repr=False, compare=False)
    pictures: Mapping[str, str] = field(default_factory=dict, repr=False)
    read_history: pl.DataFrame | None = field(default=None, repr=False, compare=False)
    table: Table | None = field(default=None, repr=False, compare=False)
    examples: Examples | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", MappingProxyType(dict(self.scores)))

    def __repr__(self) -> str:
        sizes, (part, score) = "-".join(map(str, self.network.layers)), self.headline
        scored = f", {self.score_name} {score:.4g} ({part})" if score is not None else ""
        ended = f"{self.outcome.status} after {counted(self.outcome.steps, 'step')}"
        return f"<Run {self.name}: {sizes} network, {ended}{scored}>"

    @property
    def network(self) -> Network:
        """The network's architecture."""
        return self.parameters.network

    @property
    def learning(self) -> Learning:
        """Loss, update rule and constants."""
        return self.settings.learning

    @property
    def name(self) -> str:
        """The folder's name, or what the run is about."""
        return self.path.name if self.path else self.source.name

    @cached_property
    def history(self) -> pl.DataFrame:
        """One row per epoch: epoch, step, loss, held_out_loss, score."""
        if self.read_history is not None:
            return self.read_history
        from clearprop.runs.reading import read_history

        return read_history(self)

    @property
    def score_name(self) -> str:
        """The name of the score that is looked at first: accuracy or r2."""
        return "accuracy" if self.source.kind == "classes" else "r2"

    @property
    def headline(self) -> tuple[str, float | None]:
        """The part that the run is judged by (test, validation or train), and its score."""
        parts = (part for part in ("test", "validation", "train") if len(getattr(self.split, part)))
        part = next(parts, "train")
        return part, self.scores.get(part, {}).get(self.score_name)

    @property
    def watched(self) -> str:
        """The part that was looked at while training: validation, else test, else train."""
        return watched_part(self.split)

    @property
    def per_epoch(self) -> int | None:
        """The number of steps in an epoch; None only for a watched PyTorch loop."""
        return -(-len(self.split.train) // self.settings.batch_size)

    @property
    def traceable(self) -> bool:
        """Whether `clearprop trace` shows its steps; it does not for a watched PyTorch loop."""
        return True

    @property
    def first_step(self) -> int:
        """The step that it begins at: 0, or where a fork left its run."""
        return self.branch.step if self.branch else 0

    @cached_property
    def replay(self) -> "Replay":
        """What brings back the states of the run."""
        from clearprop.runs.replay import Replay

        return Replay(self)

    def at(self, step: int) -> "Moment":
        """Return the run as it was after `step` finished updates, bit for bit; 0 is the start.

        Raises
        ------
        SettingError: the run has no such step.
        RunError: it was recorded without checkpoints, or none of them is whole.
        DataError: the data cannot be loaded again, or have changed.
        Disagreement: this machine's libraries come to other bits than those of the training.
        """
        from clearprop.runs.moment import Moment

        return Moment(self, self.replay.state(step))

    # --- what can be done with it ----------------------------------------------------------------

    def predict(self, data: object) -> Array:
        """Return one label or number per row of a file, a frame, a built-in set or an array X."""
        return self.predictions(data)["prediction"].to_numpy()

    def predict_probabilities(self, data: object) -> Array:
        """Return the probability of each class, shape (rows, classes), in the labels' order."""
        if not self.encoding.labels:
            raise SettingError(
                f"the run predicts numbers ('{self.source.target}'), which have no probabilities"
            )
        return probabilities(self.encoding, self.outputs(self.frame(data)))

    def predictions(self, data: object) -> pl.DataFrame:
        """Return the predictions as a frame, with `probability_<label>` columns for classes."""
        return prediction_frame(self.encoding, self.outputs(self.frame(data)))

    def frame(self, data: object) -> pl.DataFrame:
        """Return some data as a frame, each column read as it was in training.

        An array has no names: as many columns as were learnt from are those, in their order.
        """
        names = [column.name for column in self.encoding.columns]
        return read_frame(data, self.encoding.readings, names)

    def outputs(self, frame: pl.DataFrame) -> Array:
        """Return the network's outputs ŷ for a frame, shape (rows, n_D)."""
        inputs = self.encoding.inputs(frame)
        with threads(1):
            return outputs_of(self.parameters, inputs.astype(self.parameters.vector.dtype))

    def evaluate(self, data: object = None) -> Evaluation:
        """Return the scores on some data; without data, on the rows that were held out."""
        if data is not None:
            frame, part = self.frame(data), "given"
        else:
            part = self.headline[0]
            frame = self.data().frame[getattr(self.split, part)]
        with threads(1):
            return evaluate(self.parameters, self.learning, self.encoding, frame, part)

    def data(self) -> Table:
        """Return the data of the run, loaded again where necessary.

        Raises
        ------
        DataError: they were in memory only, their file is gone, or they have changed.
        """
        return self.encoded_data[0]

    def with_data(self, data: object, sample_weight: object = None) -> "Run":
        """Return the run with its data given: those that were in memory, or have moved.

        Raises
        ------
        DataError: they cannot be read. Whether they are the run's own is seen when they are used.
        """
        table = self.source.load(self.encoding.readings, data, sample_weight)
        return replace(self, table=table, examples=None)

    @cached_property
    def encoded_data(self) -> tuple[Table, Array, Array]:
        """The data of the run, and its encoded inputs and targets."""
        if self.table is not None and self.examples is not None:  # it was trained in this process
            return self.table, self.examples.x, self.examples.y
        table = self.table or self.source.load(self.encoding.readings)
        changed = DataError(
            f"the data of the run have changed: {self.source.path or self.source.name} no"
            " longer holds the rows that were trained on; restore it"
        )
        try:
            x, y = self.encoding.inputs(table.frame), self.encoding.targets(table.frame)
        except DataError:
            raise changed from None
        if fingerprint(x, y, table.weights) != self.source.fingerprint:
            raise changed
        return table, x, y

    def lesson(self, example: int = 0) -> Lesson:
        """Return one row of the data as a lesson: the run's parameters, and one example.

        `example` is the zero-based row of the data as given, whichever part it fell in.

        Raises
        ------
        SettingError: the data have no such row.
        DataError: the data cannot be loaded again.
        """
        check_row(example, self.source.rows)
        _, x, y = self.encoded_data
        constants = {**self.learning.constants, "rate": self.last_rate}
        return Lesson(
            self.parameters.exact,
            x[example : example + 1].copy(),
            y[example : example + 1].copy(),
            replace(self.learning, constants=constants),
            about=self.about(example),
        )

    @property
    def last_rate(self) -> float:
        """The learning rate of the step that made the parameters; of the first, before any."""
        per_epoch = -(-len(self.split.train) // self.settings.batch_size)
        step = max(0, self.outcome.step - 1)
        if self.settings.schedule == "adaptive":  # what it was depends on the losses until then
            return self.at(max(step, self.first_step)).rate
        found = float(scheduled_rates(self.settings, step, step + 1, per_epoch)[0])
        return found or SMALLEST_RATE  # a rate that has decayed to nothing is shown as next to it

    def about(self, example: int) -> str:
        """Return in words which row of which data an example is, and what its step starts from.

        And what its step goes without: a trace shows one example as it is.
        """
        part = self.part_in_words(example)
        words = f"row {example} of {self.source.name} ({part}); the optimizer starts afresh"
        return f"{words}{self.shown_without}"

    @property
    def shown_without(self) -> str:
        """What the training's steps have and a trace does not show, in words; "" for nothing."""
        trained_with = {
            "dropout": self.settings.dropout > 0,
            "clipping": self.settings.clip_norm is not None,
            "sample weights": self.source.sample_weight is not None,
        }
        without = [name for name, used in trained_with.items() if used]
        if not without:
            return ""
        return f"; the step is shown without the training's {' and '.join(without)}"

    @property
    def shown_whole(self) -> bool:
        """Whether a trace of a step has the step's own numbers, and numbers its rows alike."""
        return (
            not self.shown_without and not self.source.left_out and self.settings.dtype == "float64"
        )

    def part_of(self, example: int) -> str:
        """Return the part that a row of the data fell in: "train", "validation" or "test"."""
        return next(part for part in PARTS if example in getattr(self.split, part))

    def part_in_words(self, example: int) -> str:
        """Return in words what a row of the data was used for."""
        if example in self.source.left_out:
            return "left out"
        return {"train": "trained on", "test": "held out"}.get(self.part_of(example), "validation")

    def save(self, path: "str | PathLike[str]", force: bool = False) -> "Run":
        """Write the run as a folder, whole or not at all, and return it with its path.

        Raises
        ------
        RunError: something lies at the path already, and `force` is not given.
        FailedRun: the disk is full or not writable.
        """
        from clearprop.runs.folder import write_folder
        from clearprop.runs.manifest import run_files

        folder = Path(path)
        write_folder(folder, run_files(self), force)
        return replace(self, path=folder)


def check_row(example: object, rows: int) -> None:
    """Raise SettingError unless a value is a whole number from 0 to rows - 1."""
    whole = isinstance(example, Integral) and not isinstance(example, bool)
    if not whole or not 0 <= example < rows:  # type: ignore[operator]
        raise SettingError(
            f"example must be a row of the data, from 0 to {rows - 1}, not {example!r}"
        )
