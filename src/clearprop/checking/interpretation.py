"""From a formula as written to a tree over the quantities of the step.

Comes in: a written tree, and a meaning for each name in it. Goes out: the same tree over
quantities; numerals stay, for their digits count. Named functions become the formulas of the
tables: what is printed as σ(z) is held against the σ that is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from clearprop.checking.meanings import Meaning
from clearprop.checking.solution import IndexedSum, Matrix, Name, Numeral, Written, WrittenSlope
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.arithmetic import FLOATS
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Number,
    Variable,
    total,
    variables,
)
from clearprop.formulas.expressions import replace as replace_nodes
from clearprop.network.network import Network
from clearprop.network.quantities import Activation, Bias, Constant, NetInput

ANY_ACTIVATION = ("f", "g", "phi", "varphi", "act", "activation", "F", "G")
FUNCTIONS = {
    "logistic": "sigmoid",
    "logsig": "sigmoid",
    "sig": "sigmoid",
    "sigma": "sigmoid",
    "ReLU": "relu",
    "tansig": "tanh",
    "ln": "log",
    "linear": "identity",
}
OF_SEVERAL = {"max": (1, 100), "pow": (2, 2)}  # functions of several arguments: least and most
MOST_TERMS = 100  # of a sum with an index
SHOWN = {"dL/dL": "∇L", "cdf": "Φ", "step": "Δ"}  # what the reader wrote otherwise


class NotKnown(Exception):
    """A name without a meaning, or a form that is not computed."""


@dataclass(frozen=True)
class Interpreter:
    """Puts meanings for names; `network` gives f its rule.

    `spells_sums` says whether a sum over an index can be spelled out: where every name means
    something, it would have no end.
    """

    meaning: Callable[[Name], Meaning | None]
    network: Network | None = None
    spells_sums: bool = True

    def tree(self, written: Expression) -> Expression:
        """Return the tree over quantities and numerals.

        Raises
        ------
        NotKnown: with the name or the function that has no meaning.
        """
        return replace_nodes(written, self.change)

    def change(self, node: Expression) -> Expression | None:
        """Return what a node means, None where only its parts change."""
        match node:
            case Variable(Numeral()):
                return node
            case Variable(Written() | WrittenSlope() as name):
                meaning = self.meaning(name)
                if meaning is None:
                    raise NotKnown(shown(name.text))
                return meaning
            case IndexedSum(index, body, from_zero):
                return self.spelled_out(index, body, from_zero)
            case Matrix():
                raise NotKnown("a matrix")
            case Call(function, arguments):
                return self.call(function, arguments)
        return None

    def call(self, function: str, arguments: tuple[Expression, ...]) -> Expression:
        """Return a function of the tables as its formula, another one over its arguments."""
        bare = function.rstrip("'′’")
        name = self.rule_name(bare)
        trees = tuple(self.tree(argument) for argument in arguments)
        if len(trees) == 2 and name not in OF_SEVERAL:
            trees = with_decimal_comma(*trees)
        if name == "softmax" and len(trees) == 1 and isinstance(trees[0], Variable):
            z = trees[0].name
            if isinstance(z, NetInput) and bare == function:
                return Variable(Activation(z.layer, z.unit, z.example))
        if self.is_own(bare, name):
            name = self.own_activation(bare, trees)
        if name in ACTIVATIONS and len(trees) == 1 and name != "softmax":
            return self.activation(name, trees[0], slope=bare != function)
        if name in FLOATS.functions and bare == function and takes(name, trees):
            return Call(name, trees)
        if name in NORMAL and len(trees) == 1:
            return put(NORMAL[name], {"z": trees[0]})
        raise NotKnown(f"{shown(function)}(…)")

    def rule_name(self, function: str) -> str:
        """Return a function's name in the tables; f and g are the network's own activation.

        φ is the density of the normal distribution beside GELU's Φ.
        """
        if self.network is not None and "gelu" in self.network.activations and function == "phi":
            return "density"
        if function in ANY_ACTIVATION and self.network is not None:
            return self.network.activations[0]
        return FUNCTIONS.get(function, function)

    def is_own(self, function: str, name: str) -> bool:
        """Return whether a function is the network's own: f, g, and σ where none is a sigmoid.

        σ is no identity: behind such outputs it is the sigmoid.
        """
        used = self.network.activations if self.network is not None else ()
        is_sigma = function == "sigma" and bool({*used} - {"identity"}) and "sigmoid" not in used
        return is_sigma or (function in ANY_ACTIVATION and name in used)

    def own_activation(self, function: str, arguments: tuple[Expression, ...]) -> str:
        """Return which of its activations the network's own function is, by what it is applied to.

        Raises
        ------
        NotKnown: it is applied to a number, and the network has several.
        """
        assert self.network is not None
        match arguments:
            case (Variable(NetInput(layer, _, _)),):
                return self.network.activations[layer - 1]
        curved = set(self.network.activations) - {"identity", "softmax"}
        if len(curved) > 1:
            raise NotKnown(f"{function}(…)")
        return curved.pop() if curved else self.network.activations[0]

    def activation(self, name: str, z: Expression, slope: bool) -> Expression:
        """Return an activation, or its slope, at z."""
        rule = ACTIVATIONS[name]
        constants = self.network.constants if self.network is not None else {}
        of = {"z": z} | {each: Variable(Constant(each)) for each in constants}
        for part in rule.parts:
            of[part.name] = put(part.formula, of)
        value = put(rule.formula, of)
        return put(rule.derivative, of | {"a": value}) if slope else value

    def spelled_out(self, index: str, body: Expression, from_zero: bool = False) -> Expression:
        """Return a sum with an index, term by term, as far as the names go."""
        if not self.spells_sums:
            raise NotKnown(f"the index {index}")
        terms = list(self.of_unit_0(with_index(body, index, "0"))) if from_zero else []
        most = MOST_TERMS if self.network is None else max(self.network.layers)
        for number in range(1, most + 1):
            numbered = with_index(body, index, str(number))
            if numbered == body:
                break
            try:
                terms.append(self.tree(numbered))
            except NotKnown:
                break
        if not terms:
            if index:
                raise NotKnown(f"the index {index}")
            return self.tree(body)
        return total(terms)

    def of_unit_0(self, term: Expression) -> Iterator[Expression]:
        """Yield the term of a sum that begins with 0, if any: a bias, whose unit 0 is always 1."""

        def is_bias(name: Name) -> bool:
            meaning = self.meaning(name)
            inner = meaning.operand if isinstance(meaning, Negative) else meaning
            return isinstance(inner, Variable) and isinstance(inner.name, Bias)

        biases = {n for n in variables(term) if isinstance(n, Written) and is_bias(n)}

        def change(node: Expression) -> Expression | None:
            match node:
                case Variable(Written(subscripts=("0",)) as name) if name not in biases:
                    return Number(1) if biases else None
            return None

        with suppress(NotKnown):
            yield self.tree(replace_nodes(term, change))


def normal_distribution() -> Iterator[tuple[str, Expression]]:
    """Yield Φ and its slope, the density φ, which GELU is made of."""
    z = Variable("z")
    yield from ((part.name, part.formula) for part in ACTIVATIONS["gelu"].parts)
    yield "density", Call("exp", (-(z**2) / 2,)) / Call("sqrt", (2 * Variable("pi"),))


NORMAL = dict(normal_distribution())


def takes(function: str, arguments: tuple[Expression, ...]) -> bool:
    """Return whether a function of the tables takes so many arguments."""
    least, most = OF_SEVERAL.get(function, (1, 1))
    return least <= len(arguments) <= most


def with_decimal_comma(first: Expression, second: Expression) -> tuple[Expression, ...]:
    """Return what a function of one argument is given: 0,500 in a text of decimal points."""
    match first, second:
        case Variable(Numeral(whole)), Variable(Numeral(part)) if (whole + part).isdigit():
            return (Variable(Numeral(f"{whole}.{part}")),)
        case Negative(inner), _ if len(number := with_decimal_comma(inner, second)) == 1:
            return (-number[0],)
    return first, second


def shown(text: str) -> str:
    """Return a name as it is usually written.

    >>> shown("step_w3"), shown("dL/dL"), shown("w3")
    ('Δw3', '∇L', 'w3')
    """
    head, mark, rest = text.partition("_")
    if text in SHOWN or not mark:
        return SHOWN.get(text, text)
    return f"{SHOWN[head]}{rest}" if head in SHOWN else text


def put(rule: Expression, values: Mapping[str, Expression]) -> Expression:
    """Return a rule of the tables with trees for its variables; constants keep their defaults."""
    from clearprop.formulas.constants import DEFAULTS

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Variable):
            return None
        return values[node.name] if node.name in values else Number(DEFAULTS[node.name])

    return replace_nodes(rule, change)


def with_index(body: Expression, index: str, number: str) -> Expression:
    """Return a term of a sum: with a number for the index, or, without one, for every name."""

    beside = re.compile(rf"(\d*){re.escape(index)}(\d*)")  # w_k1: no comma between k and 1

    def has_index(name: Written) -> bool:
        return any(map(beside.fullmatch, name.subscripts))

    def indexed(name: Written) -> Written:
        subscripts = tuple(
            found.expand(rf"\g<1>{number}\g<2>") if (found := beside.fullmatch(sub)) else sub
            for sub in (name.subscripts if index else ())
        )
        if not index:
            subscripts = name.subscripts or (number,)
        above = f"^{name.superscript}" if name.superscript else ""
        text = f"{name.letter}{','.join(subscripts)}{above}"
        return replace(name, subscripts=subscripts, text=text)

    def change(node: Expression) -> Expression | None:
        match node:
            case Variable(Written() as name) if not index or has_index(name):
                return Variable(indexed(name))
        return None

    return replace_nodes(body, change)
