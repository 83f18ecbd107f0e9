"""The constants that the rules leave open: their letter, default and range.

Defaults are PyTorch's, so that equal names give equal numbers. Each can be set in the lesson file.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clearprop.errors import SettingError, UnknownName


@dataclass(frozen=True)
class Constant:
    """A constant: its letter in `notation.LETTERS`, its default and which values it may take."""

    letter: str
    default: float
    allowed: Callable[[float], bool]
    range: str


def at_least_zero(value: float) -> bool:
    """Return whether a value lies in [0, ∞)."""
    return 0 <= value < math.inf


def above_zero(value: float) -> bool:
    """Return whether a value lies in (0, ∞)."""
    return 0 < value < math.inf


def below_one(value: float) -> bool:
    """Return whether a value lies in [0, 1)."""
    return 0 <= value < 1


def up_to_one(value: float) -> bool:
    """Return whether a value lies in [0, 1]."""
    return 0 <= value <= 1


CONSTANTS: Mapping[str, Constant] = {
    "rate": Constant("eta", 0.1, above_zero, "above 0"),
    "momentum": Constant("alpha", 0.9, up_to_one, "from 0 to 1"),
    "beta1": Constant("beta1", 0.9, below_one, "at least 0 and below 1"),
    "beta2": Constant("beta2", 0.999, below_one, "at least 0 and below 1"),
    "epsilon": Constant("epsilon", 1e-8, above_zero, "above 0"),
    "rho": Constant("rho", 0.99, below_one, "at least 0 and below 1"),
    "weight_decay": Constant("lambda", 0.0, at_least_zero, "at least 0"),
    "huber_delta": Constant("huber_delta", 1.0, above_zero, "above 0"),
    "leaky_relu_slope": Constant("leaky_relu_slope", 0.01, at_least_zero, "at least 0"),
    "elu_alpha": Constant("elu_alpha", 1.0, above_zero, "above 0"),
    "pi": Constant("pi", math.pi, lambda value: value == math.pi, "π"),
}

LARGEST = 1.7976931348623157e308  # of float64; a whole number of a TOML file can be larger
DEFAULTS: Mapping[str, float] = {name: constant.default for name, constant in CONSTANTS.items()}


def checked(name: str, value: object) -> float:
    """Return a constant's value as a float.

    Raises
    ------
    UnknownName: no constant has that name.
    SettingError: the value is not a number in the constant's range.
    """
    if name not in CONSTANTS:
        raise UnknownName.of("constant", name, CONSTANTS)
    constant = CONSTANTS[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and constant.allowed(value) and abs(value) <= LARGEST:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    raise SettingError(f"{name} must be a number {constant.range}, not {value!r:.40}")
