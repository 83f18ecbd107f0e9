"""What is understood without a lesson: the rate, the rules and the network that the text gives."""

import pytest

import clearprop as cp
from clearprop.checking.marking import check

NEURON = """\
x = 2, w = 0.5, b = 0.1, y = 1{}
z = w*x + b = 0.5*2 + 0.1 = 1.1
ŷ = σ(z) = 0.7503
L = (y - ŷ)² = 0.0624
∂L/∂w = -2(y - ŷ) ŷ(1 - ŷ) x = -0.1871
∂L/∂b = -2(y - ŷ) ŷ(1 - ŷ) = -0.0936
{}
"""


def update(rate, sign="-"):
    """Return the lines of the update with a rate."""
    w, b = 0.5 + rate * 0.18711, 0.1 + rate * 0.093556
    return (
        f"w_new = 0.5 {sign} {rate}*(-0.1871) = {w:.4f}\n"
        f"b_new = 0.1 {sign} {rate}*(-0.0936) = {b:.4f}"
    )


def wrong(report):
    """Return the equalities marked wrong."""
    return [judgement.text for judgement in report.judgements if judgement.mark == "wrong"]


@pytest.mark.parametrize(
    "said",
    [
        ", learning rate $0.05$", "\nLearning rate: $0.05$", "\n**Learning rate** $0.05$.",
        "\nLernrate 0,05", "\nη is 0.05", "\nThe learning rate is 0.05.",
        "\nWe take a learning rate of 0.05", "\n\n| learning rate | 0.05 |\n|---|---|\n",
        "\nlearning rate a = 0.05", "\nlearning-rate parameter $\\eta = 0.05$",
    ],
)  # fmt: skip
def test_the_learning_rate_is_read_in_words(said):
    report = check(NEURON.format(said, update(0.05)))
    assert report.lesson.learning.constant("rate") == 0.05
    assert wrong(report) == []
    assert "rate" not in report.unsaid


def test_a_rate_that_is_not_said_is_taken_from_the_updates():
    report = check(NEURON.format("", update(0.05)))
    assert report.lesson.learning.constant("rate") == 0.05
    assert wrong(report) == []
    slipped = check(NEURON.format("", update(0.05).replace("0.5094", "0.5049")))
    assert wrong(slipped) == ["0.5 - 0.05*(-0.1871) = 0.5049"]


@pytest.mark.parametrize(
    "updates", ["w_new = 0.5094\nb_new = 0.1047", "w_new = w - η ∂L/∂w = 0.51"]
)
def test_without_any_rate_the_updates_are_not_judged(updates):
    report = check(NEURON.format("", updates))
    assert report.unsaid == {"rate"}
    assert wrong(report) == []
    assert report.judgements[-1].mark == "not understood"
    assert "learning rate" in report.judgements[-1].note


@pytest.mark.parametrize("rate", ["0", "-0.5", "1e400"])
def test_a_rate_that_is_none_is_not_given(rate):
    report = check(NEURON.format(f", learning rate {rate}", "w_new = 0.7"))
    assert report.unsaid == {"rate"}
    assert wrong(report) == []
    report = check(f"x = 1, y = 1, w = 0.5, learning rate {rate}, sigmoid\nz = 0.5\na = 0.6225")
    assert report.lesson is not None
    assert "rate" in report.unsaid


def test_a_momentum_that_is_none_leaves_the_optimizer_open():
    report = check(NEURON.format(", momentum 2, velocities start at 0, rate 0.1", "w_new = 0.7"))
    assert "optimizer" in report.unsaid
    assert wrong(report) == []


# --- activations and losses ----------------------------------------------------------------------


def test_activations_and_loss_said_in_words_are_those_of_the_network():
    report = check(
        "$x = 2$, $w_1 = 0.5$, $w_2 = -1$, $y = 1$, no biases."
        " Hidden ReLU, output sigmoid, binary cross-entropy.\n\n"
        "$z_1 = w_1 x = 1$\n\n$a_1 = \\max(0, 1) = 1$\n\n$z_2 = w_2 a_1 = -1$\n\n"
        "$\\hat y = \\frac{1}{1+e^{1}} = 0.2689$\n"
    )
    assert report.lesson.network.activations == ("relu", "sigmoid")
    assert report.lesson.learning.loss == "binary_cross_entropy"
    assert wrong(report) == []


