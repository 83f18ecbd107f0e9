"""The gradient against central differences, (L(w + h) - L(w - h)) / 2h: to 1e-6 at smooth points.

Each corner is asked along random directions through all parameters at once, and a sample of them
parameter by parameter; with CLEARPROP_EXHAUSTIVE=1 every corner is.
"""

import numpy as np
import pytest

from clearprop.backprop.backpropagation import backward_pass, forward_pass, losses, total_loss
from clearprop.network.parameters import place_of
from clearprop.network.quantities import Bias, Weight
from clearprop.tracing.differences import central_difference
from clearprop.tracing.values import all_parameters
from oracles.cases import EXHAUSTIVE, FITTING, cases, lesson_of

BOUND = 1e-6
WIDTH = 1e-5
CORNERS = ("relu", "leaky_relu", "elu")  # their slope, or its slope, jumps at 0


def loss_at(lesson, vector):
    forward = forward_pass(lesson.parameters.with_vector(vector), lesson.x)
    each = losses(lesson.network, lesson.learning, forward, lesson.y)
    return total_loss(lesson.learning, each)


def gradient_of(lesson):
    forward = forward_pass(lesson.parameters, lesson.x)
    back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
    return back.gradient.vector


def is_smooth(lesson, margin=1e-3):
    """Tell whether the loss has no corner nearby: of |y - ŷ|, of Huber's loss or of a unit."""
    forward = forward_pass(lesson.parameters, lesson.x)
    for layer in lesson.network.layer_numbers:
        has_corner = lesson.network.activation(layer) in CORNERS
        if has_corner and np.abs(forward.z[layer - 1]).min() < margin:
            return False
    error = np.abs(lesson.y - forward.outputs)
    corner = {"mean_absolute_error": 0.0, "huber": lesson.learning.constant("huber_delta")}
    at = corner.get(lesson.learning.loss)
    return at is None or bool(np.abs(error - at).min() >= margin)


def slope_along(lesson, direction):
    vector = lesson.parameters.vector
    above, below = vector + WIDTH * direction, vector - WIDTH * direction
    return (loss_at(lesson, above) - loss_at(lesson, below)) / (2 * WIDTH)


def smooth_lessons(loss, activation):
    return [lesson for c in cases(loss, activation) if is_smooth(lesson := lesson_of(c))]


@pytest.mark.parametrize(("loss", "activation"), FITTING)
def test_the_gradient_along_random_directions_is_the_slope_of_the_loss(loss, activation):
    generator = np.random.default_rng(0)
    lessons = smooth_lessons(loss, activation)
    assert len(lessons) >= 45  # of 54: the corners are the exception
    for lesson in lessons:
        gradient = gradient_of(lesson)
        largest = max(1.0, np.abs(gradient).max())
        for _ in range(1 + EXHAUSTIVE):
            direction = generator.normal(size=len(gradient))
            assert gradient @ direction == pytest.approx(
                slope_along(lesson, direction), rel=0, abs=BOUND * largest
            ), lesson


@pytest.mark.parametrize(("loss", "activation"), FITTING)
def test_every_entry_of_the_gradient_is_a_central_difference(loss, activation):
    lessons = smooth_lessons(loss, activation)
    for lesson in lessons if EXHAUSTIVE else lessons[::13]:
        gradient = gradient_of(lesson)
        largest = max(1.0, np.abs(gradient).max())
        found = [slope_along(lesson, unit) for unit in np.eye(len(gradient))]
        np.testing.assert_allclose(found, gradient, rtol=0, atol=BOUND * largest)


def test_the_difference_that_verify_prints_is_of_the_parameter_asked_for():
    lesson = lesson_of(next(iter(cases("huber", "tanh"))))
    parameters = list(all_parameters(lesson.parameters))
    gradient = gradient_of(lesson)
    assert {type(p) for p in parameters} == {Weight, Bias}
    assert [place_of(lesson.parameters.network, p) for p in parameters] == list(
        range(len(gradient))
    )
    for parameter, slope in zip(parameters, gradient, strict=True):
        assert central_difference(lesson, parameter) == pytest.approx(slope, rel=0, abs=1e-8)
