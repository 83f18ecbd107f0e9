"""The straight-line shape in fast arithmetic: the equations of one example, for several at once.

A batch passes in blocks of as many examples as a vector register holds numbers: each example has a
lane, and the loop over the lanes has no branches, so that the compiler makes vectors of it. What
the lanes add to the loss and the gradients is joined once at the end, then the update follows.
In the last block the lanes without an example add nothing. Where only one batch size occurs the
program is made for it, else for any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from clearprop.engine.rules import Writer, inner
from clearprop.engine.straight_line_text import LOCAL, StraightLine, function
from clearprop.engine.trees import hoisted
from clearprop.equations.program import TAKEN, Program, forward_program, lines, program_of
from clearprop.equations.step import StepEquations
from clearprop.formulas.expressions import Expression, Variable, variables
from clearprop.network.quantities import (
    Activation,
    Constant,
    Decayed,
    Loss,
    Quantity,
    State,
    Target,
    Updated,
)

LANES = {"float64": 4, "float32": 8}  # of a register of 256 bits
SHARE = "share"  # of one example in the mean: 1 / m


class OneOfMany(StepEquations):
    """The equations of one example, which is one of a number that is known later."""

    def reduced(self, tree: Expression) -> Expression:
        """Return the tree times an example's share in the mean where that is the reduction."""
        return tree * Variable(SHARE) if self.learning.reduction == "mean" else tree


