"""Vectors, matrices and NumPy: equalities that stand for one in each entry."""

import pytest

from clearprop.checking.marking import check
from clearprop.checking.reading import read
from clearprop.network.lesson import lesson_from_tables

SQUARE = "X = [[1, 2], [0, -1]]\nW = [[0.3, -0.2], [0.1, 0.4]]\nb = [0.1, -0.1]\n"
PRODUCTS = {
    "X W": "[[0.5, 0.6], [-0.1, -0.4]]",
    "X · W": "[[0.5, 0.6], [-0.1, -0.4]]",
    "X W^T": "[[-0.1, 0.9], [0.2, -0.4]]",
    "X^T W": "[[0.3, -0.2], [0.5, -0.8]]",
    "XᵀW": "[[0.3, -0.2], [0.5, -0.8]]",
    "X.T.dot(W)": "[[0.3, -0.2], [0.5, -0.8]]",
    "X * W": "[[0.3, -0.4], [0, -0.4]]",
    "X ⊙ W": "[[0.3, -0.4], [0, -0.4]]",
    "X @ W + b": "[[0.6, 0.5], [0.0, -0.5]]",
    "X ⊙ (1 - X)": "[[0, -2], [0, -2]]",
}
NUMPY = {
    "d[:, None] * h": "[[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]]",
    "d.reshape(-1, 1) * h": "[[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]]",
    "np.outer(d, h)": "[[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]]",
    "np.einsum('i,j->ij', d, h)": "[[0.1, 0.2, 0.3], [0.2, 0.4, 0.6]]",
    "np.einsum('ij,j->i', W, h)": "[14, 32]",
    "W.dot(h)": "[14, 32]",
    "W.T.dot(d)": "[0.9, 1.2, 1.5]",
    "W.sum(axis=0)": "[5, 7, 9]",
    "np.sum(W, axis=0, keepdims=True)": "[5, 7, 9]",
    "W.mean(axis=1)": "[2, 5]",
    "d.sum()": "0.3",
    "np.mean((h - 1)**2)": "1.6667",
    "np.maximum(0, W.dot(h) - 20)": "[0, 12]",
    "W * (W > 0)": "[[1, 2, 3], [4, 5, 6]]",
}
ARRAYS = "d = np.array([0.1, 0.2])\nh = np.array([1, 2, 3])\nW = np.array([[1, 2, 3], [4, 5, 6]])\n"


LAYERS = lesson_from_tables(
    {
        "network": {"layers": [2, 3, 1], "activations": "sigmoid", "biases": True},
        "parameters": {
            "weights": [[[0.1, 0.4], [-0.3, 0.2], [0.6, -0.5]], [[0.7, -0.2, 0.3]]],
            "biases": [[0.0, 0.1, -0.1], [0.05]],
        },
        "example": {"x": [[0.5, -1.0]], "y": [[1.0]]},
        "learning": {"loss": "half_squared_error", "rate": 0.1},
    }
)
BATCH = lesson_from_tables(
    {
        "network": {"layers": [2, 2, 1], "activations": ["relu", "sigmoid"], "biases": True},
        "parameters": {
            "weights": [[[0.2, 0.5], [-0.4, 0.3]], [[0.6, -0.8]]],
            "biases": [[0.1, -0.1], [0.2]],
        },
        "example": {"x": [[1, 0.5], [-0.5, 2], [0.3, -1]], "y": [[1], [0], [1]]},
        "learning": {"loss": "binary_cross_entropy", "reduction": "mean", "rate": 0.5},
    }
)
NOT_WRITTEN_OUT = """\
z1 = W1 x + b1 = [-0.35, -0.25, 0.7]
h = σ(W1 x + b1) = [0.4134, 0.4378, 0.6682]
z2 = W2 @ h + b2 = 0.4523
y = σ(z2) = 0.6112
dz2 = (y - t)*y*(1 - y) = -0.0924
dz1 = W2.T @ dz2 * h * (1 - h) = [-0.0157, 0.0045, -0.0061]
dW1 = np.outer(dz1, x) = [[-0.0078, 0.0157], [0.0023, -0.0045], [-0.0031, 0.0061]]
b1 = b1 - eta*dz1 = [0.0016, 0.0995, -0.0994]
"""
SESSION = """\
>>> import numpy as np
>>> np.set_printoptions(precision=4, suppress=True)
>>> X = np.array([[1, 0.5], [-0.5, 2], [0.3, -1]])
>>> m = 3
>>> Z1 = X @ W1 + b1; Z1
array([[ 0.55, -0.35],
       [ 1.  ,  0.7 ],
       [-0.34, -0.52]])
>>> A1 = np.maximum(0, Z1)
>>> A2 = sigmoid(A1 @ W2 + b2)
>>> print(A2)
[[0.6295]
 [0.5597]
 [0.5498]]
In [5]: dZ2 = A2 - Y; dZ2
Out[5]:
array([[-0.3705],
       [ 0.5597],
       [-0.4502]])
In [6]: dW2 = A1.T @ dZ2 / m
In [7]: dW2
Out[7]:
tensor([[0.1186],
        [0.1306]], grad_fn=<DivBackward0>)
"""


