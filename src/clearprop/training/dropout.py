"""The masks of dropout in a step: from the seed and the step's number alone.

(Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014. Only training drops units out; a
network that is looked at or used sends everything on.)
"""

from collections.abc import Mapping

from clearprop.backprop.backpropagation import NO_MASKS
from clearprop.backprop.draws import dropout_mask
from clearprop.network.network import Network
from clearprop.network.parameters import Array
from clearprop.training.settings import TrainingSettings


def step_masks(
    network: Network, settings: TrainingSettings, step: int, examples: int
) -> Mapping[int, Array]:
    """Return a mask, shape (examples, n_l), for each hidden layer l; none without dropout.

    Steps count from 0.

    >>> from clearprop.network.learning import Learning
    >>> network, learning = Network([2, 3, 1]), Learning()
    >>> settings = TrainingSettings(learning, epochs=1, hidden=(3,), dropout=0.5)
    >>> {layer: mask.tolist() for layer, mask in step_masks(network, settings, 0, 2).items()}
    {1: [[0.0, 2.0, 2.0], [2.0, 0.0, 0.0]]}
    """
    if settings.dropout == 0:
        return NO_MASKS
    return {
        layer: dropout_mask(
            settings.seed,
            step,
            layer,
            (examples, network.layers[layer]),
            settings.dropout,
            settings.dtype,
        )
        for layer in range(1, network.depth)
    }
