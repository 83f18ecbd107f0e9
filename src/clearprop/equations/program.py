"""The equations of a step as a straight-line program: the very lines of a trace, in order, as code.

Comes in: the equations of a step. Goes out: a Python function that repeats the step on plain
floats, to the bits of the strict reference, about a hundred times as fast as the arrays of a tiny
network can be. `engine/straight_line.py` makes machine code of the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from keyword import iskeyword
from typing import Any

from clearprop.equations.order import sections
from clearprop.equations.step import StepEquations
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.code import code
from clearprop.formulas.expressions import Expression, Variable, replace, variables
from clearprop.network.names import Names
from clearprop.network.quantities import Activation, Bias, Loss, Quantity, State, Updated, Weight

TAKEN = {*FLOATS.functions, "float", "largest", "print", "range", "run", "steps"}


@dataclass(frozen=True)
class Program:
    """A step as program text, and what goes in and out of it.

    trees        what each quantity is computed by, in order, over what they are called
    identifiers  what each quantity is called
    carried      the quantities that each step replaces (parameters, optimizer state)
    fixed        those that stay (examples, constants)
    """

    trees: Mapping[Quantity, Expression]
    identifiers: Mapping[Quantity, str]
    carried: tuple[Quantity, ...]
    fixed: tuple[Quantity, ...]

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """One assignment for each equation, in order."""
        name = self.identifiers
        return tuple(f"{name[q]} = {code(tree, str)}" for q, tree in self.trees.items())

    @property
    def replaced(self) -> list[str]:
        """The assignments that make the new values those that the next step starts from."""
        name = self.identifiers
        return [f"{name[q]} = {name[Updated(q)]}" for q in self.carried]  # type: ignore[arg-type]

    @property
    def source(self) -> str:
        """The text of a function `run(steps, *carried, *fixed)`, which returns loss and carried."""
        return self.function(self.statements)

    def function(self, statements: Collection[str]) -> str:
        """Return the text of `run` with the statements of a step written in some way."""
        name = self.identifiers
        arguments = ", ".join(name[q] for q in (*self.carried, *self.fixed))
        returned = ", ".join(name[q] for q in (Loss(), *self.carried))
        lines = [
            f"def run(steps, {arguments}):",
            "    for _ in range(steps):",
            *(f"        {line}" for line in (*statements, *self.replaced)),
            f"    return ({returned},)",
        ]
        return "\n".join(lines) + "\n"

    def compile(self) -> Callable[..., tuple[float, ...]]:
        """Return the function of the source, for plain Python.

        The loss is that of the last step, before its update.
        """
        namespace: dict[str, Any] = dict(FLOATS.functions)
        exec(compile(self.source, "<straight-line program>", "exec"), namespace)
        run: Callable[..., tuple[float, ...]] = namespace["run"]
        return run


def straight_line(equations: StepEquations) -> Program:
    """Return the straight-line program of a step.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> program = straight_line(StepEquations(lesson.network, lesson.learning))
    >>> print(program.source.splitlines()[2])
            z_h = ((w1 * x1) + (w2 * x2))
    """
    return program_of(equations, lines(equations))


def forward_program(equations: StepEquations, taken: Collection[str] = TAKEN) -> Program:
    """Return the straight-line program of a forward pass, to the loss of one example.

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> forward_program(StepEquations(lesson.network, lesson.learning)).statements[-1]
    'L = ((y + (-yhat)) * (y + (-yhat)))'
    """
    network = equations.network
    outputs = {Activation(network.depth, unit, 0) for unit in range(network.layers[-1])}
    return program_of(equations, lines(equations, {Loss(), *outputs}), taken)


def program_of(
    equations: StepEquations, computed: Collection[Quantity], taken: Collection[str] = TAKEN
) -> Program:
    """Return the program that computes some quantities of a step, in order.

    No quantity is called what is `taken`, or what another one is called. A variable that is a
    plain word is none: it stays as it is.
    """
    trees = {quantity: equations.equation(quantity).tree for quantity in computed}
    carried = tuple(q.quantity for q in computed if isinstance(q, Updated))
    used = dict.fromkeys(name for tree in trees.values() for name in variables(tree))
    given = (q for q in used if not isinstance(q, str))
    fixed = tuple(q for q in given if q not in trees and q not in carried)
    names = Names(equations.network, equations.examples)
    identifiers: dict[Quantity, str] = {}
    found = set(taken)
    for quantity in dict.fromkeys((*trees, *carried, *fixed)):
        name = identifier(names, quantity)
        while name in found:
            name += "_"
        found.add(name)
        identifiers[quantity] = name

    def named(node: Expression) -> Expression | None:
        if isinstance(node, Variable) and not isinstance(node.name, str):
            return Variable(identifiers[node.name])
        return None

    trees = {quantity: replace(tree, named) for quantity, tree in trees.items()}
    return Program(trees, identifiers, carried, fixed)


def identifier(names: Names, quantity: Quantity) -> str:
    """Return what a quantity is called in a program: dL/dw3 -> dL_by_dw3, W1[3,7] -> W1_3_7."""
    name = names.id(quantity).replace("@", "_at_").replace("/", "_by_")
    name = re.sub(r"\W+", "_", name).strip("_")
    return f"{name}_" if iskeyword(name) else name


def lines(equations: StepEquations, targets: set[Quantity] | None = None) -> list[Quantity]:
    """Return what a step computes on the way to its loss and its update, or to some targets."""
    found = [quantity for section in sections(equations) for quantity in section.quantities]
    wanted = targets or {q for q in found if is_carried(q)} | {Loss()}
    for quantity in reversed(found):
        if quantity in wanted:
            wanted.update(variables(equations.equation(quantity).tree))
    return [quantity for quantity in found if quantity in wanted]


def is_carried(quantity: Quantity) -> bool:
    """Return whether a quantity is what the next step starts from."""
    return isinstance(quantity, Updated) and isinstance(quantity.quantity, Weight | Bias | State)
