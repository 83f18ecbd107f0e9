"""The drawing of a network as data: columns of units, and the weights on the way between them."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.formulas.notation import Mark
from clearprop.network.names import Names
from clearprop.network.quantities import Activation, Bias, Weight


@dataclass(frozen=True)
class Diagram:
    """Columns of units from inputs to outputs, and what leads from each column to the next.

    `weights[l][source]` lists the weights that leave a source, in the order of the units they
    reach; `biases[l]` lists those of the layer, or is None. Both are empty for networks too large
    to draw; `sizes` and `activations` are always there.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    columns: tuple[tuple[Mark, ...], ...] = ()
    weights: tuple[tuple[tuple[Mark, ...], ...], ...] = ()
    biases: tuple[tuple[Mark, ...] | None, ...] = ()


def diagram(names: Names) -> Diagram:
    """Return the drawing of a network."""
    network = names.network
    if not network.readable:
        return Diagram(network.layers, network.activations)
    alone = Names(network)  # a drawing is of the network, whatever the number of examples
    columns = tuple(
        tuple(alone.symbol(Activation(layer, unit, 0)) for unit in range(size))
        for layer, size in enumerate(network.layers)
    )
    weights = tuple(
        tuple(
            tuple(
                alone.symbol(Weight(layer, unit, source)) for unit in range(network.layers[layer])
            )
            for source in range(network.layers[layer - 1])
        )
        for layer in network.layer_numbers
    )
    biases = tuple(
        tuple(alone.symbol(Bias(layer, unit)) for unit in range(network.layers[layer]))
        if network.has_biases(layer)
        else None
        for layer in network.layer_numbers
    )
    return Diagram(network.layers, network.activations, columns, weights, biases)
