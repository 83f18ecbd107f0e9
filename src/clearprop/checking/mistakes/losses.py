"""Mistakes of the loss, and of its slope at the outputs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake, at_each, renamed
from clearprop.formulas.expressions import (
    Expression,
    Negative,
    Power,
    Sum,
    Variable,
    replace,
    total,
)
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.losses import Loss as LossRule
from clearprop.network.quantities import (
    Activation,
    Decayed,
    Loss,
    NetInput,
    Quantity,
    Slope,
    Target,
)

BOUNDED = ("probability", "distribution")  # outputs that have logarithms
CROSS_ENTROPIES = ("binary_cross_entropy", "cross_entropy")
SQUARES = ("squared_error", "half_squared_error", "mean_squared_error")  # one but for a factor
MEANS = ("mean_squared_error", "mean_absolute_error")


def is_slope_at_output(work: Computation, quantity: Quantity) -> bool:
    """Return whether a quantity's tree holds the loss's own slope: ∂L/∂ŷ, or δ by a short form."""
    return work.is_output(quantity) or (
        isinstance(quantity, Slope) and not work.textbook and work.has_short_form(quantity)
    )


def of_loss(work: Computation, quantity: Quantity) -> bool:
    """Return whether a quantity is the loss, or a slope of it."""
    return isinstance(quantity, Loss) or (
        isinstance(quantity, Slope) and isinstance(quantity.of, Loss)
    )


# --- factors and signs ---------------------------------------------------------------------------


def halved(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield half of it."""
    if of_loss(work, quantity):
        yield work.tree(quantity) / 2