@dataclass(frozen=True)
class ExampleLanes(StraightLine):
    """Writes the parts of the program, in fast arithmetic."""

    dtype: str = "float64"

    @cached_property
    def writer(self) -> Writer:
        """What writes trees as statements."""
        return Writer(self.dtype, fast=True)

    @property
    def lanes(self) -> int:
        """How many examples pass at once; a single one has no company."""
        return 1 if max(self.sizes) == 1 else LANES[self.dtype]

    @property
    def functions(self) -> str:
        """The file of the functions: alone, those of the C library are the faster ones."""
        return "functions_strict" if self.lanes == 1 else f"functions_{self.dtype}"

    @cached_property
    def step(self) -> Program:
        """The program of a step on one example."""
        equations = OneOfMany(self.network, self.learning)
        wanted: set[Quantity] = {q for q in lines(equations) if self.is_stored(q)} | {Loss()}
        return program_of(equations, lines(equations, wanted), TAKEN | LOCAL | {SHARE})

    @property
    def train_step(self) -> str:
        """The function that takes one step."""
        program, lanes, name = self.step, self.lanes, self.step.identifiers
        examples, place, only = self.size_texts()
        rows = [q for q in program.fixed if is_of_row(q)]
        given = dict.fromkeys(q for q in (*program.carried, *program.fixed) if q not in rows)
        load = [f"stage[{i * lanes} + lane] = {self.place(q, 'k')}" for i, q in enumerate(rows)]
        each = [
            *(f"{name[q]} = stage[{i * lanes} + lane]" for i, q in enumerate(rows)),
            *self.written(program, self.of_pass),
            *(f"sums[{i * lanes} + lane] += {word}{only}" for i, word in enumerate(self.summed)),
        ]
        body = [
            "vector, states, shared = carried.vector, carried.states, carried.shared",
            "constants = rules.constants",
            f"{SHARE} = F(1.0 / {examples})",
            *(f"{name[q]} = {self.place(q)}" for q in given),
            f"stage = on_stack(vector, {len(rows) * lanes})",
            f"sums = on_stack(vector, {len(self.summed) * lanes})",
            f"for j in range({len(self.summed) * lanes}):",
            "    sums[j] = F(0.0)",
            f"for start in range(0, {examples}, {lanes}):",
            f"    for lane in range({lanes}):",
            f"        k = {place}",
            *inner(load, depth=2),
            f"    for lane in range({lanes}):",
            *inner(each, depth=2),
            *(f"{word} = {joined_lanes(i * lanes, lanes)}" for i, word in enumerate(self.summed)),
            *self.update(),
            f"return np.float64({self.loss_of_batch(name[Loss()])})",
        ]
        return function(
            "train_step(inputs, targets, sample_weights, carried, learning_rate, wiring, rules, "
            "seed, number, room)",
            "Take one step on a batch and return its loss, before the update.",
            body,
        )

    @property
    def of_pass(self) -> list[Quantity]:
        """What is computed for each example; the rest of the step is the update."""
        return [q for q in self.step.trees if not is_of_update(q)]

    @cached_property
    def summed(self) -> list[str]:
        """What is added up over the examples: the loss, and all that the update reads."""
        program = self.step
        read = {word for q in program.trees if is_of_update(q) for word in names_in(program, q)}
        found = (program.identifiers[q] for q in self.of_pass)
        loss = program.identifiers[Loss()]
        return [loss, *(word for word in found if word in read and word != loss)]

    def update(self) -> list[str]:
        """Return the statements of the update; numbers that all share stay in float64."""
        program, name = self.step, self.step.identifiers
        lines_of = [q for q in program.trees if is_of_update(q)]
        exact = Writer("float64")
        together = [exact.assign(name[q], program.trees[q]) for q in lines_of if is_shared(q)]
        stores = (
            f"{self.place(q)} = {name[Updated(q)]}"  # type: ignore[arg-type]
            for q in program.carried
        )
        own = self.written(program, [q for q in lines_of if not is_shared(q)])
        return [*(line for statement in together for line in statement), *own, *stores]

    def size_texts(self) -> tuple[str, str, str]:
        """Return the number of examples, a lane's example, and what lets only those count."""
        lanes = self.lanes
        if len(self.sizes) > 1:
            any_size = "inputs.shape[0]"
            only = f" if start + lane < {any_size} else F(0.0)"
            return any_size, f"min(start + lane, {any_size} - 1)", only
        (size,) = self.sizes
        if size % lanes == 0:
            return str(size), "start + lane", ""
        return str(size), f"min(start + lane, {size - 1})", f" if start + lane < {size} else F(0.0)"

    def loss_of_batch(self, name: str) -> str:
        """Return the loss of the batch by the sum over its examples."""
        return f"{name} * {SHARE}" if self.learning.reduction == "mean" else name

    # --- numbers of two types --------------------------------------------------------------------

    def written(self, program: Program, computed: Iterable[Quantity]) -> list[str]:
        """Return the statements of some quantities.

        In float32 whatever depends on constants and shared numbers alone is computed in float64,
        and rounded once.
        """
        name, found = program.identifiers, list[str]()
        single = {name[q] for q in name if not isinstance(q, Constant) and not is_shared(q)} | {
            SHARE
        }
        for quantity in computed:
            tree, called = program.trees[quantity], name[quantity]
            if self.dtype == "float32":
                constant, tree = hoisted(tree, single, f"{called}_constant")
                exact = Writer("float64")
                found += [f"{word} = F({exact.expression(part)})" for word, part in constant]
            found += self.writer.assign(called, tree)
        return found

    def forward_statements(self) -> tuple[Program, list[str]]:
        """Return the program of a forward pass, and its statements."""
        equations = StepEquations(self.network, self.learning)
        program = forward_program(equations, TAKEN | LOCAL)
        return program, self.written(program, program.trees)


def joined_lanes(start: int, lanes: int) -> str:
    """Return the sum of the lanes, added in pairs.

    >>> joined_lanes(0, 4)
    '((sums[0] + sums[1]) + (sums[2] + sums[3]))'
    """
    if lanes == 1:
        return f"sums[{start}]"
    half = lanes // 2
    return f"({joined_lanes(start, half)} + {joined_lanes(start + half, half)})"


def is_of_row(quantity: Quantity) -> bool:
    """Return whether a quantity is an example's own: an input or a target."""
    return isinstance(quantity, Target | Activation)


def is_shared(quantity: Quantity) -> bool:
    """Return whether a quantity of the update rule is one number for all parameters."""
    of = quantity.quantity if isinstance(quantity, Updated) else quantity
    return isinstance(of, State) and of.parameter is None


def is_of_update(quantity: Quantity) -> bool:
    """Return whether a quantity is a line of the update rule, not of the pass."""
    return isinstance(quantity, Updated | State | Decayed)


def names_in(program: Program, quantity: Quantity) -> Iterator[str]:
    """Yield what the statement of a quantity reads."""
    yield from variables(program.trees[quantity])