def slipped(value):
    """Return a printed value with its last digit changed."""
    place = max(place for place, mark in enumerate(value) if mark.isdigit())
    return f"{value[:place]}{(int(value[place]) + 3) % 10}{value[place + 1 :]}"


@pytest.mark.parametrize(("formula", "value"), PRODUCTS.items())
def test_factors_side_by_side_are_multiplied_as_matrices_and_stars_entry_by_entry(formula, value):
    report = check(f"{SQUARE}{formula} = {value}")
    assert {judgement.mark for judgement in report.judgements} == {"right"}
    assert check(f"{SQUARE}{formula} = {slipped(value)}").first_wrong.line == 4


@pytest.mark.parametrize(("formula", "value"), NUMPY.items())
def test_numpy_is_read(formula, value):
    report = check(f"{ARRAYS}k = {formula} = {value}")
    assert {j.mark for j in report.judgements if j.line == 4} == {"right"}
    assert check(f"{ARRAYS}k = {formula} = {slipped(value)}").first_wrong.line == 4


def test_names_that_are_not_written_out_are_those_of_the_lessons_layers():
    report = check(NOT_WRITTEN_OUT, LAYERS)
    assert [f"{j.line}: {j.text}" for j in report.judgements if j.mark != "right"] == []
    forgotten = check("z1 = W1 x = [-0.35, -0.35, 0.8]\nz1 = W1 x + b1", LAYERS)
    assert forgotten.first_wrong.line == 1


def test_where_a_shape_cannot_be_told_nothing_is_called_wrong():
    report = check("c1 = [0.1, 0.2]\nq = b1 * c1 + s = [0.3, 0.4]", LAYERS)
    assert "wrong" not in {judgement.mark for judgement in report.judgements}
    assert report.count("not understood") > 0


def test_what_a_session_printed_is_marked_as_the_value_of_the_line_before():
    report = check(SESSION, BATCH)
    assert [f"{j.line}: {j.text}" for j in report.judgements if j.mark != "right"] == []
    assert {judgement.line for judgement in report.judgements} >= {6, 12, 17, 23}
    for old, new, line in (
        ("-0.52]", "-0.25]", 6),
        ("0.5498", "0.5948", 12),
        ("-0.4502", "-0.4205", 17),
        ("0.1306", "0.1603", 23),
    ):
        assert check(SESSION.replace(old, new), BATCH).first_wrong.line == line


def test_a_number_below_a_prompt_is_not_right_unseen():
    report = check(">>> w = np.array([0.5, 0.3])\n>>> x = np.array([1, 2])\n>>> w @ x\n99.0")
    assert report.first_wrong.line == 4


def test_the_weights_of_a_module_are_those_of_its_layer():
    text = (
        ">>> net[0].weight.grad\ntensor([[-0.0078, 0.0157], [0.0023, -0.0045], [-0.0031, 0.0061]])"
    )
    assert check(text, LAYERS).count("right") == 1
    assert check(slipped(text), LAYERS).count("wrong") == 1


def test_code_counts_the_entries_of_a_vector_from_zero():
    text = "p = np.array([0.2, 0.3, 0.5])\nq = p[1] + 1 = 1.3\n"
    assert check(text).count("wrong") == 0
    assert check(text.replace("1.3", "1.1")).first_wrong.line == 2


def test_what_is_changed_in_its_place_is_another_quantity_afterwards():
    text = "g = [0.4, 0.1]\ng[h <= 0] = 0\ng = [0.4, 0]"
    assert "wrong" not in {judgement.mark for judgement in check(text, LAYERS).judgements}


