"""What a velocity means, and what follows from one that an earlier slip made wrong."""

import pytest

from clearprop.checking.marking import check

STEPS = """ŷ = w x + b. x = 2, y = 3, w = 0.5, b = 0.1. L = (ŷ − y)². η = 0.05, momentum α = 0.9.
The velocities start at 0: v_w = 0, v_b = 0.

ŷ = 0.5·2 + 0.1 = 1.1
dL/dŷ = 2(1.1 − 3) = -1.9
dL/dw = -1.9·2 = -3.8
dL/db = -1.9
{first}

Step 2:
ŷ = 0.69·2 + 0.195 = 1.575
dL/dŷ = 2(1.575 − 3) = -2.85
dL/dw = -2.85·2 = -5.7
dL/db = -2.85
{second}
"""
STEP = (
    "v_w = 0.9·0 − 0.05·(-3.8) = 0.19\nv_b = 0.9·0 − 0.05·(-1.9) = 0.095\n"
    "w = 0.5 + 0.19 = 0.69\nb = 0.1 + 0.095 = 0.195",
    "v_w = 0.9·0.19 − 0.05·(-5.7) = 0.456\nv_b = 0.9·0.095 − 0.05·(-2.85) = 0.228\n"
    "w = 0.69 + 0.456 = 1.146\nb = 0.195 + 0.228 = 0.423",
)
SUM = (
    "v_w = 0.9·0 + (-3.8) = -3.8\nv_b = 0.9·0 + (-1.9) = -1.9\n"
    "w = 0.5 − 0.05·(-3.8) = 0.69\nb = 0.1 − 0.05·(-1.9) = 0.195",
    "v_w = 0.9·(-3.8) + (-5.7) = -9.12\nv_b = 0.9·(-1.9) + (-2.85) = -4.56\n"
    "w = 0.69 − 0.05·(-9.12) = 1.146\nb = 0.195 − 0.05·(-4.56) = 0.423",
)


@pytest.mark.parametrize("written", [STEP, SUM], ids=["step", "sum"])
def test_a_velocity_that_a_slip_made_wrong_follows_in_each_step(written: tuple[str, str]) -> None:
    report = check(STEPS.format(first=written[0], second=written[1]))
    wrong = [j for j in report.judgements if j.mark == "wrong"]
    assert [(j.line, j.mistakes[0]) for j in wrong] == [(5, "factor_two_lost")]
    assert report.count("not understood") == 0
