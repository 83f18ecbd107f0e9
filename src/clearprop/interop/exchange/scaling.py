"""A run's network with the scaling of its columns put into its weights.

Comes in: parameters and the encoding that they were learnt with. Goes out: parameters that take
the numbers as they are in the table, categories as one input of 0 or 1 each, and give the target's
units.
"""

from __future__ import annotations

import numpy as np

from clearprop.data.codings import NumberColumn, width
from clearprop.data.encoding import Encoding
from clearprop.interop.exchange.assembling import Assembly
from clearprop.interop.exchange.models import numbers_first, with_inputs
from clearprop.network.parameters import Array, Parameters


def unscaled(parameters: Parameters, encoding: Encoding, source: str) -> Parameters:
    """Return a network that does without the encoding's scales.

    Raises
    ------
    SettingError: the target is scaled, and the output layer is not linear.
    """
    assembly, network = Assembly(), parameters.network
    assembly.constants = dict(network.constants)
    assembly.affine(*input_scales(encoding), "the scaling of the columns")
    for layer in network.layer_numbers:
        weights, biases = parameters.weights[layer - 1], parameters.biases[layer - 1]
        assembly.linear(weights, biases, f"layer {layer}")
        activation = network.activation(layer)
        if layer == network.depth and activation == "identity":
            put_target(assembly, encoding)
        assembly.activate(activation, f"layer {layer}")
    if network.activation(network.depth) != "identity":
        put_target(assembly, encoding)
    return assembly.finished(source)


def input_scales(encoding: Encoding) -> tuple[Array, Array]:
    """Return what each input is multiplied by, and what is added: 1/scale and -mean/scale."""
    scale, shift = list[float](), list[float]()
    for column in encoding.columns:
        if isinstance(column, NumberColumn):
            scale.append(1 / column.scale)
            shift.append(-column.mean / column.scale)
        else:
            scale += [1.0] * width(column)
            shift += [0.0] * width(column)
    return np.array(scale), np.array(shift)


def put_target(assembly: Assembly, encoding: Encoding) -> None:
    """Scale the output back to the target's units."""
    target = encoding.target
    if isinstance(target, NumberColumn):
        assembly.affine(target.scale, target.mean, "the target's scale")


def in_table_order(parameters: Parameters, encoding: Encoding) -> Parameters:
    """Return parameters whose inputs are in the order of the columns, from numbers-first order."""
    _, order = numbers_first(encoding.columns)
    return with_inputs(parameters, np.argsort(order))
