"""Networks, examples and ways to learn that the oracles are asked about, drawn from a seed.

Every fitting activation × loss × reduction × {1, 2, 3} outputs × {0, 1, 3} hidden layers, with
biases everywhere, nowhere, or in every second layer.
"""

import os
from dataclasses import dataclass
from itertools import product

import numpy as np

from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

EXHAUSTIVE = bool(os.environ.get("CLEARPROP_EXHAUSTIVE"))  # every case where a sample is the rule

REDUCTIONS = ("mean", "sum")
OUTPUTS = (1, 2, 3)
HIDDEN_LAYERS = (0, 1, 3)
BIASES = ("everywhere", "nowhere", "every second layer")
OPTIMIZERS = ("gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw")

# what the oracles expect to fit; what is missing here has to be refused
FITTING = tuple(
    (loss, activation)
    for loss, activation in product(LOSSES, ACTIVATIONS)
    if loss not in ("binary_cross_entropy", "cross_entropy")
    or (loss, activation) in (("binary_cross_entropy", "sigmoid"), ("cross_entropy", "softmax"))
)


@dataclass(frozen=True)
class Case:
    """One corner: what the output layer and its loss are, and how the network is built."""

    loss: str
    activation: str
    reduction: str = "mean"
    outputs: int = 1
    hidden_layers: int = 1
    biases: str = "everywhere"
    optimizer: str = "gradient_descent"
    examples: int = 3
    size: float = 0.7  # of weights and inputs: where units saturate, 1 - a² has few digits


def cases(loss, activation):
    """Yield every corner of one loss with one output activation."""
    for reduction, outputs, hidden_layers, biases in product(
        REDUCTIONS, OUTPUTS, HIDDEN_LAYERS, BIASES
    ):
        yield Case(loss, activation, reduction, outputs, hidden_layers, biases)


def lesson_of(case, constants=None, shape_constants=None, frozen=()):
    """Return a lesson with numbers of its own, always the same for the same case."""
    generator = np.random.default_rng([ord(letter) for letter in repr(case)])
    layers = [2, *[3, 4, 2][: case.hidden_layers], case.outputs]
    depth = len(layers) - 1
    # hidden layers take their turn through the table, so that each activation is met everywhere
    names = list(ACTIVATIONS)
    start = names.index(case.activation) + list(LOSSES).index(case.loss)
    hidden = [names[(start + layer) % len(names)] for layer in range(depth - 1)]
    network = Network(
        layers,
        [*hidden, case.activation],
        [biases_at(case.biases, layer) for layer in range(depth)],
        constants=shape_constants,
    )
    return Lesson(
        Parameters(network, case.size * generator.normal(size=network.parameter_count)),
        case.size * generator.normal(size=(case.examples, 2)),
        targets(case, generator),
        Learning(case.loss, case.optimizer, case.reduction, constants or {}, frozen),
    )


def biases_at(biases, layer):
    return {"everywhere": True, "nowhere": False}.get(biases, layer % 2 == 0)


def targets(case, generator):
    """Return targets that the loss is defined for: probabilities too, not only 0 and 1."""
    shape = (case.examples, case.outputs)
    if LOSSES[case.loss].targets == "distribution":
        some = generator.dirichlet(np.ones(case.outputs), size=case.examples)
        return np.ones(shape) if case.outputs == 1 else some
    if LOSSES[case.loss].targets == "probability":
        return generator.uniform(size=shape)
    return 2 * generator.normal(size=shape)


def random_case(generator, optimizer=None, **fixed):
    """Return a random corner, of any optimizer and up to three examples."""
    loss, activation = FITTING[generator.integers(len(FITTING))]
    return Case(
        loss,
        activation,
        reduction=str(generator.choice(REDUCTIONS)),
        outputs=int(generator.integers(1, 4)),
        hidden_layers=int(generator.integers(0, 4)),
        biases=str(generator.choice(BIASES)),
        optimizer=optimizer or str(generator.choice(OPTIMIZERS)),
        examples=int(generator.integers(1, 4)),
        **fixed,
    )
