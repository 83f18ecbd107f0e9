"""Lines in other people's notations, held against the seed's lesson: 2-1-1, w = 0.5, 0.3, 0.8."""

import pytest

from checking.written import chains
from clearprop.checking.marking import check
from clearprop.network.lesson import seed_lesson

RIGHT = [
    # superscripts that count weights, and those that are powers
    "w^1 = 0.5, w^2 = 0.3, w^3 = 0.8",
    "w^1 = 0.5, w^2 = 0.3, w^3 = 0.8\n∂L/∂w^3 = -0.1216",
    "h = 0.7503\nh^2 = 0.5629",
    "e = y - ŷ = 0.3543\nL = e² = 0.1255\ne^{1.1} = 3.004",
    # arguments and commas that are indices
    "v(n) = 0.5*1 + 0.3*2 = 1.1\nw3(n+1) = w3(n) + 0.1*0.122 = 0.8122",
    "w1(1) = 0.5, w2(1) = 0.3, w1(2) = 0.8",
    "z = w1(1) + w2(2) = 0.5(1) + 0.3(2) = 1.1",
    "w1,1 = 0.5, w1,2 = 0.3\nz = w1,1 * x1 + w1,2 * x2 = 1.1",
    # Greek letters spelled out
    "delta = -0.1621\nw3 = w3 - eta delta h = 0.8122",
    "delta = -0.1621\nΔw3 = -eta delta h = 0.0122",
    # roles in words
    "δs = -0.1621",
    "Φ(0.68) = 0.7517",
    "net(h) = 1.1\nh (net) = 1.1\nnet h = 1.1",
    "delta w3 = 0.0122\nDelta w3 = 0.0122\ngradient w3 = -0.1216",
]

READ = {
    "v_1^{(1)}(n) = w(n+1) + e_1^2(n)": ["v1^(1) = (w_new + e1^2)"],
    "w11(1) = 0.5": ["w11^(1) = 0.5"],
    "z = w1(1) + w2(2)": ["z = ((w1 * 1) + (w2 * 2))"],
    "yd,5 = 1": ["yd5 = 1"],
    "w2,3(new) = Δw2,3 + w2,3(old)": ["w2_3_new = (step_w2_3 + w2_3)"],
    "q = pow(w1,2)": ["q = w1^2"],
    "w1,1 = 0,75": ["w1_1 = 0.75"],
    "w1 := w1 - alpha dw1": ["w1_new = (w1 + -(alpha * dw1))"],
    "the learning rate eta is 0.1": [],
    "s(x) = 1/(1 + e^(-x))\no = s(0.5 s(0.3))": [
        "sigmoid<x> = (1 / (1 + exp<-x>))",
        "o = sigmoid<(0.5 * sigmoid<0.3>)>",
    ],
    "s(x) = 1/(1 + e^(-x))\ns = 0.3\nz = s(1 - s)": [
        "(s * x) = (1 / (1 + exp<-x>))",
        "s = 0.3",
        "z = (s * (1 + -s))",
    ],
    r"$\overline{w_{12}^{(2)}} = 0.3$": ["wbar12^(2) = 0.3"],
    r"$\overline{a + b} = 0.3$": ["? = 0.3"],
    r"\nabla_{W^{[2]}} \mathcal{L} = 0.3": ["dL/dW^[2] = 0.3"],
    "δs = 0.3": ["delta_s = 0.3"],
    "δo/δnet = 0.3": ["do/dnet = 0.3"],
    "q = L(w + ε)": ["q = L<(w + epsilon)>"],
    r"$w_3 \gets 9$": ["w3_new = 9"],
    "w5 neu = 0.3": ["w5_new = 0.3"],
    "w5* = 0.3": ["w5_new = 0.3"],
    "wnew = 0.3": ["w_new = 0.3"],
    "w5 => 0.3589": ["w5 = 0.3589"],
    "z = 1.1 => 0.75 => h": ["z = 1.1"],
    r"\delta_1^{\text{out}} = 0.3": ["delta1^out = 0.3"],
    "dSSR/db3 = 0.1": ["dSSR/db3 = 0.1"],
    "h = leaky_relu(-1.1)": ["h = leaky_relu<-1.1>"],
    "z = Wx + b": ["z = ((W * x) + b)"],
    "L = -log p_1 = -log(0.4)": ["L = -log<p1> = -log<0.4>"],
    "q = e^0.2 = 1.2214, sum $= 2.8701$": ["q = exp<0.2> = 1.2214", "sum = 2.8701"],
    "q = 0.5(0.3), so = 0.15": ["q = (0.5 * 0.3) = 0.15"],
    "h1;0,7398\nh2;0,5": ["h1 = 0.7398", "h2 = 0.5"],
    "| Unit | z | a |\n|--|--|--|\n| h1 | 0.95 | 0.7398 |": ["z_h1 = 0.95", "a_h1 = 0.7398"],
    "| weight | v_old | v_new | Δw |\n|--|--|--|--|\n| w1 | 0.1 | 0.05 | 0.2 |": [
        "v_w1 = 0.05",
        "step_w1 = 0.2",
    ],
    "| weight | w | new value |\n|--|--|--|\n| w1 | 0.9 | 0.8 + 0.7 = 1.5 |": [
        "w1 = 0.9",
        "w1_new = (0.8 + 0.7) = 1.5",
    ],
}


