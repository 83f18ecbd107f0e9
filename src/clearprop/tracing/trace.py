"""The trace of a training step: its sections of lines, the derivation of one quantity, the changes.

Comes in: a lesson, and perhaps what the optimizer carries. Goes out: a `Trace`, which is all that a
renderer needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clearprop.equations.order import sections
from clearprop.equations.step import Equation
from clearprop.errors import Disagreement, SettingError
from clearprop.formulas.arithmetic import DECIMALS, FLOATS, Arithmetic
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.expressions import Expression
from clearprop.formulas.notation import Mark
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    Parameter,
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
from clearprop.tracing.diagram import Diagram, diagram
from clearprop.tracing.differences import central_difference
from clearprop.tracing.history import History, repeat
from clearprop.tracing.lines import Line, chosen, line_trees
from clearprop.tracing.overview import OverviewRow, overview
from clearprop.tracing.values import Step, Values, all_parameters, run_step

SURE = 1e-6  # outputs this close to 0 or 1 leave a textbook form too few digits to be a proof
PROOF_TOLERANCE = 1e-9  # how far a textbook form may differ from the short form that is run


@dataclass(frozen=True)
class Section:
    """A titled step of the work, with its lines; `phase` is forward, loss, backward or update."""

    title: str
    phase: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Change:
    """A weight or bias before and after the update."""

    symbol: Mark
    before: Line
    after: Line


@dataclass(frozen=True)
class Trace:
    """One training step with all its work shown.

    `by_hand` is the number of digits of the arithmetic of paper, or None for exact values only;
    `verify` asks for a central difference beside each gradient. `history` is there when the step
    is the last of several.

    >>> from clearprop.network.lesson import seed_lesson
    >>> from clearprop.tracing.values import run_step
    >>> trace = Trace(run_step(seed_lesson()))
    >>> trace["dL/dw3"].value
    -0.12162083549961815
    """

    step: Step
    by_hand: int | None = None
    verify: bool = False
    history: History | None = None
    number: int = 1
    values: Values = field(init=False)
    trees: dict[Quantity, tuple[Expression, Rest | None]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", Values(self.step))

    # --- the parts that renderers show -----------------------------------------------------------

    @cached_property
    def given(self) -> tuple[Line, ...]:
        """What stands before the step: inputs, targets, parameters, constants, carried state."""
        return tuple(map(self.given_line, self.given_quantities))

    @cached_property
    def steps(self) -> tuple[Section, ...]:
        """The sections of the work; none for a network too large to read."""
        if not self.readable:
            return ()
        return tuple(
            Section(section.title, section.phase, tuple(self.lines(section.quantities)))
            for section in sections(self.values.equations)
        )

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every weight and bias before and after the update."""
        if not self.readable:
            return ()
        return tuple(map(self.change, all_parameters(self.step.lesson.parameters)))

    @cached_property
    def overview(self) -> tuple[OverviewRow, ...]:
        """Shape, norm and extreme entries of each quantity, as for networks too large to read."""
        return tuple(overview(self.step))

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """What the step goes by, in words: activations, loss, reduction, optimizer."""
        learning, lesson = self.step.lesson.learning, self.step.lesson
        reduction = (
            f", {learning.reduction} over {len(lesson.x)} examples" if len(lesson.x) > 1 else ""
        )
        return (
            ("activations", ", ".join(lesson.network.activations)),
            ("loss", learning.loss + reduction),
            ("optimizer", learning.optimizer),
            *((("frozen", ", ".join(learning.frozen)),) if learning.frozen else ()),
        )

    @property
    def example_name(self) -> str:
        """The name of a quantity worth asking for: the largest gradient of the first weights."""
        rows = [row for row in self.overview if row.title == "∂L/∂W[1]"]
        return max((rows[0].smallest, rows[0].largest), key=lambda entry: abs(entry[1]))[0].id

    @property
    def diagram(self) -> Diagram:
        """The network as columns of symbols, to be drawn."""
        return diagram(self.step.lesson.names)

    @property
    def readable(self) -> bool:
        """Whether the network is small enough for a print of every number."""
        return self.step.lesson.network.readable

    @property
    def loss(self) -> float:
        """The loss before the update."""
        return self.step.loss

    @property
    def new_loss(self) -> float:
        """The loss after the update."""
        return self.step.new_loss

    @property
    def first(self) -> Trace:
        """The first of several steps, shown in the same way."""
        first = self.step if self.history is None else self.history.first
        return Trace(first, self.by_hand, self.verify)

    @property
    def written_losses(self) -> tuple[Any, Any]:
        """The loss before and after the update, as it is printed: exact, or written by hand."""
        if self.written is None or not self.readable:
            return self.loss, self.new_loss
        return self.written[Loss()], self.written[Updated(Loss())]

    def __getitem__(self, name: str) -> Line:
        """Return the line of a quantity by its name, in either scheme."""
        quantity = self.find(name)
        if self.values.equations.is_given(quantity):
            return self.given_line(quantity)
        return self.line(quantity)[-1]

    def explain(self, name: str) -> tuple[Line, ...]:
        """Return the derivation of one quantity, closed down to what is given.

        Every operand stands before it is used; in a large network a long sum shows its largest
        terms, and the rest is one number.

        Raises
        ------
        UnknownName: no quantity of the step has that name.
        """
        order: dict[Quantity, tuple[Line, ...]] = {}
        self.derive(self.find(name), order)
        is_given = self.values.equations.is_given
        given = sorted((q for q in order if is_given(q)), key=reading_order)
        computed = (q for q in order if not is_given(q))
        return tuple(line for quantity in (*given, *computed) for line in order[quantity])

    # --- how lines are made ----------------------------------------------------------------------

    def find(self, name: str) -> Quantity:
        """Return the quantity of a name; the long forms are found by their ids."""
        head, _, form = name.partition(":")
        quantity = self.step.lesson.names.find(head)
        if form and isinstance(quantity, Loss | Slope):
            return Proof(quantity)
        if self.step.lesson.names.examples == 1 and isinstance(quantity, Loss):
            return Loss()
        if self.step.lesson.names.examples == 1 and isinstance(quantity, Slope):
            return Slope(quantity.of, quantity.wrt)
        return quantity

    def derive(self, quantity: Quantity, order: dict[Quantity, tuple[Line, ...]]) -> None:
        """Put the lines of a quantity into `order`, after those of all its operands."""
        stack = [(quantity, False)]
        while stack:
            current, operands_done = stack.pop()
            if current in order:
                continue
            if self.values.equations.is_given(current):
                order[current] = (self.given_line(current),)
            elif operands_done:
                order[current] = self.line(current)
            else:
                tree, _ = self.tree_of(current)
                below = [q for q in needed(tree) if q not in order]
                stack += [(current, True), *((q, False) for q in reversed(below))]

    def tree_of(self, quantity: Quantity) -> tuple[Expression, Rest | None]:
        """Return a quantity's tree as it is shown, with its branch chosen and long sums cut."""
        if quantity not in self.trees:
            tree = self.values.equations.equation(quantity).tree
            tree = chosen(tree, self.shown, self.arithmetic)
            uncut = self.readable or self.written is not None
            self.trees[quantity] = (tree, None) if uncut else abridged(quantity, tree, self.values)
        return self.trees[quantity]

    def lines(self, quantities: Iterable[Quantity]) -> Iterable[Line]:
        """Yield the lines of quantities; a textbook form only where it is a proof."""
        for quantity in quantities:
            if self.is_shown(quantity):
                yield from self.line(quantity)

    def is_shown(self, quantity: Quantity) -> bool:
        """Return whether a line can stand: the long forms need outputs off 0 and 1."""
        depth, outputs = self.step.lesson.network.depth, self.step.forward.outputs
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
        trees = line_trees(
            Equation(quantity, tree, equation.function), numbers, self.arithmetic, self.symbol
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
        by_hand = None if self.written is None else self.written[quantity]
        return Line(
            self.id(quantity), self.symbol(quantity), self.values[quantity], by_hand=by_hand
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
        return ""

    def difference(self, quantity: Quantity) -> float | None:
        """Return the central difference beside a gradient, where it was asked for."""
        match quantity:
            case Slope(Loss(), parameter, None) if self.verify and isinstance(parameter, Parameter):
                return central_difference(self.step.lesson, parameter)
        return None

    def change(self, parameter: Parameter) -> Change:
        """Return a parameter before and after the update."""
        return Change(
            self.symbol(parameter), self.given_line(parameter), self.line(Updated(parameter))[-1]
        )

    # --- the values that are printed -------------------------------------------------------------

    @cached_property
    def written(self) -> WrittenValues | None:
        """The values on paper, where they were asked for."""
        if self.by_hand is None:
            return None
        if not 1 <= self.by_hand <= 15:
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
        return self.step.lesson.names.symbol(quantity)

    def id(self, quantity: Quantity) -> str:
        """Return a quantity's name in ASCII."""
        return self.step.lesson.names.id(quantity)

    @property
    def given_quantities(self) -> list[Quantity]:
        """What stands before the step, in reading order."""
        lesson, equations = self.step.lesson, self.values.equations
        examples, (inputs, *_, outputs) = range(len(lesson.x)), lesson.network.layers
        found: list[Quantity] = []
        for k in examples:
            found += [Activation(0, unit, k) for unit in range(inputs)]
            found += [Target(unit, k) for unit in range(outputs)]
        parameters = list(all_parameters(lesson.parameters))
        found += parameters
        used = {q for line in self.all_quantities for q in needed(equations.equation(line).tree)}
        found += [Constant(name) for name in CONSTANTS if Constant(name) in used]
        found += [State(name, None) for name in equations.rule.shared_state]
        found += [State(name, p) for p in parameters for name in equations.rule.state]
        return found

    @property
    def all_quantities(self) -> list[Quantity]:
        """Every quantity of the sections."""
        return [q for section in sections(self.values.equations) for q in section.quantities]


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


def trace_steps(
    lesson: Lesson,
    steps: int = 1,
    by_hand: int | None = None,
    verify: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Trace:
    """Return the trace of a lesson's step, or, with the history, of the last of several."""
    step, history = repeat(lesson, steps, progress) if steps != 1 else (run_step(lesson), None)
    return Trace(step, by_hand, verify, history, steps)
