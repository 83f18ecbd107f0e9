"""Names that are used anew for another layer, and names without the mark of their layer."""

import pytest

from checking.reports import marks
from clearprop.checking.marking import check

TWO_OUTPUTS = r"""
Hidden units are $\tanh$, outputs are linear, $E_n = \frac12 \sum_k (y_k - t_k)^2$.
$x_1 = 0.6$, $x_2 = -0.4$, $t_1 = 0.2$, $t_2 = 0.7$,
\[ w^{(1)}_{11} = 0.3, w^{(1)}_{12} = 0.8, w^{(1)}_{21} = -0.5, w^{(1)}_{22} = 0.4,
   w^{(1)}_{10} = 0.2, w^{(1)}_{20} = -0.1 \]
\[ w^{(2)}_{11} = 0.9, w^{(2)}_{12} = 0.5, w^{(2)}_{21} = -0.6, w^{(2)}_{22} = 1.2,
   w^{(2)}_{10} = 0.1, w^{(2)}_{20} = 0.3 \]
\begin{align}
a_1 &= \sum_{i=0}^{2} w^{(1)}_{1i} x_i = 0.2 + 0.3\cdot 0.6 + 0.8\cdot(-0.4) = 0.0600 \\
a_2 &= \sum_{i=0}^{2} w^{(1)}_{2i} x_i = -0.1 - 0.5\cdot 0.6 + 0.4\cdot(-0.4) = -0.5600 \\
z_1 &= \tanh(a_1) = 0.0599, \quad z_2 = \tanh(a_2) = -0.5080 \\
y_1 &= \sum_{j=0}^{2} w^{(2)}_{1j} z_j = 0.1 + 0.9\cdot 0.0599 + 0.5\cdot(-0.5080) = -0.1001 \\
y_2 &= 0.3 - 0.6\cdot 0.0599 + 1.2\cdot(-0.5080) = -0.3455
\end{align}
For the output units
\begin{align}
\delta_1 &= OUTPUT, \\
\delta_2 &= y_2 - t_2 = -1.0455
\end{align}
and for the hidden units
\begin{align}
\delta_1 &= (1 - z_1^2) \sum_{k=1}^{2} w_{k1} \delta_k = HIDDEN \\
\delta_2 &= (1 - z_2^2) \sum_{k=1}^{2} w_{k2} \delta_k = -1.0421
\end{align}
Then
\begin{align}
\frac{\partial E_n}{\partial w^{(1)}_{11}} &= \delta_1 x_1 = GRADIENT \\
\frac{\partial E_n}{\partial w^{(1)}_{22}} &= \delta_2 x_2 = 0.4168 \\
\frac{\partial E_n}{\partial w^{(2)}_{21}} &= \delta_2 z_1 = -0.0626
\end{align}
"""
RIGHT = {"OUTPUT": "y_1 - t_1 = -0.3001", "HIDDEN": "0.3560", "GRADIENT": "0.2136"}
ONE_PATH = {**RIGHT, "HIDDEN": "-0.2691", "GRADIENT": "-0.1615"}
LAYER_BY_LAYER = """
x_1 = 1, x_2 = 0.5, target t = 1, E = 1/2 (t - y)^2, sigmoid everywhere, learning rate 0.1.
w_1 = 0.2, w_2 = 0.4, w_3 = -0.3, w_4 = 0.5,
w_5 = 0.6, w_6 = -0.1, w_7 = 0.3, w_8 = 0.8, w_9 = 0.7, w_10 = -0.2

First hidden layer:
z_1 = {}0.2·1 + 0.4·0.5 = 0.4, z_2 = {}-0.3·1 + 0.5·0.5 = -0.05
a_1 = σ(0.4) = 0.5987, a_2 = σ(-0.05) = 0.4875

Second hidden layer:
z_1 = {}0.6·0.5987 - 0.1·0.4875 = 0.3105
z_2 = {}0.3·0.5987 + 0.8·0.4875 = 0.5696
a_1 = σ(0.3105) = 0.5770, a_2 = σ(0.5696) = 0.6387

Output:
z = 0.7·0.5770 - 0.2·0.6387 = 0.2762
y = σ(z) = 0.5686

Backward:
δ = (y - t) y (1 - y) = -0.1058
δ_1 = δ w_9 a_1 (1 - a_1) = ABOVE
δ_2 = δ w_10 a_2 (1 - a_2) = 0.0049
dE/dw_5 = δ_1 a_1 = WEIGHT
δ_1 = (w_5 δ_1 + w_7 δ_2) a_1 (1 - a_1) = BELOW
δ_2 = (w_6 δ_1 + w_8 δ_2) a_2 (1 - a_2) = SECOND
dE/dw_1 = δ_1 x_1 = BELOW
"""
IN_NAMES = ("w_1 x_1 + w_2 x_2 = ", "w_3 x_1 + w_4 x_2 = ", "w_5 a_1 + w_6 a_2 = ", "")
THREE = {"ABOVE": "-0.0181", "WEIGHT": "-0.0108", "BELOW": "-0.0023", "SECOND": "0.0014"}
NO_SLOPE = {"ABOVE": "-0.0741", "WEIGHT": "-0.0444", "BELOW": "-0.0103", "SECOND": "0.0028"}