@pytest.mark.parametrize(
    ("said", "function"),
    [
        ("one hidden ReLU neuron, linear output", "φ"),
        ("a hidden layer of one ReLU neuron and a linear output", "σ"),
        ("where $f(x) = \\max(0, x)$", "f"),
    ],
)
def test_a_function_of_its_own_is_the_activation_that_is_said(said, function):
    report = check(
        f"x = 2, w = 0.5, v = 0.8, t = 1, no bias, E = 1/2*(t - y)^2, {said}\n"
        f"u = w x = 1\nh = {function}(u) = 1\ny = v h = 0.8\nE = 0.02\n"
    )
    assert report.lesson.network.activations == ("relu", "identity")
    assert wrong(report) == []


def test_an_activation_without_a_word_is_the_sigmoid():
    assert check(NEURON.format("", "")).lesson.network.activations == ("sigmoid",)


# --- units without a formula ---------------------------------------------------------------------


def test_a_softmax_said_in_words_is_that_of_quotients_in_numbers():
    report = check(
        "Input x = (1, 0.5), softmax outputs, target y = (0, 1, 0), cross-entropy, η = 0.2\n"
        "W = [[0.5, -0.3], [0.1, 0.2], [-0.4, 0.6]], b = (0.1, 0, -0.1)\n"
        "z_1 = 0.5·1 - 0.3·0.5 + 0.1 = 0.45\nz_2 = 0.1·1 + 0.2·0.5 = 0.2\n"
        "z_3 = -0.4·1 + 0.6·0.5 - 0.1 = -0.2\np_1 = 1.5683/3.6084 = 0.4346\n"
        "p_2 = 1.2214/3.6084 = 0.3385\np_3 = 0.8187/3.6084 = 0.2269\n"
    )
    assert report.lesson.network.activations == ("softmax",)
    assert report.lesson.learning.loss == "cross_entropy"
    assert wrong(report) == []


def test_net_inputs_that_are_only_stated_are_of_the_weights_that_give_them():
    report = check(
        "x1 = 1, x2 = 2, w1 = 0.5, w2 = 0.3, w3 = 0.8, y = 1, η = 0.5, sigmoid, no biases\n"
        "z_h = 1.1\nh = 0.7503\nz_out = 0.8·h = 0.6002\nŷ = σ(z_out) = 0.6457\n"
    )
    assert report.lesson.network.layers == (2, 1, 1)
    assert report.lesson.parameters.vector.tolist() == [0.5, 0.3, 0.8]
    assert wrong(report) == []


def test_a_net_input_may_stand_as_its_number_within_the_activation():
    report = check(
        "x = 2, w = 0.5, t = 1, η = 0.1, no bias, sigmoid, E = 1/2*(t - out)^2\n"
        "out = σ(1) = 0.7311\nE = 0.0362\ndE/dw = -0.1057\n"
    )
    assert report.lesson.network.layers == (1, 1)
    assert report.lesson.learning.loss == "half_squared_error"
    assert wrong(report) == []


def test_a_sum_within_a_sum_is_a_net_input():
    report = check(
        "x = [1, 2], y = [1, 0], W = [[0.1, 0.2], [0.3, -0.1]], b = [0.1, 0], η = 0.1\n"
        "z = W x + b = [0.6, 0.1]\np = softmax(z) = [0.6225, 0.3775]\n"
    )
    assert report.lesson.network.layers == (2, 2)
    assert report.lesson.network.activations == ("softmax",)


# --- optimizers and losses of other kinds --------------------------------------------------------


def test_the_delta_of_a_huber_loss_is_no_target():
    report = check(
        "Huber loss with δ = 1, linear output\nx = 2, w = 0.6, b = 0.1, target t = 4, η = 0.1\n"
        "ŷ = 0.6·2 + 0.1 = 1.3\nr = ŷ − t = −2.7\nL = δ(|r| − δ/2) = 2.2\n"
        "dL/dw = −1·2 = −2\nw_new = 0.6 + 0.1·2 = 0.8\n"
    )
    assert report.lesson.learning.loss == "huber"
    assert wrong(report) == []
    assert report.count("not understood") == 0


def test_of_a_loss_that_is_not_known_only_the_forward_pass_is_judged():
    report = check(
        "x = 2, w = 0.2, b = 0.1, t = 1, lr = 0.1, linear output, hinge loss\n"
        "o = 0.2*2 + 0.1 = 0.5\nL = max(0, 1 - 1*0.5) = 0.5\ndL/dw = -1*2 = -2\n"
        "w_new = 0.2 + 0.1*2 = 0.4\n"
    )
    assert wrong(report) == []
    assert "loss" in report.unsaid
    assert report.judgements[-2].note == "the solution names a loss that is not known here"


