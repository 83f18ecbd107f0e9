"""The training loop: calls of an engine, of about a tenth of a second each. It yields progress and
knows no watcher.

Comes in: an engine and the starting parameters. Goes out: `Progress`, first that of the start
itself. Whoever consumes it draws, records or stops; at any yield everything learnt so far is in
`Progress.state`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

from clearprop.network.parameters import Parameters
from clearprop.training.divergence import Break, find_break
from clearprop.training.engine import Advance, Engine, EpochFigures, TrainingState
from clearprop.training.scoring import Figures

SECONDS_PER_CALL = 0.1  # of the engine: how soon a watcher hears from it
EPOCHS_PER_CALL = 100_000  # whose figures fit into a few megabytes


@dataclass(frozen=True)
class Progress:
    """Where training stands.

    epoch, step      finished epochs and updates; epochs, steps: as many as are planned
    state            what was learnt so far
    loss             mean training loss of an example: of the last epoch that was finished, or of
                     the first part of a long one
    held_out         loss and score of the watched rows after that epoch
    examples_per_second   of the training steps
    finished         the figures of the epochs that were finished since the last progress
    broke            the first number that is not finite, if there is one: training is over
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    state: TrainingState
    loss: float = float("nan")
    held_out: Figures | None = None
    examples_per_second: float = 0.0
    finished: EpochFigures = field(default_factory=EpochFigures)
    broke: Break | None = None

    @property
    def kept(self) -> tuple[int, Parameters]:
        """The step and parameters to keep: with early stopping the best, else the last."""
        stopping = self.state.stopping
        if stopping is not None and stopping.best is not None:
            return stopping.best_step, stopping.best
        return self.state.step, self.state.parameters

    @property
    def epoch_finished(self) -> bool:
        """Whether an epoch was finished since the last progress."""
        return len(self.finished) > 0

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping ended the training before its last epoch."""
        return self.state.is_over and self.epoch < self.epochs


def training(engine: Engine, start: Parameters | TrainingState) -> Iterator[Progress]:
    """Train for the epochs of the engine's job; yield progress, first that of the start itself.

    The start is the parameters before the first step, or a state from the midst of a training.
    """
    state = start if isinstance(start, TrainingState) else engine.first_state(start)
    progress = Progress(
        epoch=state.step // engine.job.batches.per_epoch,
        epochs=engine.job.settings.epochs,
        step=state.step,
        steps=engine.job.steps,
        state=state,
        held_out=engine.look(state.parameters),
    )
    yield progress
    for advance, pace in calls(engine, state, progress.steps):
        progress = after(progress, engine, advance, pace)
        yield progress


def calls(engine: Engine, state: TrainingState, until: int) -> Iterator[tuple[Advance, "Pace"]]:
    """Yield the advances that lead a state to `until` updates, each of a tenth of a second or so.

    They end sooner where a step breaks or early stopping says enough.
    """
    steps, pace = 1, Pace()
    while state.step < until and not state.is_over:
        started = perf_counter()
        advance = engine.advance(state, min(state.step + steps, until))
        pace = pace.after(advance.state.step - state.step, perf_counter() - started)
        # The first calls are short, so that one slow step is told from many fast ones.
        steps = max(1, min(4 * steps, int(pace.steps_per_second * SECONDS_PER_CALL)))
        steps = min(steps, EPOCHS_PER_CALL * engine.job.batches.per_epoch)
        state = advance.state
        yield advance, pace
        if advance.broke:
            return


def after(progress: Progress, engine: Engine, advance: Advance, pace: "Pace") -> Progress:
    """Return the progress after a call of the engine."""
    state, epochs, job = advance.state, advance.epochs, engine.job
    found = replace(
        progress,
        epoch=state.step // job.batches.per_epoch,
        step=state.step,
        state=state,
        examples_per_second=pace.steps_per_second * job.batches.examples / job.batches.per_epoch,
        finished=epochs,
    )
    if len(epochs):
        loss, score = float(epochs.held_out[-1]), float(epochs.score[-1])
        look = Figures(loss, None if score != score else score) if job.watched else None
        found = replace(found, loss=float(epochs.loss[-1]), held_out=look)
    elif place := state.step % job.batches.per_epoch:
        found = replace(found, loss=state.loss_sum / (place * job.batches.size))
    if advance.broke:
        found = replace(found, broke=find_break(job, state))
    return found


@dataclass(frozen=True)
class Pace:
    """How fast the latest calls were; older ones count less and less."""

    steps: float = 0.0
    seconds: float = 0.0

    def after(self, steps: int, seconds: float) -> "Pace":
        """Return the pace after one more call."""
        return Pace(self.steps / 2 + steps, self.seconds / 2 + seconds)

    @property
    def steps_per_second(self) -> float:
        """How fast the steps were."""
        return self.steps / max(self.seconds, 1e-9)
