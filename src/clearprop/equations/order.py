"""The order of a worked step: its sections, each with a title, a phase and its quantities.

With one example the order is the seed's: forward layer by layer, the loss, the gradient at the
output, then from the last layer to the first the gradient of its weights with their update and the
error passed to the layer below. Several examples are worked one by one; their losses and gradients
are then added and the update follows once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from clearprop.equations.step import StepEquations
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Parameter,
    Part,
    Proof,
    Quantity,
    Slope,
    Updated,
    Weight,
    delta,
    gradient,
)


@dataclass(frozen=True)
class Section:
    """A step of the worked example: forward, loss, backward or update."""

    title: str
    phase: str
    quantities: tuple[Quantity, ...]


def sections(equations: StepEquations) -> list[Section]:
    """Return the sections of a worked step, in order.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> [s.phase for s in sections(StepEquations(lesson.network, lesson.learning))]
    ['forward', 'forward', 'loss', 'backward', 'backward', 'backward', 'backward', 'update']
    """
    return list(Order(equations).sections())


@dataclass(frozen=True)
class Order:
    """Lists the sections of one network's step."""

    equations: StepEquations

    def sections(self) -> Iterator[Section]:
        """Yield all sections, in order."""
        examples = self.equations.examples
        for example in range(examples):
            prefix = f"Example {example + 1} of {examples}. " if examples > 1 else ""
            for section in chain(self.forward(example), self.backward(example)):
                yield Section(prefix + section.title, section.phase, section.quantities)
        if examples > 1:
            yield from self.joined()
        yield self.summary()

    # --- one example -----------------------------------------------------------------------------

    def forward(self, example: int) -> Iterator[Section]:
        """Yield the sections from the inputs to the loss."""
        for layer in self.network.layer_numbers:
            title = f"Forward pass: from {self.place(layer - 1)} to {self.place(layer)}"
            yield Section(title, "forward", tuple(self.layer_forward(layer, example)))
        of = Loss(example if self.equations.examples > 1 else None)
        loss: tuple[Quantity, ...] = (of, Proof(of)) if self.equations.short_form else (of,)
        yield Section("The loss: how far the outputs are from the targets", "loss", loss)

    def layer_forward(self, layer: int, example: int) -> Iterator[Quantity]:
        """Yield z and a of a layer: unit by unit, or together where the units share a part."""
        rule = self.equations.binding.rule_of(layer)
        if not rule.couples:
            for unit in self.units(layer):
                yield NetInput(layer, unit, example)
                yield from (Part(part.name, layer, unit, example) for part in rule.parts)
                yield Activation(layer, unit, example)
            return
        yield from (NetInput(layer, unit, example) for unit in self.units(layer))
        for part in rule.parts:
            owners = [None] if part.per_layer else list(self.units(layer))
            yield from (Part(part.name, layer, owner, example) for owner in owners)
        yield from (Activation(layer, unit, example) for unit in self.units(layer))

    def backward(self, example: int) -> Iterator[Section]:
        """Yield the sections from the loss back to the first layer's weights."""
        depth, alone = self.network.depth, self.equations.examples == 1
        title = "Backward pass: the gradient at the output"
        yield Section(title, "backward", tuple(self.layer_backward(depth, example)))
        for layer in reversed(self.network.layer_numbers):
            if layer < depth:
                title = f"Backward pass: the error of {self.place(layer)}"
                yield Section(title, "backward", tuple(self.layer_backward(layer, example)))
            title = f"Backward pass: the gradient of {self.parameters_of(layer)}"
            lines = list(self.layer_gradient(layer, example))
            if alone:
                title += ", and their update"
                lines += self.layer_update(layer)
            yield Section(title, "backward", tuple(lines))

    def layer_backward(self, layer: int, example: int) -> Iterator[Quantity]:
        """Yield the slopes from the loss to the net inputs of a layer, unit by unit."""
        together = self.equations.binding.rule_of(layer).cross_derivative is not None
        if together:
            for unit in self.units(layer):
                yield from self.error_lines(layer, unit, example)
        for unit in self.units(layer):
            z = NetInput(layer, unit, example)
            if not together:
                yield from self.error_lines(layer, unit, example)
            sources = self.units(layer) if together else [unit]
            yield from (Slope(Activation(layer, k, example), z) for k in sources)
            yield delta(layer, unit, example)
            if layer == self.network.depth and self.equations.short_form:
                yield Proof(delta(layer, unit, example))

    def error_lines(self, layer: int, unit: int, example: int) -> Iterator[Quantity]:
        """Yield what makes up ∂L/∂a of a unit, and ∂L/∂a itself where it has a line."""
        here = Activation(layer, unit, example)
        if layer < self.network.depth:
            for above in self.units(layer + 1):
                yield Slope(NetInput(layer + 1, above, example), here)
        if self.equations.has_error_line(layer):
            yield Slope(Loss(), here)

    def layer_gradient(self, layer: int, example: int) -> Iterator[Quantity]:
        """Yield the gradient of each weight and bias of a layer: one example's share."""
        share = example if self.equations.examples > 1 else None
        for parameter in self.parameters(layer):
            z = NetInput(layer, parameter.unit, example)
            if isinstance(parameter, Weight) and layer > 1:
                yield Slope(z, parameter)
            yield gradient(parameter, share)

    def layer_update(self, layer: int) -> list[Quantity]:
        """Return the update of each weight and bias of a layer; what is shared comes first."""
        first = layer == self.network.depth
        lines = self.equations.update.shared_quantities() if first else []
        own = map(self.equations.update.quantities, self.parameters(layer))
        return [*lines, *chain.from_iterable(own)]

    # --- all examples ----------------------------------------------------------------------------

    def joined(self) -> Iterator[Section]:
        """Yield the sections that add the examples up and update the weights."""
        count, reduction = self.equations.examples, self.equations.learning.reduction
        title = f"The loss of the {count} examples: their {reduction}"
        yield Section(title, "loss", (Loss(),))
        layers = list(reversed(self.network.layer_numbers))
        added = chain.from_iterable(map(self.parameters, layers))
        title = f"Backward pass: the gradients of the {count} examples, added"
        yield Section(title, "backward", tuple(gradient(parameter) for parameter in added))
        updates = chain.from_iterable(map(self.layer_update, layers))
        yield Section("The update of all weights", "update", tuple(updates))

    def summary(self) -> Section:
        """Return the last section: the loss with the new weights, in one line where it fits."""
        title = "One training step is complete"
        return Section(title, "update", tuple(self.new_forward()))

    def new_forward(self) -> Iterator[Quantity]:
        """Yield what the forward pass with the new weights needs lines for, ending in L_new."""
        if self.equations.new_loss_in_one_line:
            yield Updated(Loss())
            return
        for example in range(self.equations.examples):
            for section in self.forward(example):
                for quantity in section.quantities:
                    if isinstance(quantity, NetInput | Activation | Part | Loss):
                        yield Updated(quantity)
        if self.equations.examples > 1:
            yield Updated(Loss())

    # --- words -----------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network whose step is worked."""
        return self.equations.network

    def units(self, layer: int) -> range:
        """Return the unit numbers of a layer."""
        return range(self.network.layers[layer])

    def parameters(self, layer: int) -> list[Parameter]:
        """Return the weights and biases of a layer, weights row by row first."""
        sources = range(self.network.layers[layer - 1])
        weights = [Weight(layer, unit, s) for unit in self.units(layer) for s in sources]
        biases = (
            [Bias(layer, u) for u in self.units(layer)] if self.network.has_biases(layer) else []
        )
        return [*weights, *biases]

    def place(self, layer: int) -> str:
        """Return how a layer is called in a title."""
        depth = self.network.depth
        if layer == 0:
            return "the inputs"
        if layer == depth:
            return "the output" if self.network.layers[layer] == 1 else "the outputs"
        return f"hidden layer {layer}" if depth > 2 else "the hidden layer"

    def parameters_of(self, layer: int) -> str:
        """Return how a layer's weights are called in a title."""
        if layer == self.network.depth:
            return "the output weights"
        return (
            f"the weights of hidden layer {layer}"
            if self.network.depth > 2
            else "the hidden weights"
        )
