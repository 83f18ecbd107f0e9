"""Tables with a row for each unit, and tables of weights with both their ends."""

import pytest

from clearprop.checking.marking import check

AS_TABLES = """
| x1 | x2 | x3 | w14 | w15 | w24 | w25 | w34 | w35 | w46 | w56 | θ4 | θ5 | θ6 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| 0 | 1 | 1 | 0.4 | -0.3 | 0.2 | 0.5 | -0.1 | 0.3 | -0.6 | 0.7 | -0.3 | 0.1 | 0.2 |

The learning rate is 0.5 and the class label is T = 0. The activation is the sigmoid function.

| Unit j | Net input, I_j | Output, O_j |
|---|---|---|
| 4 | 0 + 0.2 - 0.1 - 0.3 = -0.2 | 1/(1+e^0.2) = 0.4502 |
| 5 | 0 + 0.5 + 0.3 + 0.1 = 0.9 | 1/(1+e^-0.9) = 0.7109 |
| 6 | (-0.6)(0.4502) + (0.7)(0.7109) + 0.2 = 0.4275 | 1/(1+e^-0.4275) = 0.6053 |

| Unit j | Err_j |
|---|---|
| 6 | (0.6053)(1 - 0.6053)(0 - 0.6053) = -0.1446 |
| 5 | (0.7109)(1 - 0.7109)(-0.1446)(0.7) = -0.0208 |
| 4 | ERROR |

| Weight or bias | New value |
|---|---|
| w46 | -0.6 + (0.5)(-0.1446)(0.4502) = -0.6325 |
| w14 | 0.4 + (0.5)(UNIT)(0) = 0.4 |
| θ5 | 0.1 + (0.5)(-0.0208) = 0.0896 |
"""
AS_COLUMNS = "\n".join(
    line.strip("| ").replace(" | ", "   ")
    for line in AS_TABLES.splitlines()
    if not line.startswith("|---")
)
RIGHT = ("(0.4502)(1 - 0.4502)(-0.1446)(-0.6) = 0.0215", "0.0215")
NO_SLOPE = ("(-0.1446)(-0.6) = 0.0868", "0.0868")


def filled(text: str, error: str, unit: str) -> str:
    """Return a text with the error of unit 4 put in."""
    return text.replace("ERROR", error).replace("UNIT", unit)


@pytest.mark.parametrize("text", [AS_TABLES, AS_COLUMNS])
def test_a_table_has_a_row_for_each_unit(text):
    report = check(filled(text, *RIGHT))
    assert report.lesson.network.layers == (3, 2, 1)
    assert dict(report.names)["w24"] == "w2"
    assert dict(report.names)["Err4"] == "-dL/dz_h1"
    assert {report.count("wrong"), report.count("not understood")} == {0}


@pytest.mark.parametrize("text", [AS_TABLES, AS_COLUMNS])
def test_a_mistake_in_the_row_of_a_unit_is_named(text):
    report = check(filled(text, *NO_SLOPE))
    assert {j.quantity for j in report.judgements if j.mark == "wrong"} == {"-dL/dz_h1"}
    assert report.first_wrong.mistakes[0] == "derivative_forgotten"


ENDS = """
Sigmoid everywhere, E = ½ (t − o)², η = 0.5, input i1 = 0.4, i2 = 0.9, target t = 1.

| weight | from | to | before | gradient | after |
|---|---|---|---|---|---|
| w1 | i1 | h1 | 0.3 | -0.0083 | 0.3041 |
| w2 | i2 | h1 | -0.5 | -0.0187 | -0.4906 |
| w3 | i1 | h2 | 0.8 | 0.0046 | 0.7977 |
| w4 | i2 | h2 | 0.2 | 0.0103 | 0.1949 |
| w5 | h1 | o | 0.7 | -0.0511 | 0.7255 |
| w6 | h2 | o | -0.4 | -0.0761 | AFTER |

| unit | net | out | delta |
|---|---|---|---|
| h1 | -0.33 | 0.4182 | -0.0208 |
| h2 | 0.5 | 0.6225 | 0.0115 |
| o | 0.0437 | 0.5109 | -0.1222 |
"""


def test_weights_have_their_ends_beside_them_and_units_their_values_below_words():
    report = check(ENDS.replace("AFTER", "-0.3619"))
    assert report.lesson.network.layers == (2, 2, 1)
    assert {report.count("wrong"), report.count("not understood")} == {0}


def test_a_step_in_the_wrong_direction_in_such_a_table():
    report = check(ENDS.replace("AFTER", "-0.4381"))
    assert "ascent_for_descent" in report.first_wrong.mistakes


def test_the_ends_of_weights_tell_the_network_though_all_its_values_went_wrong():
    text = """
Sigmoid units, E = ½ Σ (t − o)², η = 0.5, i1 = 0.4, i2 = 0.9, targets t1 = 1, t2 = 0,
b_h1 = 0.3, b_h2 = -0.4, b_o1 = 0.1, b_o2 = 0.2.

| weight | from | to | before |
|---|---|---|---|
| w1 | i1 | h1 | 0.3 |
| w2 | i2 | h1 | -0.5 |
| w3 | i1 | h2 | 0.8 |
| w4 | i2 | h2 | 0.2 |
| w5 | h1 | o1 | 0.7 |
| w6 | h2 | o1 | -0.4 |
| w7 | h1 | o2 | 0.6 |
| w8 | h2 | o2 | 0.9 |

| unit | net | out |
|---|---|---|
| h1 | FIRST | 0.4182 |
| h2 | SECOND | 0.6225 |
"""
    without_biases = check(text.replace("FIRST", "-0.33").replace("SECOND", "0.5"))
    assert without_biases.first_wrong.mistakes[0] == "bias_forgotten"
    turned = text.replace("FIRST", "1.14").replace("0.4182", "0.7577")
    transposed = check(turned.replace("SECOND", "-0.42").replace("0.6225", "0.3965"))
    assert dict(transposed.names)["net_h1"] == "z_h1"
    assert transposed.first_wrong.mistakes[0] == "weights_transposed"
