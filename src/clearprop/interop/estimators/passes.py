"""Loss and gradient of some examples, as a step over all of them would have them.

Comes in: parameters, settings, x (m, n_0), y (m, n_D), sample weights. Goes out: the loss with its
penalty, and its gradient with the penalty's part.
"""

from __future__ import annotations

from dataclasses import replace

from clearprop.interop.estimators.memory import fresh_state
from clearprop.network.parameters import Array, Parameters
from clearprop.training.batches import Batches
from clearprop.training.job import Job
from clearprop.training.settings import TrainingSettings
from clearprop.training.step_numbers import StepNumbers


def loss_and_slopes(
    parameters: Parameters, settings: TrainingSettings, x: Array, y: Array, weights: Array | None
) -> tuple[float, Parameters]:
    """Return the loss, and the gradient as parameters."""
    settings = replace(settings, batch_size=len(x))
    batches = Batches(x, y.astype(x.dtype), len(x), 0, weights, shuffles=False)
    job = Job(parameters.network, settings, batches)
    numbers = StepNumbers(job, fresh_state(parameters, settings))
    decay = job.learning_of(numbers.rows).constant("weight_decay")
    gradient = numbers.gradient.vector.copy()
    for place, _ in parameters.slices:
        gradient[place] += decay * parameters.vector[place]
    return numbers.loss, parameters.with_vector(gradient)
