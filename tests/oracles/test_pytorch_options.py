"""Sample weights, dropout, clipping and a step's own rate against PyTorch, to 1e-12."""

from dataclasses import replace

import numpy as np
import pytest

from clearprop.backprop.backpropagation import (
    backward_pass,
    first_state,
    forward_pass,
    losses,
    total_loss,
    update,
)
from clearprop.backprop.clipping import clipped
from clearprop.backprop.draws import dropout_mask
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS
from oracles.cases import FITTING, OPTIMIZERS, Case, lesson_of, random_case
from oracles.pytorch import Model, torch
from oracles.test_pytorch_gradients import off
from oracles.test_pytorch_optimizers import optimizer_of

BOUND = 1e-12
OF_TORCH = [name for name in OPTIMIZERS if name not in ("momentum", "nesterov")]
BOTH = pytest.mark.parametrize("products", [STRICT_PRODUCTS, FAST_PRODUCTS], ids=["strict", "fast"])


def masks_for(lesson, p=0.4, step=0):
    shapes = {layer: (len(lesson.x), units) for layer, units in enumerate(lesson.network.layers)}
    hidden = range(1, lesson.network.depth)
    return {layer: dropout_mask(7, step, layer, shapes[layer], p) for layer in hidden}


def step_of_clearprop(lesson, products, weights=None, masks=None):
    forward = forward_pass(lesson.parameters, lesson.x, products, masks or {})
    each = losses(lesson.network, lesson.learning, forward, lesson.y, products)
    back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y, products, weights)
    return total_loss(lesson.learning, each, weights), back.gradient.vector


def assert_agreement(lesson, products, weights=None, masks=None):
    model = Model(lesson)
    expected = model.forward(weights, masks)[2]
    expected.backward()
    loss, gradient = step_of_clearprop(lesson, products, weights, masks)
    assert off(loss, expected.item()) <= BOUND
    assert off(gradient, model.vector(lambda t: t.grad)) <= BOUND


@BOTH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("loss", "activation"), FITTING)
def test_weighted_losses_and_their_gradient_are_those_of_autograd(
    loss, activation, reduction, products
):
    lesson = lesson_of(Case(loss, activation, reduction, outputs=2, examples=4))
    assert_agreement(lesson, products, weights=np.array([0.5, 0.0, 2.0, 1.3]))


@BOTH
def test_units_that_dropout_leaves_out_send_and_receive_nothing(products):
    generator = np.random.default_rng(3)
    for _ in range(40):
        lesson = lesson_of(random_case(generator))
        assert_agreement(lesson, products, masks=masks_for(lesson))


@BOTH
def test_weights_and_dropout_go_together(products):
    lesson = lesson_of(Case("squared_error", "tanh", outputs=2, hidden_layers=3, examples=4))
    assert_agreement(lesson, products, np.array([0.5, 0.0, 2.0, 1.3]), masks_for(lesson))


@BOTH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("examples", [1, 2, 3])
def test_weights_of_one_give_the_bits_of_no_weights(reduction, examples, products):
    for loss, activation in FITTING:
        lesson = lesson_of(Case(loss, activation, reduction, outputs=2, examples=examples))
        plain = step_of_clearprop(lesson, products)
        ones = step_of_clearprop(lesson, products, np.ones(examples))
        assert ones[0] == plain[0]
        assert (ones[1] == plain[1]).all()


def test_a_batch_whose_weights_are_all_zero_teaches_nothing():
    lesson = lesson_of(Case("squared_error", "tanh", outputs=2))
    loss, gradient = step_of_clearprop(lesson, STRICT_PRODUCTS, np.zeros(3))
    assert loss == 0
    assert not gradient.any()


