"""The seed's whole step in 50-digit arithmetic: every value of the trace to a few last bits."""

import mpmath
import pytest
from mpmath import mp, mpf

from clearprop.network.lesson import seed_lesson
from clearprop.tracing.trace import trace_steps

DIGITS = 50


def sigmoid(z):
    return 1 / (1 + mpmath.exp(-z))


def loss(w1, w2, w3):
    """The seed's loss as one function of its three weights."""
    return (1 - sigmoid(w3 * sigmoid(w1 * 1 + w2 * 2))) ** 2


def exact():
    """Return every line of the seed by its id; slopes of L by numerical differentiation."""
    w = tuple(mpf(value) for value in (0.5, 0.3, 0.8))  # the float64 nearest to 0.3, not 3/10
    rate = mpf(0.1)
    z_h = w[0] + 2 * w[1]
    h = sigmoid(z_h)
    z_out = w[2] * h
    y_hat = sigmoid(z_out)
    slopes = [
        mpmath.diff(loss, w, order, h=mpf(10) ** -20) for order in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    ]
    new = [weight - rate * slope for weight, slope in zip(w, slopes, strict=True)]
    return {
        "z_h": z_h,
        "h": h,
        "z_out": z_out,
        "yhat": y_hat,
        "L": (1 - y_hat) ** 2,
        "dL/dyhat": mpmath.diff(lambda a: (1 - a) ** 2, y_hat),
        "dyhat/dz_out": mpmath.diff(sigmoid, z_out),
        "dL/dz_out": mpmath.diff(lambda z: (1 - sigmoid(z)) ** 2, z_out),
        "dz_out/dw3": h,
        "dL/dw3": slopes[2],
        "w3_new": new[2],
        "dz_out/dh": w[2],
        "dh/dz_h": mpmath.diff(sigmoid, z_h),
        "dL/dz_h": mpmath.diff(lambda z: (1 - sigmoid(w[2] * sigmoid(z))) ** 2, z_h),
        "dL/dw1": slopes[0],
        "dL/dw2": slopes[1],
        "w1_new": new[0],
        "w2_new": new[1],
        "L_new": loss(*new),
    }


def test_every_value_of_the_seed_has_the_digits_that_fifty_digits_give():
    with mp.workdps(DIGITS):
        expected = exact()
        lines = [line for step in trace_steps(seed_lesson()).steps for line in step.lines]
        assert {line.id for line in lines} == set(expected)
        for line in lines:
            relative = abs(mpf(line.value) / expected[line.id] - 1)
            assert relative < mpf(2) ** -50, (line.id, line.value, mpmath.nstr(expected[line.id]))


def test_a_value_that_is_off_in_the_thirteenth_digit_would_be_seen():
    with mp.workdps(DIGITS):
        assert abs(mpf(0.1255257185165) / exact()["L"] - 1) > mpf(2) ** -50


@pytest.mark.parametrize("name", ["dL/dw1", "dL/dw2", "dL/dw3"])
def test_the_difference_that_verify_prints_agrees_with_fifty_digits(name):
    with mp.workdps(DIGITS):
        line = trace_steps(seed_lesson(), verify=True)[name]
        assert line.difference == pytest.approx(float(exact()[name]), rel=1e-9)
