"""The straight-line shape: a tiny network trained by the very equations that its trace prints.

Comes in: a network, how it learns, the batch sizes that occur. Goes out: the text of a program with
the entry `run` of `kernels/training.py`; its `train_step` is generated, one branch for each batch
size, and so is its `look`. No loops over units, no tables: every number has a name.

The equations know nothing of clipping, dropout and sample weights: with any of these, or with more
than `MOST_STATEMENTS`, a training takes another shape. In strict arithmetic the results are those
of the strict reference, to the bit, whether the text is compiled or run by plain Python; in fast
arithmetic several examples pass at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from clearprop.engine.assembly import Source, compiled_header, joined, kernel_text
from clearprop.engine.example_lanes import ExampleLanes
from clearprop.engine.plain import PLAIN
from clearprop.engine.rules import Writer
from clearprop.engine.straight_line_text import StraightLine, statements
from clearprop.equations.program import (
    Program,
    lines,
)
from clearprop.equations.step import StepEquations
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Array

MOST_STATEMENTS = 600  # above that compiling takes long, and gains nothing
ON_STACK = """
from clearprop.engine.arguments import Carried
from clearprop.engine.intrinsics import on_stack
"""


def straight_line_source(
    network: Network,
    learning: Learning,
    sizes: Iterable[int],
    frozen: Array | None = None,
    arithmetic: str = "strict",
    plain: bool = False,
    dtype: str = "float64",
) -> Source:
    """Return the program that trains a network by its equations, in batches of some sizes.

    `frozen` marks the entries of the flat vector that stay; `plain` asks for the program that plain
    Python runs (`plain.py`).

    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> source = straight_line_source(lesson.network, lesson.learning, [1])
    >>> "dL_by_dw3 = dL_by_dz_out * dz_out_by_dw3" in source.text
    True
    """
    once = tuple(sorted(set(sizes)))
    if arithmetic == "fast":
        lanes = ExampleLanes(network, learning, once, frozen, dtype)
        functions = map(kernel_text, (lanes.functions, "draws"))
        parts = [ON_STACK, *functions, lanes.carried, *lanes.parts]
        name = f"straight_line_fast_{dtype}"
        return Source(name, joined(name, compiled_header(dtype, fast=True), parts))
    strict = StraightLine(network, learning, once, frozen)
    if plain:
        name = "straight_line_plain"
        parts = [kernel_text("carried"), *strict.parts]
        return Source(name, joined(name, PLAIN, parts))
    name = "straight_line_strict_float64"
    functions = map(kernel_text, ("functions_strict", "draws"))
    parts = [ON_STACK, *functions, strict.carried, *strict.parts]
    return Source(name, joined(name, compiled_header("float64", fast=False), parts))


def repeated_source(program: Program) -> Source:
    """Return the program that repeats one step: `run(steps, *carried, *fixed)`, in scalars.

    >>> from clearprop.equations.program import straight_line
    >>> from clearprop.network.lesson import seed_lesson
    >>> lesson = seed_lesson()
    >>> program = straight_line(StepEquations(lesson.network, lesson.learning))
    >>> repeated_source(program).text.splitlines()[-1]
    '    return (L, w3, w1, w2,)'
    """
    run = "@entry\n" + program.function(statements(program, Writer("float64", fast=False)))
    parts = [kernel_text("functions_strict"), kernel_text("comparisons"), run]
    name = "repeated_strict_float64"
    return Source(name, joined(name, compiled_header("float64", fast=False), parts))


def fits_straight_line(network: Network, learning: Learning, sizes: Iterable[int]) -> bool:
    """Return whether the equations of a step are few enough to be compiled one by one."""
    least = 2 * network.parameter_count  # gradient and update
    if any(least + size * sum(network.layers[1:]) > MOST_STATEMENTS for size in sizes):
        return False
    return sum(statement_count(network, learning, m) for m in sizes) <= MOST_STATEMENTS


def statement_count(network: Network, learning: Learning, examples: int) -> int:
    """Return how many equations a step has: from the third on, every example adds the same.

    >>> statement_count(Network([2, 1]), Learning(), 1000)
    9007
    """

    def counted(few: int) -> int:
        return len(lines(StepEquations(network, learning, few)))

    if examples < 3:
        return counted(examples)
    return counted(2) + (examples - 2) * (counted(3) - counted(2))
