"""The trace of a training step: its sections of lines, the derivation of one quantity, the changes.

Comes in: a lesson, and perhaps what the optimizer carries. Goes out: a `Trace`, which is all that a
renderer needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clearprop.equations.order import sections
from clearprop.equations.step import StepEquations
from clearprop.errors import UnknownName, counted
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.notation import Mark
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import (
    Activation,
    Constant,
    Loss,
    Parameter,
    Proof,
    Quantity,
    Slope,
    State,
    Target,
    Updated,
)
from clearprop.shown import Shown
from clearprop.tracing.abridged import needed
from clearprop.tracing.diagram import Diagram, diagram
from clearprop.tracing.history import History, repeat
from clearprop.tracing.lines import Line
from clearprop.tracing.overview import OverviewRow, overview
from clearprop.tracing.values import Step, Values, all_parameters, run_step
from clearprop.tracing.writer import Writer


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
class Trace(Shown):
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

    @cached_property
    def writer(self) -> Writer:
        """What writes the lines."""
        return Writer(Values(self.step), self.by_hand, self.verify)

    @property
    def equations(self) -> StepEquations:
        """The equations of the step."""
        return self.writer.values.equations

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.step.lesson.network.layers))
        return f"<Trace of a {sizes} network: loss {self.loss:.6g} -> {self.new_loss:.6g}>"

    # --- the parts that renderers show -----------------------------------------------------------

    @cached_property
    def given(self) -> tuple[Line, ...]:
        """What stands before the step: inputs, targets, parameters, constants, carried state."""
        return tuple(map(self.writer.given_line, self.given_quantities))

    @cached_property
    def steps(self) -> tuple[Section, ...]:
        """The sections of the work; none for a network too large to read."""
        if not self.readable:
            return ()
        return tuple(
            Section(section.title, section.phase, tuple(self.writer.lines(section.quantities)))
            for section in sections(self.equations)
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
        reduction = f"{learning.reduction} over {counted(len(lesson.x), 'example')}"
        return (
            *((("example", lesson.about),) if lesson.about else ()),
            ("activations", ", ".join(lesson.network.activations)),
            ("loss", f"{learning.loss}, {reduction}"),
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
        return self.step.lesson.readable

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
        if self.writer.written is None or not self.readable:
            return self.loss, self.new_loss
        return self.writer.written[Loss()], self.writer.written[Updated(Loss())]

    def __getitem__(self, name: str) -> Line:
        """Return the line of a quantity by its name, in either scheme."""
        quantity = self.find(name)
        if self.equations.is_given(quantity):
            return self.writer.given_line(quantity)
        return self.writer.line(quantity)[-1]

    def explain(self, name: str) -> tuple[Line, ...]:
        """Return the derivation of one quantity, closed down to what is given.

        Every operand stands before it is used; in a large network a long sum shows its largest
        terms, and the rest is one number.

        Raises
        ------
        UnknownName: no quantity of the step has that name.
        """
        return self.writer.derivation(self.find(name))

    # --- how they are found ----------------------------------------------------------------------

    def find(self, name: str) -> Quantity:
        """Return the quantity of a name; the long forms are found by their ids."""
        head, _, form = name.partition(":")
        quantity = self.step.lesson.names.find(head)
        if form:
            return self.find_proof(name, quantity)
        if self.step.lesson.names.examples == 1 and isinstance(quantity, Loss):
            return Loss()
        if self.step.lesson.names.examples == 1 and isinstance(quantity, Slope):
            return Slope(quantity.of, quantity.wrt)
        return quantity

    def find_proof(self, name: str, of: Quantity) -> Quantity:
        """Return the textbook form of an id such as L:definition or dL/dz_out:chain."""
        if isinstance(of, Loss | Slope) and self.equations.short_form is not None:
            proof = Proof(of)
            if self.writer.id(proof).partition(":")[2] == name.partition(":")[2]:
                return proof
        raise UnknownName(f"unknown quantity '{name}'; this step proves no such form")

    def change(self, parameter: Parameter) -> Change:
        """Return a parameter before and after the update."""
        return Change(
            self.writer.symbol(parameter),
            self.writer.given_line(parameter),
            self.writer.line(Updated(parameter))[-1],
        )

    # --- the values that are printed -------------------------------------------------------------

    @cached_property
    def given_quantities(self) -> tuple[Quantity, ...]:
        """What stands before the step, in reading order."""
        lesson, equations = self.step.lesson, self.equations
        examples, (inputs, *_, outputs) = range(len(lesson.x)), lesson.network.layers
        found: list[Quantity] = []
        for k in examples:
            found += [Activation(0, unit, k) for unit in range(inputs)]
            found += [Target(unit, k) for unit in range(outputs)]
        parameters = list(all_parameters(lesson.parameters))
        found += parameters
        used = {q for line in self.all_quantities for q in needed(equations.equation(line).tree)}
        rule = equations.update.rule
        late: list[Quantity] = [Constant(name) for name in CONSTANTS]
        late += [State(name, None) for name in rule.shared_state]
        late += [State(name, parameter) for parameter in parameters for name in rule.state]
        return (*found, *(quantity for quantity in late if quantity in used))

    @property
    def all_quantities(self) -> list[Quantity]:
        """Every quantity of the sections."""
        return [q for section in sections(self.equations) for q in section.quantities]


def trace_steps(
    lesson: Lesson,
    steps: int | None = None,
    by_hand: int | None = None,
    verify: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Trace:
    """Return the trace of a lesson's step, or, with the history, of the last of several."""
    if steps is None:
        return Trace(run_step(lesson), by_hand, verify)
    step, history = repeat(lesson, steps, progress)
    return Trace(step, by_hand, verify, history, steps)
