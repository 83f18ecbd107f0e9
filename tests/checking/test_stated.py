"""Networks that a solution does not spell out: its stated numbers and what it prints tell them."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from checking.reports import marks, network_of
from clearprop.checking.marking import check

SAME_PROCESS = """
Two inputs, two hidden neurons and two output neurons, all logistic.
i_1 = 0.2, i_2 = 0.7, target_o1 = 0.1, target_o2 = 0.8, eta = 0.6
w_1 = 0.3, w_2 = -0.1, w_3 = 0.2, w_4 = 0.5, w_5 = 0.6, w_6 = -0.4, w_7 = 0.1, w_8 = 0.35
b_1 = 0.25 (both hidden neurons) and b_2 = 0.4 (both output neurons)

out_h1 = 0.559713649
Carrying out the same process for h2: out_h2 = 0.654753461
out_o1 = 0.616312756
And for o2: out_o2 = 0.664883828
E_total = 0.142417621
dE_total/dw_5 = 0.516312756 * 0.236471343 * 0.559713649 = 0.068337214
w_5+ = 0.6 - 0.6 * 0.068337214 = 0.558997672
w_1+ = 0.297922697
"""


def test_units_whose_formulas_are_left_out_are_found_by_the_values_printed():
    report = check(SAME_PROCESS)
    assert report.from_text
    assert network_of(SAME_PROCESS) == ((2, 2, 2), ("sigmoid", "sigmoid"), "half_squared_error")
    assert {judgement.mark for judgement in report.judgements} == {"right"}


def test_a_mistake_in_such_a_solution_is_found_and_named():
    report = check(SAME_PROCESS.replace("w_1+ = 0.297922697", "w_1+ = 0.302077303"))
    assert report.first_wrong is not None
    assert "update_sign" in report.first_wrong.mistakes or report.first_wrong.mistakes


BIASES_IN_SUMS = """
Two inputs, two hidden and two output neurons, all logistic. i1 = 0.2, i2 = 0.7, t1 = 0.9, t2 = 0.1,
and the bias of both hidden neurons is 0.25, of both outputs 0.4. Learning rate 0.5.
w1 = 0.1, w2 = 0.4, w3 = 0.3, w4 = -0.2, w5 = 0.5, w6 = 0.6, w7 = -0.3, w8 = 0.2
net_h1 = 0.1*0.2 + 0.4*0.7 + 0.25 = 0.55, so out_h1 = 1/(1+e^-0.55) = 0.634136
net_h2 = {}0.17, so out_h2 = 0.542398
net_o1 = 0.5*0.634136 + 0.6*0.542398 + 0.4 = 1.042507 => out_o1 = 0.739333
net_o2 = -0.3*0.634136 + 0.2*0.542398 + 0.4 = 0.318239 => out_o2 = 0.578895
"""


@pytest.mark.parametrize("sum_of_h2", ["0.3*0.2 - 0.2*0.7 + 0.25 = ", ""])
def test_biases_are_read_out_of_the_sums_where_no_name_stands_before_them(sum_of_h2):
    report = check(BIASES_IN_SUMS.format(sum_of_h2))
    assert report.lesson is not None
    assert [row.tolist() for row in report.lesson.parameters.biases] == [[0.25, 0.25], [0.4, 0.4]]
    assert {judgement.mark for judgement in report.judgements} == {"right"}


TABLE = """
**Network:** 3 inputs → 2 hidden neurons (ReLU) → 1 output (sigmoid). Binary cross-entropy.

| Parameter | Value |
|---|---|
| x | [2, -1, 0.5] |
| y | 1 |
| W1 | [[0.3, 0.2, -0.4], [-0.5, 0.1, 0.6]] |
| b1 | [0.1, 0.2] |
| W2 | [[0.9, -0.7]] |
| b2 | 0.15 |
| lr | 0.05 |

