"""Learning-rate schedules: name -> the rate of a step, the constants used, source.

The variables are rate (the one that was asked for), epoch (finished epochs, a whole number),
progress (finished steps as a share of those planned, from 0 to 1), cuts (how often the rate was cut
because training no longer got better), and the constants decay_factor, decay_every (epochs),
decay_power and decay_scale. Warm-up is no schedule of its own: it goes before any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.formulas.expressions import Expression, Variable, cos, floor, power
from clearprop.formulas.tables import look_up

rate, epoch, progress, pi = map(Variable, ("rate", "epoch", "progress", "pi"))
decay_factor, decay_every = Variable("decay_factor"), Variable("decay_every")
decay_power, decay_scale, cuts = map(Variable, ("decay_power", "decay_scale", "cuts"))
scheduled, update, warmup_steps = map(Variable, ("scheduled", "update", "warmup_steps"))


@dataclass(frozen=True)
class Schedule:
    """The rate of a step, and the defaults of the constants that the formula uses."""

    name: str
    formula: Expression
    source: str
    constants: Mapping[str, float]


SCHEDULES: Mapping[str, Schedule] = {
    entry.name: entry
    for entry in (
        Schedule(
            name="constant",
            formula=rate,
            source="Rumelhart, Hinton & Williams 1986, eq. 8",
            constants={},
        ),
        Schedule(
            name="step",
            formula=rate * power(decay_factor, floor(epoch / decay_every)),
            source="He, Zhang, Ren & Sun 2016, section 4.2: divided by ten at fixed steps",
            constants={"decay_factor": 0.1, "decay_every": 10},
        ),
        Schedule(
            name="exponential",
            formula=rate * power(decay_factor, epoch),
            source="Senior, Heigold, Ranzato & Yang 2013, exponential scheduling",
            constants={"decay_factor": 0.95},
        ),
        Schedule(
            name="cosine",
            formula=0.5 * rate * (1 + cos(pi * progress)),
            source="Loshchilov & Hutter 2017, eq. 5, without restarts",
            constants={},
        ),
        Schedule(
            name="inverse",
            formula=rate / power(1 + decay_scale * epoch, decay_power),
            source="Robbins & Monro 1951, with a power as in Bottou 2012, section 5.2",
            constants={"decay_power": 0.5, "decay_scale": 1.0},
        ),
        Schedule(
            name="adaptive",
            formula=rate * power(decay_factor, cuts),
            source="Bengio 2012, section 3.1.1: divided where training no longer gets better",
            constants={"decay_factor": 0.2},
        ),
    )
}

# While update = 1 … warmup_steps; from there on the rate is the scheduled one.
WARM_UP = scheduled * (update / warmup_steps)  # Goyal et al. 2017, section 2.2: gradual warm-up


def schedule(name: str) -> Schedule:
    """Return an entry of the table.

    >>> schedule("cosine").source
    'Loshchilov & Hutter 2017, eq. 5, without restarts'
    """
    return look_up("schedule", SCHEDULES, name)
