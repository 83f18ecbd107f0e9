"""Marks of whole solutions: what is right, rounded, wrong, and what follows from it."""

from dataclasses import replace
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.marking import check
from clearprop.errors import UnknownName
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.initializers import initialize
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson, read_lesson, seed_lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

EXAMPLES = Path(__file__).parents[2] / "examples"
SOLUTION = """\
x1 = 1, x2 = 2, y = 1, w1 = 0.5, w2 = 0.3, w3 = 0.8, η = 0.1
z_h = w1*x1 + w2*x2 = 0.5*1 + 0.3*2 = 1.1
h = σ(z_h) = 0.7503
z_out = w3*h = 0.8*0.7503 = 0.6002
ŷ = σ(z_out) = 0.6457
L = (y - ŷ)² = 0.1255
∂L/∂ŷ = -2(y - ŷ) = -0.7086
∂L/∂z_out = ∂L/∂ŷ × ŷ(1 - ŷ) = -0.1621
∂L/∂w3 = ∂L/∂z_out × h = -0.1216
w3_new = w3 - η ∂L/∂w3 = 0.8122
∂L/∂z_h = ∂L/∂z_out × w3 × h(1 - h) = -0.0243
∂L/∂w1 = ∂L/∂z_h × x1 = -0.0243
w1_new = w1 - η ∂L/∂w1 = 0.5024
"""


def marks(text, lesson=None, **names):
    """Return the marks of the lines, the worst of each, by line."""
    found = {}
    for judgement in check(text, lesson, names).judgements:
        found.setdefault(judgement.line, []).append(judgement.mark)
    return found


def changed(old, new):
    """Return the solution with one thing written otherwise."""
    assert SOLUTION.count(old) == 1, old
    return SOLUTION.replace(old, new)


def test_a_right_solution_is_right_with_a_lesson_and_without():
    for lesson in (None, seed_lesson()):
        report = check(SOLUTION, lesson)
        assert {j.mark for j in report.judgements} == {"right"}
        assert report.exit_code == 0
        assert report.from_text == (lesson is None)


def test_the_network_is_read_out_of_the_formulas():
    lesson = check(SOLUTION).lesson
    assert lesson.network.layers == (2, 1, 1)
    assert lesson.learning.loss == "squared_error"
    assert lesson.learning.constant("rate") == 0.1
    assert lesson.parameters.vector.tolist() == [0.5, 0.3, 0.8]


