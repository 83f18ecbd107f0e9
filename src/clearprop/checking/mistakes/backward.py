"""Mistakes of the backward pass: derivatives, errors passed back, gradients."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake, renamed
from clearprop.checking.mistakes.other_rules import ONE_BY_ONE, applied, slope_of
from clearprop.formulas.expressions import (
    Expression,
    Number,
    Product,
    Quotient,
    Sum,
    Variable,
    total,
)
from clearprop.network.quantities import (
    Activation,
    Bias,
    Loss,
    NetInput,
    Quantity,
    Slope,
    Updated,
    Weight,
    delta,
)


def own_slope(quantity: Quantity) -> NetInput | None:
    """Return the net input of ∂a/∂z where both are of one unit."""
    match quantity:
        case Slope(Activation(layer, unit, k), NetInput(of_layer, of_unit, _) as z):
            return z if (layer, unit, z.example) == (of_layer, of_unit, k) else None
    return None


def is_crossed(work: Computation, layer: int) -> bool:
    """Return whether the units of a layer touch each other, as the softmax's do."""
    return work.equations.binding.rule_of(layer).cross_derivative is not None


# --- the derivative of the activation ------------------------------------------------------------


def without_derivative(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ = ∂L/∂a, or a gradient by ∂L/∂a in the place of δ."""
    match quantity, work.tree(quantity):
        case Slope(Loss(), NetInput(layer, unit, k), None), tree:
            z = NetInput(layer, unit, k)
            if is_crossed(work, layer) and not is_short(work, quantity):
                yield Variable(Slope(Loss(), Activation(layer, unit, k)))
            elif isinstance(tree, Product):
                kept = [f for f in tree.factors if f != Variable(Slope(Activation(*fields(z)), z))]
                yield product(kept)
        case Slope(Loss(), Weight() | Bias(), _), tree:
            yield renamed(tree, error_of)


def error_of(quantity: Quantity) -> Quantity | None:
    """Return ∂L/∂a for δ = ∂L/∂z of the same unit."""
    match quantity:
        case Slope(Loss(), NetInput() as z, None):
            return Slope(Loss(), Activation(*fields(z)))
    return None


def fields(z: NetInput) -> tuple[int, int, int]:
    """Return layer, unit and example."""
    return z.layer, z.unit, z.example


def is_short(work: Computation, quantity: Quantity) -> bool:
    """Return whether a delta's tree is the short form ŷ - y."""
    return not work.textbook and work.has_short_form(quantity)


def product(factors: list[Expression]) -> Expression:
    """Return the product of factors; a single one stands for itself."""
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def derivative_of_one(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂a/∂z = 1."""
    if own_slope(quantity):
        yield Number(1)


def at_wrong_place(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield g' with z for a, of a again, with a for z, of another unit, of another layer."""
    z = own_slope(quantity)
    if z is None:
        return
    layer, unit, k = fields(z)
    name, tree = work.network.activation(layer), work.tree(quantity)
    net, activated = Variable(z), Variable(Activation(layer, unit, k))
    yield renamed(tree, lambda q: net if isinstance(q, Activation) else None)
    if name in ONE_BY_ONE:
        yield slope_of(name, activated, applied(name, activated))
    yield renamed(tree, lambda q: activated if isinstance(q, NetInput) else None)
    for other in work.others(layer, unit):
        yield renamed(tree, lambda q, other=other: moved(q, layer, other))  # type: ignore[misc]
    for other_layer in (layer - 1, layer + 1):
        if 1 <= other_layer <= work.network.depth and unit in work.units(other_layer):
            yield renamed(tree, lambda q, at=other_layer: moved(q, at, unit))  # type: ignore[misc]


def moved(quantity: Quantity, layer: int, unit: int) -> Quantity | None:
    """Return a unit's quantity at another unit; None for what is of no unit."""
    match quantity:
        case NetInput(_, _, k):
            return NetInput(layer, unit, k)
        case Activation(_, _, k):
            return Activation(layer, unit, k)
    return None


def activation_as_derivative(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂a/∂z = a."""
    z = own_slope(quantity)
    if z is not None:
        yield Variable(Activation(*fields(z)))


def part_of_derivative(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂a/∂z with a factor or term left out; not a alone, which has its own name."""
    z = own_slope(quantity)
    if z is None:
        return
    tree, activated = work.tree(quantity), Variable(Activation(*fields(z)))
    parts = tree.factors if isinstance(tree, Product) else ()
    parts = tree.terms if isinstance(tree, Sum) else parts
    for place in range(len(parts)):
        kept = [*parts[:place], *parts[place + 1 :]]
        left = product(kept) if isinstance(tree, Product) else total(kept)
        if left != activated:
            yield left


def other_derivative(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the derivative of each other activation, at the same z and a."""
    z = own_slope(quantity)
    if z is None:
        return
    own = work.network.activation(z.layer)
    for name in ONE_BY_ONE:
        if name not in (own, "identity"):
            yield slope_of(name, Variable(z), Variable(Activation(*fields(z))))


def derivative_twice(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ with g'(z) multiplied in twice."""
    match quantity, work.tree(quantity):
        case Slope(Loss(), NetInput() as z, None), tree:
            slope = Variable(Slope(Activation(*fields(z)), z))
            if not is_crossed(work, z.layer) and not is_short(work, quantity):
                yield tree * slope


def diagonal_only(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield δ of a softmax by its own unit alone, and each slope by another unit as 0."""
    match quantity:
        case Slope(Loss(), NetInput(layer, unit, k) as z, None) if is_crossed(work, layer):
            if not is_short(work, quantity):
                a = Activation(layer, unit, k)
                yield Variable(Slope(Loss(), a)) * Variable(Slope(a, z))
        case Slope(Activation(layer, unit, _), NetInput(_, other, _)) if unit != other:
            yield Number(0)


# --- errors passed back --------------------------------------------------------------------------


def one_path_less(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂L/∂a of a hidden unit by one of its paths alone, then by all but one."""
    match quantity, work.tree(quantity):
        case Slope(Loss(), Activation(), None), Sum(paths) if not work.is_output(quantity):
            yield from fewer(paths)


def paths_averaged(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂L/∂a of a hidden unit as the mean of its paths."""
    match quantity, work.tree(quantity):
        case Slope(Loss(), Activation(), None), Sum(paths) if not work.is_output(quantity):
            yield total(paths) / len(paths)


def by_updated_weights(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂z/∂a = w_new."""
    match quantity, work.tree(quantity):
        case Slope(NetInput(), Activation()), Variable(Weight() as weight):
            yield Variable(Updated(weight))


def activation_for_weight(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield ∂z/∂a = a, and ∂z/∂w = w."""
    match quantity:
        case Slope(NetInput(), (Weight() | Activation()) as by):
            yield Variable(by)
        case Slope(Loss(), Weight(layer, _, _) as weight, _) if layer == 1:
            yield renamed(work.tree(quantity), lambda q: (is_input(q) and weight) or None)


def is_input(quantity: Quantity) -> bool:
    """Return whether a quantity is an input of the network."""
    return isinstance(quantity, Activation) and quantity.layer == 0


def cut_above(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield a slope of the loss without its first factor, the slope that comes from above."""
    match quantity, work.tree(quantity):
        case Slope(Loss(), NetInput() | Weight(), _), Product((_, *rest)):
            yield product(rest)


def error_for_delta(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield an error passed back by ∂L/∂a of the layer above in the place of its δ."""
    match quantity:
        case Slope(Loss(), Activation() | NetInput(), None):
            yield renamed(work.tree(quantity), error_of)


# --- gradients -----------------------------------------------------------------------------------


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


def fewer(terms: tuple[Expression, ...]) -> Iterator[Expression]:
    """Yield each term alone, then all but one."""
    yield from terms
    if len(terms) > 2:
        for place in range(len(terms)):
            yield total([*terms[:place], *terms[place + 1 :]])


MISTAKES = (
    Mistake(
        "updated_weights_used",
        "The updated weights were used to pass the error back; deltas take the weights before the "
        "update.",
        (by_updated_weights,),
        rank=1,
    ),
    Mistake(
        "derivative_forgotten",
        "The derivative of the activation was forgotten: δ is ∂L/∂a × g'(z).",
        (without_derivative, derivative_of_one),
        rank=1,
    ),
    Mistake(
        "derivative_wrong_place",
        "The derivative of the activation was taken at the wrong place: z for a, a for z, or "
        "another unit's.",
        (at_wrong_place,),
        rank=1,
    ),
    Mistake(
        "activation_for_derivative",
        "The activation itself was used where its derivative belongs.",
        (activation_as_derivative,),
    ),
    Mistake(
        "derivative_incomplete",
        "Part of the activation's derivative is missing, such as a or (1 - a) of a(1 - a).",
        (part_of_derivative,),
    ),
    Mistake(
        "another_activation_derivative",
        "The derivative of another activation function was used.",
        (other_derivative,),
    ),
    Mistake(
        "derivative_twice",
        "The derivative of the activation was multiplied in twice.",
        (derivative_twice,),
    ),
    Mistake(
        "softmax_jacobian_diagonal",
        "The softmax's derivative was taken as if each output depended on its own net input only.",
        (diagonal_only,),
        rank=1,
    ),
    Mistake(
        "path_forgotten",
        "Not all paths from the unit to the loss were added up.",
        (one_path_less,),
        rank=1,
    ),
    Mistake(
        "paths_averaged",
        "The paths from the unit to the loss were averaged; they are added.",
        (paths_averaged,),
    ),
    Mistake(
        "error_for_delta",
        "∂L/∂a of the layer above was passed back instead of its δ = ∂L/∂z.",
        (error_for_delta,),
    ),
    Mistake(
        "slope_from_above_forgotten",
        "The slope that comes from the layer above was not multiplied in.",
        (cut_above,),
    ),
    Mistake(
        "weight_and_input_exchanged",
        "∂z/∂w is the input and ∂z/∂a is the weight; they were exchanged.",
        (activation_for_weight,),
    ),
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
