"""Which examples each step takes: from the seed and the step's number alone.

Comes in: the training part, batch size, seed. Goes out: the batch of any step S.

The order of an epoch is drawn from (seed, epoch) and nothing else, so there is no generator whose
state has to be carried: the batch of step 1734 is known without the 1733 before it. Where one batch
holds all examples there is nothing to draw: they stay in the order of the data.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from clearprop.backprop.draws import shuffled
from clearprop.network.parameters import Array


@dataclass(frozen=True)
class Batches:
    """The training examples x, y and the order in which the steps take them.

    Steps count from 0 here: step S is the one that makes update S + 1. The last batch of an epoch
    holds what is left. `weights` are the examples' sample weights, shape (m,), in the type of x.
    Without `shuffles` every epoch has the order of the data. `numbers` say which row of the data
    each example is, where not all rows are trained on.

    >>> batches = Batches(np.zeros((5, 1)), np.zeros((5, 1)), size=2, seed=0)
    >>> batches.per_epoch, [len(batches.rows(step)) for step in range(3)]
    (3, [2, 2, 1])
    """

    x: Array
    y: Array
    size: int
    seed: int
    weights: Array | None = None
    shuffles: bool = True
    numbers: Array | None = None

    @property
    def examples(self) -> int:
        """The number of examples in one epoch."""
        return len(self.x)

    @property
    def per_epoch(self) -> int:
        """The number of steps in one epoch."""
        return -(-self.examples // self.size)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of batches that occur, the largest first.

        >>> Batches(np.zeros((5, 1)), np.zeros((5, 1)), size=2, seed=0).sizes
        (2, 1)
        """
        whole, rest = min(self.size, self.examples), self.examples % self.size
        return (whole, rest) if 0 < rest < whole else (whole,)

    def order(self, epoch: int) -> Array:
        """Return the rows of the training part in the order of one epoch, epoch = 0, 1, …"""
        if self.size >= self.examples or not self.shuffles:
            return np.arange(self.examples)
        return epoch_order(self.examples, self.seed, epoch)

    def rows(self, step: int) -> Array:
        """Return the rows of the training part that a step takes."""
        epoch, place = divmod(step, self.per_epoch)
        return self.order(epoch)[place * self.size : (place + 1) * self.size]

    def weights_of(self, rows: Array) -> Array | None:
        """Return the sample weights of some rows, if there are any."""
        return None if self.weights is None else self.weights[rows]

    def number_of(self, row: int) -> int:
        """Return which row of the data a row of the training part is."""
        return row if self.numbers is None else int(self.numbers[row])

    def batch(self, step: int) -> tuple[Array, Array]:
        """Return the inputs and targets of a step."""
        rows = self.rows(step)
        return self.x[rows], self.y[rows]


@lru_cache(maxsize=2)
def epoch_order(examples: int, seed: int, epoch: int) -> Array:
    """Return the shuffled rows of an epoch; kept, for who looks at its steps one after another."""
    order = shuffled(examples, seed, epoch)
    order.flags.writeable = False
    return order
