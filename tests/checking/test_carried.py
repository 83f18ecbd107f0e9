"""Velocities that a step begins with, and what it makes of them."""

import pytest

from clearprop.checking.marking import check

MOMENTUM = """\
One linear neuron ŷ = w x + b, x = 2, y = 3, w = 0.5, b = 0.1. Loss L = (ŷ − y)².
η = 0.05, momentum {letter} = 0.9, {v}w = 0, {v}b = 0.
Step 1:
ŷ = 0.5·2 + 0.1 = 1.1
dL/dw = 2(1.1 − 3)·2 = -7.6
dL/db = -3.8
{v}w = {formula} = 0.38
{v}b = 0.9·0 − 0.05·(-3.8) = 0.19
w = 0.5 + 0.38 = 0.88
b = 0.1 + 0.19 = 0.29
Step 2:
ŷ = 0.88·2 + 0.29 = 2.05
dL/dw = 2(2.05 − 3)·2 = -3.8
{v}w = 0.9·0.38 − 0.05·(-3.8) = {second}
w = 0.88 + {second} = 1.412
"""
NUMBERS = "0.9·0 − 0.05·(-7.6)"


def marked(mark, v="v_", letter="μ", formula=NUMBERS, second="0.532"):
    report = check(MOMENTUM.format(v=v, letter=letter, formula=formula, second=second))
    assert report.lesson is not None
    assert report.lesson.learning.optimizer == "momentum"
    return [judgement.text for judgement in report.judgements if judgement.mark == mark]


@pytest.mark.parametrize("v", ["v_", "v"])
@pytest.mark.parametrize("letter", ["μ", "α", "β"])
def test_velocities_begin_with_nothing_and_go_on(v, letter):
    assert marked("wrong", v, letter) == []
    assert marked("not understood", v, letter) == []


def test_a_velocity_in_its_own_formula_is_the_one_before():
    formula = "0.9·v_w − 0.05·dL/dw"
    assert marked("wrong", formula=formula) == []
    other = "0.9·v_w + 0.05·dL/dw"
    assert marked("wrong", formula=other) == [f"v_w = {other}"]


def test_a_wrong_velocity_of_the_second_step_is_found():
    assert marked("wrong", second="0.352") == ["0.9·0.38 − 0.05·(-3.8) = 0.352"]