def test_what_follows_from_a_mistake_is_no_second_mistake():
    wrong = changed("h(1 - h) = -0.0243", "h(1 - h) = -0.1297")
    wrong = wrong.replace("x1 = -0.0243", "x1 = -0.1297").replace("= 0.5024", "= 0.5130")
    report = check(wrong)
    assert [j.line for j in report.judgements if j.mark == "wrong"] == [11]
    assert [j.mark for j in report.judgements if j.line > 11] == ["right", "follows"] * 2
    assert report.first_wrong.mistakes[0] == "derivative_forgotten"
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("∂L/∂z_out × w3 × h(1 - h) = -0.0243", "-0.1621 × 0.8122 × 0.1874 = -0.0247",
         "updated_weights_used"),
        ("-2(y - ŷ) = -0.7086", "-0.3543", "factor_two_lost"),
        ("w3 - η ∂L/∂w3 = 0.8122", "0.7878", "ascent_for_descent"),
        ("∂L/∂ŷ × ŷ(1 - ŷ) = -0.1621", "0.1621", "sign_flipped"),
        ("σ(z_out) = 0.6457", "0.6547", "digits_transposed"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_digits(old, new, mistake):
    report = check(changed(old, new), seed_lesson())
    assert report.first_wrong is not None
    assert report.first_wrong.mistakes[0] == mistake


def test_rounded_numbers_carried_on_are_rounding():
    report = check(
        "L = (1 - 0.646)² = (0.354)² ≈ 0.125\n∂h/∂z_h = 0.750 × 0.250 = 0.1875", seed_lesson()
    )
    assert [j.mark for j in report.judgements if j.printed in (0.125, 0.1875)] == ["rounding"] * 2


def test_a_digit_cut_off_is_rounding_and_one_rounded_up_is_wrong():
    assert marks("z_out = 0.60021", seed_lesson()) == {1: ["right"]}
    assert marks("dL/dw3 = -0.12162", seed_lesson()) == {1: ["right"]}
    assert marks("yhat = 0.64570", seed_lesson()) == {1: ["right"]}
    assert marks("h = 0.75026", seed_lesson()) == {1: ["right"]}
    assert marks("L = 0.12552", seed_lesson()) == {1: ["rounding"]}  # 0.125525…, cut
    assert marks("L = 0.12554", seed_lesson()) == {1: ["wrong"]}


def test_an_exact_number_carries_no_rounding_error():
    assert marks("z_h = 1.1\nh = 0.7580", seed_lesson()) == {1: ["right"], 2: ["wrong"]}
    assert marks("dL/dyhat = 0", seed_lesson()) == {1: ["wrong"]}
    assert marks("z_out = 0.6\nyhat = 0.646", seed_lesson())[2] == ["right"]


def test_a_step_may_be_rounded_to_the_decimals_of_its_sum():
    for step, mark in (("0.012", "right"), ("0.014", "wrong")):
        for sign in (f"+ {step}", f"- (-{step})"):
            judged = marks(f"w3_new = 0.8 {sign} = 0.8{step[-2:]}", seed_lesson())
            assert judged[1][0] == mark


@pytest.mark.parametrize(
    "text",
    [
        "∂L/∂h = -0.2000\n∂L/∂z_h = -0.2000·0.1874 = -0.0375",
        "∂L/∂h = -0.2000\n∂L/∂w1 = -0.2000·0.1874·1 = -0.0375",
        "Δw3 = 0.0200\nw3 = w3 + Δw3 = 0.8 + 0.02 = 0.82",
        "E_o1 = 0.549622\nE_total = E_o1 + E_o2 = 0.549622 + 0.023560 = 0.573182",
    ],
)
def test_a_wrong_value_is_followed_through_steps_that_the_equations_leave_out(text):
    lesson = read_lesson(EXAMPLES / "mazur.toml") if "E_o1" in text else seed_lesson()
    judged = marks(text, lesson)
    assert judged[1] == ["wrong"]
    assert judged[2][-2:] == ["follows"] * 2


def test_a_loss_with_its_weight_penalty_is_a_loss_too():
    learning = replace(seed_lesson().learning, constants={"rate": 0.1, "weight_decay": 0.1})
    decayed = replace(seed_lesson(), learning=learning)
    loss, slope = "(1 - 0.6457)² + 0.05·(0.25 + 0.09 + 0.64) = 0.1745", "-0.1216 + 0.08 = -0.0416"
    text = f"L = {loss}\n∂L/∂w3 = {slope}"
    assert {j.mark for j in check(text, decayed).judgements} <= {"right", "rounding"}


def test_a_formula_and_a_value_that_disagree_are_told():
    report = check("dL/dyhat = 2(y - yhat) = -0.7086", seed_lesson())
    formula, value = report.judgements
    assert formula.mark == "wrong"
    assert value.mark == "right"


def test_a_name_that_means_nothing_is_not_counted_as_right():
    report = check("blub = 0.31 and h = 0.7503", seed_lesson())
    assert [j.mark for j in report.judgements] == ["not understood", "right"]


DELTAS = "name,value\ndelta_o1,0.1385\ndelta_o2,-0.0381\ndelta_h1,0.0088\ndelta_h2,0.0100\n"


def test_a_letter_keeps_its_sign_within_a_solution():
    mazur = read_lesson(EXAMPLES / "mazur.toml")
    negatives = DELTAS.replace(",-", ",+").replace(",0", ",-0").replace(",+", ",")
    for sheet in (DELTAS, negatives):
        assert check(sheet, mazur).count("right") == 4
    slipped = check(DELTAS.replace("0.1385", "-0.1385"), mazur).judgements
    assert [judgement.mark for judgement in slipped] == ["wrong", "right", "right", "right"]
    assert "sign_flipped" in slipped[0].mistakes


def test_the_at_sign_multiplies_matrices_and_the_star_their_entries():
    matrices = "A = [[1, 2], [3, 4]]\nB = [[5, 6], [7, 8]]\n"
    assert check(f"{matrices}A @ B = [[19, 22], [43, 50]]\n2 @ 3 = 6").count("right") == 13
    assert check(f"{matrices}A * B = [[5, 12], [21, 32]]").count("right") == 12
    assert check(f"{matrices}A @ B = [[5, 12], [21, 32]]").count("wrong") == 4


MOMENTUM = Learning(optimizer="momentum", constants={"rate": 0.1, "momentum": 0.9})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Error = 1 - 0.6457 = 0.3543", "right"),
        ("d2 = (0.6457 - 1) * 2 * 0.6457 * (1 - 0.6457)", "right"),
        ("dw3 = 0.1*0.1621*0.7503 = 0.01216", "right"),
        ("β = 0.9", "right"),
        ("v_3 = 0.9 · 0 + (-0.1216) = -0.1216", "right"),
        ("v_3 = 0.9 · 0 - 0.1 · (-0.1216) = 0.01216", "right"),
        (r"$\overline{y} = 2 · (0.6457 - 1) = -0.7086$", "right"),
        ("ε = 10^(-4)", "not understood"),
        ("w ← w - η v", "not understood"),
        ("w = w - 2 η δ x", "not understood"),
    ],
)
def test_a_name_is_matched_by_more_than_its_letter(text, expected):
    momentum = replace(seed_lesson(), learning=MOMENTUM)
    assert {j.mark for j in check(text, momentum).judgements} == {expected}


