"""The activations as ONNX writes them: name -> nodes.

Source: the operator list of ONNX, opset 19. It has no GELU yet, which is built from Erf, as its
definition (`formulas/activations.py`) is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Constants = Mapping[str, float]  # leaky_relu_slope, elu_alpha


@dataclass(frozen=True)
class Step:
    """A node: an operator, its inputs ("z", earlier steps, numbers), its attributes."""

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
