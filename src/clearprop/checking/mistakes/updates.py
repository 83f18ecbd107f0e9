"""Mistakes of the update: rate, sign, what is updated, what the optimizer adds to the rule."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.mistakes.mistake import Computation, Mistake, renamed
from clearprop.equations.update import UpdateEquations
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Number,
    Power,
    Sum,
    Variable,
    replace,
)
from clearprop.network.quantities import (
    Bias,
    Constant,
    Decayed,
    NetInput,
    Parameter,
    Quantity,
    State,
    Updated,
    Weight,
    gradient,
)

RATE = Constant("rate")
SLIPS = (10, 0.1, 100, 0.01)  # the rate with its point in the wrong place
PLAIN = ("gradient_descent", "momentum")  # the first step of momentum is a plain one
COMMON_RATES = (0.5, 0.1, 0.01, 0.05, 0.001, 0.2, 0.3, 0.25, 0.02, 0.005)


def updated_parameter(work: Computation, quantity: Quantity) -> Parameter | None:
    """Return the parameter of w_new, where the update moves it."""
    match quantity:
        case Updated(Weight() | Bias() as parameter) if parameter not in work.equations.frozen:
            return parameter
    return None


# --- the step ------------------------------------------------------------------------------------


def uphill(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield w plus the step that should be taken off."""
    match quantity, work.tree(quantity):
        case Updated(Weight() | Bias() | State("step", _)), Sum((first, *rest)):
            turned = [term.operand if isinstance(term, Negative) else -term for term in rest]
            kept = [first, *turned] if isinstance(first, Variable) else [-first, *rest]
            if isinstance(first, Negative):
                kept = [first.operand, *rest]
            yield Sum(tuple(kept))


def by_rate(work: Computation, quantity: Quantity, rate: float) -> Expression:
    """Return the tree with a number for the learning rate."""
    return renamed(work.tree(quantity), lambda q: Number(rate) if q == RATE else None)


def takes_rate(quantity: Quantity) -> bool:
    """Return whether a learning rate can stand in a quantity's tree."""
    return isinstance(quantity, Updated) and isinstance(quantity.quantity, Weight | Bias | State)


