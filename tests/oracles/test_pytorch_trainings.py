"""Whole trainings by the compiled loops against PyTorch: random networks, every option."""

from dataclasses import replace
from math import cos, pi

import numpy as np
import pytest
from hypothesis import assume, given, settings

from clearprop.backprop.draws import dropout_mask
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson
from clearprop.network.network import Network
from engine.trainings import compiled, job_of, jobs, start_of, state_of
from oracles.cases import OPTIMIZERS
from oracles.pytorch import Model, tensor, torch
from oracles.test_pytorch_optimizers import optimizer_of

# In PyTorch's momentum a new rate changes what is carried, too; so it has none here.
OF_ANY_RATE = [name for name in OPTIMIZERS if name not in ("momentum", "nesterov")]
BOUND = {"float64": 1e-8, "float32": 5e-3}  # Adam divides gradients of nothing but rounding by ε


def rate_of(job, step):
    """Return the learning rate of a step, by the textbook."""
    s, per_epoch = job.settings, job.batches.per_epoch
    rate, epoch = job.learning.constant("rate"), step // per_epoch
    match s.schedule:
        case "step":
            rate *= s.decay_factor ** (epoch // s.decay_every)
        case "exponential":
            rate *= s.decay_factor**epoch
        case "cosine":
            rate *= (1 + cos(pi * step / job.steps)) / 2
        case "inverse":
            rate /= (1 + s.decay_scale * epoch) ** s.decay_power
    return rate * min(1, (step + 1) / (s.warmup * per_epoch)) if s.warmup else rate


def masks_of(job, step, examples):
    """Return the recorded draw of which units are left out."""
    layers, s = job.network.layers, job.settings
    return {
        layer: dropout_mask(s.seed, step, layer, (examples, layers[layer]), s.dropout, s.dtype)
        for layer in range(1, job.network.depth)
        if s.dropout
    }


def decay_of(job, weights, examples):
    """Return what weight decay a penalty is, shared by the examples of a batch."""
    if job.learning.reduction == "sum":
        return job.settings.penalty
    return job.settings.penalty / (examples if weights is None else weights.sum() or 1)


def clip(tensors, largest):
    """Shorten the gradient as a whole; clip_grad_norm_ divides by the norm + 1e-6."""
    norm = torch.sqrt(sum((t.grad**2).sum() for t in tensors))
    if norm > largest:
        for t in tensors:
            t.grad *= largest / norm


def kept(lesson, model):
    """Return a mask of what stays frozen for each tensor, in the model's order."""
    frozen = lesson.parameters.with_vector(lesson.frozen_mask.astype(float))
    of_biases = [b for b in frozen.biases if b is not None]
    biases = [b for b in model.biases if b is not None]
    masks = [tensor(mask) == 1 for mask in [*frozen.weights, *of_biases]]
    return list(zip([*model.weights, *biases], masks, strict=True))


def trained_by_torch(job):
    """Return the parameters after all steps, and the loss of each epoch."""
    x, y = job.batches.x, job.batches.y
    start = start_of(job)
    lesson = Lesson(start.with_vector(start.vector.astype(np.float64)), x[:1], y[:1], job.learning)
    model = Model(lesson)
    optimizer, tensors = optimizer_of(lesson, model), kept(lesson, model)
    total, epochs = 0.0, []
    for step in range(job.steps):
        rows = job.batches.rows(step)
        model.x, model.y = tensor(x[rows]), tensor(y[rows])
        weights = job.batches.weights_of(rows)
        optimizer.zero_grad()
        loss = model.forward(weights, masks_of(job, step, len(rows)))[2]
        loss.backward()
        if job.settings.penalty:
            decay = float(decay_of(job, weights, len(rows)))
            optimizer.param_groups[0]["weight_decay"] = decay  # of the weights; the other: biases
            with torch.no_grad():
                loss += decay / 2 * sum((w**2).sum() for w in model.weights)
        before = [t.detach().clone() for t, _ in tensors]
        for t, mask in tensors:
            t.grad[mask] = 0
        if job.clip_norm is not None:
            clip([t for t, _ in tensors], job.clip_norm)
        for group in optimizer.param_groups:
            group["lr"] = rate_of(job, step)
        optimizer.step()
        with torch.no_grad():
            for (t, mask), old in zip(tensors, before, strict=True):
                t[mask] = old[mask]
        total += loss.item() * (len(rows) if job.learning.reduction == "mean" else 1)
        if (step + 1) % job.batches.per_epoch == 0:
            epochs.append(total / job.batches.examples)
            total = 0.0
    return model.vector(), epochs


def trained(job, arithmetic="strict"):
    engine = compiled(job, arithmetic)
    return engine.advance(state_of(engine), job.steps)


def assert_agreement(job, found):
    assert not found.broke
    vector, epochs = trained_by_torch(job)
    bound = BOUND[job.settings.dtype]
    largest = np.abs(vector).max()
    assert np.abs(found.state.parameters.vector - vector).max() <= bound * largest
    np.testing.assert_allclose(found.epochs.loss, epochs, rtol=bound, atol=bound)


@settings(max_examples=25, deadline=None)
@given(jobs(OF_ANY_RATE))
def test_random_trainings_in_strict_arithmetic(job):
    found = trained(job, "strict")
    assume(not found.broke)  # by too large a rate: there is nothing to compare
    assert_agreement(job, found)


@settings(max_examples=40, deadline=None)
@given(jobs(OF_ANY_RATE))
def test_random_trainings_in_fast_arithmetic(job):
    found = trained(job, "fast")
    assume(not found.broke)  # by too large a rate: there is nothing to compare
    assert_agreement(job, found)


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
@pytest.mark.parametrize("arithmetic", ["strict", "fast"])
def test_momentum_with_every_other_option(optimizer, arithmetic):
    constants = {"rate": 0.1, "momentum": 0.7, "weight_decay": 0.02}
    learning = Learning("cross_entropy", optimizer, "mean", constants, ("W1[0,0]",))
    job = job_of(Network([3, 5, 4, 2], ["tanh", "gelu", "softmax"]), learning, clip_norm=0.4,
                 dropout=0.25, weights=np.arange(1.0, 12))  # fmt: skip
    assert_agreement(job, trained(job, arithmetic))


@pytest.mark.parametrize("optimizer", OF_ANY_RATE)
def test_trainings_in_float32(optimizer):
    learning = Learning("squared_error", optimizer, constants={"rate": 0.01})
    job = job_of(Network([3, 5, 2], ["tanh", "sigmoid"]), learning, dtype="float32",
                 schedule="cosine", clip_norm=0.4)  # fmt: skip
    assert_agreement(job, trained(job, "fast"))


def test_an_option_left_out_would_be_seen():
    learning = Learning("squared_error", "adam", constants={"rate": 0.01})
    job = job_of(Network([3, 5, 2], ["tanh", "sigmoid"]), learning, schedule="cosine")
    without = replace(job, settings=replace(job.settings, schedule="constant"))
    vector = trained(without).state.parameters.vector
    assert np.abs(vector - trained_by_torch(job)[0]).max() > 1e-4
