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


BARE = """\
All sigmoid, E = (t - o)²/2, η = 2, x1 = 1, x2 = 0.5, t = 1, w1 = 0.2, w2 = -0.4, b = 0.1
z = 0.2·1 - 0.4·0.5 + 0.1 = 0.1
o = σ(0.1) = 0.5250
δ = (0.5250 - 1)·0.5250·0.4750 = -0.1185
w1 = 0.2 + 2·0.1185·1 = 0.4369
w2 = -0.2815
b = 0.3369
Iteration 2
z = 0.4369·1 - 0.2815·0.5 + 0.3369 = 0.6331
o = σ(0.6331) = 0.6532
δ = (0.6532 - 1)·0.6532·0.3468 = -0.0786
w1 = 0.4369 + 2·0.0786·1 = 0.5940
w2 = -0.2029
b = 0.4941
"""


def test_updates_of_each_step_may_be_bare_numbers():
    assert lines_marked(BARE) == []
    assert lines_marked(BARE, "not understood") == []


def test_what_follows_from_a_mistake_is_no_new_start():
    wrong = BARE.partition("Iteration")[0].replace("0.1185", "0.1815").replace("-0.2815", "-0.2185")
    wrong = wrong.replace("0.4369", "0.5630").replace("0.3369", "0.4630")
    further = "z = 0.5630·1 - 0.2185·0.5 + 0.4630 = 0.9168\n"
    assert lines_marked(wrong + further)[0] == "δ = (0.5250 - 1)·0.5250·0.4750 = -0.1815"
    assert "b = 0.4630" in lines_marked(wrong + further, "follows")
    assert lines_marked(wrong + further, "follows")[-1] == further.strip()


TWO = """\
Input nodes 1, 2; hidden nodes 3, 4; output node 5. All sigmoid. Learning rate 0.8, target T = 1.
x1 = 1
x2 = 0.5
w13 = 0.2   w23 = -0.3   w14 = 0.4   w24 = 0.1   w35 = -0.5   w45 = 0.6
bias3 = 0.1   bias4 = -0.2   bias5 = 0.3

Iteration 1
net3 = 0.2*1 + -0.3*0.5 + 0.1 = 0.1500
net4 = 0.4*1 + 0.1*0.5 + -0.2 = 0.2500
O3 = 1/(1+e^-0.15) = 0.5374
O4 = 1/(1+e^-0.25) = 0.5622
net5 = (-0.5)(0.5374) + (0.6)(0.5622) + 0.3 = 0.3686
O5 = 1/(1+exp(-0.3686)) = 0.5911
Err5 = O5(1-O5)(T-O5) = 0.0988
Err3 = O3(1-O3)*Err5*w35 = {err3}
Err4 = O4(1-O4)*Err5*w45 = {err4}
w35 = -0.5 + 0.8*0.0988*0.5374 = -0.4575
w45 = 0.6 + 0.8*0.0988*0.5622 = 0.6444
w13 = 0.2 + 0.8*({err3})*1 = {w13}
w23 = {w23}
w14 = {w14}
w24 = {w24}
bias5 = 0.3 + 0.8*0.0988 = 0.3790
bias3 = {bias3}
bias4 = {bias4}

Iteration 2
net3 = {w13}*1 + {w23}*0.5 + {bias3} = {net3}
net4 = {w14}*1 + {w24}*0.5 + {bias4} = {net4}
"""
RIGHT = TWO.format(
    err3=-0.0123,
    err4=0.0146,
    w13=0.1902,
    w23=-0.3049,
    w14=0.4117,
    w24=0.1058,
    bias3=0.0902,
    bias4=-0.1883,
    net3="0.1280",
    net4=0.2763,
)
WITH_UPDATED_WEIGHTS = TWO.format(
    err3=-0.0112,
    err4=0.0157,
    w13="0.1910",
    w23=-0.3045,
    w14=0.4126,
    w24=0.1063,
    bias3="0.0910",
    bias4=-0.1874,
    net3=0.1298,
    net4=0.2783,
)
REST = """\
O3 = 1/(1+e^-0.128) = 0.5320
O4 = 1/(1+e^-0.2763) = 0.5686
net5 = (-0.4575)(0.5320) + (0.6444)(0.5686) + 0.379 = 0.5020
O5 = 1/(1+exp(-0.5020)) = 0.6229
Err5 = O5(1-O5)(T-O5) = 0.0886
Err3 = O3(1-O3)*Err5*w35 = 0.5320*(1-0.5320)*0.0886*(-0.4575) = -0.0101
w23 = -0.3089
"""


def test_weights_stated_after_a_mistake_follow_from_it_and_so_does_the_next_step():
    report = check(WITH_UPDATED_WEIGHTS)
    assert report.first_wrong.mistakes == ("updated_weights_used",)
    assert (report.count("wrong"), report.count("not understood")) == (1, 0)
    assert report.judgements[-1].mark == "follows"


def test_a_weight_stated_in_the_second_step_is_the_one_after_it():
    report = check(RIGHT + REST)
    assert {report.count("wrong"), report.count("not understood")} == {0}
    assert report.judgements[-1].quantity == "w2_new"
