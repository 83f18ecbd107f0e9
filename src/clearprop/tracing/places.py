"""Which parts of the network's drawing a quantity is about, and which way it goes through them.

Comes in: a quantity of a step. Goes out: a `Place`. The parts of a drawing are named by what stands
there before the step: inputs and units by their `Activation` (of example 0), what leads between
them by its `Weight`, a bias by its `Bias`, the way from an output to the loss by its `Target`, and
the loss by `Loss()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clearprop.equations.step import StepEquations
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Decayed,
    Loss,
    NetInput,
    Part,
    Proof,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
    Weight,
)

FORWARD, BACKWARD, UPDATE = "forward", "backward", "update"


@dataclass(frozen=True)
class Place:
    """The parts of the drawing that a line is about; `way` is forward, backward or update."""

    way: str
    parts: tuple[Quantity, ...] = ()


def place(quantity: Quantity, equations: StepEquations) -> Place:
    """Return where a quantity belongs in the drawing.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> place(NetInput(1, 0, 0), StepEquations(lesson.network, lesson.learning)).parts
    (Activation(layer=1, unit=0, example=0), Weight(layer=1, unit=0, source=0), \
Weight(layer=1, unit=0, source=1))
    """
    network = equations.network
    match quantity:
        case Proof(of):
            return place(of, equations)
        case Updated(Loss(None)):
            return Place(FORWARD, tuple(everything(network)))
        case Updated(Weight() | Bias() as parameter):
            return Place(UPDATE, (parameter,))
        case Updated(State() as state):
            return place(state, equations)
        case Updated(computed):
            return place(computed, equations)
        case Decayed(parameter) | State(_, Weight() | Bias() as parameter):
            return Place(UPDATE, (parameter,))
        case Slope():
            return Place(BACKWARD, tuple(of_slope(quantity, equations)))
        case _:
            return Place(FORWARD, tuple(forward(quantity, network)))


def forward(quantity: Quantity, network: Network) -> Iterator[Quantity]:
    """Yield the parts of what is given or computed on the way forward."""
    match quantity:
        case Weight() | Bias():
            yield quantity
        case Activation(layer, unit, _):
            yield Activation(layer, unit, 0)
        case NetInput(layer, unit, _):
            yield Activation(layer, unit, 0)
            yield from arriving(network, layer, unit)
        case Part(_, layer, unit, _):
            units = range(network.layers[layer]) if unit is None else [unit]
            yield from (Activation(layer, one, 0) for one in units)
        case Target(unit, _):
            yield Target(unit, 0)
        case Loss():
            yield Loss()
            yield from (Target(unit, 0) for unit in range(network.layers[-1]))


def of_slope(slope: Slope, equations: StepEquations) -> Iterator[Quantity]:
    """Yield the parts that an error passes, or where a local slope is taken."""
    network = equations.network
    match slope:
        case Slope(_, Weight() | Bias() as parameter):
            yield parameter
        case Slope(NetInput(layer, unit, _), Activation(_, source, _)):
            yield Weight(layer, unit, source)
        case Slope(Activation(layer, unit, _), NetInput(_, other, _)):
            yield from dict.fromkeys((Activation(layer, unit, 0), Activation(layer, other, 0)))
        case Slope(Loss(), Activation(layer, unit, _)):
            yield Activation(layer, unit, 0)
            yield from leaving(network, layer, unit)
        case Slope(Loss(), NetInput(layer, unit, _)):
            yield Activation(layer, unit, 0)
            if not equations.has_error_line(layer):
                yield from leaving(network, layer, unit)


def arriving(network: Network, layer: int, unit: int) -> Iterator[Quantity]:
    """Yield what leads into a unit: its weights, and its bias where it has one."""
    yield from (Weight(layer, unit, source) for source in range(network.layers[layer - 1]))
    if network.has_biases(layer):
        yield Bias(layer, unit)


def leaving(network: Network, layer: int, unit: int) -> Iterator[Quantity]:
    """Yield what leads from a unit: weights, or from an output the way to the loss."""
    if layer == network.depth:
        yield Target(unit, 0)
    else:
        yield from (Weight(layer + 1, above, unit) for above in range(network.layers[layer + 1]))


def everything(network: Network) -> Iterator[Quantity]:
    """Yield all parts of the drawing of a network."""
    yield from (Activation(0, unit, 0) for unit in range(network.layers[0]))
    for layer in network.layer_numbers:
        for unit in range(network.layers[layer]):
            yield Activation(layer, unit, 0)
            yield from arriving(network, layer, unit)
    yield from forward(Loss(), network)