| Quantity | Formula | Value |
|---|---|---|
| z1_1 | 0.3·2 + 0.2·(-1) + (-0.4)·0.5 + 0.1 | 0.3000 |
| z1_2 | -0.5·2 + 0.1·(-1) + 0.6·0.5 + 0.2 | -0.6000 |
| a1_1 | max(0, 0.3000) | 0.3000 |
| z2 | 0.9·0.3000 + (-0.7)·0 + 0.15 | 0.4200 |
| y_hat | σ(0.4200) | 0.6035 |
| L | -ln(0.6035) | 0.5050 |
| dL/dz2 | y_hat - y | -0.3965 |
"""


def test_tables_of_parameters_and_of_values_tell_a_network():
    assert network_of(TABLE) == ((3, 2, 1), ("relu", "sigmoid"), "binary_cross_entropy")
    assert set(marks(TABLE)) == {"right"}


VECTORS = r"""
\[
W = \begin{bmatrix} 1 & 0.5 \\ -0.5 & 1 \end{bmatrix},\quad
c = \begin{bmatrix} 0 \\ -1 \end{bmatrix},\quad
w = \begin{bmatrix} 1 \\ -2 \end{bmatrix},\quad b = 0.2,\quad
x = \begin{bmatrix} 1 \\ 2 \end{bmatrix},\quad y = -1.5,
\]
the cost $J = \frac{1}{2}(\hat{y} - y)^2$ and the learning rate $\epsilon = 0.1$.
\[ h = \max\{0, W^\top x + c\} = \begin{bmatrix} 0.0 \\ 1.5 \end{bmatrix} \]
\[ \hat{y} = w^\top h + b = 1 \cdot 0 + (-2) \cdot 1.5 + 0.2 = -2.8 \]
\[ J = \frac{1}{2}(-2.8 + 1.5)^2 = 0.845 \]
\[ \nabla_w J = \begin{bmatrix} 0.0 \\ -1.95 \end{bmatrix} \]
\[ W \leftarrow W - \epsilon \nabla_W J = \begin{bmatrix} 1 & 0.24 \\ -0.5 & 0.48 \end{bmatrix} \]
"""


def test_matrices_lie_the_way_in_which_the_printed_values_come_out():
    report = check(VECTORS)
    assert report.lesson is not None
    assert report.lesson.parameters.weights[0].tolist() == [[1, -0.5], [0.5, 1]]
    assert set(marks(VECTORS)) == {"right"}


def script(columns):
    """Return a step in NumPy with its output in remarks; examples in rows or in columns."""
    x, w1, w2 = (
        np.array([[1, 0.5], [-0.5, 2]]),
        np.array([[0.3, 0.2], [-0.1, 0.4]]),
        [[0.5], [-0.6]],
    )
    b1, y = np.array([[0.1, 0.0]]), np.array([[1.0], [0.0]])
    a1 = np.tanh(x @ w1 + b1)
    a2 = 1 / (1 + np.exp(-(a1 @ w2)))
    dz2 = (a2 - y) / 2
    dw2 = a1.T @ dz2
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))

    def shown(array):
        return str(np.round(array.T if columns else array, 4)).replace("\n", "\n# ")

    def given(array):
        return f"np.array({np.array(array.T if columns else array).tolist()})"

    forward = ("W1 @ X", "W2 @ A1") if columns else ("X @ W1", "A1 @ W2")
    return f"""
sigmoid = lambda z: 1 / (1 + np.exp(-z))
X = {given(x)}
Y = {given(y)}
W1 = {given(w1)}
b1 = {given(b1)}
W2 = {given(np.array(w2))}
m = X.shape[{int(columns)}]
A1 = np.tanh({forward[0]} + b1)
print(A1)
# {shown(a1)}
A2 = sigmoid({forward[1]})
print("A2 =", A2)
# A2 = {shown(a2)}
loss = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
print(loss)
# {loss}
dZ2 = 1 / m * (A2 - Y)
dW2 = {"dZ2 @ A1.T" if columns else "A1.T @ dZ2"}
print(dW2)
# {shown(dw2)}
"""


@pytest.mark.parametrize("columns", [False, True], ids=["rows", "columns"])
def test_a_script_with_as_many_units_as_examples_is_read_with_its_output(columns):
    report = check(script(columns))
    assert report.lesson is not None
    assert report.lesson.network.layers == (2, 2, 1)
    assert report.lesson.x.tolist() == [[1, 0.5], [-0.5, 2]]
    assert [j.text for j in report.judgements if j.mark != "right"] == []
    assert len(report.judgements) >= 14


def test_a_wrong_array_in_the_output_of_a_script_is_marked():
    right = script(columns=False)
    at = right.index("# [[", right.index("dW2 ="))
    wrong = right[:at] + "# [[" + "0.5" + right[right.index("]", at) :]
    report = check(wrong)
    assert report.first_wrong is not None
    assert report.source[report.first_wrong.line - 1].startswith("# [[0.5]")


EXAMPLES = """
Network 2-1-1 with sigmoid units. w1 = 0.4, w2 = -0.5, b_h = 0.2, v = 0.6, b_o = -0.1, η = 0.5.

