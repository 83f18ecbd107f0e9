"""How much memory a training needs at least: checked before the first weight is drawn."""

import numpy as np

from clearprop.data.memory import check_room
from clearprop.formulas.optimizers import optimizer
from clearprop.network.network import Network
from clearprop.training.settings import TrainingSettings

VECTORS = 4  # as long as the parameters: before, after, the gradient, the gradient with its decay
WAY_OUT = "take fewer units or smaller batches"


def check_memory(network: Network, settings: TrainingSettings, rows: int) -> None:
    """Raise DataError where the memory would not suffice for a training on some rows.

    >>> from clearprop.network.learning import Learning
    >>> check_memory(Network([2, 1]), TrainingSettings(Learning(), epochs=1), rows=4)
    """
    states = len(optimizer(settings.learning.optimizer).state)
    units = min(settings.batch_size, rows) * sum(network.layers[1:])  # net inputs, activations, δ
    numbers = (VECTORS + 2 * states) * network.parameter_count + 3 * units
    check_room_of_training(numbers, settings.dtype)


def check_room_of_training(numbers: int, dtype: str) -> None:
    """Raise DataError where there is no room for that many numbers."""
    needed = numbers * np.dtype(dtype).itemsize
    check_room(needed, "training this network with batches of this size", WAY_OUT)
