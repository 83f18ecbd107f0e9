"""Mistakes of the gradients: what a delta is multiplied by, and what is added up."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake, fewer, renamed
from clearprop.formulas.expressions import (
    Expression,
    Quotient,
    Sum,
    Variable,
)
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Quantity,
    Slope,
    Weight,
    delta,
)


def with_input(
    work: Computation, quantity: Quantity, weight: Weight, k: int, other: Expression
) -> Expression:
    """Return the tree of ∂z/∂w, or of a gradient, with another input."""
    own: list[Quantity] = [
        Activation(weight.layer - 1, weight.source, k),
        Slope(NetInput(weight.layer, weight.unit, k), weight),
    ]
    return renamed(work.tree(quantity), lambda q: other if q in own else None)


def factors_of(work: Computation, quantity: Quantity) -> tuple[Weight, int] | None:
    """Return weight and example of ∂z/∂w, or of one example's gradient."""
    match quantity:
        case Slope(NetInput(_, _, k), Weight() as weight):
            return weight, k
        case Slope(Loss(), Weight() as weight, k) if k is not None or work.examples == 1:
            return weight, k or 0
    return None


def net_input_multiplied(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ × z of the layer below."""
    found = factors_of(work, quantity)
    if found and found[0].layer > 1:
        weight, k = found
        z = Variable(NetInput(weight.layer - 1, weight.source, k))
        yield with_input(work, quantity, weight, k, z)


def network_input_multiplied(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ × x for δ × h."""
    found = factors_of(work, quantity)
    if found and found[0].layer > 1 and found[0].source < work.network.layers[0]:
        weight, k = found
        x = Variable(Activation(0, weight.source, k))
        yield with_input(work, quantity, weight, k, x)


def other_input_multiplied(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ × another unit's activation, the unit's own, or that of another example."""
    found = factors_of(work, quantity)
    if not found:
        return
    weight, k = found
    below = weight.layer - 1
    others = [Activation(below, other, k) for other in work.others(below, weight.source)]
    others += [Activation(weight.layer, weight.unit, k)]
    others += [
        Activation(below, weight.source, other) for other in range(work.examples) if other != k
    ]
    for other in others:
        yield with_input(work, quantity, weight, k, Variable(other))


def without_input(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a weight's gradient = δ."""
    match quantity, factors_of(work, quantity):
        case Slope(Loss(), _, _), (weight, k):
            yield Variable(delta(weight.layer, weight.unit, k))


def other_delta(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a gradient by another unit's δ: of the layer, or of the layer above."""
    match quantity:
        case Slope(Loss(), (Weight() | Bias()) as parameter, k) if k is not None or (
            work.examples == 1
        ):
            layer, unit, example = parameter.layer, parameter.unit, k or 0
            others = [delta(layer, other, example) for other in work.others(layer, unit)]
            if layer < work.network.depth:
                others += [delta(layer + 1, other, example) for other in work.units(layer + 1)]
            own = delta(layer, unit, example)
            for other in others:
                yield renamed(
                    work.tree(quantity),
                    lambda q, other=other: other if q == own else None,  # type: ignore[misc]
                )


def outer_product_transposed(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the gradient of w[u, s] as δ[s] × a[u]."""
    found = factors_of(work, quantity)
    if found and isinstance(quantity, Slope) and isinstance(quantity.of, Loss):
        (layer, unit, source), k = (found[0].layer, found[0].unit, found[0].source), found[1]
        if source in work.units(layer) and unit in work.units(layer - 1):
            yield Variable(delta(layer, source, k)) * Variable(Activation(layer - 1, unit, k))


def bias_like_weight(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a bias's gradient multiplied by the bias, or by an input of the layer."""
    match quantity:
        case Slope(Loss(), Bias(layer, unit) as bias, k) if k is not None or work.examples == 1:
            own = Variable(delta(layer, unit, k or 0))
            yield own * Variable(bias)
            for source in work.units(layer - 1):
                yield own * Variable(Activation(layer - 1, source, k or 0))


def one_example_less(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a sum over the examples by one of them alone, or by all but one."""
    match quantity:
        case Loss(None) | Slope(Loss(), Weight() | Bias(), None) if work.examples > 1:
            match work.tree(quantity):
                case Quotient(Sum(terms), count):
                    yield from (Quotient(part, count) for part in fewer(terms))
                    yield from fewer(terms)
                case Sum(terms):
                    yield from fewer(terms)


MISTAKES = (
    Mistake(
        "input_not_multiplied",
        "The gradient of a weight is δ times its input; the input was left out.",
        (without_input,),
        rank=1,
    ),
    Mistake(
        "net_input_multiplied",
        "The gradient was multiplied by the net input of the layer below, not by its activation.",
        (net_input_multiplied,),
    ),
    Mistake(
        "wrong_layer_input",
        "The gradient was multiplied by the network's input instead of the layer's own.",
        (network_input_multiplied,),
    ),
    Mistake(
        "wrong_input",
        "The gradient was multiplied by another unit's activation, or by another example's.",
        (other_input_multiplied,),
    ),
    Mistake("wrong_delta", "The gradient was computed from another unit's delta.", (other_delta,)),
    Mistake(
        "gradient_transposed",
        "The gradient's indices were exchanged: δ of one end of the connection and the activation "
        "of the other were taken the wrong way round.",
        (outer_product_transposed,),
    ),
    Mistake(
        "bias_gradient_multiplied",
        "The gradient of a bias is δ alone; it was multiplied by something.",
        (bias_like_weight,),
    ),
    Mistake(
        "example_forgotten",
        "Not all examples of the batch were added up.",
        (one_example_less,),
        rank=1,
    ),
)
