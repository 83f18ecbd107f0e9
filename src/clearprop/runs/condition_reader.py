"""Reads a condition as people type it; its grammar is `conditions.lark`.

Comes in: a text and the network whose names it may use. Goes out: a `Condition`, or an error in one
sentence with what is allowed and three examples.
"""

import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from clearprop.errors import SettingError, UnknownName
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.parameters import parameter_slices
from clearprop.network.quantities import Activation, Bias, Loss, Slope, Weight
from clearprop.runs.conditions import (
    STATISTICS,
    Compared,
    Condition,
    Course,
    Quantity,
    Threshold,
)
from clearprop.runs.naming import find_quantity
from clearprop.training.vital_signs import BOUNDS, DYING

RELATION_SIGNS = {"==": "=", "≥": ">=", "≤": "<=", "≠": "!="}
OTHER_WORDS = {"min": "least", "max": "largest"}
WORDS = {  # how a quantity is typed -> its kind, and how it is called
    "loss": ("loss", "the loss"),
    "epochloss": ("epoch_loss", "the epoch's loss"),
    "trainingloss": ("epoch_loss", "the epoch's loss"),
    "heldoutloss": ("held_out_loss", "the held-out loss"),
    "validationloss": ("held_out_loss", "the validation loss"),
    "score": ("score", "the score"),
    "accuracy": ("score", "the accuracy"),
    "r2": ("score", "R²"),
    "r²": ("score", "R²"),
    "gradient": ("gradient", "the gradient's norm"),
    "update": ("update", "the update's norm"),
    "update/weight": ("update/weight", "update/weight"),
    "update/weights": ("update/weight", "update/weight"),
}
OF_LAYERS = ("gradient", "update", "update/weight")
TYPED = ("loss", "epoch_loss", "held_out_loss", "score", "gradient", "update/weight", "dead",
         "saturated")  # fmt: skip
PHRASES = (*TYPED, *STATISTICS, "rises", "falls", "changes", "sign", "layer")


@cache
def grammar() -> Lark:
    """Return the parser."""
    text = (Path(__file__).parent / "conditions.lark").read_text("utf-8")
    return Lark(text, parser="lalr")


def read_condition(text: str, network: Network) -> Condition:
    """Return the condition that a text says.

    Raises
    ------
    SettingError: it cannot be read, or asks for what this network cannot have.
    UnknownName: it names a parameter or unit that the network does not have.
    """
    if not isinstance(text, str):
        raise SettingError(f"a condition is a text, such as 'loss > 2 * median', not {text!r}")
    try:
        found = ConditionReader(network).transform(grammar().parse(text))
    except UnexpectedInput:
        raise unreadable(text, network) from None
    except VisitError as error:
        raise error.orig_exc from None
    quantity, test = found
    return Condition(text.strip(), quantity, test)


def unreadable(text: str, network: Network) -> SettingError:
    """Return the error for a text that is no condition; with what was meant if it is near."""
    if near := corrected(text):
        return SettingError(f"'{text}' cannot be read as a condition; did you mean '{near}'?")
    weight = Names(network).id(Weight(1, 0, 0))
    return SettingError(
        f"'{text}' cannot be read as a condition; one compares a parameter, {', '.join(TYPED[:5])}"
        " or update/weight with a number or a multiple of its median, mean, least or largest, or"
        " says 'rises', 'falls', 'changes sign', 'dead', 'saturated' or 'first nan', as in"
        f" '{weight} changes sign', 'loss > 2 * median' and '{example_of_units(network)}'"
    )


def corrected(text: str) -> str | None:
    """Return a condition that is a slip or two away from a text; None where there is none.

    >>> corrected("loss => 2 * medain"), corrected("w3 chages sing"), corrected("loss >")
    ('loss >= 2 * median', 'w3 changes sign', None)
    """

    def nearest(word: re.Match[str]) -> str:
        return next(iter(get_close_matches(word[0].lower(), PHRASES, n=1, cutoff=0.7)), word[0])

    found = re.sub("[A-Za-z_]{3,}", nearest, re.sub("=([<>])", r"\1=", text))
    try:
        grammar().parse(found)
    except UnexpectedInput:
        return None
    return found


