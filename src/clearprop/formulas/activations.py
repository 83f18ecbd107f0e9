"""Activation functions: name -> formula, derivative, range, source.

The variables are z (net input) and, in derivatives, a (activation). `parts` are named steps on the
way, each shown as a line of its own; a part that reduces over units is one number per layer. Every
formula is the stable form that is run: the sigmoid by the sign of z, the softmax less its maximum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.formulas.expressions import (
    Expression,
    Number,
    OverUnits,
    Variable,
    erf,
    exp,
    expm1,
    log1p,
    max_over_units,
    select,
    sqrt,
    sum_over_units,
    tanh,
)
from clearprop.formulas.tables import look_up

z, a, a_other = Variable("z"), Variable("a"), Variable("a_other")
m, e, s = map(Variable, ("m", "e", "s"))  # softmax: maximum, exponentials, their sum
cdf, g = Variable("cdf"), Variable("g")  # GELU: Φ(z); SiLU: the gate σ(z)
slope, alpha, pi = Variable("leaky_relu_slope"), Variable("elu_alpha"), Variable("pi")


@dataclass(frozen=True)
class Part:
    """A named step inside a formula."""

    name: str
    formula: Expression

    @property
    def per_layer(self) -> bool:
        """Whether the part is one number for all units of a layer."""
        return isinstance(self.formula, OverUnits)


@dataclass(frozen=True)
class Activation:
    """An activation function a = g(z) and its derivative.

    `cross_derivative` is ∂a/∂z of *another* unit of the layer (variables a and a_other): None where
    units do not touch each other, which is everywhere but in the softmax. `range` names what the
    outputs are: "any" numbers, "probability" (each in 0..1), "distribution" (adding to 1).
    """

    name: str
    formula: Expression
    derivative: Expression
    source: str
    parts: tuple[Part, ...] = ()
    cross_derivative: Expression | None = None
    range: str = "any"

    @property
    def couples(self) -> bool:
        """Whether the units of a layer depend on each other: they share a part."""
        return any(part.per_layer for part in self.parts)


def stable_sigmoid(numerator: Expression) -> Expression:
    """Return numerator × σ(z), where neither branch can overflow."""
    return select(
        z >= 0,
        numerator / (1 + exp(-z)),
        exp(z) / (1 + exp(z)) if numerator == Number(1) else numerator * exp(z) / (1 + exp(z)),
    )


SIGMOID = stable_sigmoid(Number(1))

ACTIVATIONS: Mapping[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            name="identity",
            formula=z,
            derivative=Number(1),
            source="Widrow & Hoff 1960, the linear unit",
        ),
        Activation(
            name="sigmoid",
            formula=SIGMOID,
            derivative=a * (1 - a),
            source="Rumelhart, Hinton & Williams 1986, eq. 2",
            range="probability",
        ),
        Activation(
            name="tanh",
            formula=tanh(z),
            derivative=1 - a**2,
            source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 4.4",
        ),
        # As `maximum(z, 0)` the slope at 0 would be a matter of taste; here it is 0, as stated.
        Activation(
            name="relu",
            formula=select(z > 0, z, 0),
            derivative=select(z > 0, 1, 0),
            source="Nair & Hinton 2010",
        ),
        Activation(
            name="leaky_relu",
            formula=select(z > 0, z, slope * z),
            derivative=select(z > 0, 1, slope),
            source="Maas, Hannun & Ng 2013",
        ),
        Activation(
            name="elu",
            formula=select(z > 0, z, alpha * expm1(z)),
            derivative=select(z > 0, 1, alpha * exp(z)),
            source="Clevert, Unterthiner & Hochreiter 2016, eq. 15",
        ),
        Activation(
            name="gelu",
            parts=(Part("cdf", 0.5 * (1 + erf(z / sqrt(2)))),),
            formula=z * cdf,
            derivative=cdf + z * exp(-(z**2) / 2) / sqrt(2 * pi),
            source="Hendrycks & Gimpel 2016, section 2, the exact form",
        ),
        Activation(
            name="silu",
            parts=(Part("g", SIGMOID),),
            formula=z * g,
            derivative=g + a * (1 - g),
            source="Elfwing, Uchibe & Doya 2018, eq. 6-7",
        ),
        Activation(
            name="softplus",
            formula=select(z > 0, z + log1p(exp(-z)), log1p(exp(z))),
            derivative=SIGMOID,
            source="Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, eq. 2",
        ),
        Activation(
            name="softmax",
            parts=(
                Part("m", max_over_units(z)),
                Part("e", exp(z - m)),
                Part("s", sum_over_units(e)),
            ),
            formula=e / s,
            derivative=a * (1 - a),
            cross_derivative=-(a * a_other),
            source="Bridle 1990, eq. 5",
            range="distribution",
        ),
    )
}


def activation(name: str) -> Activation:
    """Return an entry of the table.

    >>> activation("tanh").derivative
    Sum(terms=(Number(value=1), Negative(operand=Power(base=Variable(name='a'), exponent=2))))
    """
    return look_up("activation", ACTIVATIONS, name)
