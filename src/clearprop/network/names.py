"""The names of a network's quantities: from a quantity to its symbol, and (`name_reader.py`) back.

A network of at most 50 parameters prints people's names (`w3`, `z_h1`, `dL/dw3`), a larger one
indexed names (`W1[3,7]`, `δ1[4]`). Both kinds are understood for every network, in Unicode
(`∂L/∂w₃`, `ŷ`) and ASCII (`dL/dw3`, `yhat`). Weights and biases are numbered through the network in
reading order; in a batch the example is appended, one-based: `z_h@2`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.notation import LETTERS, Mark, Symbol, ratio
from clearprop.network.network import Network
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
)

RESERVED = {*LETTERS, "e", "ln", "max", "sign", "tanh", "erf", "rest", "d"}  # words of formulas


@dataclass(frozen=True)
class Names:
    """The names in use for one network and a number of examples.

    >>> names = Names(Network([2, 1, 1], biases=False))
    >>> names.symbol(Weight(2, 0, 0)).id
    'w3'
    >>> names.find("∂L/∂w₃") == names.find("dL/dW2[0,0]") == names.find("dL/dw3")
    True
    """

    network: Network
    examples: int = 1

    # --- from a quantity to its symbol -----------------------------------------------------------

    def id(self, quantity: Quantity) -> str:
        """Return a quantity's name in ASCII."""
        if isinstance(quantity, Proof):
            form = "definition" if isinstance(quantity.of, Loss) else "chain"
            return f"{self.id(quantity.of)}:{form}"
        return self.symbol(quantity).id

    def symbol(self, quantity: Quantity) -> Mark:
        """Return a quantity's symbol in the scheme that fits the network's size."""
        if isinstance(quantity, Proof):
            return self.symbol(quantity.of)
        if isinstance(quantity, Slope):
            return self.slope_symbol(quantity)
        symbol = self.plain_symbol(quantity)
        example = getattr(quantity, "example", None)
        return symbol if example is None else self.at_example(symbol, example)

    def at_example(self, symbol: Symbol, example: int) -> Symbol:
        """Return the symbol with its example, where there is more than one."""
        return replace(symbol, example=example + 1) if self.examples > 1 else symbol

    def slope_symbol(self, slope: Slope) -> Mark:
        """Return ∂of/∂wrt, or δ for the delta of a unit in the indexed scheme."""
        top, bottom = self.symbol(slope.of), self.symbol(slope.wrt)
        assert isinstance(top, Symbol) and isinstance(bottom, Symbol)
        if isinstance(slope.of, Loss) and bottom.letter == "z" and not self.network.readable:
            return replace(bottom, letter="delta")
        if slope.example is not None:
            top = self.at_example(top, slope.example)
        return ratio(top, bottom)

    def plain_symbol(self, quantity: Quantity) -> Symbol:
        """Return the symbol of anything but a slope, without its example."""
        match quantity:
            case Weight() | Bias():
                return self.own(quantity) or self.parameter_symbol(quantity)
            case Activation(layer, unit, _):
                return self.own(Activation(layer, unit, 0)) or self.unit_symbol(layer, unit)
            case NetInput(layer, unit, _):
                return self.marked("z", layer, unit)
            case Part(name, layer, None, _):
                return self.layer_part(name, layer)
            case Part(name, layer, int(unit), _):
                return self.marked(name, layer, unit)
            case Target(unit, _):
                return self.numbered("y", unit, self.network.layers[-1])
            case Loss():
                return Symbol("L")
            case Constant(name):
                return Symbol(CONSTANTS[name].letter)
            case Decayed(parameter):
                return Symbol("g", self.plain_symbol(parameter))
            case State(name, None):
                return Symbol(name)
            case State(name, Weight() | Bias() as parameter):
                return Symbol(name, self.plain_symbol(parameter))
            case Updated(of):
                symbol = self.symbol(of)
                assert isinstance(symbol, Symbol)
                return replace(symbol, new=True)
        raise TypeError(f"not a quantity: {quantity!r}")

    def own(self, quantity: Quantity) -> Symbol | None:
        """Return the network's own name for an input, unit or parameter, if it has one."""
        name = self.own_names.get(quantity)
        return None if name is None else Symbol(name)

    def parameter_symbol(self, parameter: Parameter) -> Symbol:
        """Return w3 or b1, numbered through the network, or W1[3,7] or b2[0]."""
        if isinstance(parameter, Weight):
            layer, unit, source = parameter.layer, parameter.unit, parameter.source
            if not self.network.readable:
                return Symbol("W", layer=layer, index=(unit, source))
            place = self.weight_starts[layer - 1] + unit * self.network.layers[layer - 1] + source
            return Symbol("w", str(place + 1))
        if not self.network.readable:
            return Symbol("b", layer=parameter.layer, index=(parameter.unit,))
        return Symbol("b", str(self.bias_starts[parameter.layer - 1] + parameter.unit + 1))

    def unit_symbol(self, layer: int, unit: int) -> Symbol:
        """Return x1, h2, h1_2 or ŷ1, or x[3] or a1[4]."""
        if layer == 0:
            return (
                Symbol("x", str(unit + 1)) if self.network.readable else Symbol("x", index=(unit,))
            )
        if not self.network.readable:
            return Symbol("a", layer=layer, index=(unit,))
        if layer == self.network.depth:
            return self.numbered("yhat", unit, self.network.layers[-1])
        if self.network.depth > 2:
            return Symbol("h", f"{layer}_{unit + 1}")
        return self.numbered("h", unit, self.network.layers[layer])

    def numbered(self, letter: str, unit: int, units: int) -> Symbol:
        """Return a letter with the unit's number, or bare where the unit is alone."""
        if not self.network.readable:
            return Symbol(letter, index=(unit,))
        return Symbol(letter, str(unit + 1) if units > 1 else "")

    def marked(self, letter: str, layer: int, unit: int) -> Symbol:
        """Return z_h1, z_out or the like for another letter, or z1[4]."""
        if not self.network.readable:
            return Symbol(letter, layer=layer, index=(unit,))
        own = self.own(Activation(layer, unit, 0))
        if own is None and layer == self.network.depth:
            return Symbol(letter, self.numbered("out", unit, self.network.layers[-1]))
        return Symbol(letter, own or self.unit_symbol(layer, unit))

    def layer_part(self, letter: str, layer: int) -> Symbol:
        """Return m_out, s_h or s_h1 for what the units of a layer share, or m2."""
        if not self.network.readable:
            return Symbol(letter, layer=layer)
        if layer == self.network.depth:
            return Symbol(letter, "out")
        return Symbol(letter, Symbol("h", str(layer) if self.network.depth > 2 else ""))

    # --- numbering, own names, and the way back --------------------------------------------------

    @cached_property
    def weight_starts(self) -> tuple[int, ...]:
        """The number of weights before each layer 1..D, and of all."""
        sizes = self.network.layers
        return tuple(accumulate((a * b for a, b in pairwise(sizes)), initial=0))

    @cached_property
    def bias_starts(self) -> tuple[int, ...]:
        """The number of biases before each layer 1..D, and of all."""
        pairs = zip(self.network.layers[1:], self.network.biases, strict=True)
        return tuple(accumulate((units * has for units, has in pairs), initial=0))

    @cached_property
    def own_names(self) -> dict[Quantity, str]:
        """The network's own names of inputs, units and parameters.

        Raises
        ------
        UnknownName: a name is given to a quantity that the network does not have.
        SettingError: a name is given to something else, or is built in itself.
        """
        built_in = Names(replace_names(self.network), examples=1)
        own: dict[Quantity, str] = {}
        for name, new_name in self.network.names.items():
            quantity = built_in.find(name)
            if not isinstance(quantity, Activation | Weight | Bias):
                raise SettingError(
                    f"only inputs, units, weights and biases can have own names, not {name}"
                )
            if new_name in RESERVED or built_in.knows(new_name):
                raise SettingError(f"the name '{new_name}' is a built-in one; choose another")
            own[quantity] = new_name
        return own

    def check(self) -> None:
        """Raise UnknownName or SettingError unless the network's own names can be used."""
        self.own_names  # noqa: B018 - reads and checks them

    def find(self, text: str) -> Quantity:
        """Return the quantity with that name, in either scheme, in Unicode or ASCII.

        Raises
        ------
        UnknownName: no quantity of the network has that name; the nearest is offered.
        """
        from clearprop.network.name_reader import NameReader

        return NameReader(self).find(text)

    def knows(self, text: str) -> bool:
        """Return whether a quantity of the network has that name."""
        try:
            self.find(text)
        except UnknownName:
            return False
        return True


def replace_names(network: Network) -> Network:
    """Return the network with built-in names only."""
    return Network(network.layers, network.activations, network.biases, constants=network.constants)
