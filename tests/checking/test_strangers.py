"""What strangers write in other ways than we do: tables, signs, names of units."""

import pytest

from checking.written import chains
from clearprop.checking.marking import check

EXAM = """
The network has a hidden layer of ReLU units and a linear output. The loss is L = (ŷ − y)².
x = (2, −1)ᵀ, y = 2, step size α = 0.05
W1 = [0.5 0.2; −0.3 0.4], b1 = (0.1, −0.2)ᵀ, W2 = [0.7 −0.5], b2 = 0.3
z1 = 0.5·2 + 0.2·(−1) + 0.1 = 0.9, so h1 = 0.9
z2 = −0.3·2 + 0.4·(−1) − 0.2 = −1.2, hence h2 = 0
ŷ = 0.7·0.9 − 0.5·0 + 0.3 = 0.93
dL/dŷ = 2·(0.93 − 2) = −2.14
dL/dz1 = −1.498, dL/dz2 = 0
"""


def marks(text):
    return {judgement.mark for judgement in check(text).judgements}


def test_numbers_of_a_matrix_that_spaces_part_may_have_the_minus_of_print():
    report = check(EXAM)
    assert report.lesson is not None
    assert report.lesson.network.layers == (2, 2, 1)
    wrong = check(EXAM.replace("dL/dz2 = 0", "dL/dz2 = 1.07")).first_wrong
    assert wrong is not None
    assert "derivative_forgotten" in wrong.mistakes


RATE_SAID = """
x = 1, y = 0, w = 0.4, b = 0.1. Sigmoid, squared error E = ½(y − o)². Learning rate 0.5.
z = w·x + b = 0.4·1 + 0.1 = 0.5, o = σ(0.5) = 0.6225
δ = (o − y)·o·(1 − o) = 0.1463
dE/dw = δ·x = 0.1463
w_new = w − η·dE/dw = 0.4 − {rate}·0.1463 = {new}
"""


def test_a_rate_said_in_words_is_not_taken_back_by_the_number_put_in_for_it():
    right = RATE_SAID.format(rate="0.5", new="0.3269")
    assert marks(right) <= {"right", "rounding"}
    wrong = check(RATE_SAID.format(rate="0.05", new="0.3927")).first_wrong
    assert wrong is not None
    assert wrong.mistakes[0] == "another_rate"


BATCH = """
| {head} | x1 | x2 | y |
|---|----|----|---|
| 1 | 1 | 2 | 1 |
| 2 | 0 | -1 | 0 |

Sigmoid; the cost is the average binary cross-entropy. w1 = 0.2, w2 = -0.3, b = 0.1.
z^(1) = 0.2×1 + (-0.3)×2 + 0.1 = -0.3, a^(1) = σ(-0.3) = 0.4256
z^(2) = 0.2×0 + (-0.3)×(-1) + 0.1 = 0.4, a^(2) = σ(0.4) = 0.5987
dz^(1) = {first}
dz^(2) = {second}
dw1 = 1/2 ({first}×1 + {second}×0) = {slope}
"""


@pytest.mark.parametrize("head", ["i", "#", "No.", "example"])
def test_a_column_that_counts_to_the_last_row_has_an_example_in_each(head):
    text = BATCH.format(head=head, first="-0.5744", second="0.5987", slope="-0.2872")
    report = check(text)
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[1, 2], [0, -1]]
    assert marks(text) <= {"right", "rounding"}


def test_a_slope_with_an_example_is_that_of_its_own_loss_even_where_it_is_wrong():
    text = BATCH.format(head="i", first="-0.1404", second="0.1438", slope="-0.0702")
    report = check(text)
    assert report.first_wrong is not None
    assert "another_loss_derivative" in report.first_wrong.mistakes
    assert report.judgements[-1].mark == "follows"


