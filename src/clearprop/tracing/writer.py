"""The writer of lines: any quantity of a step with its formula, numbers and value.

Comes in: the values of a step, and whether they are shown exactly or as written by hand. Goes out:
lines. What does not agree with the pass is an error and never becomes a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clearprop.equations.step import Equation
from clearprop.errors import Disagreement, SettingError
from clearprop.formulas.arithmetic import DECIMALS, FLOATS, Arithmetic
from clearprop.formulas.expressions import Comparison, Expression, Number, Select, Variable
from clearprop.formulas.notation import Mark
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
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
from clearprop.tracing.abridged import Rest, abridged, needed, rest_symbol
from clearprop.tracing.by_hand import WrittenValues
from clearprop.tracing.differences import central_difference
from clearprop.tracing.lines import Line, chosen, line_trees
from clearprop.tracing.values import Values

SURE = 1e-6  # outputs this close to 0 or 1 leave a textbook form too few digits to be a proof
PROOF_TOLERANCE = 1e-9  # how far a textbook form may differ from the short form that is run


@dataclass(frozen=True)
class Writer:
    """Writes the lines of one step.

    `by_hand` is the number of digits of the arithmetic of paper, or None for exact values;
    `verify` puts a central difference beside each gradient.
    """

    values: Values
    by_hand: int | None = None
    verify: bool = False
    trees: dict[Quantity, tuple[Expression, Rest | None]] = field(default_factory=dict, init=False)

    # --- lines -----------------------------------------------------------------------------------

    def lines(self, quantities: Iterable[Quantity]) -> Iterator[Line]:
        """Yield the lines of quantities; a textbook form only where it is a proof."""
        for quantity in quantities:
            if self.is_shown(quantity):
                yield from self.line(quantity)

    def is_shown(self, quantity: Quantity) -> bool:
        """Return whether a line can stand: the long forms need outputs off 0 and 1."""
        depth, outputs = self.values.step.lesson.network.depth, self.values.step.forward.outputs
        match quantity:
            case Slope(Loss(), Activation(layer, _, _)) if layer == depth:
                divides = self.values.equations.short_form is not None
            case _:
                divides = isinstance(quantity, Proof)
        return not divides or bool(((outputs > SURE) & (outputs < 1 - SURE)).all())

    def line(self, quantity: Quantity) -> tuple[Line, ...]:
        """Return a computed quantity's line, after that of its sum's rest where it has one."""
        value = (
            self.proved(quantity) if isinstance(quantity, Proof) else self.values.checked(quantity)
        )
        equation = self.values.equations.equation(quantity)
        tree, rest = self.tree_of(quantity)
        numbers: Mapping[Any, Any] = (
            self.shown if rest is None else {**self.shown_in(tree), rest: rest.value}
        )
        rounded_within = self.by_hand is not None and any(isinstance(q, Part) for q in needed(tree))
        function = None if rounded_within else equation.function
        trees = line_trees(
            Equation(quantity, tree, function), numbers, self.arithmetic, self.symbol
        )
        line = Line(
            id=self.id(quantity),
            symbol=self.symbol(quantity),
            value=value,
            by_hand=None if self.written is None else self.written[quantity],
            rounded=self.written is not None and quantity in self.written.rounded,
            difference=self.difference(quantity),
            note=self.note(quantity),
            **trees,
        )
        return (line,) if rest is None else (self.rest_line(rest), line)

    def shown_in(self, tree: Any) -> dict[Any, Any]:
        """Return the printed values of a tree's quantities."""
        return {quantity: self.shown[quantity] for quantity in needed(tree)}

    def rest_line(self, rest: Rest) -> Line:
        """Return the line that gives the rest of a long sum as one number."""
        symbol = rest_symbol(self.symbol(rest.of))
        return Line(symbol.id, symbol, rest.value, note=rest.words)

    def given_line(self, quantity: Quantity) -> Line:
        """Return the line of something given."""
        return Line(
            id=self.id(quantity),
            symbol=self.symbol(quantity),
            value=self.values[quantity],
            by_hand=None if self.written is None else self.written[quantity],
            rounded=self.written is not None and quantity in self.written.rounded,
        )

    def proved(self, quantity: Proof) -> float:
        """Return the value of a textbook form, which must be that of the short form."""
        value, short = self.values.evaluated(quantity), self.values[quantity.of]
        if not abs(value - short) <= PROOF_TOLERANCE * max(1.0, abs(short)):
            raise Disagreement(
                f"{self.id(quantity)} is {value!r}, but the short form that is run gives {short!r};"
                " "
                "this is a fault of clearprop: please report it with the lesson file"
            )
        return value

    def note(self, quantity: Quantity) -> str:
        """Return what has to be said of a line in words."""
        match quantity:
            case Proof(of):
                same = "the same, " if self.written is None else ""
                return same + ("by its definition" if isinstance(of, Loss) else "by the chain rule")
            case Updated(parameter) if parameter in self.values.equations.frozen:
                return "frozen"
        return self.branch(quantity)

    def branch(self, quantity: Quantity) -> str:
        """Return why a formula became a bare number: which side of its limit the operand is on."""
        match self.values.equations.equation(quantity).tree:
            case Select(Comparison(Variable(operand), ">", Number(limit)), _, _) if isinstance(
                self.tree_of(quantity)[0], Number
            ):
                side = "above" if self.shown[operand] > limit else "not above"
                return f"{self.id(operand)} is {side} {limit:g}"
        return ""

    def difference(self, quantity: Quantity) -> float | None:
        """Return the central difference beside a gradient, where it was asked for."""
        match quantity:
            case Slope(Loss(), parameter, None) if self.verify and isinstance(parameter, Parameter):
                return central_difference(self.values.step.lesson, parameter)
        return None

    def derivation(self, quantity: Quantity) -> tuple[Line, ...]:
        """Return the lines of a quantity and of all that it is made of, operands first."""
        order = self.operands_first(quantity)
        is_given = self.values.equations.is_given
        given = map(self.given_line, sorted(filter(is_given, order), key=reading_order))
        computed = (self.line(q) for q in order if not is_given(q))
        return (*given, *(line for lines in computed for line in lines))

    def operands_first(self, quantity: Quantity) -> list[Quantity]:
        """Return a quantity and all that its shown formula is made of, operands first."""
        order: dict[Quantity, None] = {}
        stack = [(quantity, False)]
        while stack:
            current, operands_done = stack.pop()
            if current in order:
                continue
            if operands_done or self.values.equations.is_given(current):
                order[current] = None
            else:
                below = [q for q in self.mentioned(current) if q not in order]
                stack += [(current, True), *((q, False) for q in reversed(below))]
        return list(order)

    def mentioned(self, quantity: Quantity) -> list[Quantity]:
        """Return what a quantity's line speaks of: its operands, and those that chose a branch."""
        equation = self.values.equations.equation(quantity)
        shown = self.tree_of(quantity)[0]
        found = needed(shown)
        if equation.function is not None:
            found += needed(equation.function)
        if isinstance(shown, Number) and isinstance(equation.tree, Select):
            found += needed(equation.tree.condition.left)
        return found

    # --- formulas --------------------------------------------------------------------------------

    def tree_of(self, quantity: Quantity) -> tuple[Expression, Rest | None]:
        """Return a quantity's tree as it is shown, with its branch chosen and long sums cut."""
        if quantity not in self.trees:
            tree = self.values.equations.equation(quantity).tree
            tree = chosen(tree, self.shown, self.arithmetic)
            uncut = self.values.step.lesson.readable or self.written is not None
            self.trees[quantity] = (tree, None) if uncut else abridged(quantity, tree, self.values)
        return self.trees[quantity]

    # --- the values that are printed -------------------------------------------------------------

    @cached_property
    def written(self) -> WrittenValues | None:
        """The values on paper, where they were asked for."""
        if self.by_hand is None:
            return None
        if self.by_hand not in range(1, 16):
            raise SettingError(f"--by-hand takes 1 to 15 digits, not {self.by_hand}")
        return WrittenValues(self.values, self.by_hand)

    @property
    def shown(self) -> Mapping[Quantity, Any]:
        """The values that stand in the lines: exact, or as written by hand."""
        return self.values if self.written is None else self.written

    @property
    def arithmetic(self) -> Arithmetic:
        """The arithmetic of the values that stand in the lines."""
        return FLOATS if self.written is None else DECIMALS

    def symbol(self, quantity: Any) -> Mark:
        """Return a quantity's symbol."""
        if isinstance(quantity, Rest):
            return rest_symbol(self.symbol(quantity.of))
        return self.values.step.lesson.names.symbol(quantity)

    def id(self, quantity: Quantity) -> str:
        """Return a quantity's name in ASCII."""
        return self.values.step.lesson.names.id(quantity)


def reading_order(quantity: Quantity) -> tuple[Any, ...]:
    """Return the place of something given: inputs, targets, weights, biases, constants, state."""
    kinds = (Activation, Target, Weight, Bias, Constant, State)
    place = next(k for k, kind in enumerate(kinds) if isinstance(quantity, kind))
    match quantity:
        case Activation(_, unit, example) | Target(unit, example):
            return (place, example, unit)
        case Weight(layer, unit, source):
            return (place, layer, unit, source)
        case Bias(layer, unit):
            return (place, layer, unit)
        case State(name, Weight() | Bias() as parameter):
            return (place, *reading_order(parameter), name)
    return (place,)
