"""What recording a run costs: time, bytes on the disk, and how far away any step is.

The network of W4, 784-128-10 in float32, learns 60,000 examples for 10 epochs, with and without a
folder to be recorded in, in turns; the same plan, the same engine. The folder then gives back steps
drawn at random, each of which is timed.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from clearprop.api import open_run
from clearprop.api.keeping import with_picture
from clearprop.runs.checkpoints import steps_in
from clearprop.runs.listing import folder_size
from clearprop.runs.making import Plan, carry_out, planned
from clearprop.runs.recording import begun
from clearprop.runs.run import Run
from clearprop.training.choices import Wishes
from clearprop.training.interruption import Interruption

EXAMPLES, EPOCHS, BATCH = 60_000, 10, 32
OPTIMIZERS = ("gradient_descent", "momentum", "adam")
ROUNDS = 5
ASKED = 20  # steps that are brought back
MOST_BYTES, MOST_SHARE = 40e6, 0.05


Times = tuple[float, float]  # of the whole, and of the processor: for all of it, or for recording


@dataclass(frozen=True)
class Recorded:
    """A training with and without recording: seconds (the best of the rounds), bytes, checkpoints.

    The seconds are those of the clock or of the processor, whichever are fewer, as everywhere in
    the suite. `work` is the processor's time that recording takes, as a share of that of the
    training: other programs have little part in it. `back` are the median seconds in which a step
    is brought back and held against the next checkpoint, `furthest` the longest.
    """

    optimizer: str
    plain: float
    recorded: float
    work: float
    bytes: int
    checkpoints: int
    steps: int
    back: float
    furthest: float

    @property
    def overhead(self) -> float:
        """What recording adds, as a share of the seconds without it."""
        return self.recorded / self.plain - 1

    def json(self) -> dict[str, object]:
        """Return the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"recording, {self.optimizer}: {self.plain:.2f} s without, {self.recorded:.2f} s with,"
            f" overhead {100 * self.overhead:+.1f} % of the time,"
            f" {100 * self.work:.1f} % of the work; {self.bytes / 1e6:.1f} MB,"
            f" {self.checkpoints} checkpoints; a step in {self.back:.2f} s,"
            f" at most {self.furthest:.2f} s"
        )


def recordings(
    examples: int = EXAMPLES,
    epochs: int = EPOCHS,
    rounds: int = ROUNDS,
    optimizers: Sequence[str] = OPTIMIZERS,
) -> Iterator[Recorded]:
    """Yield what recording costs with each optimizer."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((examples, 784), dtype=np.float32)
    y = generator.integers(10, size=examples).astype(str)
    for optimizer in optimizers:
        wishes = Wishes(
            hidden=(128,), activation="relu", optimizer=optimizer, rate=0.001, batch_size=BATCH,
            epochs=epochs, test_size=0.0, dtype="float32", engine="generic",
        )  # fmt: skip
        yield recording_of(planned((x, y), wishes), (x, y), rounds)


def recording_of(plan: Plan, data: tuple[np.ndarray, np.ndarray], rounds: int) -> Recorded:
    """Return what recording a planned training costs."""
    plan.engine.prepare()
    plain, recorded = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        for _ in range(rounds):
            plain.append(times_of_training(plan))
            recorded.append(times_of_recording(plan, path))
        run = open_run(path).with_data(data)
        times = list(seconds_back(run))
        return Recorded(
            optimizer=plan.settings.learning.optimizer,
            plain=min(time for time, _ in plain),
            recorded=min(time for time, _ in recorded),
            work=statistics.median(
                own / training for (_, training), (_, own) in zip(plain, recorded, strict=True)
            ),
            bytes=folder_size(path),
            checkpoints=len(steps_in(path / "checkpoints")),
            steps=run.outcome.steps,
            back=statistics.median(times),
            furthest=max(times),
        )


def times_of_training(plan: Plan) -> Times:
    """Return the times of a training that is recorded nowhere."""
    with Interruption() as interruption:
        started, begun_at = perf_counter(), process_time()
        with_picture(carry_out(plan, interruption))
        seconds, worked = perf_counter() - started, process_time() - begun_at
    return min(seconds, worked), worked


def times_of_recording(plan: Plan, path: Path) -> Times:
    """Return the seconds of a training that is recorded, and the processor's time of recording."""
    with Interruption() as interruption:
        started, begun_at = perf_counter(), process_time()
        with begun(plan, path, force=True) as recorder:
            trained_from = process_time()
            run = with_picture(carry_out(plan, interruption, None, recorder))
            trained_until = process_time()
            recorder.finish(run)
        seconds, ended = perf_counter() - started, process_time()
    recording = (trained_from - begun_at) + recorder.spent + (ended - trained_until)
    return min(seconds, ended - begun_at), recording


def seconds_back(run: Run) -> Iterator[float]:
    """Yield the seconds in which steps drawn at random are brought back, and held for exact."""
    run.replay.advanced(run.at(0).state, 1)  # data and engine are ready from here on
    for step in np.random.default_rng(1).integers(0, run.outcome.steps, ASKED).tolist():
        run.replay.held.clear()
        run.replay.latest = None
        started = perf_counter()
        run.at(step)
        yield perf_counter() - started