DEEP = """
All units are logistic, E = ½(t − out)². i1 = 0.1, i2 = 0.9, t1 = 0.2.
w1 = 0.2, w2 = 0.3, w3 = -0.1, w4 = 0.4, w5 = 0.5, w6 = -0.2, w7 = 0.6, w8 = 0.1,
w9 = 0.3, w10 = 0.7
net_h1 = w1·i1 + w2·i2 = 0.2900, out_h1 = 0.5720
net_h2 = w3·i1 + w4·i2 = 0.3500, out_h2 = 0.5866
net_h3 = w5·out_h1 + w6·out_h2 = 0.1687, out_h3 = 0.5421
net_h4 = w7·out_h1 + w8·out_h2 = 0.4019, out_h4 = 0.5991
net_o1 = w9·out_h3 + w10·out_h4 = 0.5820, out_o1 = 0.6415
δ_o1 = (out_o1 − t1)·out_o1·(1 − out_o1) = 0.1015
δ_h3 = 0.1015·0.3·0.5421·(1 − 0.5421) = 0.0076
δ_h4 = 0.1015·0.7·0.5991·(1 − 0.5991) = 0.0171
δ_h1 = (0.0076·0.5 + 0.0171·(-0.2))·0.5720·(1 − 0.5720) = 0.0001
δ_h2 = (0.0076·0.6 + 0.0171·0.1)·0.5866·(1 − 0.5866) = 0.0015
"""


def test_the_unit_that_an_index_stands_for_tells_a_delta_whose_value_is_wrong():
    wrong = check(DEEP).first_wrong
    assert wrong is not None
    assert wrong.text.startswith("δ_h1")
    assert "weights_transposed" in wrong.mistakes


LABELS = """
x = 1, y = 0, w = 0.4, b = 0.1. Sigmoid, squared error E = ½(y − o)², η = 0.5.
z = w·x + b = 0.5, o = σ(0.5) = 0.6225
δ = (o − y)·o·(1 − o) = 0.1463
Update:
1. **w:** 0.40 {sign} 0.5 × 0.1463 = **{new}**
"""


def test_a_formula_behind_the_name_of_a_weight_that_begins_with_its_number_is_its_update():
    right = check(LABELS.format(sign="-", new="0.3269"))
    assert {judgement.mark for judgement in right.judgements} <= {"right", "rounding"}
    wrong = check(LABELS.format(sign="+", new="0.4732")).first_wrong
    assert wrong is not None
    assert "ascent_for_descent" in wrong.mistakes


def test_a_formula_behind_any_other_name_is_of_nothing_that_is_known():
    assert chains("h1: 0.5*1 + 0.2*3 = 1.1") == ["((0.5 * 1) + (0.2 * 3)) = 1.1"]


@pytest.mark.parametrize("written", ["Δ_p w_53 = 0.2", r"$\Delta_p w_{53} = 0.2$"])
def test_the_change_of_a_weight_may_name_its_pattern(written):
    assert chains(written) == ["step_w53 = 0.2"]


def test_what_stands_under_a_brace_is_a_remark():
    slope = r"\underbrace{\frac{\partial L}{\partial y}}_{2(y-t)}"
    assert chains(rf"$g = {slope} \cdot \underbrace{{0.3}}_{{x}} = 0.5$") == [
        "g = (dL/dy * 0.3) = 0.5"
    ]


LEAKY = """
Leaky ReLU with slope 0.1 in the hidden layer; the output is linear. L = 1/2 (yhat - y)^2.
x1 = 1, x2 = -2, y = 0.5, w11 = 0.3, w12 = 0.4, w21 = -0.5, w22 = 0.2, b1 = 0.1, b2 = 0.05
v1 = 0.6, v2 = -0.8
z1 = w11*x1 + w12*x2 + b1 = -0.4
z2 = w21*x1 + w22*x2 + b2 = -0.85
h1 = 0.1*z1 = -0.04
h2 = 0.1*z2 = -0.085
yhat = v1*h1 + v2*h2 = 0.044
dL/dyhat = yhat - y = -0.456
dL/dz1 = dL/dyhat * v1 * 0.1 = -0.02736
"""


def test_the_slope_of_a_leaky_relu_times_a_net_input_is_its_activation():
    report = check(LEAKY)
    assert report.lesson is not None
    assert report.lesson.network.activations == ("leaky_relu", "identity")
    assert {judgement.mark for judgement in report.judgements} == {"right"}


