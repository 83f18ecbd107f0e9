"""A bias that all units of a layer share: one name, one slope, the sum of theirs."""

import pytest

import clearprop as cp

SHARED = """\
x1 = 1, x2 = 0, y = 1, η = 0.5, sigmoid, L = 1/2 (y - o)^2
w11 = 0.15, w21 = 0.20, w12 = 0.25, w22 = 0.30, b1 = 0.35
v1 = 0.40, v2 = 0.45, b2 = 0.60
z1 = w11*x1 + w21*x2 + b1 = 0.50
h1 = sigmoid(0.50) = 0.6225
z2 = w12*x1 + w22*x2 + b1 = 0.60
h2 = sigmoid(0.60) = 0.6457
z3 = v1*h1 + v2*h2 + b2 = 1.1396
o = sigmoid(1.1396) = 0.7576
delta3 = (o - y) o (1 - o) = -0.0445
delta1 = delta3 * v1 * h1(1 - h1) = -0.0042
delta2 = delta3 * v2 * h2(1 - h2) = -0.0046
dL/db2 = delta3 = -0.0445
"""


@pytest.mark.parametrize(
    ("lines", "marks"),
    [
        ("dL/db1 = delta1 + delta2 = -0.0088\nb1_new = 0.35 + 0.5*0.0088 = 0.3544", "right"),
        ("dL/db1 = delta1 = -0.0042", "right"),  # of the first unit alone
        ("dL/db1 = delta1 + delta2 = -0.0080", "wrong"),
    ],
)
def test_the_slope_of_a_shared_bias_is_the_sum_of_its_units(lines, marks):
    report = cp.check(SHARED + lines)
    assert report.judgements[-1].mark == marks
    assert report.count("wrong") == (marks == "wrong")