### Example 1: x = (0, 1), t = 1
net_h = 0.4·0 - 0.5·1 + 0.2 = -0.3
out_h = σ(-0.3) = 0.4256
net_o = 0.6·0.4256 - 0.1 = 0.1553
out_o = σ(0.1553) = 0.5388
E1 = ½(1 - 0.5388)² = 0.1064
δ_o = (out_o - t)·out_o·(1 - out_o) = -0.1146

### Example 2: x = (1, 1), t = 0
net_h = 0.4·1 - 0.5·1 + 0.2 = 0.1
out_h = σ(0.1) = 0.5250
net_o = 0.6·0.5250 - 0.1 = 0.2150
out_o = σ(0.2150) = 0.5535
E2 = ½(0 - 0.5535)² = 0.1532
δ_o = (out_o - t)·out_o·(1 - out_o) = 0.1368

### Batch
E = {total}
∂E/∂v = {slope}
v_new = {new}
"""


@pytest.mark.parametrize(
    ("reduction", "numbers"),
    [
        ("sum", {"total": "0.1064 + 0.1532 = 0.2596", "slope": "0.0230", "new": "0.5885"}),
        ("mean", {"total": "(0.1064 + 0.1532)/2 = 0.1298", "slope": "0.0115", "new": "0.5942"}),
    ],
)
def test_examples_under_headings_are_a_batch_whose_total_tells_its_reduction(reduction, numbers):
    report = check(EXAMPLES.format(**numbers))
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[0, 1], [1, 1]]
    assert report.lesson.learning.reduction == reduction
    assert set(marks(EXAMPLES.format(**numbers))) <= {"right", "rounding"}


COUNTED = """
Logistic regression, two examples, binary cross-entropy, mean over examples.
x^(1) = (1, 2), y^(1) = 1
x^(2) = (3, -1), y^(2) = 0
w = (0.1, -0.2), b = 0, alpha = 0.1
z^(1) = {}0.1*1 - 0.2*2 = -0.3,  p^(1) = sigmoid(-0.3) = 0.4256
z^(2) = {}0.1*3 - 0.2*(-1) = 0.5, p^(2) = sigmoid(0.5) = 0.6225
J = -(1/2)(ln 0.4256 + ln 0.3775) = 0.9142
dJ/dw2 = 1/2 ((0.4256-1)*2 + 0.6225*(-1)) = -0.8857
"""


@pytest.mark.parametrize("braces", [False, True], ids=["x^(1)", "x^{(1)}"])
@pytest.mark.parametrize("with_names", [False, True], ids=["numbers", "names"])
def test_numbers_in_brackets_above_the_inputs_count_examples(braces, with_names):
    rows = [f"w1 x1^({k}) + w2 x2^({k}) + b = " if with_names else "" for k in (1, 2)]
    text = COUNTED.format(*rows)
    for number in ("(1)", "(2)") if braces else ():
        text = text.replace(f"^{number}", f"^{{{number}}}")
    report = check(text)
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[1, 2], [3, -1]]
    assert report.lesson.y.tolist() == [[1], [0]]
    assert {judgement.mark for judgement in report.judgements} == {"right"}


def test_an_example_may_be_worked_in_numbers_after_one_with_formulas():
    text = EXAMPLES.format(total="(0.1064 + 0.1532)/2 = 0.1298", slope="0.0115", new="0.5942")
    first, heading, second = text.partition("### Example 2")
    for name, formula in (("net_h", "w1 x1 + w2 x2 + b_h"), ("net_o", "v out_h + b_o")):
        first = first.replace(f"{name} = ", f"{name} = {formula} = ")
    report = check(first + heading + second)
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[0, 1], [1, 1]]
    assert {judgement.mark for judgement in report.judgements} <= {"right", "rounding"}


BATCH_TABLE = """
Logistic regression, cross-entropy averaged over the batch. w1 = 0.1, w2 = -0.2, b = 0, rate 0.1.

| example | x1 | x2 | y |
|---|---|---|---|
| 1 | 1 | 2 | 1 |
| 2 | 3 | -1 | 0 |

| example | z | p |
|---|---|---|
| 1 | -0.3 | 0.4256 |
| 2 | 0.1*3 - 0.2*(-1) = 0.5 | 0.6225 |

