"""The parser's loop: from the tokens of a formula to its tree, by the tables that lark has made.

Comes in: tokens. Goes out: the tree that `trees.py` makes. The steps are those of lark's own loop
(an LALR parser: Aho, Lam, Sethi & Ullman 2006, Compilers, algorithm 4.44), which also keeps what it
needs to go on after an error, and looks every rule up by all its parts: it takes twice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from lark import Token
from lark.parsers.lalr_analysis import Shift

from clearprop.checking.reading.grammar import FORMULA, language

END = Token("$END", "")


class Rule(NamedTuple):
    """A rule whose last part is read: how many it has, what it is of, what makes its tree."""

    parts: int
    kind: str
    tree: Callable[[list[Any]], Any]


State = Mapping[str, Any]  # kind of the next token -> the next state, or the Rule that ends


class Unexpected(Exception):
    """A token where none like it can stand."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


def parsed(tokens: Sequence[Token]) -> Any:
    """Return the tree of a formula.

    Raises
    ------
    Unexpected: with the token that ends the reading; of kind $END where the tokens break off.
    """
    states, first, last = tables()
    path, values = [first], list[Any]()
    for token in (*tokens, END):
        while not isinstance(step := states[path[-1]].get(token.type), int):
            if step is None:
                raise Unexpected(token)
            parts = values[len(values) - step.parts :]
            del path[len(path) - step.parts :], values[len(values) - step.parts :]
            values.append(step.tree(parts))
            path.append(states[path[-1]][step.kind])
            if token is END and path[-1] == last:
                return values[-1]
        path.append(step)
        values.append(token)
    raise Unexpected(END)


@cache
def tables() -> tuple[Mapping[int, State], int, int]:
    """Return the states of the parser of formulas, and which is the first and which the last."""
    made = language().parser.parser.parser
    rules: dict[int, Rule] = {}

    def step(action: object, argument: Any) -> int | Rule:
        if action is Shift:
            return int(argument)
        if id(argument) not in rules:
            parts, kind = len(argument.expansion), argument.origin.name
            rules[id(argument)] = Rule(parts, kind, made.callbacks[argument])
        return rules[id(argument)]

    table = made.parse_table
    states = {
        number: {kind: step(*entry) for kind, entry in entries.items()}
        for number, entries in table.states.items()
    }
    return states, table.start_states[FORMULA], table.end_states[FORMULA]