def test_a_product_whose_names_nothing_settles_is_not_judged():
    text = "x1 = 1, x2 = 2\nδ s = (1 - 0.6457) · 0.6457 = 0.2288"
    judged = marks(text, seed_lesson())[2]
    assert judged == ["not understood", "right"]
    assert marks(text.replace("0.2288", "0.2388"), seed_lesson())[2][1] == "wrong"


def test_a_power_of_a_difference_is_no_name_of_a_layer():
    text = r"$\frac{\partial net_{o1}}{\partial w_5} = 1 * out_{h1} * w_5^{(1 - 1)} = out_{h1}$"
    mazur = read_lesson(EXAMPLES / "mazur.toml")
    assert marks(text, mazur) == {1: ["right"] * 2}


def test_names_under_the_heading_of_an_example_are_of_that_example():
    lesson = replace(seed_lesson(), x=[[1, 2], [1, 0]], y=[[1], [0]])
    first = "Example 1: x = (1, 2), t = 1\nz_1 = 0.5·1 + 0.3·2 = 1.1\nh = 0.7503\n"
    second = "Example 2: x = (1, 0), t = 0\nz_1 = 0.5·1 + 0.3·0 = 0.5\nh = 0.62{}5\n"
    assert {j.mark for j in check(first + second.format(2), lesson).judgements} == {"right"}
    wrong = check(first + second.format(5), lesson).first_wrong
    assert wrong is not None
    assert (wrong.line, wrong.quantity) == (6, "h@2")


def test_a_threshold_keeps_its_sign_in_its_change():
    network = Network([2, 1], "sigmoid")
    parameters = Parameters.of(network, [[[0.5, 0.3]]], [[-0.2]])
    lesson = replace(seed_lesson(), parameters=parameters)
    change = "x1 = 1, w1 = 0.5, θ = 0.2\nΔθ = {}0.01188"
    for sign, mark in (("-", "right"), ("", "wrong")):
        assert marks(change.format(sign), lesson)[2] == [mark]


def test_names_can_be_given_by_hand():
    text = "summe = 1.1\nausgang = 0.7503"
    report = check(text, seed_lesson(), {"summe": "z_h", "ausgang": "h"})
    assert [j.mark for j in report.judgements] == ["right", "right"]
    with pytest.raises(UnknownName):
        check(text, seed_lesson(), {"summe": "z_7"})


def test_nothing_to_mark_is_said():
    report = check("Once upon a time there was a neuron.")
    assert report.judgements == ()
    assert report.exit_code == 2


def test_equalities_without_a_network_are_held_to_their_own_arithmetic():
    report = check("a = 3\nb = a + 4 = 7\nc = 2 b = 15")
    assert [j.mark for j in report.judgements] == ["right", "right", "right", "right", "wrong"]


@pytest.mark.parametrize("format", ["text", "markdown", "latex"])
@pytest.mark.parametrize("lesson", ["seed", "mazur", "nnfs_softmax", "cs231n_neuron"])
def test_what_a_trace_prints_is_marked_right(lesson, format):
    """Each lesson and each format with 4 digits and with 17, given and read out of the text."""
    known = read_lesson(EXAMPLES / f"{lesson}.toml")
    given_lessons = (None, known) if format == "markdown" else (known, None)
    for digits, given_lesson in zip((4, 17), given_lessons, strict=True):
        report = check(cp.document(cp.trace(known), format, digits=digits), given_lesson)
        allowed = {"right", "rounding"} if digits == 4 else {"right"}
        odd = [j for j in report.judgements if j.mark not in allowed]
        assert not odd, odd[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("layers", "activations", "loss"),
    [
        ([2, 2, 1], "sigmoid", "squared_error"),
        ([2, 3, 2], ["tanh", "softmax"], "cross_entropy"),
        ([3, 2, 2, 1], ["relu", "leaky_relu", "identity"], "huber"),
    ],
)
def test_a_trace_of_drawn_weights_is_marked_right_without_its_lesson(
    layers, activations, loss, seed
):
    """Its weights are given as rounded, w ≈ 0.7509: what follows may be off by that."""
    network = Network(layers, activations=activations)
    x, y = [[0.5, 1.5, -0.7][: layers[0]]], [[1.0, 0.0][: layers[-1]]]
    lesson = Lesson(initialize(network, seed=seed), x, y, Learning(loss=loss))
    report = check(cp.document(cp.trace(lesson), "text"))
    assert not [j for j in report.judgements if j.mark not in ("right", "rounding")]


