"""The activations as ONNX writes them: name -> nodes.

Source: the operator list of ONNX, opset 19. It has no GELU yet, which is built from Erf, as its
definition (`formulas/activations.py`) is. onnxruntime computes LeakyRelu, Elu, Softplus and Erf in
float32 alone: in float64 the first three are written out, and Erf, which lies within -1 and 1, has
its input and output cast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Constants = Mapping[str, float]  # leaky_relu_slope, elu_alpha


@dataclass(frozen=True)
class Step:
    """A node: an operator, its inputs ("z", earlier steps, constants, numbers), its attributes."""

    name: str
    operator: str
    inputs: tuple[str | float, ...] = ("z",)
    attributes: Callable[[Constants], Mapping[str, Any]] = field(default=lambda constants: {})


# The last step is the activation itself.
STEPS: Mapping[str, tuple[Step, ...]] = {
    "identity": (Step("a", "Identity"),),
    "sigmoid": (Step("a", "Sigmoid"),),
    "tanh": (Step("a", "Tanh"),),
    "relu": (Step("a", "Relu"),),
    "leaky_relu": (Step("a", "LeakyRelu", attributes=lambda c: {"alpha": c["leaky_relu_slope"]}),),
    "elu": (Step("a", "Elu", attributes=lambda c: {"alpha": c["elu_alpha"]}),),
    "gelu": (
        Step("scaled", "Div", ("z", math.sqrt(2))),
        Step("erf", "Erf", ("scaled",)),
        Step("twice_cdf", "Add", ("erf", 1.0)),
        Step("product", "Mul", ("z", "twice_cdf")),
        Step("a", "Mul", ("product", 0.5)),
    ),
    "silu": (Step("gate", "Sigmoid"), Step("a", "Mul", ("z", "gate"))),
    "softplus": (Step("a", "Softplus"),),
    "softmax": (Step("a", "Softmax", attributes=lambda c: {"axis": -1}),),
}
FLOAT, DOUBLE = {"to": 1}, {"to": 11}  # ONNX's count of types
# in float64: ln(1 + eᶻ) = max(z, 0) + ln(1 + e^-|z|)
WIDE_STEPS: Mapping[str, tuple[Step, ...]] = {
    "leaky_relu": (
        Step("above", "Relu"),
        Step("turned", "Neg"),
        Step("below", "Relu", ("turned",)),
        Step("sloped", "Mul", ("below", "leaky_relu_slope")),
        Step("a", "Sub", ("above", "sloped")),
    ),
    "elu": (
        Step("above", "Relu"),
        Step("below", "Min", ("z", 0.0)),
        Step("power", "Exp", ("below",)),
        Step("drop", "Sub", ("power", 1.0)),
        Step("bent", "Mul", ("drop", "elu_alpha")),
        Step("a", "Add", ("above", "bent")),
    ),
    "gelu": (
        STEPS["gelu"][0],
        Step("narrow", "Cast", ("scaled",), lambda constants: FLOAT),
        Step("narrow_erf", "Erf", ("narrow",)),
        Step("erf", "Cast", ("narrow_erf",), lambda constants: DOUBLE),
        *STEPS["gelu"][2:],
    ),
    "softplus": (
        Step("above", "Relu"),
        Step("size", "Abs"),
        Step("turned", "Neg", ("size",)),
        Step("power", "Exp", ("turned",)),
        Step("more", "Add", ("power", 1.0)),
        Step("bend", "Log", ("more",)),
        Step("a", "Add", ("above", "bend")),
    ),
}


def steps_of(activation: str, wide: bool) -> tuple[Step, ...]:
    """Return the nodes of an activation, in float32 or (`wide`) in float64."""
    return (WIDE_STEPS if wide and activation in WIDE_STEPS else STEPS)[activation]
