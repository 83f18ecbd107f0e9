"""What a solution leaves open, and which quantities cannot be told without it.

Comes in: what is open, and a meaning. Goes out: the reason why no number can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from clearprop.checking.meanings import Meaning, Path
from clearprop.checking.solution import Numeral
from clearprop.formulas.expressions import variables
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Decayed,
    Loss,
    NetInput,
    Part,
    Slope,
    State,
    Target,
    Updated,
    Weight,
)

FORWARD = (Weight, Bias, NetInput, Activation, Part, Constant, Numeral, Path)
NOTES: Mapping[str, str] = MappingProxyType(
    {
        "step": "a further training step, which could not be followed from the one before it",
        "targets": "the solution gives no target, without which this cannot be told",
        "loss": "the solution names a loss that is not known here",
        "no loss": "the solution does not say its loss, without which this cannot be told",
        "rate": "the solution gives no learning rate, without which this cannot be told",
        "optimizer": "the solution names an optimizer whose numbers could not be read",
        "decay": "the solution adds a penalty to the loss, which is not reckoned with here",
    }
)


def is_forward(name: Any) -> bool:
    """Return whether a quantity is of the forward pass, or given to it: ∂h/∂z is, ∂L/∂z is not."""
    is_slope = isinstance(name, Slope) and not isinstance(name.of, Loss)
    return is_slope or isinstance(name, FORWARD)


def is_of_parameters(name: Any) -> bool:
    """Return whether a quantity depends on what the loss has besides its data: it and ∂L/∂w."""
    if isinstance(name, Slope):
        return isinstance(name.of, Loss) and isinstance(name.wrt, Weight | Bias)
    return isinstance(name, Loss | Updated | State | Decayed)


@dataclass(frozen=True)
class Gaps:
    """What a solution does not say; `open` has keys of `NOTES`."""

    open: frozenset[str] = frozenset()

    def and_also(self, gap: str) -> Gaps:
        """Return these gaps and one more."""
        return Gaps(self.open | {gap})

    def note(self, meaning: Meaning) -> str:
        """Return why a meaning's value cannot be told, "" where it can."""
        names = list(variables(meaning))
        return next((NOTES[gap] for gap in NOTES if gap in self.open and touches(gap, names)), "")


NO_GAPS = Gaps()


def touches(gap: str, names: list[Any]) -> bool:
    """Return whether one of some quantities depends on what is open."""
    match gap:
        case "step":
            return True
        case "targets":
            return not all(map(is_forward, names))
        case "loss" | "no loss":
            return not all(is_forward(name) or isinstance(name, Target) for name in names)
        case "decay":
            return any(map(is_of_parameters, names))
        case "rate" if Constant("rate") in names:
            return True
    return any(isinstance(name, Updated | State) for name in names)
