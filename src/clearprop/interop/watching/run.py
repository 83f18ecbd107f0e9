"""WatchedRun: what can be asked of a recorded PyTorch loop, while it goes on and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from clearprop.errors import RunError, SettingError, counted
from clearprop.interop.watching.explanation import explained
from clearprop.interop.watching.finding import find
from clearprop.interop.watching.folder import Checkpoint, Outcome, Trained, is_temporary
from clearprop.interop.watching.reading import Recording, open_recording
from clearprop.interop.watching.replay import Replay
from clearprop.interop.watching.statement import ledger_of
from clearprop.interop.watching.tape import Step
from clearprop.ledgers.explanation import Explanation
from clearprop.ledgers.ledger import Ledger
from clearprop.network.parameters import Array
from clearprop.runs.folder import write_folder
from clearprop.runs.replay import check_step

if TYPE_CHECKING:
    from clearprop.interop.watching.recorder import Recorder
    from clearprop.runs.finding import Findings


class WatchedRun:
    """A PyTorch loop that was watched, by its folder.

    S counts finished steps of the optimizer: `at(0)` is the start, `explain(name, at=S)` shows the
    step that follows S.
    """

    def __init__(self, folder: Path, recorder: Recorder | None = None) -> None:
        self.folder = folder
        self.recorder = recorder
        self.read: Replay | None = None

    first_step = 0
    per_epoch = None  # a loop does not say where its epochs begin
    traceable = False  # nor does `clearprop trace` show its steps

    @property
    def path(self) -> Path | None:
        """The folder that it lies in; None where it vanishes with the run."""
        return None if self.temporary else self.folder

    @property
    def name(self) -> str:
        """The folder's name; that of the module's class where none is kept."""
        return self.recording.name

    @property
    def replay(self) -> Replay:
        """What brings back its steps: all that are recorded by now."""
        recorder = self.recorder
        if recorder is not None:
            recorder.settle()
        if self.read is None or (
            recorder is not None and self.read.recording.steps != recorder.steps
        ):
            self.read = Replay(open_recording(self.folder))
        return self.read

    def ended(self) -> None:
        """Note that the loop is over."""
        self.recorder = self.read = None

    @property
    def recording(self) -> Recording:
        """What lies on the disk."""
        return self.replay.recording

    @property
    def outcome(self) -> Outcome:
        """How the loop ended; `steps` is the number of finished steps."""
        found = self.recording.watched.ended(steps=self.recording.steps)
        return found.outcome

    @property
    def steps(self) -> int:
        """The number of the optimizer's steps that are recorded."""
        return self.recording.steps

    @property
    def parameters(self) -> tuple[Trained, ...]:
        """The parameters that are recorded, in the order of the module."""
        return self.recording.watched.parameters

    @property
    def history(self) -> pl.DataFrame:
        """One row per step: step, loss, examples, rate; None where loss or rows are not known."""
        rows = []
        for number in range(self.recording.steps):
            step = self.recording.tape.step(number)
            rows.append((number, step.loss, examples_of(step), step.options[0].get("lr")))
        schema = {"step": pl.Int64, "loss": pl.Float64, "examples": pl.Int64, "rate": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @property
    def place(self) -> str | None:
        """The folder, for commands that are to be copied; None where it vanishes with the run."""
        return None if self.temporary else str(self.folder)

    @property
    def temporary(self) -> bool:
        """Whether it was watched without a folder to be kept in."""
        return is_temporary(self.folder)

    # --- what can be asked -----------------------------------------------------------------------

    def at(self, step: int) -> WatchedMoment:
        """Return the loop after `step` finished steps, to the bit; 0 is the start.

        Raises
        ------
        SettingError: there is no such step.
        RunError: the recording is damaged.
        Disagreement: the replay does not come to PyTorch's bits.
        """
        replay = self.replay
        check_step(step, replay.recording.steps)
        return WatchedMoment(self, replay.state(step))

    def explain(self, name: str, at: int) -> Explanation:
        """Return how the step after `at` changed a parameter, as `Run.explain`.

        `name` is W1[3,7] or b2[0] by the order of the Linear layers, or PyTorch's 0.weight[3,7].

        Raises
        ------
        UnknownName, SettingError: no such parameter or step, or an optimizer without decomposition.
        RunError, Disagreement: as `at`.
        """
        return explained(self.replay, name, at, self.place)

    def ledger(self, weight: str | None = None, **options: Any) -> Ledger:
        """Return the statement of a parameter over some steps, as `Run.ledger`.

        Options: `unit` or `layer`, `since`, `until`, `by` ("example" or "class"), `progress`.

        Raises
        ------
        UnknownName, SettingError: no such parameter, unit, layer or span.
        RunError, Disagreement: as `at`.
        """
        return ledger_of(self.replay, weight, self.place, **options)

    def find(
        self, condition: str, first: int | None = None, last: int | None = None,
        every: bool = False, watch: Any = None, interruption: Any = None,
    ) -> Findings:  # fmt: skip
        """Return the first step at which a condition holds (or `every` one): "loss > 2 * median".

        `watch` is told the step that is looked at; an `interruption` that is asked for ends it.

        Raises
        ------
        SettingError, UnknownName: the condition cannot be read.
        RunError, Disagreement: as `at`.
        """
        return find(self, condition, first, last, every, watch, interruption)

    def save(self, path: str | PathLike[str], force: bool = False) -> WatchedRun:
        """Write the recording as a folder, whole or not at all, and return the run that lies there.

        Raises
        ------
        RunError: something lies at the path already, and `force` is not given.
        FailedRun: the disk is full or not writable.
        """
        source = self.recording.folder
        files = [each for each in sorted(source.rglob("*")) if each.is_file()]
        write_folder(
            Path(path), {str(each.relative_to(source)): each.read_bytes() for each in files}, force
        )
        return open_watched(Path(path))

    def health(self, step: int | None = None) -> NoReturn:
        """Raise SettingError: what `Run.health` tells of units is not known of a watched loop."""
        raise SettingError(
            f"{self.place or self.name} is the recording of a PyTorch loop, of whose units no"
            " health is known; run.at(step).parameters has its weights, and run.explain their"
            " gradients"
        )

    def __repr__(self) -> str:
        watched = self.recording.watched
        steps = counted(self.steps, "step")
        name = "" if self.temporary else f" {self.name}"
        return f"<WatchedRun{name}: {watched.model}, {watched.optimizer}, {steps}>"

    def _repr_html_(self) -> str | None:
        from clearprop.interop.watching.pages import run_html

        return run_html(self)

    def __rich__(self) -> Any:
        from clearprop.interop.watching.pages import run_page

        return run_page(self)


@dataclass(frozen=True, repr=False)
class WatchedMoment:
    """A watched loop as it was after `step` finished steps, to the bit."""

    run: WatchedRun
    checkpoint: Checkpoint

    @property
    def step(self) -> int:
        """S: the number of finished steps."""
        return self.checkpoint.step

    @cached_property
    def parameters(self) -> Mapping[str, Array]:
        """The parameters by PyTorch's names, read-only."""
        found = {}
        for each in self.run.parameters:
            array = self.checkpoint.parameters[each.name].reshape(each.shape)
            array.flags.writeable = False
            found[each.name] = array
        return MappingProxyType(found)

    @property
    def optimizer(self) -> Mapping[str, Mapping[str, Array]]:
        """What the optimizer keeps for each parameter, by PyTorch's names."""
        return self.checkpoint.state

    @property
    def following(self) -> Step | None:
        """What is on the tape of the step that follows; None after the last."""
        recording = self.run.recording
        return recording.tape.step(self.step) if self.step < recording.steps else None

    def __repr__(self) -> str:
        return f"<WatchedMoment of {self.run.name}: after {counted(self.step, 'step')}>"

    def _repr_html_(self) -> str | None:
        from clearprop.interop.watching.pages import moment_html

        return moment_html(self)

    def __rich__(self) -> Any:
        from clearprop.interop.watching.pages import moment_page

        return moment_page(self)


def examples_of(step: Step) -> int | None:
    """Return how many examples a step took; None where the rows of a batch are not known."""
    batches = step.batches
    if any(batch.rows is None for batch in batches) or (step.whole and not batches):
        return None
    return sum(len(batch.rows) for batch in batches if batch.rows is not None)


def open_watched(path: Path) -> WatchedRun:
    """Return the recording of a folder; RunError where there is none or it is damaged."""
    if not path.is_dir():
        raise RunError(f"{path} is no folder")
    return WatchedRun(open_recording(path).folder)
