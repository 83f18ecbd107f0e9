"""Mistakes of the backward pass: derivatives, and errors passed back."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake, fewer, renamed
from clearprop.checking.mistakes.other_rules import ONE_BY_ONE, applied, slope_of
from clearprop.formulas.expressions import (
    Expression,
    Number,
    Product,
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
)
