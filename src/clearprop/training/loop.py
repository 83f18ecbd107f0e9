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


def training(engine: Engine, parameters: Parameters) -> Iterator[Progress]:
    """Train for the epochs of the engine's job; yield progress, first that of the start itself."""
    progress = Progress(
        epoch=0,
        epochs=engine.job.settings.epochs,
        step=0,
        steps=engine.job.steps,
        state=engine.first_state(parameters),
        held_out=engine.look(parameters),
    )
    yield progress
    steps, pace = 1, Pace()
    while progress.step < progress.steps and not progress.state.is_over:
        started = perf_counter()
        advance = engine.advance(progress.state, min(progress.step + steps, progress.steps))
        pace = pace.after(advance.state.step - progress.step, perf_counter() - started)
        # The first calls are short, so that one slow step is told from many fast ones.
        steps = max(1, min(4 * steps, int(pace.steps_per_second * SECONDS_PER_CALL)))
        steps = min(steps, EPOCHS_PER_CALL * engine.job.batches.per_epoch)
        progress = after(progress, engine, advance, pace)
        yield progress
        if progress.broke:
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
