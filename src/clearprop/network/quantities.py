"""The quantities of a training step, one small class for each kind.

Units and inputs count from 0 within a layer, examples from 0, layers from 1 (0 is the inputs).
They are the leaves of a network's equations; `names.py` gives them their names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weight:
    """W[layer][unit, source]: from unit `source` of the layer before to `unit`."""

    layer: int
    unit: int
    source: int


@dataclass(frozen=True, slots=True)
class Bias:
    """b[layer][unit]."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class NetInput:
    """z[layer][example, unit]."""

    layer: int
    unit: int
    example: int


@dataclass(frozen=True, slots=True)
class Activation:
    """a[layer][example, unit]; layer 0 is x, layer D is ŷ."""

    layer: int
    unit: int
    example: int


@dataclass(frozen=True, slots=True)
class Part:
    """A named step inside an activation function; `unit` is None for one that a layer shares."""

    name: str
    layer: int
    unit: int | None
    example: int


@dataclass(frozen=True, slots=True)
class Target:
    """y[example, unit]."""

    unit: int
    example: int


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss: of one example, or of all together (None)."""

    example: int | None = None


@dataclass(frozen=True, slots=True)
class Slope:
    """∂of/∂wrt; `example` marks one example's share of a parameter's gradient."""

    of: Loss | NetInput | Activation
    wrt: Weight | Bias | NetInput | Activation
    example: int | None = None


@dataclass(frozen=True, slots=True)
class Decayed:
    """A parameter's gradient with the weight decay added."""

    parameter: Weight | Bias


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the rules, by its name in `formulas/constants.py`."""

    name: str


@dataclass(frozen=True, slots=True)
class State:
    """What the optimizer carries or computes on the way: for a parameter, or shared (None)."""

    name: str
    parameter: Weight | Bias | None


@dataclass(frozen=True, slots=True)
class Updated:
    """A quantity after the update."""

    quantity: Weight | Bias | State | NetInput | Activation | Part | Loss


@dataclass(frozen=True, slots=True)
class Proof:
    """The textbook form of a quantity that the step computes by a short form."""

    of: Loss | Slope


Parameter = Weight | Bias
Quantity = (
    Weight
    | Bias
    | NetInput
    | Activation
    | Part
    | Target
    | Loss
    | Slope
    | Decayed
    | Constant
    | State
    | Updated
    | Proof
)


def delta(layer: int, unit: int, example: int) -> Slope:
    """Return δ[layer][example, unit] = ∂L/∂z."""
    return Slope(Loss(), NetInput(layer, unit, example))


def gradient(parameter: Parameter, example: int | None = None) -> Slope:
    """Return ∂L/∂parameter, or one example's share of it."""
    return Slope(Loss(), parameter, example)
