"""What follows from an earlier mistake: by shares of the loss, restated, or made again."""

from clearprop.checking.marking import check

MAZUR = """\
Inputs: i1 = 0.15, i2 = 0.35, learning rate 0.6, sigmoid everywhere
w1 = 0.22, w2 = 0.31, w3 = 0.27, w4 = 0.36, w5 = 0.42, w6 = 0.47, w7 = 0.53, w8 = 0.58
b1 = 0.4, b2 = 0.5, target_o1 = 0.05, target_o2 = 0.95
net_h1 = w1 * i1 + w2 * i2 + b1 * 1 = 0.54150
out_h1 = 1/(1 + e^(-net_h1)) = 0.63216
net_h2 = w3 * i1 + w4 * i2 + b1 * 1 = 0.56650
out_h2 = 1/(1 + e^(-net_h2)) = 0.63796
net_o1 = w5 * out_h1 + w6 * out_h2 + b2 * 1 = 1.06535
out_o1 = 1/(1 + e^(-net_o1)) = 0.74371
net_o2 = w7 * out_h1 + w8 * out_h2 + b2 * 1 = 1.20506
out_o2 = 1/(1 + e^(-net_o2)) = 0.76942
E_o1 = 1/2 (target_o1 - out_o1)^2 = 0.24062
E_o2 = 1/2 (target_o2 - out_o2)^2 = 0.01630
E_total = E_o1 + E_o2 = 0.25692
delta_o1 = (out_o1 - target_o1) out_o1 (1 - out_o1) = 0.13222
delta_o2 = (out_o2 - target_o2) out_o2 (1 - out_o2) = -0.03204
dE_o1/dout_h1 = delta_o1 * w5 = 0.05553
dE_o2/dout_h1 = delta_o2 * w7 = -0.01698
dE_total/dout_h1 = dE_o1/dout_h1 + dE_o2/dout_h1 = 0.03855
dE_total/dout_h2 = 0.04356
"""


def with_lines(text, **changes):
    """Return a text with other numbers: old for new."""
    for old, new in changes.values():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return check(text)


def last(report, count):
    """Return the marks and first mistakes of the last equalities."""
    return [(j.mark, *j.mistakes[:1]) for j in report.judgements[-count:]]


def test_a_share_of_a_slope_has_the_mistakes_of_the_slope():
    report = with_lines(
        MAZUR,
        one=("delta_o1 * w5 = 0.05553", "0.13222 * 0.36985 = 0.04890"),
        other=("delta_o2 * w7 = -0.01698", "-0.01737"),
        total=("dE_o2/dout_h1 = 0.03855", "dE_o2/dout_h1 = 0.03153"),
        second=("dE_total/dout_h2 = 0.04356", "dE_total/dout_h2 = 0.03647"),
    )
    assert report.first_wrong.mistakes == ("updated_weights_used",)
    assert report.first_wrong.line == 17
    assert report.count("wrong") == 1
    assert last(report, 4) == [
        ("follows", "updated_weights_used"),
        ("right",),
        ("follows",),
        ("follows", "updated_weights_used"),
    ]


def test_a_share_of_a_slope_follows_from_the_delta_of_its_output():
    report = with_lines(
        MAZUR,
        delta=("out_o2 (1 - out_o2) = -0.03204", "out_o2 (1 - out_o2) = -0.18058"),
        other=("delta_o2 * w7 = -0.01698", "delta_o2 * w7 = -0.09571"),
        total=("dE_o2/dout_h1 = 0.03855", "dE_o2/dout_h1 = -0.04018"),
        second=("dE_total/dout_h2 = 0.04356", "dE_total/dout_h2 = -0.04260"),
    )
    assert (report.first_wrong.line, report.count("wrong")) == (16, 1)
    assert report.first_wrong.mistakes[0] == "derivative_forgotten"
    assert last(report, 4) == [("follows",), ("right",), ("follows",), ("follows",)]


SEED = """\
x1 = 1, x2 = 2, y = 1, w1 = 0.5, w2 = 0.3, w3 = 0.8, η = 0.1
z_h = w1*x1 + w2*x2 = 1.1
h = σ(z_h) = 0.7503
z_out = w3*h = 0.6002
ŷ = σ(z_out) = 0.6457
L = (y - ŷ)² = 0.1255
∂L/∂z_out = -2(y - ŷ) ŷ(1 - ŷ) = -0.1621
∂L/∂w3 = ∂L/∂z_out × h = -0.1216
∂L/∂z_h = ∂L/∂z_out × w3 × h(1 - h) = -0.0243
∂L/∂w1 = ∂L/∂z_h × x1 = -0.0243
∂L/∂w2 = ∂L/∂z_h × x2 = -0.0486
w1_new = w1 - η ∂L/∂w1 = 0.5024
w2_new = w2 - η ∂L/∂w2 = 0.3049
"""


def test_a_wrong_number_that_is_restated_is_no_second_mistake():
    text = SEED.replace("x2 = -0.0486", "x2 = 0.0486").replace("0.3049", "0.2951")
    report = check(text + "∂L/∂w2 = 0.0486\n")
    assert report.first_wrong.mistakes == ("sign_flipped",)
    assert (report.count("wrong"), report.judgements[-1].mark) == (1, "follows")