def filled(text: str, given: dict[str, str]) -> str:
    """Return a text with what is given put in."""
    for mark, put in given.items():
        text = text.replace(mark, put)
    return text


def test_a_delta_of_the_outputs_and_one_of_the_hidden_units_have_the_same_name():
    report = check(filled(TWO_OUTPUTS, RIGHT))
    assert {report.count("wrong"), report.count("not understood")} == {0}
    assert dict(report.names)["delta1"] == "dL/dz_out1"
    assert dict(report.names)["delta1 (2)"] == "dL/dz_h1"


def test_a_path_forgotten_where_the_name_is_used_anew():
    report = check(filled(TWO_OUTPUTS, ONE_PATH))
    assert [j.quantity for j in report.judgements if j.mark == "wrong"] == ["dL/dz_h1"]
    assert report.first_wrong.mistakes[0] == "path_forgotten"
    assert [j.quantity for j in report.judgements if j.mark == "follows"] == ["dL/dw1"]


def test_a_mistake_in_the_first_use_of_a_name_follows_into_the_second():
    twice = {"OUTPUT": "2(y_1 - t_1) = -0.6002", "HIDDEN": "0.0869", "GRADIENT": "0.0521"}
    report = check(filled(TWO_OUTPUTS, twice))
    assert {j.quantity for j in report.judgements if j.mark == "wrong"} == {"dL/dz_out1"}
    assert report.first_wrong.mistakes[0] == "factor_two_added"


@pytest.mark.parametrize("formulas", [IN_NAMES, ("",) * 4])
def test_names_are_used_anew_layer_by_layer(formulas):
    report = check(filled(LAYER_BY_LAYER.format(*formulas), THREE))
    assert report.lesson.network.layers == (2, 2, 2, 1)
    assert {report.count("wrong"), report.count("not understood")} == {0}


@pytest.mark.parametrize("formulas", [IN_NAMES, ("",) * 4])
def test_a_mistake_between_two_uses_of_a_name(formulas):
    report = check(filled(LAYER_BY_LAYER.format(*formulas), NO_SLOPE))
    assert {j.quantity for j in report.judgements if j.mark == "wrong"} == {"dL/dz_h2_1"}
    assert report.first_wrong.mistakes[0] == "derivative_forgotten"


def test_the_next_step_uses_no_name_anew():
    text = """\
x = 0.5, w_1 = 0.8, w_2 = -0.6, t = 0.3, E = 1/2 (y - t)^2, rate 0.1, all units are sigmoid
z = w_1 x = 0.4, h = σ(z) = 0.5987, v = w_2 h = -0.3592, y = σ(v) = 0.4112
δ = (y - t) y (1 - y) = 0.0269
w_2 = -0.6 - 0.1·0.0269·0.5987 = -0.6016
w_1 = 0.8 - 0.1·0.0269·(-0.6)·0.5987·(1 - 0.5987)·0.5 = 0.8002
z = 0.8002·0.5 = 0.4001, h = σ(0.4001) = 0.5987
v = -0.6016·0.5987 = -0.3602, y = σ(-0.3602) = 0.4109
"""
    assert set(marks(text)) <= {"right", "rounding"}
    assert not [name for name, _ in check(text).names if "(2)" in name]
