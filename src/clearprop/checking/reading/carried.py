"""What is carried from step to step, before a step and after it: v_w = 0, v_w = 0.9 v_w - g.

Comes in: chains. Goes out: the same where a velocity or moment that is stated before it is
computed, or stands in its own formula, has the mark of what was before the step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clearprop.checking.reading.sides import is_value
from clearprop.checking.solution import STEP_BEFORE, Chain, Written
from clearprop.formulas.expressions import Expression, Variable
from clearprop.formulas.expressions import replace as replace_nodes

LETTERS = {"v", "m"}
PARAMETER = re.compile(r"(?:[wWbB]|theta)[\d,_]*")


def with_carried(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Return chains with what a step begins with told from what it computes."""
    computed = {carried(chain) for chain in chains if not is_stated(chain)} - {None}
    met: set[Written] = set()
    found = []
    for chain in chains:
        name = carried(chain)
        if name in computed and name is not None and name not in met:
            met |= set() if is_stated(chain) else {name}
            chain = begun(chain) if is_stated(chain) else chain
        found.append(of_itself(chain, name) if name is not None else chain)
    return tuple(found)


def carried(chain: Chain) -> Written | None:
    """Return the velocity or moment that a chain is about, None for anything else."""
    match chain.links[0].tree:
        case Variable(Written(new=False, superscript="", subscripts=(of, *_)) as name):
            return name if name.letter in LETTERS and PARAMETER.fullmatch(of) else None
    return None


def is_stated(chain: Chain) -> bool:
    """Return whether a chain merely gives its name a number."""
    return len(chain.links) == 2 and is_value(chain.links[1].tree)


def begun(chain: Chain) -> Chain:
    """Return a chain about what was before the step."""
    first, *links = chain.links
    assert isinstance(first.tree, Variable)
    return replace(chain, links=(replace(first, tree=Variable(before(first.tree.name))), *links))


def of_itself(chain: Chain, name: Written) -> Chain:
    """Return a chain with the name in its own formulas for what was before the step."""

    def change(node: Expression) -> Expression | None:
        return Variable(before(name)) if node == Variable(name) else None

    first, *links = chain.links
    found = [
        link if link.tree is None else replace(link, tree=replace_nodes(link.tree, change))
        for link in links
    ]
    return replace(chain, links=(first, *found))


def before(name: Written) -> Written:
    """Return the name of what was before the step.

    >>> from clearprop.checking.reading.names import written
    >>> before(written("v_w")).text
    'v_w^old'
    """
    return replace(name, text=f"{name.text}^{STEP_BEFORE}", superscript=STEP_BEFORE)
