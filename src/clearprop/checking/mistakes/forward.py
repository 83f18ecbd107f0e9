"""Mistakes of the forward pass: net inputs and activations.

Each way takes a computation and one of its quantities, and yields the trees that the mistake puts
in the place of the right one; nothing where it does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

from clearprop.checking.mistakes.mistake import Computation, Mistake, renamed
from clearprop.checking.mistakes.other_rules import (
    ONE_BY_ONE,
    WITH_EXPONENT,
    applied,
    softmax,
)
from clearprop.formulas.expressions import (
    Expression,
    Number,
    Product,
    Sum,
    Variable,
    exp,
    total,
    variables,
)
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Part,
    Quantity,
    Slope,
    Weight,
)

MOST_PAIRS = 6  # of weights that may have been exchanged, in one sum


# --- net inputs: bias, inputs, weights -----------------------------------------------------------


def without_bias(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z without b."""
    match quantity, work.tree(quantity):
        case NetInput(), Sum((*terms, Variable(Bias()))):
            yield total(terms)


def bias_times_input(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z with b multiplied by the last input, as if it were a weight."""
    match quantity, work.tree(quantity):
        case NetInput(layer, _, k), Sum((*terms, Variable(Bias()) as bias)):
            last = work.network.layers[layer - 1] - 1
            yield total([*terms, bias * Variable(Activation(layer - 1, last, k))])


def other_bias(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z with another unit's bias."""
    match quantity:
        case NetInput(layer, unit, _):
            for other in work.others(layer, unit):
                yield renamed(
                    work.tree(quantity),
                    lambda q, other=other: Bias(layer, other) if isinstance(q, Bias) else None,  # type: ignore[misc]
                )


def without_an_input(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z with one of its products left out."""
    match quantity, work.tree(quantity):
        case NetInput(), Sum(terms):
            for place, term in enumerate(terms):
                if not isinstance(term, Variable):  # the bias
                    yield total([*terms[:place], *terms[place + 1 :]])


def transposed(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the tree with W[l]ᵀ for W[l], then with W[l] numbered column by column."""
    if not isinstance(quantity, NetInput | Slope):
        return
    layers = work.network.layers

    def mirrored(q: Quantity) -> Weight | None:
        return Weight(q.layer, q.source, q.unit) if isinstance(q, Weight) else None

    def by_columns(q: Quantity) -> Weight | None:
        if not isinstance(q, Weight):
            return None
        place = q.source * layers[q.layer] + q.unit
        return Weight(q.layer, *divmod(place, layers[q.layer - 1]))

    tree = work.tree(quantity)
    found = renamed(tree, mirrored)
    if all(is_weight(work, q) for q in variables(found)):
        yield found
    yield renamed(tree, by_columns)


def is_weight(work: Computation, quantity: Quantity) -> bool:
    """Return whether the network has that weight; anything else passes."""
    match quantity:
        case Weight(layer, unit, source):
            layers = work.network.layers
            return unit < layers[layer] and source < layers[layer - 1]
    return True


def other_weights(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z with the weights of another unit, or ∂z/∂a with a neighbour's weight."""
    match quantity:
        case NetInput(layer, unit, _):
            for other in work.others(layer, unit):
                yield renamed(
                    work.tree(quantity),
                    lambda q, other=other: (  # type: ignore[misc]
                        Weight(layer, other, q.source) if isinstance(q, Weight) else None
                    ),
                )
        case Slope(NetInput(layer, unit, _), Activation(below, source, _)):
            for other in work.others(layer, unit):
                yield Variable(Weight(layer, other, source))
            for other in work.others(below, source):
                yield Variable(Weight(layer, unit, other))


def exchanged(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a sum of products with two weights exchanged, or the slopes that pass an error back."""
    match quantity:
        case NetInput() | Slope(Loss(), Activation()):
            tree = work.tree(quantity)
            kinds = Weight if isinstance(quantity, NetInput) else Slope
            second = [term.factors[1] for term in products(tree)]
            first = [term.factors[0] for term in products(tree)]
            column = first if kinds is Weight else second
            found = [part.name for part in column if isinstance(part, Variable)]
            for pair in islice(pairs(found), MOST_PAIRS):
                swap = {pair[0]: pair[1], pair[1]: pair[0]}
                yield renamed(tree, swap.get)


def products(tree: Expression) -> list[Product]:
    """Return the products of a sum."""
    terms = tree.terms if isinstance(tree, Sum) else (tree,)
    return [term for term in terms if isinstance(term, Product)]


def pairs(found: list[Quantity]) -> Iterator[tuple[Quantity, Quantity]]:
    """Yield pairs, neighbours first."""
    yield from pairwise(found)
    for gap in range(2, len(found)):
        yield from zip(found, found[gap:], strict=False)


def without_weights(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z, or what comes back to a unit, as a plain sum."""
    match quantity, work.tree(quantity):
        case NetInput(), tree:
            yield renamed(tree, lambda q: Number(1) if isinstance(q, Weight) else None)
        case Slope(NetInput(), Activation()), _:
            yield Number(1)


def net_inputs_passed_on(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z over the net inputs of the layer below instead of its activations."""
    match quantity:
        case NetInput(layer, _, _) if layer > 1:
            yield renamed(
                work.tree(quantity),
                lambda q: (
                    NetInput(q.layer, q.unit, q.example) if isinstance(q, Activation) else None
                ),
            )


def inputs_for_activations(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield z over the network's inputs instead of the activations of the layer below."""
    match quantity:
        case NetInput(layer, _, _) if layer > 1 and (
            work.network.layers[0] >= work.network.layers[layer - 1]
        ):
            yield renamed(
                work.tree(quantity),
                lambda q: Activation(0, q.unit, q.example) if isinstance(q, Activation) else None,
            )


# --- activations ---------------------------------------------------------------------------------


def not_activated(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a = z."""
    match quantity:
        case Activation(layer, unit, k):
            yield Variable(NetInput(layer, unit, k))


def activated_twice(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a = g(g(z))."""
    match quantity:
        case Activation(layer, unit, k):
            name = work.network.activation(layer)
            if name in ONE_BY_ONE:
                yield applied(name, applied(name, Variable(NetInput(layer, unit, k))))


def other_activation(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a by each other activation, and by the softmax where a layer has several units."""
    match quantity:
        case Activation(layer, unit, k):
            own, units = work.network.activation(layer), work.network.layers[layer]
            for name in ONE_BY_ONE:
                if name not in (own, "identity"):
                    yield applied(name, Variable(NetInput(layer, unit, k)))
            if own != "softmax" and units > 1:
                yield softmax(layer, units, unit, k)


def exponent_without_sign(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a with e^z for e^(-z), or the other way round."""
    match quantity:
        case Activation(layer, unit, k):
            name, units = work.network.activation(layer), work.network.layers[layer]
            if name == "softmax":
                yield softmax(layer, units, unit, k, sign=-1)
            if name in WITH_EXPONENT:
                z = Variable(NetInput(layer, unit, k))
                if name == "silu":
                    yield z * applied("sigmoid", -z)
                else:
                    yield applied(name, -z)
        case Part("g", layer, int(unit), k):
            yield applied("sigmoid", -Variable(NetInput(layer, unit, k)))


def without_the_one(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield σ(z) = 1 / e^(-z), with the 1 below the line forgotten, then 1 / (1 - e^(-z))."""
    match quantity:
        case Activation(layer, unit, k) if work.network.activation(layer) == "sigmoid":
            z = Variable(NetInput(layer, unit, k))
            yield exp(z)
            yield 1 / (1 - exp(-z))


def not_normalized(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the softmax without its division: e^z, or e^(z - m) where the largest is taken off."""
    match quantity:
        case Activation(layer, unit, k) if work.network.activation(layer) == "softmax":
            yield exp(Variable(NetInput(layer, unit, k)))
            yield Variable(Part("e", layer, unit, k))


def divided_by_other_sum(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the softmax over the plain sum of z, or over the other units' exponentials only."""
    match quantity:
        case Activation(layer, unit, k) if work.network.activation(layer) == "softmax":
            units = work.units(layer)
            z = [Variable(NetInput(layer, other, k)) for other in units]
            if len(units) > 1:
                yield z[unit] / total(z)
                yield exp(z[unit]) / total(exp(z[other]) for other in work.others(layer, unit))


MISTAKES = (
    Mistake(
        "bias_forgotten",
        "The bias was left out of the net input.",
        (without_bias,),
        rank=1,
    ),
    Mistake(
        "weights_transposed",
        "The weight matrix was read by columns instead of rows: Wᵀ stands where W belongs, or W "
        "where Wᵀ belongs.",
        (transposed,),
        rank=1,
    ),
    Mistake(
        "wrong_weight",
        "Weights were exchanged, or a neighbouring connection's weight was taken.",
        (other_weights, exchanged),
    ),
    Mistake("wrong_bias", "Another unit's bias was added.", (other_bias,)),
    Mistake(
        "weights_forgotten",
        "What comes into the sum was added without its weights.",
        (without_weights,),
    ),
    Mistake(
        "input_forgotten",
        "One input was left out of the weighted sum.",
        (without_an_input,),
    ),
    Mistake(
        "bias_multiplied",
        "The bias was multiplied by an input, as if it were a weight.",
        (bias_times_input,),
        rank=3,
    ),
    Mistake(
        "activation_forgotten",
        "The activation function was not applied: the net input was passed on as it is.",
        (not_activated, net_inputs_passed_on),
        rank=1,
    ),
    Mistake(
        "input_used_for_activation",
        "The network's input was used where the activation of the layer below belongs.",
        (inputs_for_activations,),
    ),
    Mistake(
        "activation_twice",
        "The activation function was applied twice.",
        (activated_twice,),
    ),
    Mistake(
        "another_activation",
        "Another activation function was applied than the layer's.",
        (other_activation,),
    ),
    Mistake(
        "exponent_sign_lost",
        "The sign in the exponent was lost: e^z stands where e^(-z) belongs, or the other way "
        "round.",
        (exponent_without_sign,),
        rank=1,
    ),
    Mistake(
        "sigmoid_miswritten",
        "The sigmoid is 1 / (1 + e^(-z)); the 1 below the line was forgotten, or e^(-z) was "
        "subtracted from it.",
        (without_the_one,),
    ),
    Mistake(
        "softmax_not_normalized",
        "The exponential was not divided by the sum of all exponentials.",
        (not_normalized,),
    ),
    Mistake(
        "softmax_wrong_sum",
        "The softmax was divided by another sum than that of all exponentials.",
        (divided_by_other_sum,),
        rank=3,
    ),
)