def doubled(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield twice of it."""
    if of_loss(work, quantity):
        yield 2 * work.tree(quantity)


def negated(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a slope or loss with its sign changed as a whole."""
    if of_loss(work, quantity) or isinstance(quantity, Slope):
        yield Negative(work.tree(quantity))


def a_sign_changed(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the tree with the sign of one of its terms changed."""
    if not (of_loss(work, quantity) or isinstance(quantity, NetInput | Slope | Decayed)):
        return

    def change(node: Expression) -> Iterator[Expression]:
        if isinstance(node, Sum):
            for place, term in enumerate(node.terms):
                other = term.operand if isinstance(term, Negative) else Negative(term)
                yield Sum((*node.terms[:place], other, *node.terms[place + 1 :]))

    yield from at_each(work.tree(quantity), change)


# --- sums and means ------------------------------------------------------------------------------


def takes_reduction(work: Computation, quantity: Quantity) -> bool:
    """Return whether a factor 1/m is at home in a quantity's tree."""
    match quantity:
        case Loss(None):
            return True
        case Slope(Loss(), _, None):
            parameter = not isinstance(quantity.wrt, NetInput | Activation)
            return parameter or is_slope_at_output(work, quantity)
    return False


def divided_by_examples(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield it divided by the number of examples."""
    if work.examples > 1 and takes_reduction(work, quantity):
        yield work.tree(quantity) / work.examples


def not_divided_by_examples(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the sum where the mean is asked for."""
    mean = work.equations.learning.reduction == "mean"
    if mean and work.examples > 1 and takes_reduction(work, quantity):
        yield work.tree(quantity) * work.examples


def divided_by_outputs(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield it divided by the number of outputs."""
    outputs = work.network.layers[-1]
    if outputs > 1 and (isinstance(quantity, Loss) or is_slope_at_output(work, quantity)):
        yield work.tree(quantity) / outputs


def not_divided_by_outputs(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the sum over the outputs where the loss is their mean."""
    outputs, is_mean = work.network.layers[-1], work.equations.learning.loss in MEANS
    at_home = isinstance(quantity, Loss) or is_slope_at_output(work, quantity)
    if is_mean and outputs > 1 and at_home:
        yield work.tree(quantity) * outputs


def without_a_term(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the loss with one of its terms left out: an output, or ln(1 - ŷ)."""
    if not isinstance(quantity, Loss) or is_joined(work, quantity):
        return

    def change(node: Expression) -> Iterator[Expression]:
        if isinstance(node, Sum) and not any(isinstance(t, Variable) for t in node.terms):
            for place in range(len(node.terms)):
                yield total([*node.terms[:place], *node.terms[place + 1 :]])

    yield from at_each(work.tree(quantity), change)


def is_joined(work: Computation, quantity: Quantity) -> bool:
    """Return whether a loss is that of several examples."""
    return quantity == Loss() and work.examples > 1


def square_of_sum(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the errors added first and then squared."""
    outputs = work.network.layers[-1]
    match quantity:
        case Loss(k) if work.equations.learning.loss in SQUARES and not is_joined(work, quantity):
            if outputs > 1:
                errors = [
                    Variable(Target(u, k or 0))
                    - Variable(Activation(work.network.depth, u, k or 0))
                    for u in range(outputs)
                ]
                divisor = {"mean_squared_error": outputs, "half_squared_error": 2}
                squared = total(errors) ** 2
                factor = divisor.get(work.equations.learning.loss)
                yield squared if factor is None else squared / factor


def without_square(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a loss or derivative with its squares forgotten."""
    match quantity:
        case Loss() | Slope(Activation(), NetInput()):
            yield replace(
                work.tree(quantity), lambda node: node.base if isinstance(node, Power) else None
            )


# --- another loss --------------------------------------------------------------------------------


def other_rules(work: Computation) -> Iterator[LossRule]:
    """Yield the losses that outputs like these could have; not those that differ by a factor."""
    own = work.equations.learning.loss
    bounded = work.equations.binding.rule_of(work.network.depth).range in BOUNDED
    for name, rule in LOSSES.items():
        is_factor = own in SQUARES and name in SQUARES
        if name != own and not is_factor and (bounded or name not in CROSS_ENTROPIES):
            yield rule


def other_loss(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the loss by each other formula."""
    if isinstance(quantity, Loss) and not is_joined(work, quantity):
        for rule in other_rules(work):
            yield work.equations.binding.to_unit(
                rule.formula, work.network.depth, 0, quantity.example or 0
            )


def other_slope(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂L/∂ŷ by each other loss; of a cross-entropy with both signs, as it is often seen."""
    match quantity:
        case Slope(Loss(), Activation(layer, unit, k), None) if work.is_output(quantity):
            for rule in other_rules(work):
                bound = work.equations.binding.to_unit(rule.derivative, layer, unit, k)
                yield work.equations.reduced(bound)


def other_delta(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ = ŷ - y, the cross-entropy's, for another loss, and a squared error's for its own."""
    match quantity:
        case Slope(Loss(), NetInput(layer, unit, k), None) if layer == work.network.depth:
            target, output = Variable(Target(unit, k)), Variable(Activation(layer, unit, k))
            if not work.has_short_form(quantity):
                yield work.equations.reduced(output - target)
                return
            yield from squared_deltas(work, layer, unit, k)


def squared_deltas(work: Computation, layer: int, unit: int, k: int) -> Iterator[Expression]:
    """Yield (ŷ - y)·g'(z), and twice that: by one's own net input, or by the whole Jacobian."""
    z = NetInput(layer, unit, k)

    def share(other: int) -> Expression:
        a = Activation(layer, other, k)
        return (Variable(a) - Variable(Target(other, k))) * Variable(Slope(a, z))

    crossed = work.equations.binding.rule_of(layer).cross_derivative is not None
    whole = total(share(other) for other in work.units(layer)) if crossed else share(unit)
    for tree in dict.fromkeys((whole, share(unit))):
        yield work.equations.reduced(tree)
        yield work.equations.reduced(2 * tree)


def exchanged(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the tree with y for ŷ and ŷ for y."""
    depth = work.network.depth

    def change(q: Quantity) -> Quantity | None:
        match q:
            case Target(unit, k):
                return Activation(depth, unit, k)
            case Activation(layer, unit, k) if layer == depth:
                return Target(unit, k)
        return None

    if isinstance(quantity, Loss) or is_slope_at_output(work, quantity):
        yield renamed(work.tree(quantity), change)


def other_target(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the tree with 1 - y for y, and with another output's target."""
    match quantity:
        case Slope(Loss(), NetInput(_, unit, _) | Activation(_, unit, _), None) if (
            is_slope_at_output(work, quantity)
        ):
            for other in work.others(work.network.depth, unit):
                yield renamed(
                    work.tree(quantity),
                    lambda q, other=other: (  # type: ignore[misc]
                        Target(other, q.example) if isinstance(q, Target) else None
                    ),
                )
    logarithms = work.equations.learning.loss in CROSS_ENTROPIES
    if logarithms and (isinstance(quantity, Loss) or is_slope_at_output(work, quantity)):
        yield renamed(
            work.tree(quantity), lambda q: 1 - Variable(q) if isinstance(q, Target) else None
        )


def other_logarithm(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a cross-entropy by logarithms to base 10, then to base 2."""
    if isinstance(quantity, Loss) and work.equations.learning.loss in CROSS_ENTROPIES:
        yield work.tree(quantity) / math.log(10)
        yield work.tree(quantity) / math.log(2)


MISTAKES = (
    Mistake(
        "factor_two_lost",
        "A factor 2 was lost, or ½ added: the printed value is half of what it should be.",
        (halved,),
    ),
    Mistake(
        "factor_two_added",
        "A factor 2 was added, or ½ lost: the printed value is twice what it should be.",
        (doubled,),
    ),
    Mistake(
        "sign_flipped",
        "A sign is wrong: a minus was lost or added.",
        (negated, a_sign_changed),
    ),
    Mistake(
        "target_output_exchanged",
        "Target and output were exchanged.",
        (exchanged,),
        rank=1,
    ),
    Mistake(
        "not_averaged_over_examples",
        "The examples were added, but the loss is their mean.",
        (not_divided_by_examples,),
        rank=1,
    ),
    Mistake(
        "averaged_over_examples",
        "It was divided by the number of examples where that does not belong.",
        (divided_by_examples,),
    ),
    Mistake(
        "not_averaged_over_outputs",
        "The outputs were added, but the loss is their mean.",
        (not_divided_by_outputs,),
        rank=1,
    ),
    Mistake(
        "averaged_over_outputs",
        "It was divided by the number of outputs where that does not belong.",
        (divided_by_outputs,),
    ),
    Mistake("square_forgotten", "A square was forgotten.", (without_square,)),
    Mistake(
        "another_loss_derivative",
        "The derivative of another loss was used, such as the cross-entropy's ŷ - y for the "
        "squared error, or the other way round.",
        (other_slope, other_delta),
    ),
    Mistake("another_loss", "Another loss was computed than the one asked for.", (other_loss,)),
    Mistake(
        "squared_after_summing",
        "The errors were added first and then squared; each is squared by itself.",
        (square_of_sum,),
    ),
    Mistake(
        "term_forgotten",
        "A term of the loss was left out: one output, or the part with 1 - ŷ.",
        (without_a_term,),
    ),
    Mistake(
        "wrong_target",
        "Another target was used: another output's, or 1 - y for y.",
        (other_target,),
        rank=3,
    ),
    Mistake(
        "another_logarithm",
        "The logarithm to base 10 (or 2) was used; the cross-entropy takes the natural one.",
        (other_logarithm,),
        rank=1,
    ),
)