def marks(text):
    """Return the marks of a text's equalities under the seed's lesson."""
    return [judgement.mark for judgement in check(text, seed_lesson()).judgements]


@pytest.mark.parametrize(("text", "expected"), READ.items())
def test_a_line_is_read(text, expected):
    assert chains(text) == expected


@pytest.mark.parametrize("text", RIGHT)
def test_right_work_is_marked_right(text):
    found = marks(text)
    assert found
    assert set(found) == {"right"}


def test_a_network_is_not_read_where_a_stated_weight_would_be_left_over():
    text = "x = 1, y = 1, w1 = 0.5, w2 = 0.3, w3 = 0.8\nz = w1 x = 0.5\nh = σ(z) = 0.6225\n"
    assert check(text).lesson is None
    assert check(text.replace(", w2 = 0.3, w3 = 0.8", "")).lesson is not None


def test_superscripts_of_inputs_count_examples():
    text = """\
x(1) = 1, y(1) = 1, x(2) = 3, y(2) = 0, w = 0.1, b = 0.05
z(1) = w x(1) + b = 0.15
a(1) = sigmoid(z(1)) = 0.5374
z(2) = 0.1*3 + 0.05 = 0.35
a(2) = sigmoid(0.35) = 0.5866
J = -1/2 (log 0.5374 + log(1 - 0.5866)) = 0.7521
dz(1) = a(1) - y(1) = -0.4626
dz(2) = a(2) - y(2) = 0.5866
"""
    report = check(text)
    assert report.lesson.x.tolist() == [[1], [3]]
    assert {judgement.mark for judgement in report.judgements} <= {"right", "rounding"}


def test_a_network_in_matrices_with_bare_superscripts_is_read():
    text = r"""
$a^1 = x = \begin{pmatrix} 1.0 \\ 0.5 \end{pmatrix}$, $y = 1$, $\eta = 3$
$w^2 = \begin{pmatrix} 0.2 & -0.5 \\ 0.7 & 0.1 \end{pmatrix}$
$w^3 = \begin{pmatrix} 0.4 & -0.3 \end{pmatrix}$
$b^2 = \begin{pmatrix} 0.1 \\ -0.2 \end{pmatrix}$, $b^3 = 0.05$
$z^2 = w^2 a^1 + b^2 = \begin{pmatrix} 0.05 \\ 0.55 \end{pmatrix}$
$a^2 = \sigma(z^2) = \begin{pmatrix} 0.5125 \\ 0.6341 \end{pmatrix}$
$z^3 = w^3 a^2 + b^3 = 0.0648$
$a^3 = \sigma(z^3) = 0.5162$
$C = \frac12 (y - a^3)^2 = 0.1170$
$\delta^3 = (a^3 - y) \odot \sigma'(z^3) = -0.1208$
$\delta^2 = ((w^3)^T \delta^3) \odot \sigma'(z^2) = \begin{pmatrix} -0.0121 \\ 0.0084 \end{pmatrix}$
"""
    report = check(text)
    assert report.lesson.network.layers == (2, 2, 1)
    assert {judgement.mark for judgement in report.judgements} == {"right"}


BARS = """\
$x = 2$, $t = 1$, $w_1 = 0.8$, $w_2 = 1.5$, $\\eta = 0.1$
$z = w_1 x = 1.6$, $h = \\sigma(z) = 0.8320$, $y = w_2 h = 1.2480$
$L = \\frac12 (y - t)^2 = 0.0308$
$\\bar{y} = y - t = 0.2480$, $\\overline{w_2} = \\bar{y} h = 0.2064$
$\\bar{h} = \\bar{y} w_2 = 0.3721$, $\\bar{z} = \\bar{h} \\sigma'(z) = 0.0520$
"""


def test_a_bar_is_the_slope_where_letters_stand_with_and_without_it():
    report = check(BARS)
    assert report.lesson.network.layers == (1, 1, 1)
    assert {judgement.mark for judgement in report.judgements} <= {"right", "rounding"}


