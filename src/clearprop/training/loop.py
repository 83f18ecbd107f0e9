"""The training loop: epochs of steps. It yields progress and knows no watcher.

Comes in: an engine, the starting parameters, the settings, and a look at the watched rows. Goes
out: one `Progress` per epoch, and about ten a second within long epochs. Whoever consumes it
draws, records or stops; at any yield everything learnt so far is in `Progress.state`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from clearprop.network.parameters import Array, Parameters
from clearprop.training.batches import Batches
from clearprop.training.divergence import Break, find_break
from clearprop.training.engine import Advance, Engine, TrainingState
from clearprop.training.scoring import Figures
from clearprop.training.settings import TrainingSettings
from clearprop.training.stopping import Stopping

SECONDS_PER_CALL = 0.1  # of the engine: how soon a watcher hears from it
Look = Callable[[Parameters], Figures | None]


@dataclass(frozen=True)
class Progress:
    """Where training stands.

    epoch, step      finished epochs and updates; epochs, steps: as many as are planned
    state            what was learnt so far
    loss             mean training loss of the epoch's examples, each before its own update
    held_out         loss and score of the watched rows after the last finished epoch
    examples_per_second   of the epoch's training steps
    epoch_finished   whether this closes an epoch
    broke            the first number that is not finite, if there is one: training is over
    stopping         the state of early stopping, if that is on
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    state: TrainingState
    loss: float = float("nan")
    held_out: Figures | None = None
    examples_per_second: float = 0.0
    epoch_finished: bool = False
    broke: Break | None = None
    stopping: Stopping | None = None

    @property
    def kept(self) -> TrainingState:
        """The state to keep: the best by validation loss with early stopping, else the last."""
        best = self.stopping.best if self.stopping else None
        return best or self.state

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping ended the training before its last epoch."""
        return self.stopping is not None and self.stopping.is_over and self.epoch < self.epochs


def training(
    engine: Engine, parameters: Parameters, settings: TrainingSettings, look: Look
) -> Iterator[Progress]:
    """Train for the epochs of the settings; yield progress, first that of the start itself."""
    progress = Progress(
        epoch=0,
        epochs=settings.epochs,
        step=0,
        steps=settings.epochs * engine.batches.per_epoch,
        state=engine.first_state(parameters),
        held_out=look(parameters),
        stopping=Stopping(settings.patience) if settings.early_stopping else None,
    )
    yield progress
    for _ in range(settings.epochs):
        for within in epoch_steps(engine, settings, progress):
            yield within
            progress = within
        if progress.broke:
            return
        progress = closed(progress, look)
        yield progress
        if progress.stopped_early:
            return


def epoch_steps(engine: Engine, settings: TrainingSettings, before: Progress) -> Iterator[Progress]:
    """Take the steps of one epoch; yield at every call of the engine."""
    end = (before.epoch + 1) * engine.batches.per_epoch
    progress, tally, steps = replace(before, epoch_finished=False), Tally(), 1
    while progress.step < end:
        started = perf_counter()
        advance = engine.advance(progress.state, min(progress.step + steps, end))
        tally = tally.after(
            advance, progress.step, settings, engine.batches, perf_counter() - started
        )
        steps = max(1, int(tally.steps_per_second * SECONDS_PER_CALL))
        progress = replace(
            progress,
            step=advance.state.step,
            state=advance.state,
            loss=tally.mean_loss,
            examples_per_second=tally.examples_per_second,
        )
        if advance.broke:
            batch = engine.batches.batch(progress.step)
            yield replace(progress, broke=find_break(progress.state, settings.learning, *batch))
            return
        yield progress


def closed(progress: Progress, look: Look) -> Progress:
    """Return the progress at the end of an epoch: the watched rows looked at, stopping told."""
    held_out = look(progress.state.parameters)
    stopping = progress.stopping
    if stopping is not None and held_out is not None:
        stopping = stopping.after(held_out.loss, progress.state)
    return replace(
        progress,
        epoch=progress.epoch + 1,
        epoch_finished=True,
        held_out=held_out,
        stopping=stopping,
    )


@dataclass(frozen=True)
class Tally:
    """The losses and the time of an epoch's steps so far."""

    loss: float = 0.0
    examples: int = 0
    steps: int = 0
    seconds: float = 0.0

    def after(
        self,
        advance: Advance,
        first: int,
        settings: TrainingSettings,
        batches: Batches,
        seconds: float,
    ) -> "Tally":
        """Return the tally after the steps of a call, the first of them being step `first`."""
        sizes = batch_sizes(batches, first, len(advance.losses))
        weights = sizes if settings.learning.reduction == "mean" else np.ones_like(sizes)
        return Tally(
            self.loss + float((advance.losses * weights).sum()),
            self.examples + int(sizes.sum()),
            self.steps + len(sizes),
            self.seconds + seconds,
        )

    @property
    def mean_loss(self) -> float:
        """The mean loss of an example."""
        return self.loss / self.examples if self.examples else float("nan")

    @property
    def steps_per_second(self) -> float:
        """How fast the steps were."""
        return self.steps / max(self.seconds, 1e-9)

    @property
    def examples_per_second(self) -> float:
        """How fast the examples passed."""
        return self.examples / max(self.seconds, 1e-9)


def batch_sizes(batches: Batches, first: int, steps: int) -> Array:
    """Return the number of examples in each of some steps."""
    places = np.arange(first, first + steps) % batches.per_epoch
    return np.minimum(batches.size, batches.examples - places * batches.size)
