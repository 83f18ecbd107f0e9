"""The update rules against torch.optim over 20 steps, each side on its own gradients."""

import numpy as np
import pytest

from clearprop.backprop.backpropagation import backward_pass, first_state, forward_pass, update
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS
from clearprop.formulas.optimizers import OPTIMIZERS
from oracles.cases import Case, lesson_of
from oracles.pytorch import Model, torch

STEPS = 20


def optimizer_of(lesson, model):
    """Return torch's optimizer with the same constants; those left open are torch's own."""
    constants = dict(lesson.learning.constants)
    groups = model.groups(constants.pop("weight_decay", 0.0))
    rate = constants.pop("rate", 0.1)
    betas = (constants.pop("beta1", 0.9), constants.pop("beta2", 0.999))
    epsilon = {"eps": constants.pop("epsilon")} if "epsilon" in constants else {}
    match lesson.learning.optimizer:
        case "gradient_descent":
            return torch.optim.SGD(groups, lr=rate)
        case "momentum":
            return torch.optim.SGD(groups, lr=rate, momentum=constants.get("momentum", 0.9))
        case "nesterov":
            alpha = constants.get("momentum", 0.9)
            return torch.optim.SGD(groups, lr=rate, momentum=alpha, nesterov=True)
        case "rmsprop":
            rho = {"alpha": constants["rho"]} if "rho" in constants else {}
            return torch.optim.RMSprop(groups, lr=rate, **rho, **epsilon)
        case "adam":
            return torch.optim.Adam(groups, lr=rate, betas=betas, **epsilon)
        case "adamw":
            return torch.optim.AdamW(groups, lr=rate, betas=betas, **epsilon)


def steps_of_torch(lesson):
    model = Model(lesson)
    optimizer = optimizer_of(lesson, model)
    found = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        model.forward()[2].backward()
        optimizer.step()
        found.append(model.vector().copy())
    return np.array(found)


def steps_of_clearprop(lesson, products=STRICT_PRODUCTS):
    parameters = lesson.parameters
    state = first_state(parameters, lesson.learning)
    found = []
    for _ in range(STEPS):
        forward = forward_pass(parameters, lesson.x, products)
        back = backward_pass(parameters, lesson.learning, forward, lesson.y, products)
        parameters, state = update(
            parameters, back.gradient, lesson.learning, state, lesson.frozen_mask, products
        )
        found.append(parameters.vector)
    return np.array(found)


def lesson_with(optimizer, **constants):
    case = Case("squared_error", "tanh", outputs=2, optimizer=optimizer, examples=4)
    return lesson_of(case, constants)


SETTINGS = {
    "defaults": {"rate": 0.02},  # at 0.1 RMSProp swings, and each step doubles the last rounding
    "weight decay": {"weight_decay": 0.3},
    "constants of their own": {
        "rate": 0.03,
        "momentum": 0.5,
        "beta1": 0.7,
        "beta2": 0.95,
        "epsilon": 1e-3,
        "rho": 0.8,
        "weight_decay": 0.01,
    },
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("products", [STRICT_PRODUCTS, FAST_PRODUCTS], ids=["strict", "fast"])
def test_twenty_steps_are_those_of_torch(optimizer, setting, products):
    lesson = lesson_with(optimizer, **SETTINGS[setting])
    expected = steps_of_torch(lesson)
    found = steps_of_clearprop(lesson, products)
    assert np.abs(found - lesson.parameters.vector).max() > 1e-3  # the weights do move
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_momentum_carries_the_last_change_of_the_weights():
    lesson = lesson_with("momentum", rate=0.2, momentum=0.9)
    parameters, state = lesson.parameters, first_state(lesson.parameters, lesson.learning)
    change = np.zeros(len(parameters.vector))
    for _ in range(STEPS):
        forward = forward_pass(parameters, lesson.x)
        back = backward_pass(parameters, lesson.learning, forward, lesson.y)
        change = -0.2 * back.gradient.vector + 0.9 * change  # Δw(t) = -η ∂L/∂w(t) + α Δw(t-1)
        new, state = update(parameters, back.gradient, lesson.learning, state)
        assert (new.vector == parameters.vector + change).all()
        assert (state.vectors["step"] == change).all()
        parameters = new


def test_adamw_shrinks_the_weight_itself_and_adam_adds_the_decay_to_the_gradient():
    for optimizer, decoupled in (("adam", False), ("adamw", True)):
        lesson = lesson_with(optimizer, rate=0.1, weight_decay=0.5)
        w = lesson.parameters.vector
        forward = forward_pass(lesson.parameters, lesson.x)
        g = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y).gradient.vector
        is_weight = np.ones(len(w), dtype=bool)
        for _, biases in lesson.parameters.slices:
            is_weight[biases] = False
        added = g if decoupled else g + 0.5 * w * is_weight
        # in the first step m̂ = g and √v̂ = |g|
        expected = w - 0.1 * added / (np.abs(added) + 1e-8)
        if decoupled:
            expected -= 0.1 * 0.5 * w * is_weight
        np.testing.assert_allclose(steps_of_clearprop(lesson)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_parameters_stay_to_the_bit(optimizer):
    case = Case("squared_error", "tanh", outputs=2, optimizer=optimizer)
    lesson = lesson_of(case, {"weight_decay": 0.1}, frozen=("biases", "w2"))
    found = steps_of_clearprop(lesson)
    start, mask = lesson.parameters.vector, lesson.frozen_mask
    assert mask.sum() == 6
    assert (found[:, mask] == start[mask]).all()
    assert (found[:, ~mask] != start[~mask]).all()