OPTIMIZERS = {
    "momentum 0.9, starting from rest": ("momentum", "w_new = 0.5094"),
    "with momentum": (None, "w_new = 0.6"),
    "momentum 0.9, previous step 0.02": (None, "w_new = 0.6"),
    "no momentum": ("gradient_descent", "w_new = 0.5094"),
    "Adam, first step": ("adam", "w_new = 0.55"),
    "with weight decay": (None, "w_new = 0.6"),
    "with weight decay λ = 0.1": (None, "w_new = 0.6"),  # of λ/2 w², or of λ w²?
}


@pytest.mark.parametrize("said", OPTIMIZERS)
def test_an_optimizer_that_is_named_is_followed_or_its_updates_are_not_judged(said):
    optimizer, updated = OPTIMIZERS[said]
    report = check(NEURON.format(f", η = 0.05, {said}", updated))
    assert wrong(report) == []
    assert (report.judgements[-1].mark == "not understood") == (optimizer is None)
    if optimizer is not None:
        assert report.lesson.learning.optimizer == optimizer


def test_a_letter_for_rates_that_has_another_number_is_not_the_rate():
    report = check(NEURON.format(", η = 0.05", "Check with ε = 10^{-4}"))
    assert wrong(report) == []


# --- inputs and biases of any letter -------------------------------------------------------------


def test_inputs_may_have_any_letter_and_biases_may_be_weights_of_index_0():
    report = check(
        "w_{3,0} = 0.1, w_{3,1} = -0.05, w_{3,2} = 0.2, d_1 = 0.36, d_2 = 0.64, t = 0.81, α = 0.2\n"
        "z_3 = (0.1 × 1) + (-0.05 × 0.36) + (0.2 × 0.64) = 0.21\n"
        "a_3 = logistic(0.21) = 0.5523\n"
        "w_{3,1} = -0.05 + 0.2 × 0.0637 × 0.36 = -0.0454\n"
    )
    assert report.lesson.network.layers == (2, 1)
    assert report.lesson.parameters.vector.tolist() == [-0.05, 0.2, 0.1]
    assert wrong(report) == []


def test_the_net_input_within_an_activation_spelled_out_needs_no_name():
    report = check(
        "x_1 = 3, x_2 = 1, w_1 = 0.2, w_2 = -0.1, b_1 = 0.1, w_3 = -0.4, w_4 = 0.3, b_2 = 0.2\n"
        "w_5 = 0.5, w_6 = -0.7, b_3 = 0.1, t = 2, η = 0.1\n"
        "h_1 = max(0, 0.6) = 0.6\nh_2 = max(0, -0.7) = 0\no = 0.5·0.6 - 0.7·0 + 0.1 = 0.4\n"
    )
    assert report.lesson.network.layers == (2, 2, 1)
    assert report.lesson.network.activations == ("relu", "identity")
    assert wrong(report) == []


def test_a_number_of_few_digits_is_no_net_input_by_chance():
    report = check("x = 2, w = 0.5, y = 1, sigmoid\nz = 1.04\nh = σ(z) = 0.7388\n")
    assert report.lesson is None


def test_with_an_activation_that_is_not_in_the_tables_no_network_is_understood():
    bipolar = "\nwhere f(x) = 2/(1 + e^(-x)) - 1"
    report = check(NEURON.format(bipolar, "η = 0.1").replace("σ(z) = 0.7503", "f(z) = 0.5005"))
    assert report.lesson is None
    assert check(NEURON.format("\nσ(z) = ŷ", "")).lesson.network.activations == ("sigmoid",)


def test_a_function_of_its_own_is_that_of_the_layer_it_is_applied_to():
    text = (
        "x = 2, w = 0.5, v = -1, t = 1, tanh hidden unit, sigmoid output, E = 1/2*(t - y)^2\n"
        "z = w x = 1\nh = f(z) = 0.7616\nu = v h = -0.7616\ny = f(u) = 0.3183\n"
    )
    report = check(text)
    assert report.lesson.network.activations == ("tanh", "sigmoid")
    assert wrong(report) == []
    numbers = check(text.replace("f(u)", "f(-0.7616)"))
    assert wrong(numbers) == []


def test_what_was_not_understood_is_not_printed_as_understood():
    text = NEURON.format(", hinge loss", "").replace("L = (y - ŷ)² = 0.0624", "")
    page = cp.document(check(text), "text")
    assert "unknown, mean over 1 example" in page
    assert "rate not given" in page


FORWARD = """x1=1, x2=2, w1=0.5, w2=0.3, w3=0.8, sigmoid
z_h = w1 x1 + w2 x2 = 1.1
h = sigmoid(z_h) = 0.7503
z_o = w3 h = 0.6002
o = sigmoid(z_o) = 0.6457
"""