def test_percentages_matlab_s_operators_and_formulas_of_spreadsheets_are_read():
    softmax = """\
x1 = 0.5, w1 = 0.4, w2 = 0.6, y1 = 0, y2 = 1. Cross entropy loss, softmax output.
z1 = w1*x1 = 0.2
z2 = w2*x1 = 0.3
p1 = 1.2214/2.5713 = 0.4750 (47.5%)
p2 = 1.3499/2.5713 = 0.5250 (52.5 %)
Loss = -ln(p2) = 0.6444
"""
    assert {judgement.mark for judgement in check(softmax).judgements} == {"right"}
    assert check("A = [1, 2]\nB = [3, 4]\nA.*B = [3, 8]").count("right") == 6
    assert check("a = 0.5\nb = 1 .- a.^2 = 0.75").count("right") == 3
    turned = ">> A = [1 2; 3 4]\n>> B = [5; 6]\n>> A'*B = [23; 34]"
    assert check(turned).count("right") == 8
    sheet = "quantity;formula;value\nx;input;2\nw;given;0,5\nz;w*x;1\no;1/(1+exp(-z));0,7311\n"
    assert {judgement.mark for judgement in check(sheet).judgements} == {"right"}
    slipped = check(sheet.replace("0,7311", "0,7411")).judgements
    assert [judgement.line for judgement in slipped if judgement.mark == "wrong"] == [5]


def test_what_some_call_dout_is_of_the_net_input():
    text = """\
x1 = 0.6, target t = 1, w1 = 0.2, w2 = 0.7, sigmoid, lr = 0.3, E = 0.5*(t - o)^2
n1 = w1*x1 = 0.12
a1 = sigmoid(n1) = 0.53
net = w2*a1 = 0.371
o = sigmoid(net) = 0.592
dout = (o - t)*o*(1 - o) = (0.592 - 1)*0.592*(1 - 0.592) = -0.0985
"""
    assert {judgement.mark for judgement in check(text).judgements} <= {"right", "rounding"}


CHAIN = r"""a chain $x \to a_1 \to a_2$ with $a_i = \tanh(z_i)$, $z_i = w_i a_{i-1}$, $a_0 = x$
and $L = \tfrac12 (a_2 - y)^2$; $x = 0.5$, $y = 0.2$, $w_1 = 0.8$, $w_2 = -0.5$

$$z_1 = w_1 x = 0.4, \qquad a_1 = \tanh(z_1) = 0.37995$$
$$z_2 = w_2 a_1 = -0.18997, \qquad a_2 = \tanh(z_2) = -0.18772$$
$$\delta_2 = (a_2 - y)(1 - a_2^2) = -0.37406$$
$$\delta_1 = \delta_2 w_2 (1 - a_1) = 0.11597$$
"""


def test_a_formula_for_any_layer_does_not_hide_the_network():
    report = check(CHAIN)
    assert report.lesson.network.layers == (1, 1, 1)
    first = next(line for line in report.judgements if line.mark == "wrong")
    assert (first.line, first.mistakes) == (7, ("square_forgotten",))


def test_a_name_that_is_a_word_may_begin_a_line():
    text = "x = 2, t = 1, w = 0.5\nno = w*x = 1\no = 1/(1+exp(-no)) = 0.7311"
    assert [line.text for line in check(text).judgements][3] == "no = w*x"
    assert check(text).count("right") == len(check(text).judgements)


def test_net_inputs_in_numbers_come_before_those_told_by_their_value():
    text = """Eingaben x1 = 1, x2 = 0, Sollwert t = 1, alle Neuronen logistisch
w13 = 0,2; w14 = −0,3; w23 = 0,4; w24 = 0,1; w35 = −0,5; w45 = 0,3; b3 = −0,4; b4 = 0,2; b5 = 0,1
net3 = 1·0,2 + 0·0,4 − 0,4 = -0,2
o3 = 1/(1+e^0,2) = 0,4502
net4 = 1·(−0,3) + 0·0,1 + 0,2 = -0,1
o4 = 1/(1+e^0,1) = 0,4750
net5 = −0,5·0,4502 + 0,3·0,4750 + 0,1 = 0,0174
o5 = 0,5044
δ5 = (t − o5)·o5·(1 − o5) = 0,1239
δ4 = o4·w45·δ5 = 0,0177"""
    report = check(text)
    assert report.lesson.network.layers == (2, 2, 1)
    assert [line.line for line in report.judgements if line.mark == "wrong"] == [10, 10]


JULIA = """
julia> x = [0.4, 0.8]; y = 1.0; η = 0.2;
julia> W1 = [0.3 -0.2; 0.5 0.1]; b1 = [0.1, -0.1]; W2 = [0.7 -0.6]; b2 = [0.05];
julia> a1 = tanh.(W1 * x + b1)
2-element Vector{Float64}:
 0.0599281035291435
 0.17808086811733
julia> z2 = W2 * a1 + b2
1-element Vector{Float64}:
 -0.0148988483999977
julia> ŷ = 1 ./ (1 .+ exp.(-z2))
1-element Vector{Float64}:
 0.496275356798097
julia> L = -y * log(ŷ[1]) - (1 - y) * log(1 - ŷ[1])
0.700624351463772
julia> δ2 = ŷ .- y
1-element Vector{Float64}:
 -0.503724643201903
julia> δ1 = (W2' * δ2) .* (1 .- a1 .^ 2)
2-element Vector{Float64}:
 -0.351340904463827
 0.292650075935212
julia> W1 - η * (δ1 * x')
2×2 Matrix{Float64}:
 0.328107  -0.143785
 0.476588  0.053176
"""


