"""Trace -> Python: the step as a program that runs by itself, its values filled in at the top.

The statements are those of the straight-line engine, from the same equations: what is compiled for
a tiny network is what stands here. The program prints the loss and every updated parameter, exactly
as the trace has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearprop.engine.rules import Writer
from clearprop.engine.trees import functions_in, nodes
from clearprop.equations.order import sections
from clearprop.equations.program import Program, straight_line
from clearprop.errors import SettingError, counted
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.expressions import Select
from clearprop.network.quantities import Loss, Quantity, Updated
from clearprop.render.text_symbols import formula_text, mark_text
from clearprop.tracing.lines import Line
from clearprop.tracing.trace import Trace
from clearprop.tracing.values import all_parameters

WIDTH = 100  # columns, into which an equation's line has to fit as a comment
BUILT_IN = {"abs", "max"}
LARGEST = """

def largest(a, b):
    return b if b > a or b != b else a
"""
SIGN = """

def sign(x):
    return x if x == 0 or x != x else (1.0 if x > 0 else -1.0)
"""


def trace_python(trace: Trace, digits: int = 4) -> str:
    """Return the step, or all steps of a history, as a program; its numbers are always exact.

    Raises
    ------
    SettingError: the network is too large for a program with a name for every number, or the trace
    asks for what a program has no place for.
    """
    if not trace.readable:
        raise SettingError(
            "a program with a name for every number would be too long to read for this network and "
            "its examples; --format json has the numbers"
        )
    if trace.by_hand is not None or trace.verify:
        asked, them = ("central differences", "them")
        if trace.by_hand is not None:
            asked, them = ("the arithmetic of paper", "it")
        raise SettingError(f"--format python has no place for {asked}; --format text shows {them}")
    program = straight_line(trace.equations)
    steps = trace.number
    body = list(work(trace, program))
    if steps > 1:
        loop = [*body, "", "# What the next step starts from", *program.replaced]
        body = [f"for _ in range({steps}):", *(f"    {line}".rstrip() for line in loop)]
    parts = [title(trace), *head(program), "", *given(trace.first, program), "", *body, ""]
    return "\n".join([*parts, *printed(trace, program), ""])


def explanation_python(lines: Iterable[Line], digits: int = 4) -> str:
    """Raise SettingError: a program is that of a whole step."""
    raise SettingError(
        "--format python is the program of the whole step; --explain goes with the other formats"
    )


def title(trace: Trace) -> str:
    """Return what the program says of itself."""
    sizes = "-".join(map(str, trace.diagram.sizes))
    what = "One training step" if trace.number == 1 else counted(trace.number, "training step")
    rules = "\n".join(f"{name}: {rule}" for name, rule in trace.rules)
    return (
        f'"""{what} of a {sizes} network: python program.py prints the loss before the last '
        f'update,\nand the parameters after it.\n\n{rules}\n"""\n'
    )


def head(program: Program) -> Iterator[str]:
    """Yield the functions that the program calls."""
    used = functions_in(program.trees.values())
    from_library = [name for name in FLOATS.functions if name in used - BUILT_IN - {"sign"}]
    if from_library:
        yield f"from math import {', '.join(sorted(from_library))}"
    if "sign" in used:
        yield SIGN
    if "max" in used:
        yield LARGEST


def given(trace: Trace, program: Program) -> Iterator[str]:
    """Yield the values that the program starts from."""
    yield "# What is given"
    needed = {*program.carried, *program.fixed}
    for quantity in trace.given_quantities:
        if quantity in needed:
            yield f"{program.identifiers[quantity]} = {trace.writer.values[quantity]!r}"


def work(trace: Trace, program: Program) -> Iterator[str]:
    """Yield the statements of a step, section by section."""
    for section in sections(trace.equations):
        computed = [q for q in section.quantities if q in program.trees]
        if not computed:
            continue
        yield f"# {section.title}"
        for quantity in computed:
            yield from statements(trace, program, quantity)


def statements(trace: Trace, program: Program, quantity: Quantity) -> list[str]:
    """Return the statements of an equation, and the equation as the trace prints it."""
    tree = program.trees[quantity]
    written = Writer().assign(program.identifiers[quantity], tree)
    line = trace.writer.line(quantity)[0]
    if line.names is None or any(isinstance(node, Select) for node in nodes(tree)):
        return written  # the trace shows one branch only, that of its values
    comment = f"# {mark_text(line.symbol)} = {formula_text(line.names, 17)}"
    *before, last = written
    beside = f"{last}  {comment}"
    return [*before, beside] if len(beside) <= WIDTH - 4 else [comment, *written]


def printed(trace: Trace, program: Program) -> Iterator[str]:
    """Yield the statements that print the loss and the parameters, by their names in the trace."""
    shown: list[Quantity] = [Loss()]
    shown += map(Updated, all_parameters(trace.step.lesson.parameters))
    for quantity in shown:
        name = trace.step.lesson.names.id(quantity)
        yield f'print("{name} =", {program.identifiers[quantity]})'
