"""The statements of a step for one network of many: what each has of its own, and what all share.

Comes in: a program of the step's equations. Goes out: its statements, those that are the same for
all networks apart from those of each network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from clearprop.engine.rules import CONSTANT_PLACES, Writer
from clearprop.engine.trees import by_magnitude, hoisted, over_one_divisor, shared_calls
from clearprop.equations.program import Program
from clearprop.formulas.code import code
from clearprop.formulas.expressions import Expression
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Constant,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
)

GRID = ("rate", "momentum")  # constants that each network may have its own of


@dataclass(frozen=True)
class LaneText:
    """Some of a step's quantities as statements for one network of many."""

    program: Program
    network: Network
    carried: Collection[Quantity]
    writer: Writer

    def name(self, quantity: Quantity) -> str:
        """Return what a quantity is called in the program."""
        targets = isinstance(quantity, Target) and quantity not in self.program.identifiers
        return f"targets[row, {quantity.unit}]" if targets else self.program.identifiers[quantity]  # type: ignore[union-attr]

    @cached_property
    def given(self) -> tuple[Quantity, ...]:
        """What stands before the statements."""
        return tuple(dict.fromkeys((*self.program.carried, *self.program.fixed)))

    @property
    def read(self) -> list[Quantity]:
        """What each network has of its own."""
        return [q for q in self.given if q in self.carried or is_grid(q)]

    @property
    def batch(self) -> list[Quantity]:
        """The inputs and targets."""
        return [q for q in self.given if isinstance(q, Activation | Target)]

    def examples(self, row: str | None = None) -> list[str]:
        """Return the statements that read the inputs and targets, once for all networks."""
        found = []
        for q in self.batch:
            array = "targets" if isinstance(q, Target) else "inputs"
            found.append(f"{self.name(q)} = {array}[{row or q.example}, {q.unit}]")  # type: ignore[union-attr]
        return found

    @property
    def constants(self) -> list[str]:
        """The statements that read the constants that all networks share."""
        return [
            f"{self.name(q)} = constants[{CONSTANT_PLACES[q.name]}]"
            for q in self.given
            if isinstance(q, Constant) and not is_grid(q)
        ]

    @cached_property
    def parts(self) -> tuple[list[str], list[str]]:
        """The statements that are the same for all networks, and those for each of them."""
        common, own = list[str](), list[str]()
        varying = {self.name(q) for q in self.program.identifiers if not is_common(q)}
        for quantity, tree in self.program.trees.items():
            name = self.name(quantity)
            if is_shared(quantity):
                common.append(f"{name} = {code(tree, str)}")
                continue
            same, rest = hoisted(tree, varying, f"{name}_same")
            common += [f"{called} = F({code(part, str)})" for called, part in same]
            own += self.assign(name, rest)
        return common, own

    @property
    def common(self) -> list[str]:
        """The statements that are the same for all networks, in float64."""
        return self.parts[0]

    @property
    def statements(self) -> list[str]:
        """The statements for each network."""
        return self.parts[1]

    def assign(self, name: str, tree: Expression) -> list[str]:
        """Return the statements that give a name the tree's value."""
        if not self.writer.fast:
            return self.writer.assign(name, tree)
        calls, rest = shared_calls(over_one_divisor(by_magnitude(tree)), f"{name}_part")
        return [f"{part} = {self.writer.expression(of)}" for part, of in [*calls, (name, rest)]]

    def right(self) -> list[str]:
        """Return the statements that make `hit` 1 where the class is right (`measures.py`)."""
        depth, units = self.network.depth, range(self.network.layers[-1])
        outputs = [self.name(Activation(depth, u, 0)) for u in units]
        targets = [self.name(Target(u, 0)) for u in units]
        if len(outputs) == 1:
            return [f"hit = F(1.0) if ({outputs[0]} >= 0.5) == ({targets[0]} >= 0.5) else F(0.0)"]
        found = []
        for name, values in (("place", outputs), ("sought", targets)):
            found += [f"{name}, most = 0, {values[0]}"]
            for u, value in enumerate(values[1:], start=1):
                found += [f"{name} = {u} if {value} > most else {name}",
                          f"most = {value} if {value} > most else most"]  # fmt: skip
        return [*found, "hit = F(1.0) if place == sought else F(0.0)"]


def in_turn(quantities: list[Quantity]) -> list[Quantity]:
    """Return quantities with those of the examples in turn, the first of each, the second, …

    What is computed next does not wait for what was computed last.
    """
    counts: dict[int, int] = {}
    places: dict[Quantity, tuple[int, ...]] = {}
    for place, quantity in enumerate(quantities):
        example = example_of(quantity)
        if example is None:
            places[quantity] = (len(quantities), place)
        else:
            counts[example] = counts.get(example, 0) + 1
            places[quantity] = (counts[example], example)
    return sorted(quantities, key=places.__getitem__)


def example_of(quantity: Quantity) -> int | None:
    """Return the example that a quantity belongs to, if it does to one."""
    if isinstance(quantity, Slope):
        parts: Iterable[object] = (quantity, quantity.of, quantity.wrt)
    else:
        parts = (quantity,)
    found = (getattr(part, "example", None) for part in parts)
    return next((example for example in found if example is not None), None)


def is_shared(quantity: Quantity) -> bool:
    """Return whether a quantity is what the optimizer carries once for all parameters."""
    inner_one = quantity.quantity if isinstance(quantity, Updated) else quantity
    return isinstance(inner_one, State) and inner_one.parameter is None


def is_grid(quantity: Quantity) -> bool:
    """Return whether a quantity is a constant that each network may have its own of."""
    return isinstance(quantity, Constant) and quantity.name in GRID


def is_common(quantity: Quantity) -> bool:
    """Return whether a quantity is the same for all networks, whatever the examples."""
    return is_shared(quantity) or (isinstance(quantity, Constant) and not is_grid(quantity))