def test_what_a_session_of_julia_printed_is_judged():
    assert {line.mark for line in check(JULIA).judgements} == {"right"}
    assert check(JULIA).judgements[-1].printed == 0.328107
    (slip,) = (
        line
        for line in check(JULIA.replace("-0.143785", "-0.143875")).judgements
        if line.mark == "wrong"
    )
    assert slip.text.startswith("W1 - η · (δ1 · xᵀ) = ")


def test_a_penalty_said_with_its_factor_is_reckoned_with():
    text = """x = 2, y = 1, w = 0.5, b = 0.1, L2 regularisation with lambda = 0.1, rate 0.5
z = w*x + b = 1.1
h = sigmoid(z) = 0.7503
L = 0.5*(h - y)^2 = 0.0312
dz = (h - y)*h*(1 - h) = -0.04679
dw = dz*x = -0.09359
dw_total = -0.09359 + 0.1*0.5 = -0.04359
w' = 0.5 - 0.5*(-0.04359) = 0.5218
b' = 0.1 - 0.5*(-0.04679) = 0.1234"""
    for update in ("0.5 - 0.5*(-0.04359)", "w - 0.5*dw_total"):
        report = check(text.replace("0.5 - 0.5*(-0.04359)", update))
        assert report.lesson.learning.constant("weight_decay") == 0.1
        assert {line.mark for line in report.judgements} <= {"right", "rounding"}


@pytest.mark.parametrize(
    ("said", "penalty", "updated"),
    [
        ("with weight decay λ = 0.1", "dw_total = dw + 2*0.1*w = 0.00641", "w - 0.5*dw_total"),
        ("weight decay 0.1", "", "0.9*w - 0.5*dw"),
        ("(weight decay 0.1 comes in exercise 2)", "", "w - 0.5*dw"),
        ("regularised 2 networks", "", "w - 0.5*dw"),
    ],
)
def test_another_penalty_is_not_held_against_a_solution(said, penalty, updated):
    text = f"""x = 2, y = 1, w = 0.5, b = 0.1, {said}, learning rate 0.5
z = w*x + b = 1.1
h = sigmoid(z) = 0.7503
dz = (h - y)*h*(1 - h) = -0.04679
dw = dz*x = -0.09359
{penalty}
w' = {updated} = 0.5"""
    assert check(text).count("wrong") == 0


def test_short_words_of_prose_stay_prose():
    text = "x = 0.3, w = 0.5, b = 0.2, t = 1\nz = w*x + b\nso ≈ 0.35\na = sigmoid(z)\nso ≈ 0.5866"
    assert check(text).count("wrong") == 0


def test_entries_of_one_vector_are_no_layers():
    report = check("""x = [0.4, 0.8], w1 = [0.3, -0.2], w2 = [0.5, 0.1], b = 0.1, t = 1
v1 = 0.7, v2 = -0.6
z1 = w1·x + b = 0.06
z2 = w2·x + b = 0.38
h = tanh([z1, z2]) = [0.05993, 0.36271]
h1 = 0.05993, h2 = 0.36271
y = v1*h1 + v2*h2 = -0.17568""")
    assert report.lesson.network.layers == (2, 2, 1)


def test_a_unit_may_have_a_letter_for_its_index():
    report = check("""Inputs a_1 = 1, a_2 = 0.5, target t = 1, w_1 = 0.4, w_2 = -0.6, v = 0.8
a_j = tanh(w_1*a_1 + w_2*a_2) = 0.0997
y = v*a_j = 0.0797
L = 1/2 (t - y)^2 = 0.4235""")
    assert report.lesson.network.layers == (2, 1, 1)


def test_of_a_session_of_julia_only_formulas_are_read():
    more = """julia> length(x)
2
julia> round(a1[1], digits=3)
0.06
julia> a1 .> 0
2-element BitVector:
 1
 1
julia> size(W1, 1)
2
julia> W2  # the weights
2×2 Matrix{Float64}:
 0.7  -0.6
"""
    assert {line.mark for line in check(JULIA + more).judgements} == {"right"}
    slip = "julia> b1 # hidden biases\n2-element Vector{Float64}:\n 0.1\n 0.9\n"
    assert check(JULIA + slip).count("wrong") == 1