@pytest.mark.parametrize(
    "line",
    [
        "z1 = W1 @ x + b1",
        "h = σ(W1 x + b1)",
        "L = 0.5*np.sum((y - t)**2)",
        "dz2 = (y - t)*y*(1 - y)",
        "b1 = b1 - eta*dz1",
        "W2 -= eta*np.outer(dz2, h)",
        "z1 = (W1 x + b1)",
        "δ1 = h ⊙ (1 - h) ⊙ W2^T δ2",
        r"$W^{(1)} x = \begin{pmatrix} -0.35 \\ -0.35 \\ 0.8 \end{pmatrix}$",
        r"$W^1_0 = [0, 0.1, -0.1]^T$",
        r"$h = \sigma\begin{pmatrix} -0.35 \\ -0.25 \\ 0.7 \end{pmatrix} = [0.413, 0.438, 0.668]$",
        "b1.grad = [-0.0157, 0.0045, -0.0061]",
    ],
)
def test_a_line_of_vectors_alone_is_right(line):
    assert {judgement.mark for judgement in check(line, LAYERS).judgements} == {"right"}


def test_a_gradient_may_lie_across_where_its_weights_do():
    printed = "x @ W1 + b1 = [-0.35, -0.25, 0.7]\ndW1 = "
    rows = "[[-0.0078, 0.0023, -0.0031], [0.0157, -0.0045, 0.0061]]"
    assert check(printed + rows, LAYERS).count("wrong") == 0
    assert check(printed + slipped(rows), LAYERS).first_wrong.line == 2


def test_only_what_is_a_formula_is_given_the_value_that_was_printed():
    text = """\
np.set_printoptions(precision=4)
>>> net = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid())
>>> len(x)
2
>>> h > 0.5
array([False, False, True])
>>> print("h =", h)
h = [0.4134 0.4378 0.6682]
>>> np.round(W1 @ x + b1, 2)
array([-0.35, -0.25,  0.7 ])
"""
    judgements = check(text, LAYERS).judgements
    assert [(judgement.line, judgement.mark) for judgement in judgements] == [
        (8, "right"),
        (10, "right"),
    ]


def test_the_columns_of_a_batch_may_be_its_examples():
    text = """\
X = [1 -0.5 0.3; 0.5 2 -1]
m = 3
Z1 = W1 X + b1 = [0.55 1 -0.34; -0.35 0.7 -0.52]
A1 = max(0, Z1) = [0.55 1 0; 0 0.7 0]
dZ2 = A2 - Y = [-0.3705 0.5597 -0.4502]
dW2 = (1/m) dZ2 A1^T = [0.1186 0.1306]
dW1 = (1/m) dZ1 X^T = [-0.1301 0.1868; 0.0746 -0.2985]
"""
    assert {judgement.mark for judgement in check(text, BATCH).judgements} == {"right"}
    assert check(text.replace("1 -0.34", "1 -0.43"), BATCH).first_wrong.line == 3


def test_values_that_a_script_printed_or_that_stand_in_its_remarks_are_marked():
    text = """\
import numpy as np
z1 = W1 @ x + b1  # [-0.35, -0.25, 0.7]
print(np.round(z1, 2))
[-0.35 -0.25  0.7 ]
h = sigmoid(z1)  # see above
eta = 0.1  # 0.01
"""
    assert {judgement.mark for judgement in check(text, LAYERS).judgements} == {"right"}
    assert check(text.replace("# [-0.35", "# [-0.55"), LAYERS).first_wrong.line == 2
    assert check(text.replace("\n[-0.35", "\n[-0.55"), LAYERS).first_wrong.line == 4


def test_how_many_examples_code_counts_is_not_mistaken_for_a_name_of_its_own():
    text = """\
x = np.array([[1., 2.], [3., -1.]]); y = np.array([1., 0.])
w = np.array([0.1, -0.2]); b = 0.0
m = np.zeros(2)
z = x @ w + b
p = 1/(1+np.exp(-z))
g = x.T @ (p - y) / len(y)
m = 0.9*m + 0.1*g
print(z)   # [-0.3  0.5]
print(p)   # [0.42555748 0.62245933]
print(g)   # [ 0.64646774 -0.88567219]
"""
    report = check(text)
    assert report.lesson is not None
    assert report.count("wrong") == 0
    assert check(text.replace("0.64646774", "0.54646774")).first_wrong.line == 10
    assert any("(p - y) / len(y)" in judgement.text for judgement in report.judgements)


def test_a_session_of_matlab_is_read_in_its_own_signs():
    text = """\
>> x = [1; 0.5]; t = [1; 0];
>> W1 = [0.2 -0.1; 0.4 0.3]; W2 = [0.5 -0.4; 0.1 0.7]; eta = 0.1;
>> z1 = W1*x;
>> a1 = 1./(1+exp(-z1));
>> z2 = W2*a1;
>> a2 = 1./(1+exp(-z2));
>> delta2 = (a2-t).*a2.*(1-a2)
>> delta1 = (W2'*delta2).*a1.*(1-a1)
>> dW2 = delta2*a1'
>> W2 = W2 - eta*dW2
"""
    assert check(text).count("wrong") == 0
    assert check(text).count("not understood") == 0
    assert check(text.replace("(W2'*", "(W2*")).first_wrong.mistakes == ("weights_transposed",)


