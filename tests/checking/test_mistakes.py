"""The table of mistakes: each entry worked by hand on a lesson, and named by what it gives."""

import math
from collections.abc import Callable

import pytest

from clearprop.checking.intervals import Interval, rounded_to
from clearprop.checking.mistakes import MISTAKES, SLIPS, VARIANTS, Computation, sentence
from clearprop.checking.naming import named, slips
from clearprop.network.learning import Learning
from clearprop.network.lesson import Lesson, seed_lesson
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters
from clearprop.network.quantities import (
    Activation,
    Bias,
    Decayed,
    Loss,
    NetInput,
    Quantity,
    Slope,
    State,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.tracing.values import Values, run_step

X1, X2 = 1.0, 2.0  # the seed: 2-1-1, sigmoid, squared error, rate 0.1
W1, W2, W3 = 0.5, 0.3, 0.8


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


Z_H = W1 * X1 + W2 * X2
H = sigmoid(Z_H)
Z_OUT = W3 * H
OUT = sigmoid(Z_OUT)
ERROR = -2 * (1 - OUT)
DELTA = ERROR * OUT * (1 - OUT)
G3 = DELTA * H
DELTA_H = DELTA * W3 * H * (1 - H)


def values_of(
    layers: list[int],
    weights: list[list[list[float]]],
    x: list[list[float]],
    y: list[list[float]],
    *,
    biases: list[list[float]] | None = None,
    activations: str | list[str] = "sigmoid",
    **learning: object,
) -> Values:
    """Return the values of a lesson."""
    network = Network(layers, activations, biases is not None)
    parameters = Parameters.of(network, weights, biases)
    return Values(run_step(Lesson(parameters, x, y, Learning(**learning))))  # type: ignore[arg-type]


SEED = Values(run_step(seed_lesson()))
TWO = values_of(  # two hidden units and two outputs, linear but for the hidden layer's tanh
    [2, 2, 2],
    [[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]],
    [[1.0, 2.0]],
    [[1.0, 0.0]],
    biases=[[0.15, 0.25], [0.35, 0.45]],
    activations=["tanh", "identity"],
    loss="mean_squared_error",
    constants={"rate": 0.3},
)
BATCH = values_of(
    [1, 1, 1],
    [[[0.4]], [[0.9]]],
    [[1.0], [2.0], [3.0]],
    [[0.1], [0.5], [0.2]],
    biases=[[0.2], [0.1]],
    activations=["sigmoid", "identity"],
    loss="half_squared_error",
    constants={"rate": 0.3},
)
THREE = values_of(  # one hidden unit, three linear outputs
    [1, 1, 3],
    [[[0.5]], [[0.4], [-0.3], [0.2]]],
    [[2.0]],
    [[0.9, 0.1, 0.5]],
    activations=["sigmoid", "identity"],
    loss="half_squared_error",
)
H3 = sigmoid(1.0)
PATHS = [(w * H3 - y) * w for w, y in ((0.4, 0.9), (-0.3, 0.1), (0.2, 0.5))]
CHOICE = values_of(
    [1, 3],
    [[[0.5], [0.2], [-0.4]]],
    [[2.0]],
    [[0.0, 1.0, 0.0]],
    activations="softmax",
    loss="cross_entropy",
)
SOFT = values_of(
    [1, 3],
    [[[0.5], [0.2], [-0.4]]],
    [[2.0]],
    [[0.0, 1.0, 0.0]],
    activations="softmax",
    loss="squared_error",
)
LOGISTIC = values_of([1, 1], [[[0.5]]], [[3.0]], [[0.8]], loss="binary_cross_entropy")


def seed_with(**changes: object) -> Values:
    """Return the seed's values, learned in another way."""
    return values_of([2, 1, 1], [[[W1, W2]], [[W3]]], [[X1, X2]], [[1.0]], **changes)


def biased_seed(**changes: object) -> Values:
    """Return the seed's values with biases."""
    return seed_with(biases=[[0.7], [-0.4]], **changes)


def v(values: Values, quantity: Quantity) -> float:
    return values[quantity]


A = [[math.nan, math.tanh(0.1 + 0.4 + 0.15), math.tanh(0.3 + 0.8 + 0.25)]][0]
O1 = 0.5 * A[1] + 0.6 * A[2] + 0.35
O2 = 0.7 * A[1] + 0.8 * A[2] + 0.45
D1, D2 = -2 * (1 - O1) / 2, -2 * (0 - O2) / 2
EXPS = [math.exp(1.0), math.exp(0.4), math.exp(-0.8)]
P = [each / sum(EXPS) for each in EXPS]
W, B = Weight, Bias
MOMENTUM = {"rate": 0.1, "momentum": 0.8}
DECAY = {"rate": 0.1, "weight_decay": 0.3}
BETAS = {"rate": 0.1, "beta1": 0.8, "beta2": 0.95}
ADAM = seed_with(optimizer="adam", constants=BETAS)
RMSPROP = seed_with(optimizer="rmsprop", constants={"rate": 0.1, "rho": 0.9})

# id, the lesson's values, the quantity, and what the mistake makes of it, worked by hand
BY_HAND: list[tuple[str, Values, Quantity, float]] = [
    ("updated_weights_used", SEED, delta(1, 0, 0), DELTA * (W3 - 0.1 * G3) * H * (1 - H)),
    ("derivative_forgotten", SEED, delta(1, 0, 0), DELTA * W3),
    ("derivative_wrong_place", SEED, delta(1, 0, 0), DELTA * W3 * Z_H * (1 - Z_H)),
    ("activation_for_derivative", SEED, delta(2, 0, 0), ERROR * OUT),
    ("derivative_incomplete", SEED, delta(2, 0, 0), ERROR * (1 - OUT)),
    ("another_activation_derivative", SEED, delta(2, 0, 0), ERROR * (1 - OUT**2)),
    ("derivative_twice", SEED, delta(2, 0, 0), ERROR * (OUT * (1 - OUT)) ** 2),
    ("softmax_jacobian_diagonal", SOFT, delta(1, 0, 0), 2 * P[0] * P[0] * (1 - P[0])),
    ("path_forgotten", TWO, Slope(Loss(), Activation(1, 0, 0)), D1 * 0.5),
    ("paths_averaged", THREE, Slope(Loss(), Activation(1, 0, 0)), sum(PATHS) / 3),
    ("slope_from_above_forgotten", SEED, delta(2, 0, 0), OUT * (1 - OUT)),
    ("weight_and_input_exchanged", SEED, gradient(W(2, 0, 0)), DELTA * W3),
    ("input_not_multiplied", SEED, gradient(W(2, 0, 0)), DELTA),
    ("net_input_multiplied", SEED, gradient(W(2, 0, 0)), DELTA * Z_H),
    ("wrong_layer_input", TWO, gradient(W(2, 1, 1)), D2 * 2.0),
    ("wrong_input", TWO, gradient(W(2, 0, 0)), D1 * A[2]),
    ("wrong_delta", TWO, gradient(W(2, 1, 1)), D1 * A[2]),
    ("gradient_transposed", TWO, gradient(W(2, 0, 1)), D2 * A[1]),
    ("bias_gradient_multiplied", TWO, gradient(B(2, 0)), D1 * 0.35),
    ("example_forgotten", BATCH, gradient(B(2, 0)), 0.0),
    ("factor_two_lost", SEED, Slope(Loss(), Activation(2, 0, 0)), -(1 - OUT)),
    ("factor_two_added", SEED, Loss(), 2 * (1 - OUT) ** 2),
    ("sign_flipped", SEED, NetInput(1, 0, 0), W1 * X1 - W2 * X2),
    ("target_output_exchanged", SEED, Slope(Loss(), Activation(2, 0, 0)), -2 * (OUT - 1)),
    ("not_averaged_over_examples", BATCH, Loss(), 3 * v(BATCH, Loss())),
    ("averaged_over_examples", BATCH, gradient(B(2, 0)), v(BATCH, gradient(B(2, 0))) / 3),
    ("not_averaged_over_outputs", TWO, Loss(), (1 - O1) ** 2 + O2**2),
    ("averaged_over_outputs", SOFT, Loss(), v(SOFT, Loss()) / 3),
    ("another_loss_derivative", SEED, delta(2, 0, 0), OUT - 1),
    ("another_loss", SEED, Loss(), -math.log(OUT)),
    ("square_forgotten", SEED, Loss(), 1 - OUT),
    ("squared_after_summing", TWO, Loss(), (1 - O1 - O2) ** 2 / 2),
    ("term_forgotten", TWO, Loss(), O2**2 / 2),
    ("wrong_target", TWO, Slope(Loss(), Activation(2, 0, 0)), O1),
    ("another_logarithm", CHOICE, Loss(), -math.log10(P[1])),
    ("ascent_for_descent", SEED, Updated(W(2, 0, 0)), W3 + 0.1 * G3),
    ("rate_forgotten", SEED, Updated(W(2, 0, 0)), W3 - G3),
    ("another_rate", SEED, Updated(W(2, 0, 0)), W3 - 0.01 * G3),
    ("weight_not_updated", SEED, Updated(W(2, 0, 0)), W3),
    ("bias_not_updated", TWO, Updated(B(1, 0)), 0.15),
    (
        "frozen_updated",
        biased_seed(frozen=("biases",)),
        Updated(B(2, 0)),
        -0.4 - 0.1 * v(biased_seed(), gradient(B(2, 0))),
    ),
    ("weight_left_out", SEED, Updated(W(2, 0, 0)), -0.1 * G3),
    ("wrong_gradient", SEED, Updated(W(1, 0, 0)), W1 - 0.1 * DELTA_H * X2),
    ("plain_update", RMSPROP, Updated(W(2, 0, 0)), W3 - 0.1 * G3),
    (
        "momentum_forgotten",
        seed_with(optimizer="nesterov", constants=MOMENTUM),
        Updated(W(2, 0, 0)),
        W3 - 0.1 * G3,
    ),
    ("weight_decay_forgotten", seed_with(constants=DECAY), Decayed(W(2, 0, 0)), G3),
    ("weight_decay_sign", seed_with(constants=DECAY), Decayed(W(2, 0, 0)), G3 - 0.3 * W3),
    (
        "bias_decayed",
        biased_seed(constants=DECAY),
        Updated(B(1, 0)),
        0.7 - 0.1 * (v(biased_seed(), gradient(B(1, 0))) + 0.3 * 0.7),
    ),
    ("bias_correction_forgotten", ADAM, State("mhat", W(2, 0, 0)), 0.2 * G3),
    ("root_forgotten", RMSPROP, Updated(W(2, 0, 0)), W3 - 0.1 * G3 / (0.1 * G3**2 + 1e-8)),
    ("gradient_not_squared", ADAM, Updated(State("v", W(2, 0, 0))), 0.05 * G3),
    ("bias_forgotten", TWO, NetInput(1, 0, 0), 0.1 + 0.4),
    ("weights_transposed", TWO, NetInput(1, 0, 0), 0.1 * 1 + 0.3 * 2 + 0.15),
    ("wrong_weight", SEED, NetInput(1, 0, 0), W2 * X1 + W1 * X2),
    ("wrong_bias", TWO, NetInput(1, 0, 0), 0.5 + 0.25),
    ("weights_forgotten", SEED, NetInput(1, 0, 0), X1 + X2),
    ("input_forgotten", SEED, NetInput(1, 0, 0), W2 * X2),
    ("bias_multiplied", TWO, NetInput(1, 0, 0), 0.5 + 0.15 * 2),
    ("activation_forgotten", SEED, NetInput(2, 0, 0), W3 * Z_H),
    ("input_used_for_activation", TWO, NetInput(2, 0, 0), 0.5 * 1 + 0.6 * 2 + 0.35),
    ("activation_twice", SEED, Activation(1, 0, 0), sigmoid(sigmoid(Z_H))),
    ("another_activation", SEED, Activation(1, 0, 0), math.tanh(Z_H)),
    ("exponent_sign_lost", SEED, Activation(1, 0, 0), 1 / (1 + math.exp(Z_H))),
    ("sigmoid_miswritten", SEED, Activation(1, 0, 0), 1 / (1 - math.exp(-Z_H))),
    ("softmax_not_normalized", CHOICE, Activation(1, 1, 0), EXPS[1]),
    ("softmax_wrong_sum", CHOICE, Activation(1, 1, 0), EXPS[1] / (EXPS[0] + EXPS[2])),
    ("one_step_too_few", SEED, Updated(NetInput(1, 0, 0)), Z_H),
    (
        "one_step_too_many",
        SEED,
        NetInput(1, 0, 0),
        (W1 - 0.1 * DELTA_H * X1) * X1 + (W2 - 0.1 * DELTA_H * X2) * X2,
    ),
    ("early_rounding", SEED, NetInput(2, 0, 0), W3 * 0.75),
]
BATCH_OUT = [0.9 * sigmoid(0.4 * x + 0.2) + 0.1 for x in (1.0, 2.0, 3.0)]
BY_HAND = [
    (name, values, quantity, (BATCH_OUT[1] - 0.5) / 3 if name == "example_forgotten" else number)
    for name, values, quantity, number in BY_HAND
]


def printed(number: float, digits: int = 7) -> tuple[Interval, str]:
    """Return a number as it is printed: what it leaves open, and its text."""
    text = f"{number:.{digits - 1}e}"
    return rounded_to(text), text


@pytest.mark.parametrize(
    ("name", "values", "quantity", "number"), BY_HAND, ids=lambda part: str(part)[:30]
)
def test_what_a_mistake_gives_is_named_by_it_first(
    name: str, values: Values, quantity: Quantity, number: float
) -> None:
    interval, text = printed(number)
    assert named(values, {}, quantity, interval, text)[:1] == (name,)


def test_an_error_passed_back_in_the_place_of_delta_is_named_where_delta_is_written() -> None:
    written = {delta(2, 0, 0): rounded_to(f"{DELTA:.9f}")}
    found = named(SEED, written, delta(1, 0, 0), *printed(ERROR * W3 * H * (1 - H)))
    assert found[0] == "error_for_delta"


def test_every_entry_is_worked_by_hand() -> None:
    worked = {name for name, *_ in BY_HAND} | {"error_for_delta"}
    assert worked == {mistake.id for mistake in VARIANTS}


def test_no_two_entries_have_one_id() -> None:
    assert len(MISTAKES) == len(VARIANTS) + len(SLIPS)


def test_every_sentence_ends_as_one() -> None:
    assert all(entry.sentence.endswith(".") for entry in MISTAKES.values())


@pytest.mark.parametrize("values", [SEED, TWO, BATCH, CHOICE, SOFT, LOGISTIC, ADAM])
def test_a_right_value_is_never_named(values: Values) -> None:
    for quantity in (Loss(), gradient(W(1, 0, 0)), delta(1, 0, 0), Updated(W(1, 0, 0))):
        for digits in (2, 4, 7):
            assert named(values, {}, quantity, *printed(values[quantity], digits)) == ()


def test_a_slip_of_digits_is_named() -> None:
    loss = SEED[Loss()]  # 0.125526
    assert named(SEED, {}, Loss(), rounded_to("0.152526"), "0.152526") == ("digits_transposed",)
    assert named(SEED, {}, Loss(), rounded_to("0.129526"), "0.129526") == ("digit_slipped",)
    assert named(SEED, {}, Loss(), rounded_to("1.25526"), "1.25526") == ("point_slipped",)
    assert list(slips([loss], "0.125526")) == []
    assert list(slips([0.595804], "0.59584")) == ["digit_slipped", "digits_transposed"]  # …840


def test_the_mistake_is_found_behind_skipped_lines() -> None:
    """Only the new weight is printed; the derivative was forgotten three lines before."""
    number = W1 - 0.1 * DELTA * W3 * X1
    assert named(SEED, {}, Updated(W(1, 0, 0)), *printed(number))[0] == "derivative_forgotten"


def test_a_mistake_all_through_is_one_mistake() -> None:
    number = ERROR * W3 * X1  # both derivatives forgotten, in the hidden weight's gradient
    assert named(SEED, {}, gradient(W(1, 0, 0)), *printed(number))[0] == "derivative_forgotten"


def test_what_is_written_counts_before_what_is_right() -> None:
    """From the written delta, wrong as it is, the sign of the gradient is wrong besides."""
    written = {delta(2, 0, 0): rounded_to("-0.300")}
    interval, text = printed(0.3 * H, 3)
    assert named(SEED, written, gradient(W(2, 0, 0)), interval, text)[0] == "sign_flipped"
    assert named(SEED, written, gradient(W(2, 0, 0)), *printed(-0.3 * H, 3)) == ()


def test_two_mistakes_together_are_named_where_one_is_a_factor_or_a_sign() -> None:
    found = named(SEED, {}, delta(1, 0, 0), *printed(-DELTA * (W3 - 0.1 * G3) * H * (1 - H)))
    assert "updated_weights_used+sign_flipped" in found
    assert sentence(found[0]).count(".") >= 2


def test_what_nothing_explains_has_no_name() -> None:
    assert named(SEED, {}, Loss(), rounded_to("17.3918274"), "17.3918274") == ()


def test_an_unknown_mistake_changes_no_tree() -> None:
    work = Computation(SEED)
    ways: list[Callable[[], object]] = [
        lambda entry=entry: entry.variants(work, Loss())
        for entry in VARIANTS  # type: ignore[misc]
    ]
    before = work.tree(Loss())
    for way in ways:
        way()
    assert work.tree(Loss()) == before
