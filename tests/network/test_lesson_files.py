"""Lesson files: every key and default, every mistake in one sentence, and back to the same bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import ClearpropError
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.constants import CONSTANTS
from clearprop.formulas.losses import LOSSES
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.initializers import INITIALIZERS, initialize
from clearprop.network.learning import Learning
from clearprop.network.lesson import (
    Lesson,
    lesson_toml,
    parse_lesson,
    read_lesson,
    seed_lesson,
)
from clearprop.network.network import Network
from clearprop.network.parameters import Parameters

SMALLEST = """\
[network]
layers = [2, 1, 1]

[example]
x = [[1, 2]]
y = [[1]]
"""

EVERY_KEY = """\
[network]
layers = [2, 2, 1]
activations = ["leaky_relu", "sigmoid"]
biases = [true, false]
leaky_relu_slope = 0.2
elu_alpha = 0.5
seed = 3
initializer = "he_normal"

[network.names]
x1 = "height"
h2 = "edge"

[parameters]
weights = [[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6]]]
biases = [[0.7, 0.8], []]

[example]
x = [[1, 2], [3, 4]]
y = [[0], [1]]

[learning]
loss = "huber"
optimizer = "adamw"
reduction = "sum"
rate = 0.5
momentum = 0.1
beta1 = 0.2
beta2 = 0.3
epsilon = 1e-4
rho = 0.4
weight_decay = 0.01
huber_delta = 2
frozen = ["biases", "w1"]
"""


def read(text):
    return parse_lesson(text, "lesson.toml")


def refused(text):
    with pytest.raises(ClearpropError) as error:
        read(text)
    message = str(error.value)
    assert error.value.exit_code == 2
    assert message.startswith("lesson.toml")
    assert "\n" not in message
    return message.removeprefix("lesson.toml").removeprefix(": ")


def with_line(line, table):
    """Return the smallest lesson with a line put into one of its tables."""
    if f"[{table}]" not in SMALLEST:
        return f"{SMALLEST}\n[{table}]\n{line}\n"
    return SMALLEST.replace(f"[{table}]\n", f"[{table}]\n{line}\n")


# --- what is read --------------------------------------------------------------------------------


def test_the_defaults():
    lesson = read(SMALLEST)
    assert lesson.network == Network([2, 1, 1], "sigmoid", True)
    assert lesson.learning == Learning("squared_error", "gradient_descent", "mean")
    drawn = initialize(lesson.network, "glorot_uniform", seed=0)
    assert (lesson.parameters.vector == drawn.vector).all()
    assert lesson.learning.frozen == ()
    assert {name: lesson.learning.constant(name) for name in CONSTANTS if name != "pi"} == {
        "rate": 0.1,
        "momentum": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "rho": 0.99,
        "weight_decay": 0.0,
        "huber_delta": 1.0,
        "leaky_relu_slope": 0.01,
        "elu_alpha": 1.0,
    }


def test_every_key():
    lesson = read(EVERY_KEY)
    network, learning = lesson.network, lesson.learning
    assert network.layers == (2, 2, 1)
    assert network.activations == ("leaky_relu", "sigmoid")
    assert network.biases == (True, False)
    assert dict(network.constants) == {"leaky_relu_slope": 0.2, "elu_alpha": 0.5}
    assert dict(network.names) == {"x1": "height", "h2": "edge"}
    assert lesson.parameters.vector.tolist() == [0.1, 0.2, 0.3, 0.4, 0.7, 0.8, 0.5, 0.6]
    assert lesson.x.tolist() == [[1, 2], [3, 4]]
    assert lesson.y.tolist() == [[0], [1]]
    assert (learning.loss, learning.optimizer, learning.reduction) == ("huber", "adamw", "sum")
    assert dict(learning.constants) == {
        "rate": 0.5,
        "momentum": 0.1,
        "beta1": 0.2,
        "beta2": 0.3,
        "epsilon": 1e-4,
        "rho": 0.4,
        "weight_decay": 0.01,
        "huber_delta": 2.0,
    }
    # W[1] row by row, b[1], W[2]
    assert lesson.frozen_mask.tolist() == [True, False, False, False, True, True, False, False]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_are_drawn_by_the_initializer_and_seed_of_the_network(name):
    lesson = read(with_line(f'initializer = "{name}"\nseed = 7', "network"))
    expected = initialize(lesson.network, name, seed=7)
    assert (lesson.parameters.vector == expected.vector).all()
    other = read(with_line(f'initializer = "{name}"\nseed = 8', "network"))
    assert (lesson.parameters.weights[0] != other.parameters.weights[0]).all()
    assert all((biases == 0).all() for biases in lesson.parameters.biases)


def test_the_seed_lesson_is_the_seed():
    lesson = seed_lesson()
    assert lesson.network == Network([2, 1, 1], "sigmoid", False)
    assert lesson.parameters.vector.tolist() == [0.5, 0.3, 0.8]
    assert (lesson.x.tolist(), lesson.y.tolist()) == ([[1, 2]], [[1]])


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "lesson.toml"
    path.write_text(SMALLEST, encoding="utf-8-sig")
    assert read_lesson(path).network.layers == (2, 1, 1)


def test_what_was_read_cannot_be_changed():
    lesson = read(EVERY_KEY)
    for array in (lesson.x, lesson.y, lesson.parameters.vector, *lesson.parameters.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# --- what is refused -----------------------------------------------------------------------------

WRONG_LINES = [
    # a line, the table it stands in, the sentence
    (
        'activation = "relu"',
        "network",
        (
            "unknown key of [network] 'activation'; did you mean 'activations'? Known: layers, "
            "activations, biases, names, seed, initializer, leaky_relu_slope, elu_alpha"
        ),
    ),
    (
        "weight = [1]",
        "parameters",
        "unknown key of [parameters] 'weight'; did you mean 'weights'? Known: weights, biases",
    ),
    ("z = [[1]]", "example", "unknown key of [example] 'z'. Known: x, y"),
    (
        "lerning_rate = 1",
        "learning",
        (
            "unknown key of [learning] 'lerning_rate'. Known: loss, optimizer, reduction, frozen, "
            "rate, momentum, beta1, beta2, epsilon, rho, weight_decay, huber_delta"
        ),
    ),
    (
        'activations = "sigmoyd"',
        "network",
        "unknown activation 'sigmoyd'; did you mean 'sigmoid'? Known: " + ", ".join(ACTIVATIONS),
    ),
    (
        'activations = ["relu"]',
        "network",
        "activations must have one entry for each of the 2 layers, but 1 are given",
    ),
    (
        "activations = 3",
        "network",
        "activations must be a name, or a list with one for each layer, not 3",
    ),
    (
        'biases = "no"',
        "network",
        "biases must be true or false, or a list with one for each layer, not 'no'",
    ),
    (
        "biases = [true]",
        "network",
        "biases must have one entry for each of the 2 layers, but 1 are given",
    ),
    ("seed = -1", "network", "seed must be a whole number of at least 0, not -1"),
    ("seed = 0.5", "network", "seed must be a whole number of at least 0, not 0.5"),
    (
        'initializer = "glorot"',
        "network",
        "unknown initializer 'glorot'; did you mean 'glorot_normal'? Known: "
        + ", ".join(INITIALIZERS),
    ),
    ("leaky_relu_slope = -1", "network", "leaky_relu_slope must be a number at least 0, not -1"),
    (
        'loss = "squared"',
        "learning",
        "unknown loss 'squared'; did you mean 'squared_error'? Known: " + ", ".join(LOSSES),
    ),
    (
        'optimizer = "adm"',
        "learning",
        "unknown optimizer 'adm'; did you mean 'adam'? Known: " + ", ".join(OPTIMIZERS),
    ),
    (
        'reduction = "average"',
        "learning",
        "unknown reduction 'average'. Known: mean, sum",
    ),
    ("rate = 0", "learning", "rate must be a number above 0, not 0"),
    ("rate = nan", "learning", "rate must be a number above 0, not nan"),
    ("rate = inf", "learning", "rate must be a number above 0, not inf"),
    ("rate = true", "learning", "rate must be a number above 0, not True"),
    ('rate = "0.1"', "learning", "rate must be a number above 0, not '0.1'"),
    ("momentum = 1.5", "learning", "momentum must be a number from 0 to 1, not 1.5"),
    ("weight_decay = -0.1", "learning", "weight_decay must be a number at least 0, not -0.1"),
    (
        'frozen = ["L"]',
        "learning",
        "frozen takes 'weights', 'biases' or names of weights and biases, not 'L'",
    ),
    ("frozen = [1]", "learning", "frozen must be a list of names, not [1]"),
    (
        "weights = [[[1, 2]], [[1, 2]]]",
        "parameters",
        (
            "layer 2 has 1 unit and takes 1 input, so its weights have shape (1, 1); "
            "the weights given have shape (1, 2)"
        ),
    ),
    (
        "weights = [[[1, 2]]]",
        "parameters",
        "weights must list one entry for each of the 2 layers, not 1",
    ),
    (
        "weights = 1",
        "parameters",
        "weights must list one entry for each of the 2 layers, not 1",
    ),
    (
        "weights = [[[1, nan]], [[1]]]",
        "parameters",
        "the weights of layer 1 must be finite numbers, but they hold nan at [0, 1]",
    ),
    (
        "weights = [[[1, 2]], [[-inf]]]",
        "parameters",
        "the weights of layer 2 must be finite numbers, but they hold -inf at [0, 0]",
    ),
    (
        'weights = [[["one", 2]], [[3]]]',
        "parameters",
        "the weights of layer 1 must be rows of numbers of equal length, not [['one', 2]]",
    ),
    (
        "biases = [[1], [2, 3]]",
        "parameters",
        "layer 2 has 1 biases, one for each unit; the biases given have shape (2,)",
    ),
]


@pytest.mark.parametrize(("line", "table", "message"), WRONG_LINES)
def test_a_wrong_line_is_told_in_one_sentence(line, table, message):
    assert refused(with_line(line, table)) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("layers = [2, 1, 1]", "", "the key layers is missing in [network]"),
        ("x = [[1, 2]]", "", "the key x is missing in [example]"),
        ("y = [[1]]", "", "the key y is missing in [example]"),
        (
            "[2, 1, 1]",
            "[2]",
            ("layers must list the inputs and then the units of each layer, as in [2, 1, 1], "
            "not [2]"),
        ),
        (
            "[2, 1, 1]",
            '"2,1,1"',
            ("layers must list the inputs and then the units of each layer, as in [2, 1, 1], "
            "not '2,1,1'"),
        ),
        (
            "[2, 1, 1]",
            "[0, 1, 1]",
            "the number of inputs must be a whole number of at least 1, not 0",
        ),
        (
            "[2, 1, 1]",
            "[2, 1.5, 1]",
            "the size of layer 1 must be a whole number of at least 1, not 1.5",
        ),
        (
            "x = [[1, 2]]",
            "x = [[1, 2, 3]]",
            ("the network has 2 inputs, so x must have shape (examples, 2); the x given has shape "
            "(1, 3)"),
        ),
        (
            "x = [[1, 2]]",
            "x = [1, 2]",
            ("the network has 2 inputs, so x must have shape (examples, 2); the x given has shape "
            "(2,)"),
        ),
        (
            "y = [[1]]",
            "y = [[1, 2]]",
            ("the network has 1 output, so y must have shape (examples, 1); the y given has shape "
            "(1, 2)"),
        ),
        ("y = [[1]]", "y = [[1], [2]]", "x has 1 example, but y has 2"),
        ("x = [[1, 2]]", "x = [[1, inf]]", "x must be finite numbers, but they hold inf at [0, 1]"),
        ("y = [[1]]", "y = [[nan]]", "y must be finite numbers, but they hold nan at [0, 0]"),
        (
            "x = [[1, 2]]",
            "x = [[1], [2, 3]]",
            "x must be rows of numbers of equal length, not [[1], [2, 3]]",
        ),
        ("[example]", "[examples]", ("unknown table 'examples'; did you mean 'example'? Known: "
         "network, parameters, example, learning")),
    ],
)  # fmt: skip
def test_a_lesson_that_lacks_or_misshapes_something(old, new, message):
    assert refused(SMALLEST.replace(old, new)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network\n", (" is no valid TOML: Expected ']' at the end of a table declaration "
         "(at line 1, column 9)")),
        ("[network]\nlayers = [2, 1\n\nx = 3\n", (" is no valid TOML: Unclosed array "
         "(at line 4, column 1)")),
        ("a = 1\na = 2\n", " is no valid TOML: Cannot overwrite a value (at line 2, column 6)"),
    ],
)  # fmt: skip
def test_a_mistake_of_toml_is_told_with_its_line(text, message):
    assert refused(text) == message.removeprefix(": ")


@pytest.mark.parametrize(
    ("loss", "activation", "targets", "message"),
    [
        (
            "binary_cross_entropy",
            "sigmoid",
            [[1.5]],
            "binary_cross_entropy takes targets from 0 to 1, but y holds other numbers",
        ),
        (
            "cross_entropy",
            "softmax",
            [[-0.1, 1.1]],
            "cross_entropy takes targets from 0 to 1, but y holds other numbers",
        ),
        (
            "cross_entropy",
            "softmax",
            [[0.5, 0.4]],
            "cross_entropy takes targets that add to 1 in each example, as in [0, 1, 0]",
        ),
    ],
)
def test_targets_outside_the_domain_of_the_loss(loss, activation, targets, message):
    text = f"""\
