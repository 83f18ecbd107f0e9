"""Losses: name -> formula for one example, slope by an output, what outputs it takes, source.

The variables are y (target), a (output, ŷ) and n (number of outputs); the sums run over the outputs
of one example. How the losses of several examples join is the `reduction`.

A loss and the output activation that belongs to it have a short form, an entry of its own: the loss
by the net inputs z, which cannot overflow, and its delta a - y. The long chain
∂L/∂ŷ × ∂ŷ/∂z is the short form's proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.errors import SettingError
from clearprop.formulas.activations import activation
from clearprop.formulas.expressions import (
    Expression,
    Variable,
    exp,
    log,
    log1p,
    magnitude,
    maximum,
    select,
    sign,
    sum_over_units,
)
from clearprop.formulas.tables import look_up

y, a, z, n = Variable("y"), Variable("a"), Variable("z"), Variable("n")
m, s = Variable("m"), Variable("s")
delta = Variable("huber_delta")
error = y - a

REDUCTIONS = ("mean", "sum")


@dataclass(frozen=True)
class Loss:
    """A loss of one example, and its slope ∂L/∂ŷ for one output.

    `ranges` lists the `Activation.range` of the outputs that the formula is defined for;
    `targets` says which targets it takes: "any", "probability" or "distribution".
    """

    name: str
    formula: Expression
    derivative: Expression
    source: str
    ranges: tuple[str, ...] = ("any", "probability", "distribution")
    targets: str = "any"


@dataclass(frozen=True)
class ShortForm:
    """A loss by the net inputs of the output activation that belongs to it, and its delta ∂L/∂z."""

    formula: Expression
    delta: Expression
    source: str


LOSSES: Mapping[str, Loss] = {
    entry.name: entry
    for entry in (
        Loss(
            name="squared_error",
            formula=sum_over_units(error**2),
            derivative=-2 * error,
            source="Widrow & Hoff 1960",
        ),
        Loss(
            name="half_squared_error",
            formula=sum_over_units(0.5 * error**2),
            derivative=-error,
            source="Rumelhart, Hinton & Williams 1986, eq. 3",
        ),
        Loss(
            name="mean_squared_error",
            formula=sum_over_units(error**2) / n,
            derivative=-2 * error / n,
            source="the squared error, averaged over the outputs",
        ),
        Loss(
            name="mean_absolute_error",
            formula=sum_over_units(magnitude(error)) / n,
            derivative=-sign(error) / n,
            source="Boscovich 1757; the slope at 0 is 0",
        ),
        Loss(
            name="huber",
            formula=sum_over_units(
                select(
                    magnitude(error) > delta,
                    delta * (magnitude(error) - 0.5 * delta),
                    0.5 * error**2,
                )
            ),
            derivative=select(magnitude(error) > delta, -(delta * sign(error)), -error),
            source="Huber 1964, section 1",
        ),
        Loss(
            name="binary_cross_entropy",
            formula=sum_over_units(-(y * log(a)) - (1 - y) * log(1 - a)),
            derivative=-(y / a) + (1 - y) / (1 - a),
            source="Bishop 1995, Neural Networks for Pattern Recognition, eq. 6.120",
            ranges=("probability",),
            targets="probability",
        ),
        Loss(
            name="cross_entropy",
            formula=sum_over_units(-(y * log(a))),
            derivative=-(y / a),
            source="Bridle 1990; Bishop 1995, eq. 6.145",
            ranges=("distribution",),
            targets="distribution",
        ),
    )
}

# (loss, activation of the outputs) -> the form that is run
# As m + ln s - z the cross-entropy would lose its digits to a large m.
SHORT_FORMS: Mapping[tuple[str, str], ShortForm] = {
    ("binary_cross_entropy", "sigmoid"): ShortForm(
        formula=sum_over_units(maximum(z, 0) - z * y + log1p(exp(-magnitude(z)))),
        delta=a - y,
        source="Bishop 1995, section 6.7",
    ),
    ("cross_entropy", "softmax"): ShortForm(
        formula=sum_over_units(y * (m - z + log(s))),
        delta=a - y,
        source="Bishop 1995, section 6.9",
    ),
}

# losses that fix what the outputs must be: the activation to take instead
FITTING_OUTPUTS = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}


def loss_of_outputs(activation: str) -> str:
    """Return the loss that belongs to outputs of an activation.

    >>> loss_of_outputs("softmax"), loss_of_outputs("tanh")
    ('cross_entropy', 'mean_squared_error')
    """
    fitting = {outputs: name for name, outputs in FITTING_OUTPUTS.items()}
    return fitting.get(activation, "mean_squared_error")


def loss(name: str) -> Loss:
    """Return an entry of the table."""
    return look_up("loss", LOSSES, name)


def check_outputs(name: str, output_activation: str) -> None:
    """Raise SettingError where a loss is not defined for what the output layer gives.

    >>> check_outputs("squared_error", "tanh")
    """
    if activation(output_activation).range not in loss(name).ranges:
        raise SettingError(
            f"{name} takes outputs of {FITTING_OUTPUTS[name]}, but the output layer is "
            f"{output_activation}; give the last layer the activation {FITTING_OUTPUTS[name]} "
            "or choose another loss"
        )


def check_reduction(name: str) -> None:
    """Raise UnknownName where a reduction is neither mean nor sum."""
    look_up("reduction", dict.fromkeys(REDUCTIONS), name)
