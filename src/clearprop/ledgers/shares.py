"""What each example of a batch adds to the gradient: δ of the unit times what came from the source.

Comes in: some states, and the rows of the batches that their next steps take. Goes out: `Passes`:
deltas and what was sent, with the training's dropout, sample weights and clipping. Everything is
computed in float64 from the run's own numbers, in one pass through all of these steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import (
    ForwardPass,
    backward_deltas,
    forward_pass,
    parameter_gradient,
)
from clearprop.backprop.clipping import clipping_factor
from clearprop.backprop.products import FAST_PRODUCTS
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.dropout import step_masks
from clearprop.training.engine import TrainingState
from clearprop.training.job import Job


@dataclass(frozen=True)
class Passes:
    """Some steps with batches of m examples, as a layer's parameters see them.

    delta   δ[l] of the reduced loss, times the clipping's factor, shape (T, m, n_l)
    sent    what the layer below sent to it, shape (T, m, n_(l-1))
    """

    delta: Array
    sent: Array


def batches_of(job: Job, first: int, last: int) -> Iterator[Array]:
    """Yield the rows that the steps after `first`, …, `last` - 1 updates take."""
    batches = job.batches
    for epoch in range(first // batches.per_epoch, -(-last // batches.per_epoch)):
        order, start = batches.order(epoch), epoch * batches.per_epoch
        for step in range(max(first, start), min(last, start + batches.per_epoch)):
            place = (step - start) * batches.size
            yield order[place : place + batches.size]


def passes_of(job: Job, states: Sequence[TrainingState], rows: Array, layer: int) -> Passes:
    """Return what a layer sees of the steps after some states, on those rows, shape (T, m)."""
    network, learning, batches = job.network, job.learning, job.batches
    vectors = np.array([state.parameters.vector for state in states], dtype=np.float64)
    exact = Parameters(network, vectors)
    x, y = batches.x[rows].astype(np.float64), batches.y[rows].astype(np.float64)
    weights = batches.weights_of(rows)
    weights = None if weights is None else weights.astype(np.float64)
    masks = exact_masks(job, [state.step for state in states], rows.shape[1])
    forward = forward_pass(exact, x, masks=masks)
    lowest = layer if job.clip_norm is None else 1
    deltas = backward_deltas(exact, learning, forward, y, weights=weights, lowest=lowest)
    delta = deltas[layer - lowest]
    if job.clip_norm is not None:
        delta = delta * clipping_factors(job, job.clip_norm, exact, forward, deltas)
    return Passes(delta, forward.sent[layer - 1])


def clipping_factors(
    job: Job, most: float, exact: Parameters, forward: ForwardPass, deltas: list[Array]
) -> Array:
    """Return what each step's gradient is multiplied by, shape (T, 1, 1)."""
    gradients = parameter_gradient(exact, forward, deltas, FAST_PRODUCTS)
    frozen = frozen_mask(job.network, job.learning.frozen) if job.learning.frozen else None
    each = (exact.with_vector(vector) for vector in gradients.vector)
    factors = [clipping_factor(gradient, most, frozen, FAST_PRODUCTS) for gradient in each]
    return np.array(factors)[:, np.newaxis, np.newaxis]


def exact_masks(job: Job, steps: Sequence[int], examples: int) -> Mapping[int, Array]:
    """Return the masks of dropout in float64, as the engine had them."""
    each = [step_masks(job.network, job.settings, step, examples) for step in steps]
    return {layer: np.array([masks[layer] for masks in each], dtype=float) for layer in each[0]}