def test_a_misconception_that_is_made_again_is_no_second_mistake():
    text = SEED.replace("0.5024", "0.4976").replace("0.3049", "0.2951")
    report = check(text)
    assert report.first_wrong.mistakes[0] == "ascent_for_descent"
    assert report.judgements[-1].mark == "follows"
    assert report.judgements[-1].note == "the same mistake as on line 12"


def test_a_slip_made_again_and_a_line_that_does_not_add_up_are_mistakes_of_their_own():
    slips = SEED.replace("x1 = -0.0243", "x1 = 0.0243").replace("h = -0.1216", "h = 0.1216")
    assert {j.line for j in check(slips).judgements if j.mark == "wrong"} == {8, 10}
    text = SEED.replace("= 0.5024", "= 0.4976")
    text = text.replace("w2 - η ∂L/∂w2 = 0.3049", "0.3 - 0.1 × (-0.0486) = 0.2951")
    assert {j.line for j in check(text).judgements if j.mark == "wrong"} == {12, 13}


NEURON = """\
x1 = 2, x2 = 3, t = 1, w1 = 0.1, w2 = -0.2, b = 0.05, sigmoid, learning rate 0.5
z = w1 x1 + w2 x2 + b = -0.3500
a = sigmoid(z) = 0.4134
C = (a - t)^2 / 2 = 0.1720
dC/dz = (a - t) a (1 - a) = -0.1423
new w1 = 0.1 - 0.5 * -0.1423 * 2 = 0.2423
new w2 = -0.2 - 0.5 * -0.1423 * 3 = 0.0134
new b = 0.05 - 0.5 * -0.1423 = 0.1212
new z = 0.5748
new a = 0.6399
new C = (0.6399 - 1)^2/2 = 0.0648
"""


def test_after_the_update_the_output_and_the_loss_follow_from_the_net_input():
    report = check(NEURON)
    assert (report.first_wrong.line, report.first_wrong.mistakes[0]) == (9, "bias_not_updated")
    assert last(report, 4) == [
        ("wrong", "bias_not_updated"),
        ("follows",),
        ("follows",),
        ("follows",),
    ]


BATCH = """\
Two examples as the columns of X, hidden layer tanh, output sigmoid, cross-entropy.
The cost is averaged over m = 2 examples.
X = [[0.5, -0.3], [0.8, 0.2]]
Y = [[1, 0]]
W1 = [[0.2, -0.4], [0.6, 0.1]]
b1 = [[0.1], [0.0]]
W2 = [[0.7, -0.5]]
b2 = [[0.05]]
alpha = 0.5
Z1 = W1 X + b1 = [[-0.1200, -0.0400], [0.3800, -0.1600]]
A1 = tanh(Z1) = [[-0.1194, -0.0400], [0.3627, -0.1586]]
Z2 = W2 A1 + b2 = [[-0.2149, 0.1013]]
A2 = sigmoid(Z2) = [[0.4465, 0.5253]]
dZ2 = A2 - Y = [[-0.5535, 0.5253]]
dW2 = 1/m dZ2 A1^T = [[0.0225, -0.1420]]
db2 = 1/m np.sum(dZ2, axis=1, keepdims=True) = [[-0.0141]]
dZ1 = W2^T dZ2 * (1 - A1^2) = [[-0.3875, 0.3677], [0.2768, -0.2627]]
dW1 = 1/m dZ1 X^T = [[-0.1520, -0.1182], [0.1086, 0.0845]]
db1 = 1/m np.sum(dZ1, axis=1, keepdims=True) = [[-0.0099], [0.0070]]
"""


def test_gradients_of_a_batch_follow_from_slopes_before_the_mean():
    report = check(BATCH)
    assert (report.first_wrong.line, report.count("wrong")) == (17, 1)
    assert report.first_wrong.mistakes[0] == "derivative_forgotten"
    assert [j.mark for j in report.judgements[-3:]] == ["follows", "right", "follows"]


LINEAR = """\
x = 2, y = 1, w = 0.5, b = 0.1, linear neuron, learning rate 0.1
ŷ = w x + b = 1.1
L = 1/2 (y - ŷ)^2 = 0.005
δ = {formula} = {delta}
dL/dw = {sign}δ x = {slope}
w_new = 0.5 - 0.1·({slope}) = {new}
"""


def test_a_sign_slipped_in_a_delta_is_one_mistake_and_no_other_convention():
    text = LINEAR.format(formula="dL/dŷ = ŷ - y", delta=-0.1, sign="", slope=-0.2, new=0.52)
    report = check(text)
    assert (report.first_wrong.line, report.count("wrong")) == (4, 1)
    assert report.first_wrong.mistakes[0] == "sign_flipped"
    assert [report.count("follows"), report.judgements[-1].mark] == [3, "follows"]


def test_a_delta_that_is_the_negative_slope_throughout_is_right():
    text = LINEAR.format(formula="y - ŷ", delta=-0.1, sign="-", slope=0.2, new=0.48)
    assert check(text).count("wrong") == 0


def test_a_formula_with_a_wrong_sign_is_doubted_before_a_right_number():
    text = LINEAR.format(formula="y - ŷ", delta=0.1, sign="", slope=0.2, new=0.48)
    assert [j.line for j in check(text).judgements if j.mark == "wrong"] == [4]
