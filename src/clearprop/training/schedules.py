"""The learning rate of each step: the schedule's formula, and warm-up before it.

Comes in: the settings and a range of steps. Goes out: one rate per step, to the bits of plain
Python floats.
"""

from typing import Any

import numpy as np

from clearprop.formulas.arithmetic import STRICT, evaluate
from clearprop.formulas.constants import DEFAULTS
from clearprop.formulas.schedules import WARM_UP, schedule
from clearprop.network.parameters import Array
from clearprop.training.settings import SCHEDULE_CONSTANTS, TrainingSettings


def scheduled_rates(
    settings: TrainingSettings, first: int, until: int, per_epoch: int, cuts: int = 0
) -> Array:
    """Return the rates of the steps first … until-1, counted from 0, as float64.

    `per_epoch` is the number of steps in one epoch; `cuts` how often an adaptive rate was cut
    before them.

    >>> from clearprop.network.learning import Learning
    >>> learning = Learning(constants={"rate": 0.5})
    >>> settings = TrainingSettings(learning, epochs=4, schedule="exponential", decay_factor=0.5)
    >>> scheduled_rates(settings, first=1, until=6, per_epoch=2).tolist()
    [0.5, 0.25, 0.25, 0.125, 0.125]
    """
    steps = np.arange(first, until)
    values = {
        **schedule_values(settings, cuts),
        "epoch": (steps // per_epoch).astype(np.float64),
        "progress": steps / (settings.epochs * per_epoch),
    }
    rates = evaluate(schedule(settings.schedule).formula, values, STRICT)
    return warmed_up(np.broadcast_to(rates, steps.shape), steps, settings.warmup * per_epoch)


def schedule_values(settings: TrainingSettings, cuts: int) -> dict[str, Any]:
    """Return what a schedule's formula is given that is the same for all steps."""
    constants = {name: getattr(settings, name) for name in SCHEDULE_CONSTANTS}
    rate = settings.learning.constant("rate")
    return {"rate": rate, "cuts": float(cuts), "pi": DEFAULTS["pi"], **constants}


def warmed_up(rates: Array, steps: Array, warmup_steps: int) -> Array:
    """Return the rates, of which those of the first `warmup_steps` steps grow from near 0."""
    early = steps < warmup_steps
    if not early.any():
        return rates
    values = {"scheduled": rates, "update": steps + 1.0, "warmup_steps": float(warmup_steps)}
    return np.where(early, evaluate(WARM_UP, values, STRICT), rates)
