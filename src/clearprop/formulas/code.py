"""A tree as program text that does what `evaluate` does, operation by operation.

In Python, or in another language that writes sums, products and calls as Python does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from clearprop.formulas.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Select,
    Sum,
    Variable,
)


@dataclass(frozen=True)
class Language:
    """How a language writes a choice, `choice`, and which functions have other names there."""

    choice: str
    functions: Mapping[str, str] = field(default_factory=dict)


PYTHON = Language("({if_true} if {test} else {if_false})")


def code(
    tree: Expression,
    variable: Callable[[Name], str],
    number: Callable[[float], str] = repr,
    language: Language = PYTHON,
) -> str:
    """Return the tree as an expression; `variable` gives each name its identifier.

    Every operation stands in brackets, so that the order of operations is that of the tree.

    >>> x = Variable("x")
    >>> code(1 - x**2, str)
    '(1 + (-(x * x)))'
    """

    def write(node: Expression) -> str:
        match node:
            case Number(value):
                return number(value)
            case Variable(name):
                return variable(name)
            case Sum(terms):
                return f"({' + '.join(map(write, terms))})"
            case Product(factors):
                return f"({' * '.join(map(write, factors))})"
            case Quotient(top, bottom):
                return f"({write(top)} / {write(bottom)})"
            case Negative(operand):
                return f"(-{write(operand)})"
            case Power(base, exponent):
                return f"({' * '.join([write(base)] * exponent)})"
            case Call(function, arguments):
                called = language.functions.get(function, function)
                return f"{called}({', '.join(map(write, arguments))})"
            case Select(condition, if_true, if_false):
                test = f"{write(condition.left)} {condition.relation} {write(condition.right)}"
                return language.choice.format(
                    test=test, if_true=write(if_true), if_false=write(if_false)
                )
        raise TypeError(f"not a scalar expression: {node!r}")

    return write(tree)
