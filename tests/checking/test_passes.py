"""Training steps worked one after another, each held against the step it is."""

import pytest

from clearprop.checking.marking import check

FIRST = """\
One neuron, sigmoid, C = (a - y)²/2. x = 1, w = 0.6, b = 0.9, y = 0, η = 1.5

z = 0.6·1 + 0.9 = 1.5
a = σ(1.5) = 0.8176
δ = (a - y) a (1 - a) = 0.1219
w_new = 0.6 - 1.5·0.1219 = 0.4172
b_new = 0.9 - 1.5·0.1219 = 0.7172

Epoch 2

"""
SECOND = """\
z = 0.4172·1 + 0.7172 = 1.1344
a = σ(1.1344) = 0.7566
δ = 0.7566·0.7566·(1 - 0.7566) = 0.1393
w_new = 0.4172 - 1.5·0.1393 = 0.2083
"""
PATTERNS = """\
One neuron, sigmoid, E = (t - o)²/2, η = 0.5, w1 = 0.2, w2 = -0.4
First pattern: x1 = 1, x2 = 2, t = 1
z = 0.2·1 - 0.4·2 = -0.6
o = σ(-0.6) = 0.3543
δ = (0.3543 - 1)·0.3543·0.6457 = -0.1477
w1 = 0.2 + 0.5·0.1477·1 = 0.2739
w2 = -0.4 + 0.5·0.1477·2 = -0.2523
Second pattern: x1 = 2, x2 = 1, t = 0
z = 0.2739·2 - 0.2523·1 = 0.2955
o = σ(0.2955) = 0.5733
δ = (0.5733 - 0)·0.5733·0.4267 = 0.1402
w1 = 0.2739 - 0.5·0.1402·2 = 0.1337
"""


def lines_marked(text, mark="wrong"):
    """Return the lines, as text, that have an equality with a mark."""
    report = check(text)
    found = dict.fromkeys(j.line for j in report.judgements if j.mark == mark)
    return [report.source[line - 1] for line in found]


def test_a_second_step_starts_from_the_updated_weights():
    assert lines_marked(FIRST + SECOND) == []
    assert lines_marked(FIRST + SECOND, "not understood") == []


def test_a_mistake_in_the_second_step_is_found():
    wrong = SECOND.replace("(1 - 0.7566) = 0.1393", "(1 - 0.8176) = 0.1044")
    assert lines_marked(FIRST + wrong) == ["δ = 0.7566·0.7566·(1 - 0.8176) = 0.1044"]


def test_the_second_step_may_look_back_on_the_first():
    assert lines_marked(f"{FIRST}{SECOND}\nSo a = 0.8176 became a = 0.7566\n") == []


def test_another_example_may_follow_with_the_updated_weights():
    assert lines_marked(PATTERNS) == []
    slipped = PATTERNS.replace("0.4267 = 0.1402", "0.4267 = 0.1042")
    assert lines_marked(slipped) == ["δ = (0.5733 - 0)·0.5733·0.4267 = 0.1042"]


def test_a_further_step_that_cannot_be_followed_is_not_judged():
    report = check(f"{FIRST}z = 0.3172·1 + 0.7172 = 1.0344\nz = 0.4172·1 + 0.3 = 0.7172\nC = 0.3")
    assert report.first_wrong is None
    assert "could not be followed" in report.judgements[-1].note


@pytest.mark.parametrize("again", ["z = 0.6·1 + 0.9 = 1.5", "z = 1.5 and a = 0.8176"])
def test_the_same_step_again_is_no_further_step(again):
    assert lines_marked(FIRST + again) == []