def test_inputs_called_as_activations_of_a_first_layer_are_those_of_the_units_after_them():
    report = check("""
    All neurons are sigmoid, C = ½(y - a^3_1)².
    w^2_{11} = 0.35, w^2_{12} = -0.2, w^2_{21} = 0.15, w^2_{22} = 0.45, w^3_{11} = 0.55,
    w^3_{12} = -0.3, b^2_1 = 0.1, b^2_2 = -0.05, b^3_1 = 0.2, a^1_1 = 0.6, a^1_2 = -0.4, y = 1
    z^2_1 = w^2_{11} a^1_1 + w^2_{12} a^1_2 + b^2_1 = 0.390
    z^2_2 = w^2_{21} a^1_1 + w^2_{22} a^1_2 + b^2_2 = -0.140
    a^2_1 = σ(z^2_1) = 0.596, a^2_2 = σ(z^2_2) = 0.465
    z^3_1 = 0.55·0.596 - 0.3·0.465 + 0.2 = 0.388
    a^3_1 = σ(0.388) = 0.596
    """)
    assert report.lesson is not None
    assert report.lesson.network.layers == (2, 2, 1)
    assert {judgement.mark for judgement in report.judgements} <= {"right", "rounding"}


SOFTMAX = """
A 2-2-2 network: tanh hidden units, softmax outputs, cross-entropy. x = [1.0, 2.0], y = [0, 1]
W1 = [[0.1, 0.3], [-0.2, 0.4]], b1 = [0.05, -0.1], W2 = [[0.5, -0.3], [0.2, 0.6]], b2 = [0.1, 0.0]
z1_1 = 0.1(1.0) + 0.3(2.0){bias} = {z}
z1_2 = -0.2(1.0) + 0.4(2.0) - 0.1 = 0.5
a1_1 = tanh({z}) = {a}
a1_2 = tanh(0.5) = 0.4621
"""


def test_matrices_and_a_unit_that_is_right_tell_the_network_of_one_whose_first_line_is_wrong():
    text = SOFTMAX.format(bias="", z="0.7000", a="0.6044")
    wrong = check(text + "z2_1 = 0.5·0.6044 - 0.3·0.4621 + 0.1 = 0.2636").first_wrong
    assert wrong is not None
    assert wrong.mistakes[0] == "bias_forgotten"


def test_gradients_of_deltas_with_the_other_sign_follow_from_the_first_of_them():
    text = """
    x = 0.5, y = 1, w = 0.4, b = 0.1, v = -0.6, c = 0.2. Sigmoid, L = ½(y - o)². η = 0.5
    z1 = w·x + b = 0.3000, h = σ(z1) = 0.5744, z2 = v·h + c = -0.1447, o = σ(z2) = 0.4639
    δ2 = (y - o)·o·(1 - o) = 0.1333
    δ1 = δ2·v·h·(1 - h) = -0.0196
    ∂L/∂v = δ2·h = 0.0766
    ∂L/∂w = δ1·x = -0.0098
    """
    marks = [judgement.mark for judgement in check(text).judgements]
    assert "wrong" in marks
    assert "wrong" not in marks[marks.index("wrong") + 2 :]


POINTS = """
A linear neuron ŷ = wx + b is trained with the mean squared error. w = 0.5, b = 0.1, η = 0.01.

| i | x | y | ŷ |
|---|---|---|---|
| 1 | 1 | 2 | 0.6 |
| 2 | 2 | 3 | 1.1 |
| 3 | 3 | 5 | {last} |
"""


def test_outputs_beside_the_inputs_of_a_table_are_computed():
    report = check(POINTS.format(last="1.6"))
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[1], [2], [3]]
    wrong = check(POINTS.format(last="2.6")).first_wrong
    assert wrong is not None
    assert wrong.exact == 1.6


def test_a_difference_at_the_head_of_a_column_is_that_of_each_example():
    text = (
        POINTS.format(last="1.6")
        .replace("| ŷ |", "| ŷ | ŷ − y |")
        .replace("|---|\n", "|---|---|\n")
    )
    for row, (output, error) in enumerate((("0.6", -1.4), ("1.1", -1.9), ("1.6", 3.4))):
        text = text.replace(f"| {output} |", f"| {output} | {error} |")
        assert text.count("\n| ") == 4, row
    found = [judgement.mark for judgement in check(text).judgements if "ŷ − y" in judgement.text]
    assert found == ["right", "right", "wrong"]