J = -(1/2)(ln 0.4256 + ln 0.3775) = 0.9142
"""


def test_a_table_has_a_row_for_each_example():
    report = check(BATCH_TABLE)
    assert report.lesson is not None
    assert report.lesson.x.tolist() == [[1, 2], [3, -1]]
    assert report.lesson.y.tolist() == [[1], [0]]
    assert {judgement.mark for judgement in report.judgements} == {"right"}
    wrong = check(BATCH_TABLE.replace("| 0.6225 |", "| 0.6522 |")).first_wrong
    assert wrong is not None
    assert wrong.line == 12


def test_exercises_with_weights_of_their_own_are_no_batch():
    text = """
Example 1: x = 1, w = 0.5, y = 1
z = w x = 0.5
h = σ(z) = 0.6225
L = (y - h)² = 0.1425

Example 2: x = 2, w = 0.3, y = 0
"""
    report = check(text)
    assert report.lesson is not None
    assert len(report.lesson.x) == 1


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("x1 = 0.5\na = 0.5 + 0.25 = 0.75", "no weight's name stands before"),
        ("w1 = 0.5\na = 0.5 + 0.25 = 0.75", "no input's name stands before"),
        (
            "x1 = 0.5, x2 = 1\nw1 = 0.1, w2 = 0.2, w3 = 0.3, w4 = 0\na = 0.5 + 0.25 = 0.75",
            "do not fit together",
        ),
        ("x1 = 0.5\nw1 = 0.1\na = 0.5 + 0.25 = 0.75", "do not give the values"),
        ("x1 = 0.5\nw1 = 0.1\nz = 0.1*0.5 + 0.6*0.3 + 0.2 = 0.43", "the 0.6 in a weighted sum"),
        (
            "x = [1, 2]\nW1 = [[0.5, 0.1], [0.3]]\nW2 = [0.4, 0.2]",
            "W1 could not be read, as the rows",
        ),
    ],
)
def test_what_is_missing_of_a_network_is_said(text, missing):
    report = check(text)
    assert report.lesson is None
    assert missing in report.missing


@pytest.mark.parametrize(
    "text",
    [
        "w1 = 1e999\nx1 = 0.5\nz = 0.25 + 0.5 = 0.75",
        "W1 = [[1e308, 1e308]]\nx = [1e308, 1]\nz = 0.25 + 0.5 = 0.75",
        f"{'9' * 5000} inputs, 2 outputs\nw{'1' * 5000} = 0.5\nx = 1\na = 0.5 + 0.25 = 0.75",
        "W1 = [[0.5], [0.1]]\nW2 = [[0.5, 0.1, 0.3]]\nx = [1, 2, 3, 4]\nz = 0.25 + 0.5 = 0.75",
    ],
)
def test_odd_numbers_are_no_network(text):
    assert check(text).lesson is None


def test_values_may_be_stated_one_a_line_after_what_is_given():
    text = "x1=1, x2=2, y=1, w1=0.5, w2=0.3, w3=0.8, relu hidden, linear output\nz = 1.1\nh = 1.1"
    assert network_of(f"{text}\nyhat = 0.88")[:2] == ((2, 1, 1), ("relu", "identity"))
    assert check(text.replace("1.1", "1.2")).lesson is None


def test_two_units_of_one_value_are_two_values_and_weights_go_in_the_order_of_reading():
    report = check("""Network: 2-2-1, ReLU in hidden layer, linear output, x1=1, x2=3, y=2