def test_a_weight_of_two_counts_an_example_twice():
    lesson = lesson_of(Case("squared_error", "tanh", "sum", outputs=2, examples=2))
    twice = replace(lesson, x=lesson.x[[0, 1, 1]], y=lesson.y[[0, 1, 1]])
    weighted = step_of_clearprop(lesson, STRICT_PRODUCTS, np.array([1.0, 2.0]))
    repeated = step_of_clearprop(twice, STRICT_PRODUCTS)
    assert off(weighted[0], repeated[0]) <= BOUND
    assert off(weighted[1], repeated[1]) <= BOUND


@BOTH
@pytest.mark.parametrize("share", [0.1, 0.99, 1.01, 10.0])
def test_a_gradient_is_shortened_as_clip_grad_norm_does(share, products):
    generator = np.random.default_rng(4)
    for _ in range(20):
        lesson = lesson_of(random_case(generator))
        model = Model(lesson)
        model.forward()[2].backward()
        slopes = model.vector(lambda t: t.grad).copy()
        norm = float(np.linalg.norm(slopes))
        if norm < 1e-3:
            continue
        tensors = [tensor for group in model.groups(0.0) for tensor in group["params"]]
        torch.nn.utils.clip_grad_norm_(tensors, share * norm)
        expected = model.vector(lambda t: t.grad)
        found = clipped(lesson.parameters.with_vector(slopes), share * norm, products=products)
        if share > 1:
            assert (found.vector == slopes).all()
        else:  # torch divides by the norm + 1e-6
            assert off(found.vector * norm / (norm + 1e-6), expected) <= BOUND


def test_frozen_entries_have_no_part_in_the_norm():
    lesson = lesson_of(Case("squared_error", "tanh"))
    vector = np.ones(lesson.network.parameter_count)
    frozen = np.arange(len(vector)) >= 4
    gradient = lesson.parameters.with_vector(vector)
    assert clipped(gradient, 2.0, frozen) is gradient
    assert (clipped(gradient, 1.0, frozen).vector == 0.5).all()
    assert clipped(gradient, 1.0, np.ones_like(frozen), STRICT_PRODUCTS) is gradient


@pytest.mark.parametrize("optimizer", OF_TORCH)
def test_each_step_has_the_rate_it_is_given(optimizer):
    case = Case("squared_error", "tanh", outputs=2, optimizer=optimizer, examples=4)
    lesson = lesson_of(case, {"rate": 0.1, "weight_decay": 0.02})
    model = Model(lesson)
    torchs = optimizer_of(lesson, model)
    schedule = torch.optim.lr_scheduler.ExponentialLR(torchs, 0.8)
    parameters, state = lesson.parameters, first_state(lesson.parameters, lesson.learning)
    for step in range(10):
        torchs.zero_grad()
        model.forward()[2].backward()
        torchs.step()
        schedule.step()
        back = backward_pass(
            parameters, lesson.learning, forward_pass(parameters, lesson.x), lesson.y
        )
        parameters, state = update(
            parameters, back.gradient, lesson.learning, state, rate=0.1 * 0.8**step
        )
    assert off(parameters.vector, model.vector()) <= 1e-9


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_with_momentum_a_new_rate_changes_the_new_part_of_the_step_alone(optimizer):
    # (Rumelhart, Hinton & Williams 1986, eq. 9); in PyTorch it changes what is carried, too
    lesson = lesson_of(Case("squared_error", "tanh", optimizer=optimizer), {"momentum": 0.5})
    parameters, state = lesson.parameters, first_state(lesson.parameters, lesson.learning)
    g = lesson.parameters.with_vector(np.ones(lesson.network.parameter_count))
    parameters, state = update(parameters, g, lesson.learning, state, rate=0.25)
    assert (state.vectors["step"] == -0.25).all()
    after, state = update(parameters, g, lesson.learning, state, rate=0.125)
    assert (state.vectors["step"] == -0.125 - 0.125).all()
    moved = -0.25 if optimizer == "momentum" else -0.125 - 0.125
    np.testing.assert_allclose(after.vector - parameters.vector, moved, rtol=1e-14)
