"""A line of the work: symbol = formula in names = formula with numbers = value.

Comes in: quantities and their values. Goes out: lines whose trees hold symbols or numbers only, so
that a renderer needs to know nothing of networks. Where a formula has two branches, the line shows
the one that the values chose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clearprop.equations.step import Equation
from clearprop.formulas.arithmetic import Arithmetic, compare
from clearprop.formulas.expressions import Expression, Number, Select, Variable, replace
from clearprop.formulas.notation import Mark
from clearprop.network.quantities import Quantity
from clearprop.shown import Shown


@dataclass(frozen=True, repr=False)
class Line(Shown):
    """One line: `names` and `numbers` are the same tree, over symbols and over numbers.

    `value` is the exact one; `by_hand` the one written on paper, where that was asked for:
    `numbers` then holds the written operands, and `rounded` says whether digits were cut. A given
    quantity has no formula. `function` is the short way to write the formula, σ(z_h).
    `difference` is the central difference beside a gradient; `note` says what a formula cannot.
    """

    id: str
    symbol: Mark
    value: float
    names: Expression | None = None
    numbers: Expression | None = None
    function: Expression | None = None
    by_hand: Decimal | None = None
    rounded: bool = False
    difference: float | None = None
    note: str = ""

    @property
    def trees(self) -> list[Expression]:
        """The formula as it is written: its short way, in names, with numbers."""
        return [tree for tree in (self.function, self.names, self.numbers) if tree is not None]

    @property
    def written(self) -> float | Decimal:
        """The value as it is printed: by hand where that was asked for, else exact."""
        return self.value if self.by_hand is None else self.by_hand

    def __repr__(self) -> str:
        return f"<Line {self.id} = {self.written:.6g}>"


def chosen(tree: Expression, values: Mapping[Quantity, Any], arithmetic: Arithmetic) -> Expression:
    """Return the tree with every choice between two branches made by the values."""

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Select):
            return None
        holds = compare(node.condition, values, arithmetic)
        return chosen(node.if_true if holds else node.if_false, values, arithmetic)

    return replace(tree, change)


def with_symbols(tree: Expression, symbol: Callable[[Quantity], Mark]) -> Expression:
    """Return the tree over symbols."""
    return replace(
        tree, lambda node: Variable(symbol(node.name)) if isinstance(node, Variable) else None
    )


def with_numbers(tree: Expression, values: Mapping[Quantity, Any]) -> Expression:
    """Return the tree over numbers."""
    return replace(
        tree, lambda node: Number(values[node.name]) if isinstance(node, Variable) else None
    )


def line_trees(
    equation: Equation,
    values: Mapping[Quantity, Any],
    arithmetic: Arithmetic,
    symbol: Callable[[Quantity], Mark],
) -> dict[str, Expression | None]:
    """Return a line's trees: in names, with numbers, and the short way to write it."""
    tree = chosen(equation.tree, values, arithmetic)
    short = equation.function
    return {
        "names": with_symbols(tree, symbol),
        "numbers": with_numbers(tree, values),
        "function": None if short is None else with_symbols(short, symbol),
    }