w11=0.5 w12=-0.2 w21=-0.4 w22=0.1 v1=1.5, v2=-1, no biases, lr=0.01
z1 = 0.5*1 + (-0.2)*3 = -0.1 → h1 = max(0,-0.1) = 0
z2 = -0.4*1 + 0.1*3 = -0.1 → h2 = 0
ŷ = 1.5*0 - 1*0 = 0
""")
    assert report.lesson is not None
    assert report.lesson.parameters.weights[0].tolist() == [[0.5, -0.2], [-0.4, 0.1]]
    assert {judgement.mark for judgement in report.judgements} == {"right"}


# --- how some write ------------------------------------------------------------------------------

STEP = """x = 1.5, t = 0.7, w = 0.2, v = -0.4, eta = 0.2, momentum mu = 0.9, velocities start at 0
Step 1
z = w*x = 0.3
h = sigmoid(z) = 0.5744
o = v*h = -0.2298
E = 1/2 (o - t)^2 = 0.4323
dE/dv = (o - t) * h = -0.5341
{change} = -eta * dE/dv = 0.1068
v = -0.4 + {change} = -0.2932
dE/dw = (o - t)*v*h*(1-h)*x = 0.1364
w = 0.2 - 0.2*0.1364 = 0.1727
Step 2
z = w*x = 0.2591
h = sigmoid(z) = 0.5644
o = v*h = -0.1655
dE/dv = (o - t) * h = -0.4885
{now} = -eta * dE/dv + mu * {before} = 0.1938
"""


@pytest.mark.parametrize(
    ("change", "now", "before"),
    [
        ("Dv", "Dv", "Dv_old"),
        ("Δv", "Δv", "Δv_old"),
        ("Δv", "Δv(t)", "Δv(t-1)"),
        ("Dv", "Dv", "0.1068"),
    ],
)
def test_the_step_before_has_its_place_in_that_of_momentum(change, now, before):
    text = STEP.format(change=change, now=now, before=before)
    assert set(marks(text)) <= {"right", "rounding"}


def test_grad_before_a_weight_is_its_slope():
    text = "x = 1, w = 0.5, y = 1, eta = 0.1\nz = w*x = 0.5\nL = 1/2 (z - y)^2 = 0.125\n"
    assert set(marks(f"{text}grad w = (z - y)*x = -0.5\nw(new) = 0.5 - 0.1*(-0.5) = 0.55")) == {
        "right"
    }


def test_s_is_a_function_where_it_never_stands_alone():
    text = "z = 0.3·0.5 = 0.15\no = s(0.15) = 0.5374\np = s(0.43) = 0.6059\nq = s(0.2) = {}"
    assert marks(text.format("0.5498"))[-1] == "right"
    assert marks(text.format("0.51"))[-1] == "wrong"
    assert "wrong" in marks("s = 2\na = s(0.5) = 0.6225\nb = s(1) = 0.7311")


def test_a_weight_that_is_given_as_a_fraction_is_not_updated():
    text = """x = 1/2, w = -3/5, v = 1, target y = 1, eta = 3/10, sigmoid units
h = σ(-3/5*1/2) = 0.4256
z = 1*0.4256 = 0.4256
yhat = σ(0.4256) = 0.6048
E = 1/2*(1-0.6048)^2 = 0.0781
v := 1 - 3/10*(-0.0402) = 1.0121
"""
    assert set(marks(text)) <= {"right", "rounding"}


def test_a_foreign_word_with_accents_is_no_factor():
    text = "Entrées x1 = 0,5 et x2 = -0,3\nw1 = 0,2, w2 = 0,7\nz = w1 x1 + w2 x2 = -0,11"
    assert marks(f"{text}\nσ(z) = 0,51")[-1] == "wrong"
    text = f"{text}\nσ(z) = 0,4725"
    assert set(marks(text)) == {"right"}


def test_a_penalty_may_stand_within_an_update():
    text = """x = 2, y = 0, w = 0.5, eta = 0.1, weight decay lambda = 0.01
yhat = w x = 1
loss = 1/2 * (1 - 0)^2 = 0.5
dloss/dw = 1*2 = 2
w' = w - eta*(dloss/dw + lambda*w) = 0.5 - 0.1*(2 + 0.01*0.5) = 0.2995
"""
    assert set(marks(text)) == {"right"}


def test_softmax_is_said_of_the_outputs_also_beside_hidden_units():
    report = check("""Softmax classifier with one hidden layer
