"""Worked solutions to begin with: right, rounded as one goes, or with a known mistake in them.

Comes in: the name of an example and a lesson. Goes out: the text of a solution, every number of
which is computed, the mistaken ones by the tree that the table of mistakes has for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clearprop.checking.mistakes import MISTAKES, Computation, Mistake
from clearprop.equations.order import sections
from clearprop.equations.step import Equation
from clearprop.errors import SettingError, UnknownName
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.expressions import Expression
from clearprop.network.lesson import Lesson
from clearprop.network.quantities import Proof, Quantity
from clearprop.render.text import given, section_text
from clearprop.tracing.lines import Line, line_trees
from clearprop.tracing.trace import Section, Trace, trace_steps
from clearprop.worksheets.working import in_floats

DIGITS = 4
FEW_DIGITS = 3  # of what is rounded on the way


@dataclass(frozen=True)
class Example:
    """An example by its name; `mistake` is the id of what goes wrong in it, if anything does."""

    name: str
    title: str
    mistake: str = ""
    by_hand: int | None = None


EXAMPLES: Mapping[str, Example] = {
    example.name: example
    for example in (
        Example("right", "worked right"),
        Example("rounded", "right, rounded as it goes", by_hand=FEW_DIGITS),
        Example("forward", "a mistake in the forward pass", "activation_forgotten"),
        Example("output", "a mistake at the output", "target_output_exchanged"),
        Example("backward", "a mistake on the way back", "updated_weights_used"),
        Example("update", "a mistake in the update", "ascent_for_descent"),
    )
}


def example_text(name: str, lesson: Lesson) -> str:
    """Return the text of an example.

    Raises
    ------
    UnknownName: no such example.
    SettingError: the network is too large to be worked by hand, or has no place for the mistake.
    """
    if name not in EXAMPLES:
        raise UnknownName.of("example", name, EXAMPLES)
    example = EXAMPLES[name]
    if not lesson.readable:
        raise SettingError(
            "an example is worked by hand, so it takes a network of at most 50 parameters"
        )
    trace = trace_steps(lesson, by_hand=example.by_hand)
    found = mistaken(trace, example.mistake) if example.mistake else trace.steps
    lines = [*given(trace, DIGITS)]
    for number, section in enumerate(found, start=1):
        lines += section_text(section, number, DIGITS)
    return "\n".join(lines).rstrip() + "\n"


def mistaken(trace: Trace, name: str) -> tuple[Section, ...]:
    """Return the sections of a step as somebody writes them who makes a mistake all through."""
    values = trace.writer.values
    mistake, computation = MISTAKES[name], Computation(values)
    assert isinstance(mistake, Mistake)

    def tree(quantity: Quantity) -> Expression:
        found = mistake.trees(mistake.ways[0], computation, quantity)
        return found[0] if found else values.equations.equation(quantity).tree

    quantities = [q for part in sections(values.equations) for q in part.quantities]
    if all(tree(q) == values.equations.equation(q).tree for q in quantities):
        raise SettingError(f"this network has no place for the mistake: {mistake.sentence}")
    theirs = in_floats(values, tree)

    def lines(quantities: tuple[Quantity, ...]) -> Iterator[Line]:
        for quantity in quantities:
            if isinstance(quantity, Proof):
                continue
            right = values.equations.equation(quantity)
            function = right.function if tree(quantity) == right.tree else None
            trees = line_trees(
                Equation(quantity, tree(quantity), function), theirs, FLOATS, trace.writer.symbol
            )
            symbol = trace.writer.symbol(quantity)
            yield Line(
                trace.writer.id(quantity),
                symbol,
                theirs[quantity],
                names=trees["names"],
                numbers=trees["numbers"],
                function=trees["function"],
            )

    return tuple(
        Section(part.title, part.phase, tuple(lines(part.quantities)))
        for part in sections(values.equations)
    )
