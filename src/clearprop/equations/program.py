"""The equations of a step as a straight-line program: the very lines of a trace, in order, as code.

Comes in: the equations of a step. Goes out: a Python function that repeats the step on plain
floats, to the bits of the strict reference, about a hundred times as fast as the arrays of a tiny
network can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from clearprop.equations.order import sections
from clearprop.equations.step import StepEquations
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.code import code
from clearprop.formulas.expressions import variables
from clearprop.network.names import Names
from clearprop.network.quantities import Bias, Loss, Quantity, State, Updated, Weight


@dataclass(frozen=True)
class Program:
    """A step as program text, and what goes in and out of it.

    `carried` are the quantities that each step replaces (parameters, optimizer state), `fixed`
    those that stay (examples, constants).
    """

    source: str
    carried: tuple[Quantity, ...]
    fixed: tuple[Quantity, ...]

    def compile(self) -> Callable[..., tuple[float, ...]]:
        """Return the function `run(steps, *carried, *fixed)`, which returns loss and carried.

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
    names = Names(equations.network, equations.examples)

    def identifier(quantity: Quantity) -> str:
        name = names.id(quantity).replace("@", "_at_").replace("/", "_by_")
        return f"{name}_" if iskeyword(name) else name

    computed = lines(equations)
    trees = {quantity: equations.equation(quantity).tree for quantity in computed}
    carried = tuple(q.quantity for q in computed if isinstance(q, Updated))
    used = dict.fromkeys(name for tree in trees.values() for name in variables(tree))
    fixed = tuple(q for q in used if equations.is_given(q) and q not in carried)
    body = [f"{identifier(q)} = {code(tree, identifier)}" for q, tree in trees.items()]
    body += [f"{identifier(q)} = {identifier(Updated(q))}" for q in carried]
    arguments = ", ".join(map(identifier, (*carried, *fixed)))
    returned = ", ".join(map(identifier, (Loss(), *carried)))
    source = "\n".join(
        [
            f"def run(steps, {arguments}):",
            "    for _ in range(steps):",
            *(f"        {line}" for line in body),
            f"    return ({returned},)",
        ]
    )
    return Program(source + "\n", carried, fixed)


def lines(equations: StepEquations) -> list[Quantity]:
    """Return what a step computes on the way to its loss and its update, in order."""
    found = [quantity for section in sections(equations) for quantity in section.quantities]
    wanted: set[Quantity] = {q for q in found if is_carried(q)} | {Loss()}
    for quantity in reversed(found):
        if quantity in wanted:
            wanted.update(variables(equations.equation(quantity).tree))
    return [quantity for quantity in found if quantity in wanted]


def is_carried(quantity: Quantity) -> bool:
    """Return whether a quantity is what the next step starts from."""
    return isinstance(quantity, Updated) and isinstance(quantity.quantity, Weight | Bias | State)
