"""Early stopping: stop when the validation loss no longer falls, and take the best parameters.

(Prechelt 1998, Early Stopping - But When?, the criterion UP with patience.) The test part has no
part in it.
"""

from dataclasses import dataclass

from clearprop.training.engine import TrainingState


@dataclass(frozen=True)
class Stopping:
    """The best state so far by validation loss, and how long ago it was.

    >>> stopping = Stopping(patience=2)
    >>> for loss in (3.0, 2.0, 2.5, 2.0):
    ...     stopping = stopping.after(loss, None)
    >>> stopping.best_loss, stopping.is_over
    (2.0, True)
    """

    patience: int
    best_loss: float = float("inf")
    best: TrainingState | None = None
    waited: int = 0

    def after(self, validation_loss: float, state: TrainingState | None) -> "Stopping":
        """Return the stopping rule's state after one more epoch."""
        if validation_loss < self.best_loss:
            return Stopping(self.patience, validation_loss, state)
        return Stopping(self.patience, self.best_loss, self.best, self.waited + 1)

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.waited >= self.patience
