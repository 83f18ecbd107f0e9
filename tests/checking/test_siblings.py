"""What w₁ and w₂ say for w₃: names that differ in their index alone."""

import tomllib

from clearprop.checking.marking import check
from clearprop.network.lesson import lesson_from_tables

LESSON = lesson_from_tables(
    tomllib.loads("""\
[network]
layers = [2, 3, 1]
biases = true
[parameters]
weights = [[[0.1, 0.4], [-0.3, 0.2], [0.6, -0.5]], [[0.3, -0.7, 0.5]]]
biases = [[0.2, 0.1, -0.1], [0.2]]
[example]
x = [[0.5, 1.0]]
y = [[0]]
[learning]
loss = "half_squared_error"
rate = 0.25
""")
)
SOLUTION = """\
x1 = 0.5, x2 = 1, t = 0
u1 = 0.1·0.5 + 0.4·1 + 0.2 = 0.6500, h1 = σ(u1) = 0.6570
u2 = 0.1500, h2 = 0.5374
u3 = -0.3000, h3 = 0.4256
u = 0.3·0.6570 - 0.7·0.5374 + 0.5·0.4256 + 0.2 = 0.2337
y = σ(u) = 0.5582
δ = (y - t)·y·(1 - y) = 0.1377
Δw1 = -η·δ·h1 = -0.0226
Δw2 = -η·δ·h2 = -0.0185
Δw3 = -η·δ·h3 = -0.0147
δ1 = δ·w1·h1·(1 - h1) = 0.0093
δ2 = δ·w2·h2·(1 - h2) = -0.0240
δ3 = δ·w3·h3·(1 - h3) = 0.0168
w1: 0.3 → 0.2774
w2: -0.7 → -0.7185
"""


def test_a_name_means_what_its_siblings_mean_though_clearprop_calls_another_so():
    report = check(SOLUTION, LESSON)
    assert {report.count("wrong"), report.count("not understood")} == {0}
    assert dict(report.names)["w3"] == "w9"


def test_a_net_input_that_has_a_weights_number_is_a_net_input_as_its_siblings_are():
    assert dict(check(SOLUTION, LESSON).names)["u3"] == "z_h3"


SOFTMAX = r"""
- **Input:** $x = [1, 2]$
- **Hidden layer (ReLU):** $W^{(1)} = \begin{bmatrix} 0.5 & -0.2 \\ 0.3 & 0.4 \end{bmatrix}$,
  $b^{(1)} = [0.1, -0.1]$
- **Output layer (softmax):**
  $W^{(2)} = \begin{bmatrix} 0.2 & 0.4 \\ -0.5 & 0.3 \\ 0.1 & -0.6 \end{bmatrix}$,
  $b^{(2)} = [0, 0.1, 0.2]$
- **Target (one-hot):** $y = [0, 1, 0]$
- **Loss:** categorical cross-entropy
- **Learning rate:** $\eta = 0.1$

* $z_1^{(1)} = 0.5(1) + (-0.2)(2) + 0.1 = 0.2000$
* $z_2^{(1)} = 0.3(1) + 0.4(2) - 0.1 = 1.0000$
* $a_1^{(1)} = \max(0, 0.2000) = 0.2000$
* $a_2^{(1)} = \max(0, 1.0000) = 1.0000$
* $z_1^{(2)} = 0.2(0.2000) + 0.4(1.0000) + 0 = 0.4400$
* $z_2^{(2)} = -0.5(0.2000) + 0.3(1.0000) = 0.2000$
* $z_3^{(2)} = 0.1(0.2000) - 0.6(1.0000) = -0.5800$
* $e^{0.4400} = 1.5527$, $e^{0.2000} = 1.2214$, $e^{-0.5800} = 0.5599$
* $\hat{y}_1 = 1.5527 / 3.3340 = 0.4657$
* $\hat{y}_2 = 1.2214 / 3.3340 = 0.3663$
* $\hat{y}_3 = 0.5599 / 3.3340 = 0.1679$
$$L = -\log(0.3663) \approx 1.0043$$
- $\delta_1^{(2)} = 0.4657 - 0 = 0.4657$
- $\delta_2^{(2)} = 0.3663 - 1 = -0.6337$
- $\delta_3^{(2)} = 0.1679 - 0 = 0.1679$
- $\delta_1^{(1)} = 0.4268$, $\delta_2^{(1)} = -0.1046$
"""


def test_a_superscript_says_the_layer_where_others_say_it_and_values_went_wrong():
    report = check(SOFTMAX)
    assert report.lesson.network.activations == ("relu", "softmax")
    assert report.first_wrong.mistakes[0] == "bias_forgotten"
    assert {j.quantity for j in report.judgements if j.mark == "wrong"} == {"z_out2"}
    assert report.judgements[-1].quantity == "dL/dz_h2"
    assert report.count("not understood") == 0
