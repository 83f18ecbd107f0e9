"""What an engine is given: a network, how it is to learn, the examples, and the rows to watch."""

from dataclasses import dataclass, replace

import numpy as np

from clearprop.backprop.backpropagation import loss_divisor
from clearprop.backprop.products import strict_sum_of_squares
from clearprop.data.kinds import Kind
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters
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

    def rates(self, first: int, until: int, cuts: int = 0) -> Array:
        """Return the rate of each step from `first` to `until`; one entry if all are the same.

        `cuts` is how often an adaptive rate was cut before them.
        """
        settings = self.settings
        if settings.schedule == "constant" and not settings.warmup:
            return np.array([self.learning.constant("rate")])
        return scheduled_rates(settings, first, until, self.batches.per_epoch, cuts)

    def learning_of(self, rows: Array) -> Learning:
        """Return how a step on some rows of the training part learns: with its share of a penalty.

        A penalty p is a weight decay of p / Σ c, which is p / m without sample weights; of a loss
        that is a sum it is p.
        """
        if self.settings.penalty == 0:
            return self.learning
        decay = self.settings.penalty / self.weight_of(rows)
        constants = {**self.learning.constants, "weight_decay": decay}
        return replace(self.learning, constants=constants)

    def penalty_of(self, parameters: Parameters, rows: Array) -> float:
        """Return what the penalty adds to the loss of a batch: p/2 · ‖W‖² / Σ c."""
        if self.settings.penalty == 0:
            return 0.0
        squares = 0.0
        with np.errstate(all="ignore"):
            for weights in parameters.weights:
                squares += strict_sum_of_squares(weights.astype(np.float64).ravel())
        return 0.5 * self.settings.penalty * squares / self.weight_of(rows)

    def weight_of(self, rows: Array) -> float:
        """Return Σ c of a batch's sample weights, by which its loss is divided, or 1."""
        return float(loss_divisor(self.learning, len(rows), self.batches.weights_of(rows)))

    @property
    def clip_norm(self) -> float | None:
        """The largest norm of a gradient, None for any."""
        return self.settings.clip_norm

    @property
    def dropout(self) -> float:
        """The probability that a hidden unit is left out of an example."""
        return self.settings.dropout
