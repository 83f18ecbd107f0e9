"""A stack of parameters goes through the pass as each of them alone."""

import numpy as np
import pytest

from clearprop.backprop.backpropagation import (
    backward_deltas,
    forward_pass,
    losses,
    parameter_gradient,
)
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS, Products
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters


@pytest.mark.parametrize("products", [FAST_PRODUCTS, STRICT_PRODUCTS], ids=["fast", "strict"])
@pytest.mark.parametrize(
    ("loss", "outputs"),
    [("squared_error", "softmax"), ("cross_entropy", "softmax"), ("squared_error", "identity")],
)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_stack_is_the_passes_one_by_one(
    products: Products, loss: str, outputs: str, weighted: bool, reduction: str
) -> None:
    draw = np.random.default_rng(1)
    network = Network([3, 4, 2], activations=["tanh", outputs], biases=[True, False])
    learning = Learning(loss=loss, reduction=reduction)
    vectors = draw.normal(size=(5, network.parameter_count))
    x, y = draw.normal(size=(5, 6, 3)), np.eye(2)[draw.integers(2, size=(5, 6))]
    weights = draw.uniform(size=(5, 6)) if weighted else None
    stack = Parameters(network, vectors.copy())
    masks = {1: draw.integers(2, size=(5, 6, 4)).astype(float)}
    forward = forward_pass(stack, x, products, masks)
    each = losses(network, learning, forward, y, products)
    deltas = backward_deltas(stack, learning, forward, y, products, weights)
    gradients = parameter_gradient(stack, forward, deltas, products)
    for step, vector in enumerate(vectors):
        alone = Parameters(network, vector)
        mask, own = {1: masks[1][step]}, None if weights is None else weights[step]
        one = forward_pass(alone, x[step], products, mask)
        np.testing.assert_allclose(forward.outputs[step], one.outputs, rtol=1e-14)
        expected = losses(network, learning, one, y[step], products)
        np.testing.assert_allclose(each[step], expected, rtol=1e-13)
        own_deltas = backward_deltas(alone, learning, one, y[step], products, own)
        for found, delta in zip(deltas, own_deltas, strict=True):
            np.testing.assert_allclose(found[step], delta, rtol=1e-12, atol=1e-15)
        gradient = parameter_gradient(alone, one, own_deltas, products)
        np.testing.assert_allclose(gradients.vector[step], gradient.vector, rtol=1e-12, atol=1e-15)
