"""Update rules: name -> lines from the gradient to the new weight, state carried, source.

The variables of a line are w (the weight), g (its gradient, with weight decay added), the
constants, the state carried from the step before (by its name) and the results of earlier lines. A
line that is named `X_new` gives the state X of the next step; `w_new` gives the new weight.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.formulas.expressions import Expression, Variable, sqrt
from clearprop.formulas.tables import look_up

w, g = Variable("w"), Variable("g")
rate, momentum, rho, epsilon = map(Variable, ("rate", "momentum", "rho", "epsilon"))
beta1, beta2, decay = map(Variable, ("beta1", "beta2", "weight_decay"))
step, step_new, v, v_new, m, m_new = map(Variable, ("step", "step_new", "v", "v_new", "m", "m_new"))
beta1_t, beta1_t_new, beta2_t, beta2_t_new = map(
    Variable, ("beta1_t", "beta1_t_new", "beta2_t", "beta2_t_new")
)
mhat, vhat = Variable("mhat"), Variable("vhat")
Lines = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Optimizer:
    """An update rule: its lines in order, and the state it carries from step to step.

    `state` gives each parameter's state its starting value; `shared_state` is one number for the
    whole network (Adam's powers of β, kept as running products). Weight decay adds λw to the
    gradient, except where `decoupled_update` gives the last line that shrinks the weight itself.
    """

    name: str
    lines: Lines
    source: str
    state: Mapping[str, float]
    shared_state: Mapping[str, float]
    decoupled_update: Expression | None = None

    @property
    def shared_lines(self) -> Lines:
        """The lines that are the same for all parameters."""
        return tuple(
            line for line in self.lines if line[0].removesuffix("_new") in self.shared_state
        )

    @property
    def own_lines(self) -> Lines:
        """The lines of each parameter."""
        return tuple(line for line in self.lines if line not in self.shared_lines)


def descend(change: Expression) -> tuple[str, Expression]:
    """Return the line that takes a change off the weight."""
    return ("w_new", w - change)


STEP = ("step_new", -rate * g + momentum * step)

ADAM_MOMENTS = (
    ("beta1_t_new", beta1_t * beta1),
    ("beta2_t_new", beta2_t * beta2),
    ("m_new", beta1 * m + (1 - beta1) * g),
    ("v_new", beta2 * v + (1 - beta2) * g**2),
    ("mhat", m_new / (1 - beta1_t_new)),
    ("vhat", v_new / (1 - beta2_t_new)),
)
ADAM_CHANGE = rate * mhat / (sqrt(vhat) + epsilon)
MOMENTS = {"m": 0.0, "v": 0.0}
POWERS = {"beta1_t": 1.0, "beta2_t": 1.0}

OPTIMIZERS: Mapping[str, Optimizer] = {
    entry.name: entry
    for entry in (
        Optimizer(
            name="gradient_descent",
            lines=(descend(rate * g),),
            source="Rumelhart, Hinton & Williams 1986, eq. 8",
            state={},
            shared_state={},
        ),
        Optimizer(
            name="momentum",
            lines=(STEP, ("w_new", w + step_new)),
            source="Rumelhart, Hinton & Williams 1986, eq. 9",
            state={"step": 0.0},
            shared_state={},
        ),
        Optimizer(
            name="nesterov",
            lines=(STEP, ("w_new", w - rate * g + momentum * step_new)),
            source="Sutskever, Martens, Dahl & Hinton 2013, eq. 3-4, as in Bengio et al. 2013",
            state={"step": 0.0},
            shared_state={},
        ),
        Optimizer(
            name="rmsprop",
            lines=(
                ("v_new", rho * v + (1 - rho) * g**2),
                descend(rate * g / (sqrt(v_new) + epsilon)),
            ),
            source="Tieleman & Hinton 2012, lecture 6.5",
            state={"v": 0.0},
            shared_state={},
        ),
        Optimizer(
            name="adam",
            lines=(*ADAM_MOMENTS, descend(ADAM_CHANGE)),
            source="Kingma & Ba 2015, algorithm 1",
            state=MOMENTS,
            shared_state=POWERS,
        ),
        Optimizer(
            name="adamw",
            lines=(*ADAM_MOMENTS, descend(ADAM_CHANGE)),
            source="Loshchilov & Hutter 2019, algorithm 2",
            state=MOMENTS,
            shared_state=POWERS,
            decoupled_update=w - rate * decay * w - ADAM_CHANGE,
        ),
    )
}


def optimizer(name: str) -> Optimizer:
    """Return an entry of the table."""
    return look_up("optimizer", OPTIMIZERS, name)
