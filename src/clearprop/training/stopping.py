"""Early stopping: stop when the validation loss no longer falls, and take the best parameters.

(Prechelt 1998, Early Stopping - But When?, the criterion UP with patience.) The test part has no
part in it. What falls may also be the training loss, whose last parameters are as good as any, or
the validation score with its sign turned; an adaptive rate is cut before the training is ended.
"""

from dataclasses import dataclass, replace

from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.schedules import schedule
from clearprop.network.parameters import Parameters
from clearprop.training.settings import TrainingSettings

CUT_ABOVE = 1e-6  # an adaptive rate that is not above it is cut no more


@dataclass(frozen=True)
class Stopping:
    """The best parameters so far by validation loss, after which step, and how long ago.

    `tolerance` is what a loss has to fall by for the epoch not to be waited through: with None, by
    anything; with 0 it may also stay. `keeps` says whether the best parameters are kept. An
    adaptive rate is cut up to `most_cuts` times, and was so far `cuts` times.

    >>> stopping = Stopping(patience=2)
    >>> for loss in (3.0, 2.0, 2.5, 2.0):
    ...     stopping = stopping.after(loss, None, 0)
    >>> stopping.best_loss, stopping.is_over
    (2.0, True)
    """

    patience: int
    best_loss: float = float("inf")
    best: Parameters | None = None
    best_step: int = 0
    waited: int = 0
    tolerance: float | None = None
    keeps: bool = True
    most_cuts: int = 0
    cuts: int = 0

    def after(self, loss: float, parameters: Parameters | None, step: int) -> "Stopping":
        """Return the stopping rule's state after one more epoch, which ended with `step`."""
        waited = self.waited + 1 if self.waits(loss) else 0
        after = replace(self, waited=waited)
        if loss < self.best_loss:
            kept = {"best": parameters, "best_step": step} if self.keeps else {}
            after = replace(after, best_loss=loss, **kept)  # type: ignore[arg-type]
        return after.cut()

    def waits(self, loss: float) -> bool:
        """Return whether an epoch with this loss is waited through."""
        if self.tolerance is None:
            return not loss < self.best_loss
        return loss > self.best_loss - self.tolerance

    def cut(self) -> "Stopping":
        """Return the state with the rate cut, if it is time for that."""
        if self.is_over and self.cuts < self.most_cuts:
            return replace(self, cuts=self.cuts + 1, waited=0)
        return self

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.waited >= self.patience


def stopping_of(settings: TrainingSettings) -> Stopping | None:
    """Return the stopping rule of a training before its first epoch; None where it has none."""
    if not settings.early_stopping:
        return None
    return Stopping(
        patience=settings.patience,
        tolerance=settings.tolerance,
        keeps=settings.stop_on != "training loss",
        most_cuts=cuts_of(settings),
    )


def cuts_of(settings: TrainingSettings) -> int:
    """Return how often the rate may be cut: until it is no longer above `CUT_ABOVE`."""
    if settings.schedule != "adaptive" or settings.decay_factor == 1:
        return 0
    rate, factor = settings.learning.constant("rate"), settings.decay_factor
    formula, cuts = schedule("adaptive").formula, 0
    values = {"rate": rate, "decay_factor": factor}
    while evaluate(formula, {**values, "cuts": float(cuts)}, FLOATS) > CUT_ABOVE:
        cuts += 1
    return cuts