def test_a_star_of_matlab_between_numbers_is_their_product():
    text = """\
>> x = [0.5; 0.1];
>> y = 0.7;
>> W1 = [0.3 0.5; 0.2 -0.4];
>> W2 = [0.6 -0.1];
>> z1 = W1*x
>> a1 = 1./(1+exp(-z1))
a1 =

   0.5498
   0.5150

>> z2 = W2*a1
z2 =  0.2784
>> a2 = 1/(1+exp(-z2))
a2 =  0.5692
>> L = 0.5*(y-a2)^2
>> d2 = (a2-y)*a2*(1-a2)
d2 = -0.032084
>> d1 = (W2'*d2).*a1.*(1-a1)
"""
    assert {judgement.mark for judgement in check(text).judgements} <= {"right", "rounding"}
    assert check(text.replace("*(1-a2)", "*(1+a2)")).first_wrong.line == 17


NG = """\
Two examples as the columns of X, hidden layer tanh, output sigmoid, {cost} averaged over m = 2.
X = [[0.5, -0.3]]
Y = [[1, 0]]
W[1] = [[0.2], [0.6]]
b[1] = [[0.1], [0.0]]
W[2] = [[0.7, -0.5]]
b[2] = [[0.05]]
alpha = 0.5
Z[1] = W[1] X + b[1] = [[0.2000, 0.0400], [0.3000, -0.1800]]
A[1] = tanh(Z[1]) = [[0.1974, 0.0400], [0.2913, -0.1781]]
Z[2] = W[2] A[1] + b[2] = [[0.0425, 0.1670]]
A[2] = sigmoid(Z[2]) = [[0.5106, 0.5417]]
dZ[2] = A[2] - Y = [[-0.4894, 0.5417]]
dW[2] = 1/m dZ[2] A[1]^T = [[-0.0375, -0.1195]]
db[2] = 1/m np.sum(dZ[2], axis=1, keepdims=True) = [[0.0262]]
W[2] := W[2] - alpha dW[2] = [[0.7187, -0.4402]]
"""
LAYERS_ABOVE = ["[{}]", "{}", "_{}", "^[{}]", "^{{[{}]}}", "^({})"]


def with_layers_as(text, layer):
    for number in "12":
        text = text.replace(f"[{number}]", layer.format(number))
    return text


@pytest.mark.parametrize("layer", LAYERS_ABOVE)
@pytest.mark.parametrize("cost", ["cost = cross-entropy", "cost: cross-entropy"])
def test_layers_may_stand_in_brackets_behind_or_above_their_letter(layer, cost):
    report = check(with_layers_as(NG.format(cost=cost), layer))
    assert report.lesson is not None
    assert report.lesson.network.layers == (1, 2, 1)
    assert {j.mark for j in report.judgements} <= {"right", "rounding"}


@pytest.mark.parametrize("layer", LAYERS_ABOVE)
def test_a_mistake_in_a_layer_in_brackets_is_found(layer):
    wrong = NG.format(cost="cost: cross-entropy").replace("-0.0375, -0.1195", "-0.0749, -0.2391")
    marked = [j.mark for j in check(with_layers_as(wrong, layer)).judgements]
    assert "wrong" in marked


@pytest.mark.parametrize("whole", ["W = [[1, 2], [3, 4]]", "W[0] = [[3, 4]]"])
def test_an_index_in_brackets_stays_an_entry_beside_the_whole_or_from_zero(whole):
    both = read(f"{whole}\nW[1] = [[1, 2]]").chains
    assert both[1].links[0].tree.name.subscripts == ("1",)
    alone = read("W[2] = [[3, 4]]\nW[1] = [[1, 2]]").chains
    assert alone[1].links[0].tree.name.superscript == "[1]"


SOFTMAX = """\
x = (1, 2), W = [[0.1, 0.2], [0.3, -0.1]], b = (0, 0.1), y = (1, 0), η = 0.5, loss: cross-entropy
z = W x + b = (0.5, 0.2)
exp: (1.6487, 1.2214), sum = {}
p = softmax(z) = (0.5744, 0.4256)
L = -ln p1 = 0.5544
"""


def test_the_sum_of_a_softmax_is_that_of_all_exponentials():
    right, slipped = (check(SOFTMAX.format(number)).judgements for number in ("2.8701", "2.7801"))
    assert {j.mark for j in right} <= {"right", "rounding"}
    assert next(j for j in slipped if "2.7801" in j.text).mark != "right"