def rate_of_one(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the update without its learning rate."""
    if takes_rate(quantity):
        yield by_rate(work, quantity, 1.0)


def other_rate(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the update with the rate's point slipped, then with each rate that is common."""
    if takes_rate(quantity):
        rate = work.values[RATE]
        for other in (*(rate * slip for slip in SLIPS), *COMMON_RATES):
            if other not in (rate, 1.0):
                yield by_rate(work, quantity, other)


def no_step(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield w_new = w."""
    if isinstance(updated_parameter(work, quantity), Weight):
        yield Variable(updated_parameter(work, quantity))


def no_bias_step(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield b_new = b, and a net input after the update with the bias before it."""
    match quantity:
        case Updated(NetInput()):
            yield renamed(work.tree(quantity), bias_before)
        case _ if isinstance(updated_parameter(work, quantity), Bias):
            yield Variable(updated_parameter(work, quantity))


def bias_before(quantity: Quantity) -> Quantity | None:
    """Return a bias for what it is after the update."""
    match quantity:
        case Updated(Bias() as bias):
            return bias
    return None


def step_of_frozen(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield what the rule would give if the parameter were not frozen, then the plain step."""
    match quantity:
        case Updated(Weight() | Bias() as parameter) if parameter in work.equations.frozen:
            free = UpdateEquations(work.equations.learning)
            tree = free.tree(quantity)
            if tree is not None and not free.rule.state:
                yield tree
            yield plain_step(parameter)


def plain_step(parameter: Parameter) -> Expression:
    """Return w - η ∂L/∂w."""
    return Variable(parameter) - Variable(RATE) * Variable(gradient(parameter))


def step_alone(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the step itself for the new weight, with its sign and without."""
    match updated_parameter(work, quantity), work.tree(quantity):
        case Weight() | Bias() as parameter, Sum((Variable(first), *rest)) if first == parameter:
            step = Sum(tuple(rest)) if len(rest) > 1 else rest[0]
            yield step
            yield -step


def other_gradient(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the update with the gradient of another weight of the layer."""
    parameter = updated_parameter(work, quantity)
    if isinstance(parameter, Weight):
        layer, unit, source = parameter.layer, parameter.unit, parameter.source
        others = [Weight(layer, unit, s) for s in work.others(layer - 1, source)]
        others += [Weight(layer, u, source) for u in work.others(layer, unit)]
        own = gradient(parameter)
        for other in others:
            yield renamed(
                work.tree(quantity),
                lambda q, other=other: gradient(other) if q == own else None,  # type: ignore[misc]
            )


# --- what the rule adds to the plain step --------------------------------------------------------


def without_rule(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield w - η ∂L/∂w for a rule that is more than that."""
    parameter = updated_parameter(work, quantity)
    if parameter is not None and work.equations.learning.optimizer not in PLAIN:
        yield plain_step(parameter)


def without_momentum(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the update with α = 0, and Nesterov's without looking ahead."""
    if takes_rate(quantity):
        momentum = Constant("momentum")
        yield renamed(work.tree(quantity), lambda q: Number(0) if q == momentum else None)
    parameter = updated_parameter(work, quantity)
    if parameter is not None and work.equations.learning.optimizer == "nesterov":
        yield Variable(parameter) + Variable(Updated(State("step", parameter)))


def without_decay(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the gradient or the update without weight decay."""
    decay = Constant("weight_decay")
    match quantity:
        case Decayed() | Updated(Weight()):
            yield renamed(work.tree(quantity), lambda q: Number(0) if q == decay else None)


def decay_growing(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the decay with the wrong sign."""
    decay = Constant("weight_decay")
    match quantity:
        case Decayed() | Updated(Weight()):
            yield renamed(work.tree(quantity), lambda q: -Variable(q) if q == decay else None)


def bias_decay(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the update of a bias with weight decay added to its gradient."""
    decay = Constant("weight_decay")
    match updated_parameter(work, quantity):
        case Bias() as bias if work.values[decay] > 0:
            own = gradient(bias)
            yield renamed(
                work.tree(quantity),
                lambda q: Variable(own) + Variable(decay) * Variable(bias) if q == own else None,
            )


def uncorrected(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield Adam's step with its moments as they are, and a corrected moment as it was."""

    def plain_moment(q: Quantity) -> Quantity | None:
        match q:
            case State("mhat" | "vhat" as name, parameter):
                return Updated(State(name[0], parameter))
        return None

    match quantity:
        case State("mhat" | "vhat"):
            yield Variable(plain_moment(quantity))
        case Updated(Weight() | Bias()):
            yield renamed(work.tree(quantity), plain_moment)


def without_root(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield the step divided by the mean square itself, not by its root."""
    if updated_parameter(work, quantity) is not None:
        yield replace(
            work.tree(quantity),
            lambda node: node.arguments[0] if isinstance(node, Call) else None,
        )


def gradient_not_squared(work: Computation, quantity: Quantity) -> Iterator[Expression]:
    """Yield v with g for g²."""
    match quantity:
        case Updated(State("v", _)):
            yield replace(
                work.tree(quantity), lambda node: node.base if isinstance(node, Power) else None
            )


MISTAKES = (
    Mistake(
        "ascent_for_descent",
        "The step was added to the weight; it is taken off.",
        (uphill,),
        rank=1,
    ),
    Mistake("rate_forgotten", "The learning rate was left out.", (rate_of_one,), rank=1),
    Mistake("another_rate", "Another learning rate was used.", (other_rate,), rank=3),
    Mistake("weight_not_updated", "The weight was not updated.", (no_step,), rank=1),
    Mistake("bias_not_updated", "The bias was not updated.", (no_bias_step,), rank=1),
    Mistake(
        "frozen_updated",
        "A frozen weight or bias was updated; it keeps its value.",
        (step_of_frozen,),
        rank=1,
    ),
    Mistake(
        "weight_left_out",
        "The step alone was written down; the weight it is taken off was left out.",
        (step_alone,),
    ),
    Mistake(
        "wrong_gradient", "Another weight's gradient was used in the update.", (other_gradient,)
    ),
    Mistake("momentum_forgotten", "The momentum was left out.", (without_momentum,)),
    Mistake(
        "plain_update",
        "The plain update w - η ∂L/∂w was used instead of the optimizer's rule.",
        (without_rule,),
    ),
    Mistake("weight_decay_forgotten", "The weight decay was left out.", (without_decay,)),
    Mistake(
        "weight_decay_sign",
        "The weight decay was taken with the wrong sign.",
        (decay_growing,),
        rank=1,
    ),
    Mistake(
        "bias_decayed", "Weight decay acts on weights only; it was added to a bias.", (bias_decay,)
    ),
    Mistake(
        "bias_correction_forgotten",
        "Adam's moments were used without their correction for the first steps.",
        (uncorrected,),
        rank=1,
    ),
    Mistake(
        "root_forgotten",
        "The step was divided by the mean square of the gradients, not by its root.",
        (without_root,),
    ),
    Mistake(
        "gradient_not_squared",
        "The second moment collects squares of the gradient; it was not squared.",
        (gradient_not_squared,),
    ),
)
