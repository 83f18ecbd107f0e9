"""The reference pass against PyTorch's autograd in float64: to 1e-12 of the largest entry."""

from dataclasses import replace

import numpy as np
import pytest

from clearprop.backprop.backpropagation import backward_pass, forward_pass, losses, total_loss
from clearprop.backprop.products import FAST_PRODUCTS, STRICT_PRODUCTS
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.losses import LOSSES
from oracles.cases import EXHAUSTIVE, FITTING, Case, cases, lesson_of
from oracles.pytorch import Model

BOUND = 1e-12


def off(found, expected):
    """Return the largest difference, in units of the largest entry.

    Of 1e-3 where all are smaller: slopes through a softmax may cancel to nothing but rounding.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    largest = max(1e-3, float(np.abs(expected).max(initial=0)))
    return float(np.abs(found - expected).max(initial=0)) / largest


def joined(layers):
    return np.concatenate([np.asarray(layer) for layer in layers], axis=1)


def disagreements(lesson, products):
    """Return what is further off than the bound: name -> how far."""
    model = Model(lesson)
    z, a, loss = model.forward()
    loss.backward()
    forward = forward_pass(lesson.parameters, lesson.x, products)
    each = losses(lesson.network, lesson.learning, forward, lesson.y, products)
    backward = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y, products)
    found = {
        "loss": off(total_loss(lesson.learning, each), loss.item()),
        "z": off(joined(forward.z), joined(layer.detach() for layer in z)),
        "a": off(joined(forward.a), joined(layer.detach() for layer in a)),
        "delta": off(joined(backward.delta), joined(layer.grad for layer in z)),
        "gradient": off(backward.gradient.vector, model.vector(lambda t: t.grad)),
    }
    return {name: distance for name, distance in found.items() if not distance <= BOUND}


@pytest.mark.parametrize(("loss", "activation"), FITTING)
def test_loss_deltas_and_gradient_are_those_of_autograd(loss, activation):
    found = {}
    both = (STRICT_PRODUCTS, FAST_PRODUCTS)
    for number, case in enumerate(cases(loss, activation)):
        for products in both if EXHAUSTIVE else both[number % 2 :: 2]:
            if wrong := disagreements(lesson_of(case), products):
                found[case, products.formulas.name] = wrong
    assert found == {}


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "binary_cross_entropy"])
def test_a_lone_softmax_output_is_one_and_has_no_slope(loss):
    for case in cases(loss, "softmax"):
        if case.outputs == 1:
            lesson = lesson_of(case)
            forward = forward_pass(lesson.parameters, lesson.x)
            backward = backward_pass(lesson.parameters, lesson.learning, forward, lesson.y)
            assert (forward.outputs == 1).all()
            assert all((delta == 0).all() for delta in backward.delta), (lesson, backward.delta)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_in_three_hidden_layers_of_its_own_kind(activation):
    case = Case("squared_error", activation, outputs=2, hidden_layers=3)
    lesson = lesson_of(case)
    same = type(lesson.network)(lesson.network.layers, activation)
    lesson = replace(lesson, parameters=replace(lesson.parameters, network=same))
    assert disagreements(lesson, STRICT_PRODUCTS) == {}


@pytest.mark.parametrize("activation", ["leaky_relu", "elu"])
def test_the_constants_of_activations_reach_every_formula(activation):
    constants = {"leaky_relu_slope": 0.3, "elu_alpha": 1.7}
    for hidden_layers in (0, 1, 3):
        case = Case("squared_error", activation, outputs=3, hidden_layers=hidden_layers)
        assert disagreements(lesson_of(case, shape_constants=constants), STRICT_PRODUCTS) == {}


@pytest.mark.parametrize("delta", [0.1, 0.7, 30.0])
def test_the_width_of_hubers_loss_reaches_every_formula(delta):
    for outputs in (1, 2, 3):
        lesson = lesson_of(Case("huber", "identity", outputs=outputs), {"huber_delta": delta})
        assert disagreements(lesson, STRICT_PRODUCTS) == {}


def test_large_net_inputs_overflow_nowhere():
    for loss, activation in (("binary_cross_entropy", "sigmoid"), ("cross_entropy", "softmax")):
        case = Case(loss, activation, outputs=3, hidden_layers=0, size=40.0)
        assert disagreements(lesson_of(case), STRICT_PRODUCTS) == {}
        assert disagreements(lesson_of(case), FAST_PRODUCTS) == {}