def test_a_trace_of_a_layer_without_biases_is_marked_right_without_its_lesson():
    """Its tenth weight, w₁₀, is no bias, though some call one w_10."""
    network = Network([2, 3, 3, 1], biases=[True, True, False])
    lesson = Lesson(initialize(network, seed=3), [[0.5, 1.5]], [[1.0]], Learning())
    report = check(cp.document(cp.trace(lesson), "text", digits=17))
    assert {j.mark for j in report.judgements} == {"right"}


@pytest.mark.parametrize("format", ["text", "latex"])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize("activations", [["tanh", "elu"], ["elu", "softmax"], ["relu", "silu"]])
def test_a_trace_of_any_rule_with_weight_decay_is_marked_right_without_its_lesson(
    activations, optimizer, format
):
    """No word says what λ, α and Δw are, nor what the parts of an activation are."""
    network = Network([2, 2, 2], activations=activations)
    learning = Learning(optimizer=optimizer, constants={"weight_decay": 0.01})
    lesson = Lesson(
        initialize(network, seed=3), [[0.5, 1.5], [1.0, -0.5]], [[1, 0], [0, 1]], learning
    )
    report = check(cp.document(cp.trace(lesson), format, digits=17))
    assert {j.mark for j in report.judgements} == {"right"}


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("steps", [2, 7])
def test_a_trace_of_several_steps_is_marked_right(optimizer, steps):
    """Between the first and the last some are passed over, and the weights are stated anew."""
    seed = seed_lesson()
    lesson = replace(seed, learning=replace(seed.learning, optimizer=optimizer))
    for digits, allowed in ((4, {"right", "rounding"}), (17, {"right"})):
        text = cp.document(cp.trace(lesson, steps=steps), "text", digits=digits)
        for given_lesson in (lesson, None):
            report = check(text, given_lesson)
            assert not [j for j in report.judgements if j.mark not in allowed]


def test_the_definition_of_a_function_is_held_against_the_function():
    """Where its argument is any number: ReLU(z_h) = z_h is said of one that is above 0."""
    for line in ("σ(z) = 1/(1 + e^(-z))", "σ'(z) = σ(z)(1 - σ(z))"):
        for wrong in ("", line.replace("-", "+")):
            (judgement, *others) = check(f"{wrong or line}\n{SOLUTION}").judgements
            assert judgement.mark == ("wrong" if wrong else "right"), wrong or line
            assert judgement.exact is None
            assert {each.mark for each in others} == {"right"}
            assert check(wrong or line).judgements[0].mark == judgement.mark
    assert check("tanh'(x) = 1 - tanh(x)²").exit_code == 0


def test_numbers_that_are_merely_stated_are_judged_by_nothing():
    """Without a network, what they should be is not known; nor which of two is right."""
    report = check("h = 0.75\nL = -3\nL = 4\ndL/dw3 = 7")
    assert report.count("not understood") == 4
    assert report.exit_code == 2
    report = check("h = 0.75\nL = -3\nL = 4\ndL/dw3 = 7*h = 5.25")
    assert [j.mark for j in report.judgements] == [
        "right",
        "right",
        "not understood",
        "right",
        "right",
    ]
    assert report.judgements[2].note == "it was -3 before"


def test_a_decimal_comma_in_a_function_is_read_beside_decimal_points():
    text = "x1 = 1, w1 = 0.5, y = 1\nz = w1 x1 = 0.5\nh = tanh(0,500) = 0.462"
    assert check(text).count("right") == 7
    report = check(text.replace("tanh(0,500)", "tanh(0,5, 1)"))
    assert report.judgements[-2].note == "what tanh(…) means here is not known"


@pytest.mark.parametrize(
    ("numbers", "value", "mistake"),
    [
        ("0.8122 × 0.1874", "-0.0247", "updated_weights_used"),
        ("0.8 × 0.7503", "-0.0973", "activation_for_derivative"),
    ],
)
def test_a_slope_that_is_right_where_it_stands_may_be_wrong_where_it_is_used(
    numbers, value, mistake
):
    slopes = "∂z_out/∂h = w3 = 0.8\n∂h/∂z_h = h(1 - h) = 0.1874\n∂L/∂z_h = "
    line = f"∂L/∂z_out × ∂z_out/∂h × ∂h/∂z_h = -0.1621 × {numbers} = {value}"
    text = SOLUTION.replace("∂L/∂z_h = ", slopes).replace(
        "∂L/∂z_out × w3 × h(1 - h) = -0.0243", line
    )
    wrong = check(text).first_wrong
    assert wrong.mistakes[0] == mistake
