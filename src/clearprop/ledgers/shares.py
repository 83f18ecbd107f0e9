"""What each example of a batch adds to the gradient: δ of the unit times what came from the source.

Comes in: a state and the rows of the batch that its next step takes. Goes out: `Batch`: rows,
deltas and what was sent, with the training's dropout, sample weights and clipping. Everything is
computed in float64 from the run's own numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from clearprop.backprop.backpropagation import (
    backward_deltas,
    forward_pass,
    parameter_gradient,
)
from clearprop.backprop.clipping import clipping_factor
from clearprop.backprop.products import FAST_PRODUCTS
from clearprop.network.lesson import frozen_mask
from clearprop.network.parameters import Array, Parameters
from clearprop.training.dropout import step_masks
from clearprop.training.job import Job


@dataclass(frozen=True)
class Batch:
    """A step as a layer's parameters see it.

    rows    of the training part, shape (m,)
    delta   δ[l] of the reduced loss, times the clipping's factor, shape (m, n_l)
    sent    what the layer below sent to it, shape (m, n_(l-1))
    """

    rows: Array
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


def batch_at(job: Job, parameters: Parameters, step: int, rows: Array, layer: int) -> Batch:
    """Return what a layer sees of the step that a number of finished updates leads to."""
    network, learning = job.network, job.learning
    exact = parameters.exact
    x = job.batches.x[rows].astype(np.float64)
    y = job.batches.y[rows].astype(np.float64)
    weights = job.batches.weights_of(rows)
    weights = None if weights is None else weights.astype(np.float64)
    forward = forward_pass(exact, x, masks=exact_masks(job, step, len(rows)))
    lowest = layer if job.clip_norm is None else 1
    deltas = backward_deltas(exact, learning, forward, y, weights=weights, lowest=lowest)
    factor = 1.0
    if job.clip_norm is not None:
        gradient = parameter_gradient(exact, forward, deltas, FAST_PRODUCTS)
        frozen = frozen_mask(network, learning.frozen) if learning.frozen else None
        factor = clipping_factor(gradient, job.clip_norm, frozen, FAST_PRODUCTS)
    return Batch(rows, deltas[layer - lowest] * factor, forward.sent[layer - 1])


def exact_masks(job: Job, step: int, examples: int) -> Mapping[int, Array]:
    """Return the masks of dropout in float64, as the engine had them."""
    masks = step_masks(job.network, job.settings, step, examples)
    return {layer: mask.astype(np.float64) for layer, mask in masks.items()}
