"""A feed-forward network's architecture: layer sizes, activations, which layers have biases."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from clearprop.errors import SettingError, ShapeError, UnknownName
from clearprop.formulas.activations import activation
from clearprop.formulas.constants import checked
from clearprop.shown import Shown

if TYPE_CHECKING:
    from clearprop.network.parameters import Parameters

SHAPE_CONSTANTS = ("leaky_relu_slope", "elu_alpha")  # of activations: they belong to the network
T = TypeVar("T", str, bool)

LARGEST = 1_000_000_000  # weights, which in float64 take 8 GB
READABLE_PARAMETERS = 50  # up to here every number of a step is printed, with people's names


@dataclass(frozen=True, init=False)
class Network(Shown):
    """A network of `layers[0]` inputs and then `layers[l]` units in layer l = 1..D.

    Activations and biases are given once for all layers or as a list, one per layer. `names` gives
    inputs and units names of their own (`{"h1": "edge", "x1": "height"}`), `constants` sets what an
    activation leaves open (`{"leaky_relu_slope": 0.2}`).

    Raises
    ------
    ShapeError: a list has not one entry per layer.
    SettingError: a layer without units, a name that is no identifier or given twice.
    UnknownName: an activation or a constant that is not in the table.

    >>> network = Network([2, 3, 1], activations=["tanh", "sigmoid"])
    >>> network
    Network([2, 3, 1], activations=['tanh', 'sigmoid'])
    >>> network.depth, network.parameter_count
    (2, 13)
    """

    layers: tuple[int, ...]
    activations: tuple[str, ...]
    biases: tuple[bool, ...]
    names: Mapping[str, str]
    constants: Mapping[str, float]

    def __init__(
        self,
        layers: Sequence[int],
        activations: Sequence[str] | str = "sigmoid",
        biases: Sequence[bool] | bool = True,
        names: Mapping[str, str] | None = None,
        constants: Mapping[str, float] | None = None,
    ) -> None:
        sizes = checked_layers(layers)
        depth = len(sizes) - 1
        fields = {
            "layers": sizes,
            "activations": one_per_layer("activations", activations, str, depth),
            "biases": one_per_layer("biases", biases, bool, depth),
            "names": MappingProxyType(checked_names(names or {})),
            "constants": MappingProxyType(checked_constants(constants or {})),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        for name in self.activations:
            activation(name)

    def __repr__(self) -> str:
        given = {
            "activations": list(self.activations),
            "biases": True if all(self.biases) else list(self.biases),
            "names": dict(self.names),
            "constants": dict(self.constants),
        }
        words = [f"{name}={value!r}" for name, value in given.items() if value not in ({}, True)]
        return f"Network({', '.join([repr(list(self.layers)), *words])})"

    def __reduce__(self) -> tuple[object, ...]:
        """Return how a copy is made: tables that are read-only cannot be pickled."""
        names, constants = dict(self.names), dict(self.constants)
        return Network, (self.layers, self.activations, self.biases, names, constants)

    @property
    def depth(self) -> int:
        """The number of layers with weights, D."""
        return len(self.layers) - 1

    @property
    def layer_numbers(self) -> range:
        """The layers with weights, 1..D."""
        return range(1, len(self.layers))

    def activation(self, layer: int) -> str:
        """Return the name of a layer's activation, layer = 1..D."""
        return self.activations[layer - 1]

    def has_biases(self, layer: int) -> bool:
        """Return whether a layer has biases, layer = 1..D."""
        return self.biases[layer - 1]

    @cached_property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(
            self.layers[layer] * (self.layers[layer - 1] + self.has_biases(layer))
            for layer in self.layer_numbers
        )

    @property
    def readable(self) -> bool:
        """Whether the network is small enough for people's names and a print of every number."""
        return self.parameter_count <= READABLE_PARAMETERS

    def to_torch(self, parameters: "Parameters", like: Any = None) -> Any:
        """Return an `nn.Sequential` of this network with some parameters, as weights of its own.

        `like` is a module that `cp.from_torch` takes as a network of this shape: then it is a copy
        of that, with its modules' names and its dtype, so that their state dicts fit each other.

        Raises
        ------
        SettingError: the parameters are none, or those of another network; `like` is another one.
        MissingExtra: torch is not installed.
        """
        from clearprop.interop.exchange.torch_modules import to_torch
        from clearprop.network.parameters import Parameters

        if not isinstance(parameters, Parameters):
            raise SettingError(
                "to_torch takes the network's parameters, as run.parameters, not a"
                f" {type(parameters).__name__}"
            )
        if parameters.network != self:
            raise SettingError("the parameters are those of another network; give this one's")
        return to_torch(parameters, like)


def checked_layers(given: object) -> tuple[int, ...]:
    """Return the layer sizes as a tuple of whole numbers above 0."""
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) < 2:
        raise ShapeError(
            "layers must list the inputs and then the units of each layer, as in [2, 1, 1], "
            f"not {given!r}"
        )
    for place, size in enumerate(given):
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            what = "the number of inputs" if place == 0 else f"the size of layer {place}"
            raise SettingError(f"{what} must be a whole number of at least 1, not {size!r}")
    weights = sum(units * inputs for inputs, units in pairwise(given))
    if weights > LARGEST:
        raise SettingError(
            f"these layers have {weights:,} weights; at most {LARGEST:,} are allowed"
        )
    return tuple(given)


def one_per_layer(what: str, given: object, kind: type[T], depth: int) -> tuple[T, ...]:
    """Return one value per layer, from one value for all layers or a list."""
    values = [given] * depth if isinstance(given, kind) else given
    if not isinstance(values, Sequence) or not all(isinstance(v, kind) for v in values):
        one = "a name" if kind is str else "true or false"
        raise SettingError(
            f"{what} must be {one}, or a list with one for each layer, not {given!r}"
        )
    if len(values) != depth:
        layers = "the 1 layer" if depth == 1 else f"each of the {depth} layers"
        raise ShapeError(f"{what} must have one entry for {layers}, but {len(values)} are given")
    return tuple(values)


def checked_names(names: object) -> dict[str, str]:
    """Return the own names, each an identifier and each given once."""
    if not isinstance(names, Mapping):
        raise SettingError(f"names must be a table such as {{ h1 = 'edge' }}, not {names!r}")
    for built_in, own in names.items():
        if not isinstance(own, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", own):
            raise SettingError(
                f"the name for {built_in} must be letters from a to z and digits, a letter first, "
                f"not {own!r}"
            )
        if list(names.values()).count(own) > 1:
            raise SettingError(f"the name '{own}' is given twice; names must be unique")
    return dict(names)


def checked_constants(given: Mapping[str, float]) -> dict[str, float]:
    """Return the constants of activations that are set, each in its range."""
    for name in given:
        if name not in SHAPE_CONSTANTS:
            raise UnknownName.of("constant of a network", name, SHAPE_CONSTANTS)
    return {name: checked(name, value) for name, value in given.items()}