[network]
layers = [1, {len(targets[0])}]
activations = "{activation}"
[example]
x = [[1]]
y = {targets}
[learning]
loss = "{loss}"
"""
    assert refused(text) == message


HARD_VALUES = {
    "biases = 5": "parameters",
    "biases = [5, 6]": "parameters",
    "weights = {a = 1}": "parameters",
    "weights = []": "parameters",
    "weights = [[[[1, 2]]], [[1]]]": "parameters",
    "frozen = 5": "learning",
    "frozen = [['w1']]": "learning",
    "loss = 5": "learning",
    "loss = ['a']": "learning",
    "optimizer = {a = 1}": "learning",
    "reduction = []": "learning",
    "rate = []": "learning",
    "initializer = 3": "network",
    "initializer = []": "network",
    "names = 3": "network",
    "names = {w9 = 'a'}": "network",
    "activations = [1, 2]": "network",
    "activations = {}": "network",
    "biases = [1, 0]": "network",
    f"rate = 1{'0' * 400}": "learning",
    f"rate = 1{'0' * 5000}": "learning",
    f"seed = 1{'0' * 5000}": "network",
    f"weights = [[[1{'0' * 400}, 1]], [[1]]]": "parameters",
    "elu_alpha = 'a'": "network",
}


@pytest.mark.parametrize("line", HARD_VALUES, ids=lambda line: line[:40])
def test_values_of_another_kind_are_refused_in_one_sentence(line):
    assert refused(with_line(line, HARD_VALUES[line]))


@pytest.mark.parametrize("sizes", ["[2, 1000000000, 1000000000]", "[2, 99999999999999999999, 1]"])
def test_a_network_that_no_memory_holds_is_refused_in_one_sentence(sizes):
    assert refused(SMALLEST.replace("[2, 1, 1]", sizes))


def test_a_table_given_as_a_value_is_refused():
    assert refused("network = 3\n") == "[network] must be a table, not 3"


def test_files_that_cannot_be_read(tmp_path):
    for name, content, message in (
        ("missing.toml", None, "there is no lesson file {path}"),
        (
            "binary.toml",
            b"\xff\xfe\x00",
            "{path} is no text file; a lesson is a TOML file in UTF-8",
        ),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ClearpropError) as error:
            read_lesson(path)
        assert str(error.value) == message.format(path=path)


# --- what is written -----------------------------------------------------------------------------


@st.composite
def lessons(draw):
    layers = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    depth = len(layers) - 1
    names = st.sampled_from([name for name in ACTIVATIONS if name != "softmax"])
    network = Network(
        layers,
        draw(st.lists(names, min_size=depth, max_size=depth)),
        draw(st.lists(st.booleans(), min_size=depth, max_size=depth)),
        names=draw(st.sampled_from([{}, {"x1": "height"}, {"w1": "left", "x1": "height"}])),
        constants=draw(st.sampled_from([{}, {"elu_alpha": 0.1}, {"leaky_relu_slope": 1e-20}])),
    )
    number = st.floats(allow_nan=False, allow_infinity=False)
    count, examples = network.parameter_count, draw(st.integers(1, 3))
    vector = draw(st.lists(number, min_size=count, max_size=count))
    x = [draw(st.lists(number, min_size=layers[0], max_size=layers[0])) for _ in range(examples)]
    y = [draw(st.lists(number, min_size=layers[-1], max_size=layers[-1])) for _ in range(examples)]
    learning = Learning(
        "huber",
        draw(st.sampled_from(list(OPTIMIZERS))),
        draw(st.sampled_from(["mean", "sum"])),
        draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "rate": st.floats(1e-300, 1e100),
                    "huber_delta": st.floats(1e-3, 1e20),
                    "weight_decay": st.floats(0, 1),
                },
            )
        ),
        draw(st.sampled_from([(), ("biases",), ("w1",), ("weights", "w1")])),
    )
    return Lesson(Parameters(network, np.array(vector)), np.array(x), np.array(y), learning)


@settings(max_examples=150, deadline=None)
@given(lessons())
def test_what_is_written_reads_back_to_the_same_bits(lesson):
    text = lesson_toml(lesson)
    again = read(text)
    assert again.network == lesson.network
    for name in ("x", "y"):
        assert getattr(again, name).tobytes() == getattr(lesson, name).tobytes()
    assert again.parameters.vector.tobytes() == lesson.parameters.vector.tobytes()
    rate = {"rate": lesson.learning.constant("rate")}
    assert dict(again.learning.constants) == {**rate, **lesson.learning.constants}
    assert again.learning.frozen == lesson.learning.frozen
    for name in ("loss", "optimizer", "reduction"):
        assert getattr(again.learning, name) == getattr(lesson.learning, name)
    assert sorted(lesson_toml(again).splitlines()) == sorted(text.splitlines())


def test_the_seed_is_written_as_a_person_would():
    assert (
        lesson_toml(seed_lesson())
        == """\
[network]
layers = [2, 1, 1]
activations = "sigmoid"
biases = false

[parameters]
weights = [[[0.5, 0.3]], [[0.8]]]

[example]
x = [[1.0, 2.0]]
y = [[1.0]]

[learning]
loss = "squared_error"
optimizer = "gradient_descent"
reduction = "mean"
rate = 0.1
"""
    )


@pytest.mark.parametrize("key", ["W1[0,0]", "ŷ", "w₁", "a1[0]"])
def test_own_names_of_any_spelling_are_written_so_that_they_read_back(key):
    network = Network([2, 1, 1], names={key: "mine"})
    lesson = Lesson(initialize(network), np.ones((1, 2)), np.ones((1, 1)), Learning())
    assert dict(read(lesson_toml(lesson)).network.names) == {key: "mine"}
