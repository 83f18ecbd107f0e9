"""What an engine is given: a network, how it is to learn, the examples, and the rows to watch."""

from dataclasses import dataclass

import numpy as np

from clearprop.data.kinds import Kind
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array
from clearprop.training.batches import Batches
from clearprop.training.schedules import scheduled_rates
from clearprop.training.settings import TrainingSettings


@dataclass(frozen=True)
class Job:
    """A training that is fully described, but for the parameters it starts from.

    `watched` are the inputs and targets of the rows that are looked at after every epoch; their
    score is the accuracy for classes and R² for numbers, as `kind` says.
    """

    network: Network
    settings: TrainingSettings
    batches: Batches
    watched: tuple[Array, Array] | None = None
    kind: Kind = "numbers"

    @property
    def learning(self) -> Learning:
        """Loss, update rule and constants."""
        return self.settings.learning

    @property
    def steps(self) -> int:
        """The number of steps that are planned."""
        return self.settings.epochs * self.batches.per_epoch

    def rates(self, first: int, until: int) -> Array:
        """Return the rate of each step from `first` to `until`; one entry if all are the same."""
        settings = self.settings
        if settings.schedule == "constant" and not settings.warmup:
            return np.array([self.learning.constant("rate")])
        return scheduled_rates(settings, first, until, self.batches.per_epoch)

    @property
    def clip_norm(self) -> float | None:
        """The largest norm of a gradient, None for any."""
        return self.settings.clip_norm

    @property
    def dropout(self) -> float:
        """The probability that a hidden unit is left out of an example."""
        return self.settings.dropout
