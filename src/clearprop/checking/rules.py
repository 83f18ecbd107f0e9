"""Which rule of the tables a formula is: an activation, a softmax, a loss.

Comes in: a formula over written names. Goes out: the name of the activation or loss that gives the
same numbers wherever both are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from clearprop.checking.interpretation import ANY_ACTIVATION, FUNCTIONS, Interpreter, NotKnown
from clearprop.checking.keys import Key, key_of
from clearprop.checking.kinds import kind
from clearprop.checking.solution import Numeral, Written
from clearprop.errors import ClearpropError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.arithmetic import FLOATS, evaluate
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Number,
    OverUnits,
    Product,
    Variable,
    replace,
    total,
    variables,
)
from clearprop.formulas.losses import LOSSES

OWN = "own"  # the network's own activation, that of f, g, φ and σ, where nothing says which
SAMPLES = (-1.3, 0.4, 2.1)  # where a formula of one net input is compared with the activations


def written_names(tree: Expression) -> Iterator[Written]:
    """Yield the written names of a formula."""
    return (name for name in variables(tree) if isinstance(name, Written))


def activation_name(function: str) -> str | None:
    """Return the activation that a function's name stands for, OWN for one such as f or σ."""
    if function in (*ANY_ACTIVATION, "sigma"):
        return OWN
    name = FUNCTIONS.get(function, function)
    return name if name in ACTIVATIONS else None


def value_at(tree: Expression, values: Mapping[Key, float]) -> float | None:
    """Return a formula's value with numbers for its names, None where it has none."""
    try:
        plain = Interpreter(lambda name: Variable(name), spells_sums=False).tree(tree)
        known = {name: number_for(name, values) for name in variables(plain)}
        return float(evaluate(plain, known, FLOATS))
    except (NotKnown, ClearpropError, LookupError, ArithmeticError, ValueError, TypeError):
        return None


def number_for(name: Any, values: Mapping[Key, float]) -> float:
    """Return a name's number; KeyError for one without, such as a derivative."""
    if isinstance(name, Numeral):
        return name.value
    if not isinstance(name, Written):
        raise KeyError(name)
    return values[key_of(name)]


def fitting_rule(tree: Expression) -> str | None:
    """Return the activation that a formula of one name is."""
    key = key_of(next(written_names(tree)))
    found = [value_at(tree, {key: z}) for z in SAMPLES]
    for rule in ACTIVATIONS:
        if rule == "softmax":
            continue
        wanted = [float(evaluate(over_z(rule), {"z": z}, FLOATS)) for z in SAMPLES]
        if all(v is not None and abs(v - w) < 1e-6 for v, w in zip(found, wanted, strict=True)):
            return rule
    return None


def as_leaky(tree: Expression, slope: float | None) -> Expression:
    """Return 0.1·z as the leaky ReLU of z where that has this slope, another formula as it is."""
    match tree:
        case Product((Variable(Numeral() as number), Variable(Written() as z))):
            if number.value == slope and kind(key_of(z)) == "net":
                return Call("leaky_relu", (Variable(z),))
    return tree


def activated(rule: str, z: float) -> float | None:
    """Return the activation of that name at a net input; None for the softmax, which takes more."""
    return None if rule == "softmax" else float(evaluate(over_z(rule), {"z": z}, FLOATS))


@cache
def over_z(rule: str) -> Expression:
    """Return the formula of an activation over z."""
    return Interpreter(lambda name: None).activation(rule, Variable("z"), slope=False)


def is_softmax(tree: Expression, keys: list[Key], own: Key) -> bool:
    """Return whether a formula of several net inputs is the softmax of one of them."""
    from math import exp

    values = {key: SAMPLES[place % 3] + 0.1 * place for place, key in enumerate(keys)}
    wanted = exp(values[own]) / sum(map(exp, values.values()))
    found = value_at(tree, values)
    return found is not None and abs(found - wanted) < 1e-6


def losses_that_fit(
    tree: Expression, outputs: Sequence[Key], targets: Sequence[Key]
) -> Iterator[str]:
    """Yield the losses of the table that a formula over outputs and targets is."""
    samples = [
        {key: 0.17 + 0.11 * place + 0.05 * turn for place, key in enumerate(order)}
        for turn, order in enumerate(
            ((*outputs, *targets), (*targets, *outputs), (*outputs, *targets))
        )
    ]
    for name, rule in LOSSES.items():
        constants = {"n": Number(len(outputs)), "huber_delta": Number(DEFAULTS["huber_delta"])}
        pairs = list(zip(outputs, targets, strict=True))
        formula = replace(with_constants(rule.formula, constants), partial(spelled_out, pairs))
        values = [value_at(tree, sample) for sample in samples]
        wanted = [float(evaluate(formula, sample, FLOATS)) for sample in samples]
        if all(v is not None and abs(v - w) < 1e-6 for v, w in zip(values, wanted, strict=True)):
            yield name


def with_constants(tree: Expression, constants: Mapping[str, Expression]) -> Expression:
    """Return a rule with numbers for its constants."""
    return replace(
        tree, lambda node: constants.get(node.name) if isinstance(node, Variable) else None
    )


def spelled_out(pairs: list[tuple[Key, Key]], node: Expression) -> Expression | None:
    """Return a sum over the outputs term by term, over their names and the targets'."""
    if not isinstance(node, OverUnits):
        return None
    return total(put_pair(node.body, output, target) for output, target in pairs)


def put_pair(body: Expression, output: Key, target: Key) -> Expression:
    """Return a loss's term over an output's and a target's name."""
    names = {Variable("a"): Variable(output), Variable("y"): Variable(target)}
    return replace(body, lambda node: names.get(node) if isinstance(node, Variable) else None)
