"""A network put together from the pieces of somebody else's: weights, scales, activations.

Comes in: the pieces in order, as ONNX and PyTorch are read. Goes out: `Parameters`. Scales and
shifts beside a layer of weights become part of it: W (s x + t) + b = (W s) x + (W t + b).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from clearprop.errors import SettingError, ShapeError
from clearprop.network.network import Network
from clearprop.network.parameters import Array, Parameters


@dataclass
class Layer:
    """A layer of weights, and the activation behind it, once that is known."""

    weights: Array
    biases: Array | None
    activation: str | None = None


@dataclass
class Assembly:
    """The layers so far, and what cannot be taken, each in words."""

    layers: list[Layer] = field(default_factory=list)
    constants: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    scale: Array | float = 1.0  # of what goes into the next layer
    shift: Array | float = 0.0
    scaled_by: str = ""

    @property
    def open(self) -> Layer | None:
        """The last layer, while no activation closes it."""
        last = self.layers[-1] if self.layers else None
        return last if last is not None and last.activation is None else None

    @property
    def units(self) -> int | None:
        """How many numbers there are for an example at this place; None before the first layer."""
        return len(self.layers[-1].weights) if self.layers else None

    def linear(self, weights: Array, biases: Array | None, where: str) -> None:
        """Add a layer of weights, shape (units, inputs)."""
        weights = np.asarray(weights, dtype=np.float64)
        if self.units is not None and weights.shape[1] != self.units:
            raise ShapeError(
                f"{where} takes {weights.shape[1]} inputs, but the layer before it has"
                f" {self.units} units"
            )
        if self.open is not None:
            self.open.activation = "identity"
        shift = weights @ np.broadcast_to(self.shift, weights.shape[1])
        if biases is not None or shift.any():
            biases = shift + (0.0 if biases is None else np.asarray(biases, dtype=np.float64))
        self.layers.append(Layer(weights * self.scale, biases))
        self.scale, self.shift = 1.0, 0.0

    def affine(self, scale: Array | float, shift: Array | float, where: str) -> None:
        """Scale and shift each number: into the weights before, or into those that follow."""
        layer = self.open
        if layer is None:
            self.scale, self.shift = self.scale * scale, self.shift * scale + shift
            self.scaled_by = where
            return
        units = len(layer.weights)
        factors = np.broadcast_to(scale, units).astype(np.float64)
        added = np.broadcast_to(shift, units).astype(np.float64)
        layer.weights = layer.weights * factors[:, np.newaxis]
        if layer.biases is not None or added.any():
            layer.biases = (0.0 if layer.biases is None else layer.biases * factors) + added

    def activate(self, name: str, where: str, constants: dict[str, float] | None = None) -> None:
        """Close the layer with an activation."""
        if self.open is None:
            if name != "identity":
                before = "another activation" if self.layers else "no layer of weights"
                self.problems.append(f"{where}: it follows {before}")
            return
        self.open.activation = name
        for constant, value in (constants or {}).items():
            if self.constants.setdefault(constant, value) != value:
                self.problems.append(
                    f"{where}: its {constant} is {value:g} where an earlier one is"
                    f" {self.constants[constant]:g}, and a network has one for all layers"
                )

    def finished(self, source: str) -> Parameters:
        """Return the parameters.

        Raises
        ------
        SettingError: what cannot be taken, all in one sentence.
        """
        if self.layers and (np.any(self.scale != 1) or np.any(self.shift != 0)):
            self.problems.append(
                f"{self.scaled_by}: it scales what an activation gives, at the end"
            )
        if not self.layers and not self.problems:
            self.problems.append("it has no layer of weights")
        if self.problems:
            raise cannot_be_taken(source, self.problems)
        activations = [layer.activation or "identity" for layer in self.layers]
        sizes = [self.layers[0].weights.shape[1], *(len(layer.weights) for layer in self.layers)]
        biases = [layer.biases is not None for layer in self.layers]
        network = Network(sizes, activations, biases, constants=self.constants)
        return Parameters.of(
            network, [x.weights for x in self.layers], [x.biases for x in self.layers]
        )


def cannot_be_taken(source: str, problems: Sequence[str]) -> SettingError:
    """Return the error that names all that a feed-forward network of clearprop has no place for."""
    return SettingError(f"{source} cannot be taken over: {'; '.join(problems)}")


def shortest(value: float) -> float:
    """Return the number with the fewest digits that float32 reads as this one.

    >>> import numpy as np
    >>> shortest(float(np.float32(0.01)))
    0.01
    """
    return float(str(np.float32(value)))
