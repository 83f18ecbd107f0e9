"""A training followed to its end: what there is of it then, and how it ended, in a sentence.

Comes in: an engine and the state to start from. Goes out: `Ended`, of which `making.py` makes a
run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from clearprop.runs.checkpoints import Checkpoint
from clearprop.training.engine import Engine, EpochFigures, TrainingState
from clearprop.training.interruption import Interruption
from clearprop.training.loop import Progress, training
from clearprop.training.settings import TrainingSettings

if TYPE_CHECKING:
    from clearprop.runs.recording import Recorder

Watcher = Callable[[Progress], object]


@dataclass(frozen=True)
class Ended:
    """A training that is over: where it stands, its epochs' figures, its last state, its begin.

    `asked` says whether somebody asked to stop.
    """

    progress: Progress
    history: tuple[EpochFigures, ...]
    last: Checkpoint
    created: str
    asked: bool


def followed(
    engine: Engine,
    start: TrainingState,
    interruption: Interruption,
    watch: Watcher | None = None,
    recorder: "Recorder | None" = None,
) -> Ended:
    """Train from a state to the end, and return how it ended."""
    created, started = now(), perf_counter()
    history, progress = list[EpochFigures](), None
    for progress in training(engine, start):
        history.append(progress.finished)
        if recorder:
            recorder.watch(progress)
        if watch:
            watch(progress)
        if interruption.asked:
            break
    assert progress is not None, "the loop yields its start"
    if recorder:
        last = recorder.end(progress)
    else:
        last = Checkpoint(progress.state, perf_counter() - started)
    return Ended(progress, tuple(history), last, created, interruption.asked)


def now() -> str:
    """Return the time, in UTC (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def ending(settings: TrainingSettings, progress: Progress, asked: bool) -> dict[str, Any]:
    """Return the status of a training that is over, and the sentence that belongs to it."""
    if progress.broke:
        return {"status": "diverged", "note": progress.broke.sentence()}
    if progress.stopped_early:
        stopping = progress.state.stopping
        assert stopping is not None
        return {
            "status": "stopped early",
            "note": not_better(settings, stopping.patience),
        }
    if asked and progress.epoch < progress.epochs:
        return {"status": "interrupted", "note": f"stopped by hand after step {progress.step:,}"}
    return {"status": "finished", "note": None}


def not_better(settings: TrainingSettings, patience: int) -> str:
    """Return in words why early stopping ended a training."""
    fell = "risen" if settings.stop_on == "validation score" else "fallen"
    by = f" by {settings.tolerance:g}" if settings.tolerance else ""
    return f"the {settings.stop_on} had not {fell}{by} for {patience} epochs"