def test_of_a_forward_pass_alone_no_loss_target_or_rate_is_told():
    page = cp.document(check(FORWARD), "text")
    assert "loss      not said" in page
    assert "rate not given" in page
    assert "w₃ = 0.8\n" in page
    assert " y = 1" not in page


def test_a_loss_that_is_written_out_is_the_loss():
    formula = "y = 1\nE = (o - y)^2"
    report = check(f"{FORWARD}{formula}")
    assert report.lesson.learning.loss == "squared_error"
    assert "no loss" not in report.unsaid
    values = FORWARD.replace("w1 x1 + w2 x2 = ", "").replace("w3 h = ", "")
    for loss, text in (("squared_error", formula), ("half_squared_error", "E = 1/2 Σ (y - o)²")):
        report = check(f"{values}y = 1\n{text}")
        assert report.lesson.learning.loss == loss
        assert wrong(report) == []


@pytest.mark.parametrize(
    ("slope", "loss"), [("2 (o - y)", "squared_error"), ("(o - y)", "half_squared_error")]
)
def test_formulas_tell_the_loss_where_no_value_does(slope, loss):
    report = check(f"{FORWARD}y = 1\ndelta_o = {slope} o (1 - o)\ndE/dw3 = delta_o h")
    assert report.lesson.learning.loss == loss
    assert "no loss" not in report.unsaid
    assert wrong(report) == []


def test_a_loss_that_nothing_decides_is_not_judged():
    report = check(f"{FORWARD}y = 1\nE = 0.3")
    assert report.unsaid == {"no loss", "rate"}
    assert report.judgements[-1].mark == "not understood"


@pytest.mark.parametrize(
    "text", ["x = 1, w = 2, y = 1\nz = 1e400\nh = σ(z)", "x = 1, w = 2\nf(x) = dL/dw", "f(x) = 0/x"]
)
def test_numbers_beyond_all_bounds_and_odd_functions_are_read(text):
    assert check(text).exit_code in (0, 1, 2)


@pytest.mark.parametrize(
    "given", ["x1 = 1e999", "w1 = 1e999", "b1 = 1e999", "b1 = -1e999", "b = [1e999]", "y = 1e999"]
)
@pytest.mark.parametrize("rest", ["x1 = 1\nw1 = 0.5\nz1 = 0.5*1 = 0.5", "z = 3*2 = 6", ""])
def test_a_number_that_no_float_holds_is_not_understood(given, rest):
    first, *_ = check(f"{given}\n{rest}").judgements
    assert first.mark == "not understood"
    assert first.note == "1e999 is larger than any 64-bit float"


def test_a_network_told_by_numbers_has_all_the_weights_that_are_stated():
    text = (
        "x_1 = 1, x_2 = 0, w_1 = 0.4, w_2 = 0.1, v_1 = 0.6, t = 1, η = 0.1, no bias, sigmoid\n"
        "h = 1/(1 + e^(-0.4)) = 0.5987\n"
    )
    assert check(text).lesson is None
    report = check(f"{text}o = 1/(1 + e^(-0.3592)) = 0.5888\n")
    assert report.lesson.network.layers == (2, 1, 1)
    assert wrong(report) == []


def test_two_examples_are_not_matched_with_a_lesson_of_one():
    text = """x@1 = 1, x@2 = 2, w = 0.5, b = 0.1
z@1 = w x@1 + b = 0.6, a@1 = sigmoid(z@1) = 0.6457
z@2 = w x@2 + b = 1.1, a@2 = sigmoid(z@2) = 0.7503
"""
    one = check("x = 1, w = 0.5, b = 0.1, y = 1\nz = w x + b = 0.6\na = sigmoid(z) = 0.6457").lesson
    report = check(text, one)
    assert report.lesson is one
    assert wrong(report) == []


def test_no_name_means_what_the_network_has_no_place_for():
    text = """h = σ(w1 x) and o = σ(w2 h + b), x = 1, w1 = 0.5, w2 = -1, y = 1
h = 0.6225
o = σ(-0.6225 + b) = 0.3492
∂L/∂b = 0.1
"""
    lesson = check(
        "x = 1, w1 = 0.5, w2 = -1, y = 1\nh = σ(w1 x) = 0.6225\no = σ(w2 h) = 0.35"
    ).lesson
    assert not any(lesson.network.biases)
    report = check(text, lesson)
    assert ("b", "b1") not in report.names
    assert wrong(report) == []
