"""From a name as people type it to the quantity: both schemes, Unicode or ASCII.

A name is read from the outside in: example (`@2`), `_new`, slope (`dL/dw3`), then a letter with its
unit. What does not exist in the network is told with the nearest name that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from clearprop.errors import UnknownName
from clearprop.formulas.activations import Part as ActivationPart
from clearprop.formulas.activations import activation
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.notation import LETTERS
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Decayed,
    Loss,
    NetInput,
    Parameter,
    Part,
    Proof,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
    Weight,
    delta,
    gradient,
)

if TYPE_CHECKING:
    from clearprop.network.names import Names

ASCII = {
    **{text: letter for letter, (text, _) in LETTERS.items() if not text.isascii()},
    "∂": "d",
    "Δ": "step_",
}
LISTED = 40  # an error lists as many names at most
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SHARED_STATE = {name for rule in OPTIMIZERS.values() for name in rule.shared_state}
CARRIED = SHARED_STATE | {name for rule in OPTIMIZERS.values() for name in rule.state}
OWN_STATE = {
    name.removesuffix("_new")
    for rule in OPTIMIZERS.values()
    for name, _ in rule.own_lines
    if name != "w_new"
}


def ascii_name(text: str) -> str:
    """Return a name in ASCII.

    >>> ascii_name("∂L/∂ŷ₁")
    'dL/dyhat1'
    """
    for mark in sorted(ASCII, key=len, reverse=True):
        text = text.replace(mark, ASCII[mark])
    return text.translate(SUBSCRIPTS).replace(" ", "")


@dataclass(frozen=True)
class NameReader:
    """Reads names of one network's quantities."""

    names: Names

    def find(self, text: str) -> Quantity:
        """Return the quantity of that name, or raise UnknownName."""
        core, mark, number = ascii_name(text).partition("@")
        try:
            return self.read(core, self.example(number) if mark else None)
        except (LookupError, ValueError):
            raise self.unknown(text) from None

    def example(self, number: str) -> int:
        """Return the example's index, from the one-based number after the @."""
        if not 1 <= int(number) <= self.names.examples:
            raise LookupError(number)
        return int(number) - 1

    def read(self, core: str, example: int | None) -> Quantity:
        """Return the quantity of a name whose example has been taken off."""
        if core.endswith("_new"):
            quantity = self.read(core.removesuffix("_new"), example)
            if isinstance(quantity, Target | Slope | Decayed | Constant | Updated | Proof):
                raise LookupError(core)
            if isinstance(quantity, State) and quantity.name not in CARRIED:
                raise LookupError(core)
            return Updated(quantity)
        return self.slope(core, example) if "/" in core else self.plain(core, example)

    def slope(self, core: str, example: int | None) -> Slope:
        """Return the slope of a name such as dL/dw3."""
        top, _, bottom = core.partition("/")
        if not (top.startswith("d") and bottom.startswith("d")):
            raise LookupError(core)
        wrt = self.plain(bottom[1:], example)
        if top == "dL" and isinstance(wrt, Weight | Bias):
            return gradient(wrt, example)
        of = Loss() if top == "dL" else self.plain(top[1:], example)
        if not isinstance(of, Loss | NetInput | Activation):
            raise LookupError(core)
        if not isinstance(wrt, Weight | Bias | NetInput | Activation):
            raise LookupError(core)
        return Slope(of, wrt)

    def plain(self, core: str, example: int | None) -> Quantity:
        """Return the quantity of a name that is no slope."""
        if core == "L":
            return Loss(example)
        if core in SHARED_STATE:
            return State(core, None)
        for name, constant in CONSTANTS.items():
            if core in (name, constant.letter):
                return Constant(name)
        head, _, tail = core.partition("_")
        if head in OWN_STATE | {"g"} and (parameter := self.parameter(tail)):
            return Decayed(parameter) if head == "g" else State(head, parameter)
        return self.parameter(core) or self.of_example(core, example)

    # --- weights and biases ----------------------------------------------------------------------

    def parameter(self, core: str) -> Parameter | None:
        """Return the weight or bias of a name, or None for a name of another form."""
        for quantity, name in self.names.own_names.items():
            if name == core and isinstance(quantity, Weight | Bias):
                return quantity
        if match := re.fullmatch(r"W(\d+)\[(\d+),(\d+)\]", core):
            layer, unit, source = map(int, match.groups())
            self.check(layer, unit, source)
            return Weight(layer, unit, source)
        if match := re.fullmatch(r"b(\d+)\[(\d+)\]", core):
            layer, unit = map(int, match.groups())
            self.check(layer, unit, has_bias=True)
            return Bias(layer, unit)
        if match := re.fullmatch(r"([wb])(\d+)", core):
            return self.by_number(match[1], int(match[2]) - 1)
        return None

    def by_number(self, letter: str, number: int) -> Parameter:
        """Return the weight or bias with a number that counts from 0 through the network."""
        starts = self.names.weight_starts if letter == "w" else self.names.bias_starts
        for layer in self.names.network.layer_numbers:
            if starts[layer - 1] <= number < starts[layer]:
                place = number - starts[layer - 1]
                sources = self.names.network.layers[layer - 1]
                return (
                    Weight(layer, *divmod(place, sources)) if letter == "w" else Bias(layer, place)
                )
        raise LookupError(number)

    # --- what each example has -------------------------------------------------------------------

    def of_example(self, core: str, example: int | None) -> Quantity:
        """Return an input, target, unit, net input, delta or part of one example."""
        if example is None:
            if self.names.examples > 1:
                raise LookupError(core)
            example = 0
        depth = self.names.network.depth
        if match := re.fullmatch(r"(x|y|yhat)\[(\d+)\]", core):
            core = f"{match[1]}{int(match[2]) + 1}"
        if match := re.fullmatch(r"y(\d*)", core):
            unit = self.number_in_layer(depth, match[1])
            return Target(unit, example)
        if match := re.fullmatch(r"([a-z]+)(\d+)\[(\d+)\]", core):
            return self.of_unit(match[1], int(match[2]), int(match[3]), example)
        if match := re.fullmatch(r"([a-z]+)(\d+)", core):
            for layer in self.names.network.layer_numbers:
                if match[1] in self.shared_parts(layer) and layer == int(match[2]):
                    return Part(match[1], layer, None, example)
        letter, _, unit_name = core.partition("_")
        if unit_name and not re.fullmatch(r"h\d+", letter):
            return self.marked(letter, unit_name, example)
        return Activation(*self.unit(core), example)

    def marked(self, letter: str, unit_name: str, example: int) -> Quantity:
        """Return what is written with a letter and a unit or layer: z_h1, delta_out, m_out."""
        for layer in self.names.network.layer_numbers:
            if unit_name == self.layer_name(layer) and letter in self.shared_parts(layer):
                return Part(letter, layer, None, example)
        return self.of_unit(letter, *self.unit(unit_name), example)

    def of_unit(self, letter: str, layer: int, unit: int, example: int) -> Quantity:
        """Return a unit's quantity by its letter: a, z, delta or a part of its activation."""
        self.check(layer, unit)
        if letter == "a":
            return Activation(layer, unit, example)
        if layer > 0 and letter == "z":
            return NetInput(layer, unit, example)
        if layer > 0 and letter == "delta":
            return delta(layer, unit, example)
        if layer > 0 and letter in [p.name for p in self.parts(layer) if not p.per_layer]:
            return Part(letter, layer, unit, example)
        raise LookupError(letter)

    def unit(self, name: str) -> tuple[int, int]:
        """Return layer and unit of a name such as x1, h, h2, h1_2, yhat1 or out1."""
        for quantity, own in self.names.own_names.items():
            if own == name and isinstance(quantity, Activation):
                return quantity.layer, quantity.unit
        depth = self.names.network.depth
        if match := re.fullmatch(r"h(\d+)_(\d+)", name):
            layer = int(match[1])
            if not 1 <= layer < depth:
                raise LookupError(name)
            return layer, self.number_in_layer(layer, match[2])
        match = re.fullmatch(r"(x|h|yhat|out)(\d*)", name)
        if match is None or (match[1] == "h" and depth != 2):
            raise LookupError(name)
        layer = {"x": 0, "h": 1}.get(match[1], depth)
        return layer, self.number_in_layer(layer, match[2])

    def layer_name(self, layer: int) -> str:
        """Return how a layer is called where its units share something: out, h, or h1."""
        depth = self.names.network.depth
        if layer == depth:
            return "out"
        return "h" if depth == 2 else f"h{layer}"

    def number_in_layer(self, layer: int, number: str) -> int:
        """Return a unit's index from its one-based number, which a lone unit may go without."""
        units = self.names.network.layers[layer]
        if not number and units > 1:
            raise LookupError(number)
        self.check(layer, int(number or 1) - 1)
        return int(number or 1) - 1

    def check(
        self, layer: int, unit: int, source: int | None = None, has_bias: bool = False
    ) -> None:
        """Raise LookupError for a layer, unit, input or bias that the network does not have."""
        sizes = self.names.network.layers
        there = 0 <= layer < len(sizes) and 0 <= unit < sizes[layer]
        if there and source is not None:
            there = layer > 0 and source < sizes[layer - 1]
        if there and has_bias:
            there = layer > 0 and self.names.network.has_biases(layer)
        if not there:
            raise LookupError(layer, unit)

    def parts(self, layer: int) -> tuple[ActivationPart, ...]:
        """Return the named steps inside a layer's activation."""
        return activation(self.names.network.activation(layer)).parts

    def shared_parts(self, layer: int) -> list[str]:
        """Return the names of the parts that the units of a layer share."""
        return [part.name for part in self.parts(layer) if part.per_layer]

    # --- the error -------------------------------------------------------------------------------

    def unknown(self, text: str) -> UnknownName:
        """Return the error for a name, with what is there instead."""
        network, asked = self.names.network, ascii_name(text)
        known = sorted(set(self.known()), key=lambda n: (len(n), n)) if network.readable else []
        if known and self.names.examples > 1 and "@" not in text and self.knows_with_example(text):
            return UnknownName(
                f"'{text}' differs from example to example; ask for one of them, from {text}@1 "
                f"to {text}@{self.names.examples}"
            )
        theirs = self.of_scikit_learn(asked)
        if theirs is not None:
            return UnknownName(f"no quantity is called '{text}'; did you mean '{theirs}'?")
        if 0 < len(known) <= LISTED:
            return UnknownName.of("quantity", asked, known)
        near = get_close_matches(asked, known, n=1)
        there = f"did you mean '{near[0]}'? This network" if near else "this network"
        top = [
            f"W{layer}[0..{network.layers[layer] - 1},0..{network.layers[layer - 1] - 1}]"
            for layer in network.layer_numbers
        ]
        return UnknownName(
            f"no quantity is called '{text}'; {there} has {', '.join(top)} and, with the same"
            " units, b1[0], z1[0], a1[0], δ1[0], dL/dW1[0,0], W1[0,0]_new"
        )

    def of_scikit_learn(self, core: str) -> str | None:
        """Return the name of an entry of coefs_ or intercepts_, in which inputs come first."""
        name = None
        if match := re.fullmatch(r"coefs_\[(\d+)\]\[(\d+),(\d+)\]", core):
            name = f"W{int(match[1]) + 1}[{match[3]},{match[2]}]"
        elif match := re.fullmatch(r"intercepts_\[(\d+)\]\[(\d+)\]", core):
            name = f"b{int(match[1]) + 1}[{match[2]}]"
        return name if name is not None and self.names.knows(name) else None

    def knows_with_example(self, text: str) -> bool:
        """Return whether the name exists once an example is added."""
        try:
            self.read(ascii_name(text), 0)
        except (LookupError, ValueError):
            return False
        return True

    def known(self) -> Iterator[str]:
        """Yield the names of a readable network's quantities."""
        network, name = self.names.network, self.names.id
        yield from (name(Activation(0, unit, 0)) for unit in range(network.layers[0]))
        for layer in network.layer_numbers:
            for unit in range(network.layers[layer]):
                of_unit = (NetInput(layer, unit, 0), Activation(layer, unit, 0))
                yield from (name(quantity) for quantity in (*of_unit, delta(layer, unit, 0)))
                sources = range(network.layers[layer - 1])
                own: list[Parameter] = [Weight(layer, unit, source) for source in sources]
                own += [Bias(layer, unit)] if network.has_biases(layer) else []
                for parameter in own:
                    around = (parameter, gradient(parameter), Updated(parameter))
                    yield from (name(quantity) for quantity in around)
        yield name(Loss())