def example_of_units(network: Network) -> str:
    """Return a condition on units that this network can have, or else one on epochs.

    >>> example_of_units(Network([2, 3, 1], "tanh"))
    'saturated layer 1 > 50%'
    """
    for layer in network.layer_numbers:
        if network.activation(layer) in DYING:
            return f"dead layer {layer}"
        if network.activation(layer) in BOUNDS:
            return f"saturated layer {layer} > 50%"
    return "held_out_loss rises"


class ConditionReader(Transformer[Token, Any]):
    """Turns a parsed condition into its quantity and test."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network, self.names = network, Names(network)

    # --- the sentence ----------------------------------------------------------------------------

    def broken(self, parts: list[Any]) -> Any:
        """A number that is not finite."""
        return Quantity("non-finite", "a number"), Compared(">", Threshold(0.0))

    def dead(self, parts: list[Any]) -> Any:
        """Dead units: of the network, a layer, or one unit; without a share, any."""
        place, share = place_and_share(parts)
        quantity = self.unit_or_layer("dead", place, DYING)
        return quantity, share or Compared(">", Threshold(0.0))

    def saturated(self, parts: list[Any]) -> Any:
        """Saturated activations; without a share, more than half."""
        place, share = place_and_share(parts)
        quantity = self.unit_or_layer("saturated", place, tuple(BOUNDS))
        return quantity, share or Compared(">", Threshold(0.5))

    def compared(self, parts: list[Any]) -> Any:
        """A quantity and a threshold."""
        quantity, relation, threshold, *layer = parts
        sign = RELATION_SIGNS.get(relation, str(relation))
        return self.within(self.as_quantity(quantity), layer), Compared(sign, threshold)

    def course(self, parts: list[Any]) -> Any:
        """A quantity that rises, falls, or changes sign."""
        quantity, what, *layer = parts
        words = " ".join(what.lower().split())
        return self.within(self.as_quantity(quantity), layer), Course(words)

    # --- thresholds ------------------------------------------------------------------------------

    def share(self, parts: list[Any]) -> Compared:
        """A relation and a share."""
        relation, threshold = parts
        return Compared(RELATION_SIGNS.get(relation, str(relation)), threshold)

    def threshold(self, parts: list[Any]) -> Threshold:
        """A number, a statistic, or a multiple of one."""
        factor = parts[0] if isinstance(parts[0], float) else 1.0
        last = parts[-1]
        if not isinstance(last, Token) or last.type != "STATISTIC":
            return Threshold(factor)
        name = last.lower()
        return Threshold(factor, OTHER_WORDS.get(name, name))

    def amount(self, parts: list[Any]) -> float:
        """A number, or so many percent."""
        value = float(parts[0].replace("−", "-"))
        return value / 100 if len(parts) > 1 else value

    # --- quantities ------------------------------------------------------------------------------

    def layer(self, parts: list[Any]) -> int:
        """A layer's number, checked."""
        layer, depth = int(parts[-1]), self.network.depth
        if not 1 <= layer <= depth:
            raise SettingError(f"the network has the layers 1 to {depth}, not {layer}")
        return layer

    def word(self, parts: list[Any]) -> Quantity:
        """One of the quantities with a name of their own."""
        word, *layer = parts
        typed = "".join(c for c in word.lower() if c not in " _-")
        return self.within(Quantity(*WORDS[typed]), layer)

    def name(self, parts: list[Any]) -> Token:
        """A name of the network, read where it is known what it is to be."""
        token: Token = parts[0]
        return token

    def magnitude(self, parts: list[Any]) -> Quantity:
        """The absolute value of a quantity."""
        found = self.as_quantity(parts[0])
        return Quantity(
            found.kind, f"|{found.words}|", found.layer, found.unit, found.place, magnitude=True
        )

    def within(self, quantity: Quantity, layer: list[int]) -> Quantity:
        """Return a quantity of one layer, where one is named."""
        if not layer:
            return quantity
        if quantity.kind not in OF_LAYERS or quantity.layer is not None:
            raise SettingError(
                f"{quantity.words} belongs to no layer; leave out 'layer {layer[0]}'"
            )
        return Quantity(quantity.kind, f"{quantity.words} in layer {layer[0]}", layer[0])

    def as_quantity(self, found: Any) -> Quantity:
        """Return a quantity, or that of the parameter or gradient of a name."""
        if isinstance(found, Quantity):
            return found
        quantity = self.found(found)
        if isinstance(quantity, Loss):
            return Quantity(*WORDS["loss"])
        words = self.names.id(quantity)
        if isinstance(quantity, Weight | Bias):
            return Quantity("parameter", words, quantity.layer, place=self.place(quantity))
        if isinstance(quantity, Slope) and isinstance(quantity.wrt, Weight | Bias):
            wrt = quantity.wrt
            return Quantity("slope", words, wrt.layer, place=self.place(wrt))
        raise SettingError(
            f"{words} has a value for each example; conditions are on parameters, as in"
            f" '{self.names.id(Weight(1, 0, 0))} > 0', or on units, as in"
            f" 'dead {self.names.id(Activation(1, 0, 0))}'"
        )

    def found(self, token: Token) -> Any:
        """Return what a name stands for; what is no name may be a word with a slip in it."""
        try:
            return find_quantity(self.network, str(token))
        except UnknownName:
            if near := get_close_matches(token.lower(), TYPED, n=1, cutoff=0.7):
                raise UnknownName(
                    f"unknown quantity '{token}'; did you mean '{near[0]}'?"
                ) from None
            raise

    def found_unit(self, token: Token) -> Any:
        """Return what a unit's name stands for; an unknown one is told with the units there are."""
        try:
            return find_quantity(self.network, str(token))
        except UnknownName:
            if not self.network.readable:
                raise
            sizes = enumerate(self.network.layers[1:], 1)
            units = [Activation(layer, unit, 0) for layer, n in sizes for unit in range(n)]
            raise UnknownName.of("unit", token, map(self.names.id, units)) from None

    def place(self, parameter: Weight | Bias) -> int:
        """Return where a parameter lies in the flat vector."""
        weights, biases = parameter_slices(self.network)[parameter.layer - 1]
        if isinstance(parameter, Bias):
            return int(biases.start) + parameter.unit
        inputs = self.network.layers[parameter.layer - 1]
        return int(weights.start) + parameter.unit * inputs + parameter.source

    def unit_or_layer(self, kind: str, place: Any, fitting: tuple[str, ...]) -> Quantity:
        """Return the quantity of a unit, a layer, or all layers whose activation fits."""
        layers = [n for n in self.network.layer_numbers if self.network.activation(n) in fitting]
        if place is None and layers:
            return Quantity(kind, f"the share of {kind} units in a layer")
        if place is None:
            activations = ", ".join(self.network.activations)
            raise SettingError(f"{only(kind)}, and this network's are {activations}")
        layer, unit, words = place, None, f"the share of {kind} units in layer {place}"
        if not isinstance(place, int):
            found = self.found_unit(place)
            if not isinstance(found, Activation) or found.layer == 0:
                raise SettingError(f"'{place}' is no unit; name one, as in '{kind} h1', or a layer")
            layer, unit = found.layer, found.unit
            words = f"{self.names.id(found)} dead"
            if kind == "saturated":
                words = f"the share of rows for which {self.names.id(found)} is saturated"
        if layer not in layers:
            raise SettingError(
                f"{only(kind)}, and layer {layer} is {self.network.activation(layer)}"
            )
        return Quantity(kind, words, layer, unit)


def only(kind: str) -> str:
    """Return in words which layers can have dead or saturated units."""
    fitting = DYING if kind == "dead" else tuple(BOUNDS)
    return f"only {' and '.join(fitting)} layers can have {kind} units"


def place_and_share(parts: list[Any]) -> tuple[Any, Compared | None]:
    """Return which of the two optional parts are there."""
    share = next((part for part in parts if isinstance(part, Compared)), None)
    places = (
        part for part in parts if isinstance(part, int) or getattr(part, "type", "") == "NAME"
    )
    return next(places, None), share
