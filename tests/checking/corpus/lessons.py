"""Random lessons: small networks of one to three hidden layers, every loss, activation and rule.

Comes in: a source of chance. Goes out: a lesson whose numbers have at most two decimals, as people
choose them for exercises.
"""

from __future__ import annotations

from random import Random

from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

COMMON_ACTIVATIONS = ("sigmoid", "tanh", "relu", "sigmoid")
RATES = (0.5, 0.1, 0.05, 0.01, 0.2, 0.3)
MOST_PARAMETERS = 30


def random_lesson(chance: Random) -> Lesson:
    """Return a lesson."""
    while True:
        layers = [chance.randint(1, 3), *(chance.randint(1, 3) for _ in range(hidden(chance)))]
        layers.append(chance.choice((1, 1, 2, 2, 3)))
        loss = chance.choice(list(LOSSES))
        activations = [any_activation(chance) for _ in layers[1:-1]]
        activations.append(output_activation(chance, loss))
        if "softmax" in activations and layers[activations.index("softmax") + 1] == 1:
            continue  # a softmax of one unit is always 1
        biases = [chance.random() < 0.8 for _ in layers[1:]]
        network = Network(layers, activations, biases)
        if network.parameter_count <= MOST_PARAMETERS:
            return filled(chance, network, loss)


def hidden(chance: Random) -> int:
    """Return a number of hidden layers, few rather than many."""
    return chance.choice((1, 1, 1, 2, 2, 3))


def any_activation(chance: Random) -> str:
    """Return an activation, a common one mostly."""
    return chance.choice(COMMON_ACTIVATIONS if chance.random() < 0.6 else list(ACTIVATIONS))


def output_activation(chance: Random, loss: str) -> str:
    """Return an activation of outputs that the loss is defined for."""
    ranges = LOSSES[loss].ranges
    while ACTIVATIONS[name := any_activation(chance)].range not in ranges:
        pass
    return name


def filled(chance: Random, network: Network, loss: str) -> Lesson:
    """Return a lesson of the network, with parameters, examples and a way of learning."""
    examples = chance.choice((1, 1, 1, 2, 3))
    vector = [chosen(chance, 1.0) for _ in range(network.parameter_count)]
    x = [[chosen(chance, 2.0) for _ in range(network.layers[0])] for _ in range(examples)]
    y = [targets(chance, loss, network.layers[-1]) for _ in range(examples)]
    return Lesson(Parameters(network, vector), x, y, learning(chance, network, loss))


def chosen(chance: Random, most: float) -> float:
    """Return a number other than 0, with at most two decimals."""
    return (
        round(chance.uniform(0.05, most) * chance.choice((-1, 1)), chance.choice((1, 2, 2))) or 0.5
    )


def targets(chance: Random, loss: str, outputs: int) -> list[float]:
    """Return the targets of one example."""
    if LOSSES[loss].targets == "distribution":
        hot = chance.randrange(outputs)
        return [float(unit == hot) for unit in range(outputs)]
    if LOSSES[loss].targets == "probability":
        return [float(chance.choice((0, 1, 1, 0.8))) for _ in range(outputs)]
    return [round(chance.uniform(-1, 2), chance.choice((0, 1, 2))) for _ in range(outputs)]


def learning(chance: Random, network: Network, loss: str) -> Learning:
    """Return a way of learning: plain gradient descent half of the time."""
    optimizer = chance.choice(list(OPTIMIZERS)) if chance.random() < 0.5 else "gradient_descent"
    constants = {"rate": chance.choice(RATES)}
    if chance.random() < 0.2:
        constants["weight_decay"] = chance.choice((0.1, 0.01))
    frozen: tuple[str, ...] = ()
    if chance.random() < 0.15:
        frozen = (chance.choice(("biases", "w1") if any(network.biases) else ("w1",)),)
    reduction = chance.choice(("mean", "sum"))
    return Learning(loss, optimizer, reduction, constants, frozen)
