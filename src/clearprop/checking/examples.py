"""Which example a name is of, where a solution works through its examples one after the other.

Comes in: a solution under headings such as `Example 2 (x = (1, 1), t = 0):`. Goes out: the same
with z@2 for each z there that is computed under another such heading too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import count as count_from

from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import is_input, may_be_bias, may_be_weight
from clearprop.checking.reading.examples import EXAMPLE
from clearprop.checking.solution import Chain, Link, Solution, Written, WrittenSlope
from clearprop.formulas.expressions import Expression, Variable
from clearprop.formulas.expressions import replace as replace_nodes

HEADING = re.compile(rf"\W*(?:{EXAMPLE})\s*(?:no\.|#)?\s*(\d{{1,4}})\b", re.IGNORECASE)
END = re.compile(r"\W*(?:total|sum|mean|average|batch|update|both)\b[^=]*$", re.IGNORECASE)


def with_examples(solution: Solution, count: int) -> Solution:
    """Return a solution whose names say which of its examples they are of."""
    example_of = examples_by_line(solution.lines, count)
    several = set(of_several(solution, example_of))
    chains = tuple(marked(chain, example_of, several) for chain in solution.chains)
    return replace(solution, chains=chains)


def with_its_examples(solution: Solution) -> Solution:
    """Return the same for a solution without a lesson: as many as have inputs of their own.

    Where the weights have other numbers too these are no examples but exercises, each by itself.
    """
    numbers = {int(found[1]) for line in solution.lines if (found := HEADING.match(line))}
    count = next(n for n in count_from(1) if n not in numbers) - 1
    if count < 2:
        return solution
    example_of = examples_by_line(solution.lines, count)
    several = of_several(solution, example_of)
    inputs = [key for key, examples in several.items() if is_input(key) and len(examples) == count]
    parameters = [key for key in several if may_be_weight(key) or may_be_bias(key)]
    return with_examples(solution, count) if inputs and not parameters else solution


def of_several(solution: Solution, example_of: Mapping[int, int]) -> dict[Key, set[int]]:
    """Return the names that chains of several examples begin with, each with these examples."""
    found: dict[Key, set[int]] = defaultdict(set)
    for chain in solution.chains:
        match chain.links[0]:
            case Link(line=line, tree=Variable(Written(example=None, new=False) as name)):
                if line in example_of:
                    found[key_of(name)].add(example_of[line])
    return {key: examples for key, examples in found.items() if len(examples) > 1}


def examples_by_line(lines: tuple[str, ...], count: int) -> dict[int, int]:
    """Return the example that each line is about, counted from 1, as the lines are.

    >>> examples_by_line(("Example 1:", "z = 1", "Example 2:", "z = 2", "Total:", "L = 3"), 2)
    {1: 1, 2: 1, 3: 2, 4: 2}
    """
    found: dict[int, int] = {}
    now = 0
    for number, line in enumerate(lines, start=1):
        heading = HEADING.match(line)
        now = int(heading[1]) if heading else 0 if END.match(line) else now
        if 1 <= now <= count:
            found[number] = now
    return found


def marked(chain: Chain, example_of: Mapping[int, int], several: set[Key]) -> Chain:
    """Return a chain with the example of its line at the names that several examples have."""

    def of_example(name: Written, example: int) -> Written:
        if name.example is not None or key_of(name) not in several:
            return name
        return replace(name, text=f"{name.text}@{example}", example=example)

    def link(link: Link) -> Link:
        example = example_of.get(link.line)
        if example is None or link.tree is None:
            return link

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written() as name):
                    return Variable(of_example(name, example))
                case Variable(WrittenSlope(top, bottom) as slope):
                    top, bottom = of_example(top, example), of_example(bottom, example)
                    return Variable(replace(slope, top=top, bottom=bottom))
            return None

        return replace(link, tree=replace_nodes(link.tree, change))

    return replace(chain, links=tuple(map(link, chain.links)))
