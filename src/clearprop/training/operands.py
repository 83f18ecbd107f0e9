"""What a number of a training step was made of: its operands, by name and value.

Comes in: the numbers of a step and one of its quantities. Goes out: the few operands that made it
as large as it is: of a sum of products the factors of the largest.
"""

from collections.abc import Sequence

import numpy as np

from clearprop.network.parameters import Array, place_of
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Parameter,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.training.engine import rate_of
from clearprop.training.step_numbers import StepNumbers

Operands = Sequence[tuple[Quantity, float]]


def operands(step: StepNumbers, quantity: Quantity) -> Operands:
    """Return what a quantity was made of, with the values in that step."""
    match quantity:
        case NetInput():
            return of_net_input(step, quantity)
        case Activation(layer, unit, k):
            return [(NetInput(layer, unit, k), step.forward.z[layer - 1][k, unit])]
        case Loss(None):
            k = largest(step.each_loss)
            return [(Loss(k), step.each_loss[k])]
        case Loss(int(k)):
            y = step.job.batches.y[step.rows[k]]
            return output_and_target(step, k, largest(step.forward.outputs[k] - y))
        case Slope(_, NetInput(layer, unit, k)):
            if layer == step.job.network.depth:
                return output_and_target(step, k, unit)
            return of_delta(step, layer, unit, k)
        case Slope(_, Weight() | Bias() as parameter):
            return of_gradient(step, parameter)
        case Updated(State(name, Weight() | Bias() as parameter)):
            return [of_update(step, parameter), of_carried(step, name, parameter)]
        case Updated(Weight() | Bias() as parameter):
            place = place_of(step.job.network, parameter)
            rate = rate_of(step.job, step.state)
            before = parameter, step.state.parameters.vector[place]
            return [before, of_update(step, parameter), (Constant("rate"), rate)]
    raise TypeError(f"no quantity that a step computes: {quantity!r}")


def largest(terms: Array) -> int:
    """Return the place of the largest magnitude."""
    return int(np.argmax(np.abs(terms)))


@np.errstate(over="ignore")
def of_net_input(step: StepNumbers, z: NetInput) -> Operands:
    """Return the weight and the activation whose product is the largest; the bias if that is."""
    layer, unit, k = z.layer, z.unit, z.example
    parameters, sent = step.state.parameters, step.forward.sent[layer - 1][k]
    weights, biases = parameters.weights[layer - 1][unit], parameters.biases[layer - 1]
    source = largest(weights * sent)
    if biases is not None and abs(biases[unit]) > abs(weights[source] * sent[source]):
        return [(Bias(layer, unit), biases[unit])]
    return [
        (Weight(layer, unit, source), weights[source]),
        (Activation(layer - 1, source, k), sent[source]),
    ]


def output_and_target(step: StepNumbers, k: int, unit: int) -> Operands:
    """Return an output of an example, and what it should be."""
    return [
        (Activation(step.job.network.depth, unit, k), step.forward.outputs[k, unit]),
        (Target(unit, k), step.job.batches.y[step.rows[k], unit]),
    ]


@np.errstate(over="ignore")
def of_delta(step: StepNumbers, layer: int, unit: int, k: int) -> Operands:
    """Return the delta above and the weight whose product is the largest that comes back."""
    above, weights = step.backward.delta[layer][k], step.state.parameters.weights[layer][:, unit]
    sender = largest(above * weights)
    return [
        (delta(layer + 1, sender, k), above[sender]),
        (Weight(layer + 1, sender, unit), weights[sender]),
    ]


@np.errstate(over="ignore")
def of_gradient(step: StepNumbers, parameter: Parameter) -> Operands:
    """Return the delta and the activation of the example that has the largest share."""
    layer, unit = parameter.layer, parameter.unit
    deltas = step.backward.delta[layer - 1][:, unit]
    if isinstance(parameter, Bias):
        k = largest(deltas)
        return [(delta(layer, unit, k), deltas[k])]
    sent = step.forward.sent[layer - 1][:, parameter.source]
    k = largest(deltas * sent)
    return [
        (delta(layer, unit, k), deltas[k]),
        (Activation(layer - 1, parameter.source, k), sent[k]),
    ]


def of_update(step: StepNumbers, parameter: Parameter) -> tuple[Quantity, float]:
    """Return the gradient of a parameter as the update rule is given it."""
    return gradient(parameter), step.clipped.vector[place_of(step.job.network, parameter)]


def of_carried(step: StepNumbers, name: str, parameter: Parameter) -> tuple[Quantity, float]:
    """Return what the optimizer carried into the step for a parameter."""
    vector = step.state.optimizer.vectors[name]
    return State(name, parameter), vector[place_of(step.job.network, parameter)]
