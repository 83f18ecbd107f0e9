"""The reference pass on cases small enough to know the answer."""

import numpy as np
import pytest

from clearprop.backprop.backpropagation import (
    backward_pass,
    forward_pass,
    losses,
    total_loss,
)
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS, strict_product
from clearprop.errors import ShapeError
from clearprop.network.learning import Learning
from clearprop.network.lesson import seed_lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

BOTH = pytest.mark.parametrize("products", [STRICT_PRODUCTS, FAST_PRODUCTS], ids=["strict", "fast"])
GENERATOR = np.random.default_rng(0)


def network_of(loss, activation, layers=(3, 4, 3), examples=5):
    generator = np.random.default_rng(1)
    network = Network(list(layers), ["tanh", activation])
    parameters = Parameters(network, generator.normal(size=network.parameter_count))
    x = generator.normal(size=(examples, layers[0]))
    y = np.eye(layers[-1])[generator.integers(layers[-1], size=examples)]
    return parameters, Learning(loss, reduction="sum"), x, y


@BOTH
@pytest.mark.parametrize(
    ("loss", "activation"), [("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")]
)
def test_delta_of_a_short_form_is_a_minus_y(loss, activation, products):
    parameters, learning, x, y = network_of(loss, activation)
    forward = forward_pass(parameters, x, products)
    back = backward_pass(parameters, learning, forward, y, products)
    assert (back.delta[-1] == forward.outputs - y).all()


@BOTH
def test_the_mean_over_examples_is_the_sum_divided_by_their_number(products):
    parameters, added, x, y = network_of("squared_error", "identity", examples=4)
    mean = Learning("squared_error", reduction="mean")
    forward = forward_pass(parameters, x, products)
    each = losses(parameters.network, added, forward, y, products)
    assert total_loss(mean, each) == total_loss(added, each) / 4
    of_sum = backward_pass(parameters, added, forward, y, products)
    of_mean = backward_pass(parameters, mean, forward, y, products)
    for one, other in zip(of_sum.delta, of_mean.delta, strict=True):
        assert (one / 4 == other).all()  # exact: a division by 4 rounds nothing


@BOTH
def test_the_gradient_of_many_examples_is_the_sum_of_their_own(products):
    parameters, learning, x, y = network_of("huber", "tanh")
    whole = backward_pass(
        parameters, learning, forward_pass(parameters, x, products), y, products
    ).gradient.vector
    each = [
        backward_pass(
            parameters, learning, forward_pass(parameters, x[k : k + 1], products),
            y[k : k + 1], products,
        ).gradient.vector
        for k in range(len(x))
    ]  # fmt: skip
    np.testing.assert_allclose(sum(each), whole, rtol=0, atol=1e-14 * np.abs(whole).max())


@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_mean_over_outputs_divides_by_the_number_of_outputs(width):
    parameters, _, x, _ = network_of("squared_error", "identity", layers=(3, 2, width))
    y = np.zeros((len(x), width))
    gradients = {}
    for name in ("squared_error", "mean_squared_error", "half_squared_error"):
        forward = forward_pass(parameters, x)
        back = backward_pass(parameters, Learning(name), forward, y)
        gradients[name] = back.gradient.vector
    np.testing.assert_allclose(
        gradients["mean_squared_error"] * width, gradients["squared_error"], rtol=1e-14
    )
    np.testing.assert_allclose(
        gradients["half_squared_error"] * 2, gradients["squared_error"], rtol=1e-14
    )


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
def test_the_slope_at_the_corner(activation):
    network = Network([1, 1], activation, biases=False, constants={"leaky_relu_slope": 0.25})
    parameters = Parameters(network, np.array([0.0]))
    forward = forward_pass(parameters, np.array([[1.0]]))
    back = backward_pass(parameters, Learning(), forward, np.array([[-1.0]]))
    slope = {"relu": 0.0, "leaky_relu": 0.25, "elu": 1.0}[activation]  # of z ≤ 0
    assert back.delta[0].tolist() == [[2.0 * slope]]


def test_the_slope_of_the_absolute_error_at_its_corner_is_zero():
    network = Network([1, 1], "identity", biases=False)
    parameters = Parameters(network, np.array([1.0]))
    forward = forward_pass(parameters, np.array([[2.0]]))
    back = backward_pass(parameters, Learning("mean_absolute_error"), forward, np.array([[2.0]]))
    assert back.delta[0].tolist() == [[0.0]]


def test_deltas_use_the_weights_before_the_update():
    lesson = seed_lesson()
    forward = forward_pass(lesson.parameters, lesson.x)
    back = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
    h = forward.a[1]
    expected = back.delta[1] * 0.8 * (h * (1 - h))
    np.testing.assert_allclose(back.delta[0], expected, rtol=1e-15)


def test_a_strict_product_adds_from_left_to_right():
    row = np.array([[1e16, 1.0, -1e16, 1.0]])
    ones = np.ones((4, 1))
    assert strict_product(row, ones) == 1.0  # 1e16 + 1 is 1e16; another order gives 0 or 2
    left, right = GENERATOR.normal(size=(5, 9)), GENERATOR.normal(size=(9, 4))
    expected = [[sum_from_left(left[i], right[:, j]) for j in range(4)] for i in range(5)]
    assert strict_product(left, right).tolist() == expected


def sum_from_left(a, b):
    total = float(a[0]) * float(b[0])
    for k in range(1, len(a)):
        total += float(a[k]) * float(b[k])
    return total


def test_what_the_pass_returns_cannot_be_changed_by_what_it_was_given():
    lesson = seed_lesson()
    before = lesson.parameters.vector.copy()
    forward = forward_pass(lesson.parameters, lesson.x)
    backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
    assert (lesson.parameters.vector == before).all()
    with pytest.raises(ValueError, match="read-only"):
        lesson.parameters.vector[0] = 1


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(ShapeError) as error:
        Parameters(Network([2, 1]), np.zeros(5))
    assert str(error.value) == "the network has 3 parameters, but a vector of shape (5,) is given"