Two sigmoid hidden units, softmax over two classes, cross-entropy loss.
x = (0.5, 1.5), y = (1, 0)
W1 = [[0.4, -0.1], [0.2, 0.3]], b1 = (0, 0.1), W2 = [[0.6, -0.2], [0.1, 0.8]], b2 = (0, 0)
z1_1 = 0.4*0.5 - 0.1*1.5 + 0 = 0.05
z1_2 = 0.2*0.5 + 0.3*1.5 + 0.1 = 0.65
a1_1 = σ(0.05) = 0.5125
a1_2 = σ(0.65) = 0.6570
z2_1 = 0.6*0.5125 - 0.2*0.6570 = 0.1761
z2_2 = 0.1*0.5125 + 0.8*0.6570 = 0.5769
p_1 = 1.1926 / 2.9730 = 0.4011
""")
    assert report.lesson is not None
    assert report.lesson.network.activations == ("sigmoid", "softmax")


# --- whole solutions -----------------------------------------------------------------------------

TOLD = Path(__file__).parent / "told"
TABLES = tomllib.loads((TOLD / "told.toml").read_text("utf-8"))
TEXTS = {path.stem: path for path in TOLD.iterdir() if path.suffix != ".toml"}


def test_each_solution_has_its_table():
    assert TABLES.keys() == TEXTS.keys()


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_solution_tells_its_network_and_its_mistake_is_found(name):
    table, report = TABLES[name], check(TEXTS[name].read_text("utf-8"))
    assert report.lesson is not None
    network, learning = report.lesson.network, report.lesson.learning
    assert list(network.layers) == table["layers"]
    assert list(network.activations) == table["activations"]
    assert (learning.loss, learning.reduction) == (table["loss"], table["reduction"])
    assert report.count("not understood") <= table["unread"]
    wrong = {judgement.line for judgement in report.judgements if judgement.mark == "wrong"}
    assert sorted(wrong) == table["wrong"]
    if table["mistake"]:
        assert report.first_wrong is not None
        assert report.first_wrong.mistakes[0] == table["mistake"]


OUTPUT_WITHOUT_A_FORMULA = """\
x = 2, w1 = 0.5, b1 = -0.6, w2 = -1.2, b2 = 0.3, y = 1, rate 0.1, {}
z_h = 0.5·2 - 0.6 = 0.4
h = 0.5987
z_out = -1.2·0.5987 + 0.3 = -0.4184
ŷ = {}
L = {}
∂L/∂z_out = -2(1 - 0.3969)·0.3969·0.6031 = -0.2887
∂L/∂w2 = -0.1729
w2_new = -1.2 + 0.1·0.1729 = -1.1827
"""
SAID = [
    "sigmoid, loss (y-ŷ)²",
    "all units sigmoid. The loss is (y - ŷ)^2",
    "sigmoid, squared error",
]


@pytest.mark.parametrize("said", SAID)
def test_an_output_without_a_formula_has_the_activation_that_is_said(said):
    text = OUTPUT_WITHOUT_A_FORMULA.format(said, "0.3969", "0.3637")
    assert network_of(text) == ((1, 1, 1), ("sigmoid", "sigmoid"), "squared_error")
    assert set(marks(text)) <= {"right", "rounding"}


@pytest.mark.parametrize("said", SAID[:2])
def test_what_is_said_of_activation_and_loss_stays_where_the_values_are_wrong(said):
    text = OUTPUT_WITHOUT_A_FORMULA.format(said, "0.6397", "0.1819")
    assert network_of(text) == ((1, 1, 1), ("sigmoid", "sigmoid"), "squared_error")
    assert "wrong" in marks(text)


def test_an_output_with_the_number_of_its_net_input_is_linear():
    text = OUTPUT_WITHOUT_A_FORMULA.format("sigmoid hidden unit", "-0.4184", "2.0119")
    assert network_of(text)[1] == ("sigmoid", "identity")


BATCH_OF_TWO = """\
Model: p = σ(w·x + b), loss: binary cross-entropy, mean over the batch, η = 0.5, w = 0.4, b = 0.1

| example | x | y | z | p | loss | δ = p − y |
|--:|--:|--:|--:|--:|--:|--:|
| 1 | 1 | 1 | 0.5000 | 0.6225 | 0.4741 | {} |
| 2 | -2 | 0 | -0.7000 | 0.3318 | {} | 0.3318 |

Mean loss: L = (0.4741 + 0.4032)/2 = 0.4387
∂L/∂w = {}
w ← 0.4 − 0.5·({}) = {}
"""


def marks_of_batch(delta="-0.3775", loss="0.4032", slope="-0.5206", new="0.6603"):
    text = BATCH_OF_TWO.format(delta, loss, slope, slope, new)
    report = check(text)
    assert report.lesson.learning.reduction == "mean"
    assert report.lesson.learning.loss == "binary_cross_entropy"
    return {j.text: j.mark for j in report.judgements}


def test_a_column_of_losses_holds_those_of_the_examples():
    assert set(marks_of_batch().values()) <= {"right", "rounding"}


def test_a_wrong_number_in_a_column_is_marked():
    assert marks_of_batch(loss="0.8032")["loss@2 = 0.8032"] == "wrong"
    assert marks_of_batch(delta="-0.0887")["p − y = -0.0887"] == "wrong"


def test_what_is_said_of_the_mean_stays_where_a_sum_is_worked():
    assert marks_of_batch(slope="-1.0411", new="0.9206")["∂L/∂w = -1.0411"] == "wrong"


def test_a_column_that_is_not_known_is_not_counted_as_right():
    text = BATCH_OF_TWO.replace("| loss |", "| penalty of it |")
    text = text.format("-0.3775", "0.4032", "-0.5206", "-0.5206", "0.6603")
    assert marks(text).count("not understood") == 2
