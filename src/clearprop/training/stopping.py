"""Early stopping: stop when the validation loss no longer falls, and take the best parameters.

(Prechelt 1998, Early Stopping - But When?, the criterion UP with patience.) The test part has no
part in it.
"""

from dataclasses import dataclass

from clearprop.network.parameters import Parameters


@dataclass(frozen=True)
class Stopping:
    """The best parameters so far by validation loss, after which step, and how long ago.

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

    def after(self, validation_loss: float, parameters: Parameters | None, step: int) -> "Stopping":
        """Return the stopping rule's state after one more epoch, which ended with `step`."""
        if validation_loss < self.best_loss:
            return Stopping(self.patience, validation_loss, parameters, step)
        waited = self.waited + 1
        return Stopping(self.patience, self.best_loss, self.best, self.best_step, waited)

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.waited >= self.patience
