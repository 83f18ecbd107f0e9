"""Strict arithmetic: the equations, the reference pass and plain Python give the same bits."""

import math
import struct

import numpy as np
import pytest

from clearprop.backprop.backpropagation import (
    backward_pass,
    first_state,
    forward_pass,
    losses,
    update,
)
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS
from clearprop.equations.order import sections
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.network.lesson import seed_lesson
from clearprop.network.quantities import Proof
from clearprop.tracing.values import Values, run_step
from oracles.cases import EXHAUSTIVE, FITTING, OPTIMIZERS, lesson_of, random_case

SAMPLE = 20 if not EXHAUSTIVE else 2_000  # networks for each optimizer


def bits(value):
    return "nan" if math.isnan(value) else struct.pack(">d", value).hex()


def differing(lesson, steps=2):
    """Return the lines whose equation and pass differ in a bit, with both values."""
    state, found, compared = None, {}, 0
    for number in range(steps):
        step = run_step(lesson, state)
        values = Values(step)
        for section in sections(values.equations):
            for quantity in section.quantities:
                if isinstance(quantity, Proof):
                    continue
                compared += 1
                in_pass, by_equation = values[quantity], values.evaluated(quantity)
                if bits(in_pass) != bits(by_equation):
                    name = lesson.names.id(quantity)
                    found[number, name] = (in_pass, by_equation)
        state = step.next_state
        lesson = type(lesson)(step.updated, lesson.x, lesson.y, lesson.learning)
    assert compared
    return found


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_line_has_the_bits_of_the_pass(optimizer):
    generator = np.random.default_rng(0)
    for number in range(SAMPLE):
        case = random_case(generator, optimizer)
        constants = {"weight_decay": 0.1} if number % 2 else {}
        frozen = ("w1",) if number % 3 == 0 else ()
        lesson = lesson_of(case, constants, frozen=frozen)
        assert differing(lesson) == {}, case


def test_every_activation_with_every_loss_has_the_bits_of_the_pass():
    generator = np.random.default_rng(1)
    for loss, activation in FITTING:
        drawn = random_case(generator)
        case = type(drawn)(**{**vars(drawn), "loss": loss, "activation": activation})
        assert differing(lesson_of(case), steps=1) == {}, case


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numbers_far_out_have_the_bits_of_the_pass(activation):
    generator = np.random.default_rng(2)
    for size in (30.0, 1e3, 1e160):
        drawn = random_case(generator, "gradient_descent", size=size)
        case = type(drawn)(**{**vars(drawn), "loss": "squared_error", "activation": activation})
        assert differing(lesson_of(case), steps=1) == {}, case


# --- plain Python floats -------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def seed_step(w1, w2, w3, rate=0.1, x1=1.0, x2=2.0, y=1.0):
    """Return loss and new weights of the seed's network, as the seed works them."""
    z_h = w1 * x1 + w2 * x2
    h = sigmoid(z_h)
    z_out = w3 * h
    y_hat = sigmoid(z_out)
    error = y - y_hat
    loss = error * error
    d_out = -2 * error * (y_hat * (1 - y_hat))
    d_h = d_out * w3 * (h * (1 - h))
    return loss, (w1 - rate * (d_h * x1), w2 - rate * (d_h * x2), w3 - rate * (d_out * h))


def test_a_thousand_steps_of_plain_python_have_the_bits_of_the_reference():
    lesson = seed_lesson()
    parameters, weights = lesson.parameters, (0.5, 0.3, 0.8)
    state = first_state(parameters, lesson.learning)
    for number in range(1000):
        forward = forward_pass(parameters, lesson.x, STRICT_PRODUCTS)
        each = losses(lesson.network, lesson.learning, forward, lesson.y, STRICT_PRODUCTS)
        back = backward_pass(parameters, lesson.learning, forward, lesson.y, STRICT_PRODUCTS)
        parameters, state = update(
            parameters, back.gradient, lesson.learning, state, products=STRICT_PRODUCTS
        )
        loss, weights = seed_step(*weights)
        assert float(each[0]) == loss, number
        assert parameters.vector.tolist() == list(weights), number
    assert loss < 0.01  # the network has learnt


# --- fast ----------------------------------------------------------------------------------------


def pieces(lesson, products):
    forward = forward_pass(lesson.parameters, lesson.x, products)
    back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y, products)
    state = first_state(lesson.parameters, lesson.learning)
    new, _ = update(
        lesson.parameters, back.gradient, lesson.learning, state, lesson.frozen_mask, products
    )
    return {
        "losses": losses(lesson.network, lesson.learning, forward, lesson.y, products),
        "z": np.concatenate(forward.z, axis=1),
        "a": np.concatenate(forward.a, axis=1),
        "delta": np.concatenate(back.delta, axis=1),
        "gradient": back.gradient.vector,
        "updated": new.vector,
    }


def test_fast_arithmetic_is_strict_arithmetic_to_twelve_digits():
    generator = np.random.default_rng(3)
    for _ in range(6 * SAMPLE):
        # Adam's first step is the sign of the gradient: of rounding, where a slope cancels
        case = random_case(generator, ("gradient_descent", "momentum")[_ % 2])
        lesson = lesson_of(case)
        strict, fast = pieces(lesson, STRICT_PRODUCTS), pieces(lesson, FAST_PRODUCTS)
        for name, expected in strict.items():
            largest = max(1e-3, np.abs(expected).max())
            assert np.abs(fast[name] - expected).max() <= 1e-12 * largest, (case, name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fast_updates_are_strict_updates_to_twelve_digits(optimizer):
    lesson = lesson_of(random_case(np.random.default_rng(4), optimizer))
    gradient = lesson.parameters.with_vector(np.sin(np.arange(lesson.network.parameter_count)))
    found = []
    for products in (STRICT_PRODUCTS, FAST_PRODUCTS):
        parameters, state = lesson.parameters, first_state(lesson.parameters, lesson.learning)
        for _ in range(20):
            parameters, state = update(
                parameters, gradient, lesson.learning, state, products=products
            )
        found.append(parameters.vector)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)
