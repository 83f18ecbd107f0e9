"""Names: both schemes, Unicode and ASCII, for small and large networks, there and back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.equations.order import sections
from clearprop.equations.step import StepEquations
from clearprop.errors import ClearpropError, SettingError, UnknownName
from clearprop.formulas.activations import ACTIVATIONS
from clearprop.formulas.optimizers import OPTIMIZERS
from clearprop.network.learning import Learning
from clearprop.network.lesson import seed_lesson
from clearprop.network.names import Names
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Decayed,
    Loss,
    NetInput,
    Part,
    Proof,
    Slope,
    State,
    Target,
    Updated,
    Weight,
    delta,
    gradient,
)
from clearprop.render.text_symbols import mark_text
from clearprop.tracing.trace import trace_steps

SEED = Network([2, 1, 1], biases=False)
WIDE = Network([2, 3, 2])
DEEP = Network([2, 2, 3, 1], biases=[True, False, True])
LARGE = Network([10, 8, 3], ["silu", "softmax"])


# --- what a quantity is called -------------------------------------------------------------------

CALLED = [
    # network, examples, quantity, in ASCII, in the terminal
    (SEED, 1, Weight(2, 0, 0), "w3", "w₃"),
    (SEED, 1, Activation(0, 1, 0), "x2", "x₂"),
    (SEED, 1, Activation(1, 0, 0), "h", "h"),
    (SEED, 1, Activation(2, 0, 0), "yhat", "ŷ"),
    (SEED, 1, NetInput(1, 0, 0), "z_h", "z_h"),
    (SEED, 1, NetInput(2, 0, 0), "z_out", "z_out"),
    (SEED, 1, Target(0, 0), "y", "y"),
    (SEED, 1, Loss(), "L", "L"),
    (SEED, 1, delta(1, 0, 0), "dL/dz_h", "∂L/∂z_h"),
    (SEED, 1, gradient(Weight(2, 0, 0)), "dL/dw3", "∂L/∂w₃"),
    (SEED, 1, Slope(Activation(2, 0, 0), NetInput(2, 0, 0)), "dyhat/dz_out", "∂ŷ/∂z_out"),
    (SEED, 1, Slope(NetInput(2, 0, 0), Activation(1, 0, 0)), "dz_out/dh", "∂z_out/∂h"),
    (SEED, 1, Updated(Weight(2, 0, 0)), "w3_new", "w₃_new"),
    (SEED, 1, Updated(Loss()), "L_new", "L_new"),
    (SEED, 1, Constant("rate"), "eta", "η"),
    (SEED, 1, State("step", Weight(1, 0, 1)), "step_w2", "Δw₂"),
    (SEED, 1, State("beta1_t", None), "beta1_t", "β₁ᵗ"),
    (SEED, 1, State("mhat", Weight(1, 0, 1)), "mhat_w2", "m̂_w₂"),
    (SEED, 1, Updated(State("v", Weight(1, 0, 1))), "v_w2_new", "v_w₂_new"),
    (SEED, 1, Decayed(Weight(1, 0, 1)), "g_w2", "g_w₂"),
    (SEED, 2, NetInput(1, 0, 1), "z_h@2", "z_h@2"),
    (SEED, 2, gradient(Weight(2, 0, 0), 0), "dL/dw3@1", "∂L/∂w₃@1"),
    (SEED, 2, gradient(Weight(2, 0, 0)), "dL/dw3", "∂L/∂w₃"),
    (SEED, 2, Loss(1), "L@2", "L@2"),
    (SEED, 2, Updated(Activation(2, 0, 1)), "yhat_new@2", "ŷ_new@2"),
    (WIDE, 1, Bias(2, 0), "b4", "b₄"),
    (WIDE, 1, Weight(2, 1, 2), "w12", "w₁₂"),
    (WIDE, 1, Activation(1, 2, 0), "h3", "h₃"),
    (WIDE, 1, NetInput(2, 1, 0), "z_out2", "z_out₂"),
    (WIDE, 1, Activation(2, 1, 0), "yhat2", "ŷ₂"),
    (WIDE, 1, Target(1, 0), "y2", "y₂"),
    (DEEP, 1, Activation(2, 0, 0), "h2_1", "h2_1"),
    (DEEP, 1, NetInput(1, 1, 0), "z_h1_2", "z_h1_2"),
    (DEEP, 1, Bias(3, 0), "b3", "b₃"),  # layer 2 has none: numbered over the layers that have
    (LARGE, 1, Weight(1, 3, 7), "W1[3,7]", "W1[3,7]"),
    (LARGE, 1, Bias(2, 0), "b2[0]", "b2[0]"),
    (LARGE, 1, NetInput(1, 4, 0), "z1[4]", "z1[4]"),
    (LARGE, 1, Activation(1, 4, 0), "a1[4]", "a1[4]"),
    (LARGE, 1, Activation(0, 9, 0), "x[9]", "x[9]"),
    (LARGE, 1, delta(1, 4, 0), "delta1[4]", "δ1[4]"),
    (LARGE, 2, delta(1, 4, 1), "delta1[4]@2", "δ1[4]@2"),
    (LARGE, 1, gradient(Weight(1, 3, 7)), "dL/dW1[3,7]", "∂L/∂W1[3,7]"),
    (LARGE, 1, Updated(Weight(1, 3, 7)), "W1[3,7]_new", "W1[3,7]_new"),
    (LARGE, 1, Part("g", 1, 0, 0), "g1[0]", "g1[0]"),
    (LARGE, 1, Part("s", 2, None, 0), "s2", "s2"),
]


@pytest.mark.parametrize(("network", "examples", "quantity", "ascii", "text"), CALLED)
def test_a_quantity_is_called(network, examples, quantity, ascii, text):
    names = Names(network, examples)
    assert names.id(quantity) == ascii
    assert mark_text(names.symbol(quantity)) == text


@pytest.mark.parametrize(("network", "examples", "quantity", "ascii", "text"), CALLED)
def test_what_it_is_called_finds_it(network, examples, quantity, ascii, text):
    names = Names(network, examples)
    for name in (ascii, text):
        found = names.find(name)
        assert as_in_one_example(found, examples) == as_in_one_example(quantity, examples), name


def as_in_one_example(quantity, examples):
    """Return a quantity with the one example's share taken for the whole, as it is."""
    if examples == 1 and isinstance(quantity, Loss):
        return Loss()
    if examples == 1 and isinstance(quantity, Updated) and isinstance(quantity.quantity, Loss):
        return Updated(Loss())
    if examples == 1 and isinstance(quantity, Slope):
        return Slope(quantity.of, quantity.wrt)
    return quantity


OTHER_SPELLINGS = [
    (SEED, ["w3", "w₃", "W2[0,0]"]),
    (SEED, ["h", "h1", "a1[0]"]),
    (SEED, ["x2", "x₂", "x[1]", "a0[1]"]),
    (SEED, ["yhat", "ŷ", "yhat1", "yhat[0]", "a2[0]"]),
    (SEED, ["z_out", "z_yhat", "z2[0]", "z_out1"]),
    (SEED, ["dL/dz_h", "∂L/∂z_h", "δ_h", "delta_h", "δ1[0]", "delta1[0]", "dL/dz1[0]"]),
    (SEED, ["dL/dw3", "∂L/∂w₃", "dL/dW2[0,0]", "∂L/∂W2[0,0]", "∂L / ∂w₃"]),
    (SEED, ["dL/dyhat", "∂L/∂ŷ", "dL/da2[0]"]),
    (SEED, ["w3_new", "w₃_new", "W2[0,0]_new"]),
    (SEED, ["eta", "η", "rate"]),
    (SEED, ["alpha", "α", "momentum"]),
    (SEED, ["step_w3", "Δw₃", "Δw3", "step_W2[0,0]"]),
    (LARGE, ["W1[3,7]", "w38"]),
    (LARGE, ["W2[0,0]", "w81"]),
    (LARGE, ["b2[0]", "b9"]),
    (LARGE, ["z1[4]", "z_h5"]),
    (LARGE, ["a1[4]", "h5"]),
    (LARGE, ["a2[1]", "yhat2", "ŷ₂"]),
    (LARGE, ["x[9]", "x10", "x₁₀"]),
    (LARGE, ["δ1[4]", "delta_h5", "dL/dz_h5"]),
    (LARGE, ["dL/dw38", "∂L/∂W1[3,7]"]),
    (LARGE, ["m2", "m_out"]),
]


@pytest.mark.parametrize(("network", "spellings"), OTHER_SPELLINGS)
def test_every_spelling_finds_the_same_quantity(network, spellings):
    assert len({Names(network).find(name) for name in spellings}) == 1


# --- random networks -----------------------------------------------------------------------------


@st.composite
def networks(draw):
    layers = draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    depth = len(layers) - 1
    activations = st.lists(st.sampled_from(list(ACTIVATIONS)), min_size=depth, max_size=depth)
    biases = st.lists(st.booleans(), min_size=depth, max_size=depth)
    return Network(layers, draw(activations), draw(biases))


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(1, 3), st.sampled_from(list(OPTIMIZERS)), st.booleans())
def test_every_line_of_a_random_network_is_found_by_its_name(network, examples, optimizer, decay):
    outputs = network.activation(network.depth)
    fitting = {"sigmoid": "binary_cross_entropy", "softmax": "cross_entropy"}
    learning = Learning(
        fitting.get(outputs, "huber"),
        optimizer,
        constants={"weight_decay": 0.1} if decay else {},
    )
    names = Names(network, examples)
    equations = StepEquations(network, learning, examples)
    quantities = [q for section in sections(equations) for q in section.quantities]
    used = {}
    for quantity in quantities:
        if isinstance(quantity, Proof):
            assert names.id(quantity) == f"{names.id(quantity.of)}:" + (
                "definition" if isinstance(quantity.of, Loss) else "chain"
            )
            continue
        for name in (names.id(quantity), mark_text(names.symbol(quantity))):
            assert used.setdefault(name, quantity) == quantity  # no two lines share a name
            found = names.find(name)
            wanted = as_in_one_example(quantity, examples)
            assert as_in_one_example(found, examples) == wanted, name


@settings(max_examples=60, deadline=None)
@given(networks())
def test_weights_and_biases_are_found_by_the_other_scheme_too(network):
    names = Names(network)
    number = bias_number = 0
    for layer in network.layer_numbers:
        for unit in range(network.layers[layer]):
            for source in range(network.layers[layer - 1]):
                number += 1
                wanted = Weight(layer, unit, source)
                assert names.find(f"w{number}") == wanted
                assert names.find(f"W{layer}[{unit},{source}]") == wanted
                assert names.find(f"∂L/∂W{layer}[{unit},{source}]") == gradient(wanted)
            assert names.find(f"δ{layer}[{unit}]") == delta(layer, unit, 0)
            if network.has_biases(layer):
                bias_number += 1
                assert names.find(f"b{bias_number}") == Bias(layer, unit)
                assert names.find(f"b{layer}[{unit}]") == Bias(layer, unit)
    assert not names.knows(f"w{number + 1}")
    assert not names.knows(f"b{bias_number + 1}")
    assert not names.knows("w0")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([SEED, WIDE, DEEP, LARGE]), st.integers(1, 2), st.text(max_size=8))
def test_any_text_is_a_name_or_one_error(network, examples, text):
    names = Names(network, examples)
    message = refusal(lambda: names.find(text), UnknownName)
    assert "\n" not in message.replace(text, "")


PIECES = st.lists(
    st.sampled_from(
        ["d", "L", "/", "w", "1", "2", "_", "new", "_new", "z", "h", "out", "yhat", "W1", "[0,0]",
         "[1]", "b", "x", "y", "m", "v", "mhat", "vhat", "step", "g", "s", "e", "beta1_t", "eta",
         "delta", "a", "@1", "@2", "@", "cdf", "n", "pi", "rate"]
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_names_put_together_from_pieces_have_a_value_or_one_error(pieces):
    name, lines = "".join(pieces), []
    message = refusal(lambda: lines.extend(trace_steps(seed_lesson()).explain(name)))
    assert bool(lines) != bool(message)
    assert "\n" not in message


def refusal(action, kind=ClearpropError):
    """Return the sentence that an action is refused with, or nothing."""
    try:
        action()
    except kind as error:
        return str(error)
    return ""


# --- own names -----------------------------------------------------------------------------------


def test_own_names_stand_for_inputs_units_and_parameters():
    names = Names(Network([2, 2, 1], names={"x1": "height", "h2": "edge", "w5": "left", "b1": "c"}))
    assert names.id(Activation(0, 0, 0)) == "height"
    assert names.id(NetInput(1, 1, 0)) == "z_edge"
    assert names.id(gradient(Weight(2, 0, 0))) == "dL/dleft"
    for own, built_in in (
        ("height", "x1"),
        ("z_edge", "z_h2"),
        ("dL/dleft", "dL/dw5"),
        ("left_new", "w5_new"),
        ("c", "b1"),
        ("dL/dz_edge", "delta_h2"),
    ):
        assert names.find(own) == names.find(built_in)


@pytest.mark.parametrize(
    ("given_names", "message"),
    [
        (
            {"h": "z_1"},
            "the name for h must be letters from a to z and digits, a letter first, not 'z_1'",
        ),
        ({"h": 3}, "the name for h must be letters from a to z and digits, a letter first, not 3"),
        ({"x1": "a", "x2": "a"}, "the name 'a' is given twice; names must be unique"),
        ({"h": "w3"}, "the name 'w3' is a built-in one; choose another"),
        ({"h": "yhat"}, "the name 'yhat' is a built-in one; choose another"),
        ({"h": "eta"}, "the name 'eta' is a built-in one; choose another"),
        ({"h": "L"}, "the name 'L' is a built-in one; choose another"),
        ({"z_h": "net"}, "only inputs, units, weights and biases can have own names, not z_h"),
        ("edge", "names must be a table such as { h1 = 'edge' }, not 'edge'"),
    ],
)
def test_own_names_are_unique_and_not_built_in(given_names, message):
    with pytest.raises(SettingError) as error:
        Names(Network([2, 1, 1], biases=False, names=given_names)).check()
    assert str(error.value) == message


# --- errors --------------------------------------------------------------------------------------


def refused(network, name, examples=1):
    with pytest.raises(UnknownName) as error:
        Names(network, examples).find(name)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("w33", "w3"), ("z_hh", "z_h"), ("yht", "yhat"), ("dL/dw33", "dL/dw3"), ("w3_nwe", "w3_new"),
     ("∂L/∂w₃₃", "dL/dw3"), ("z_uot", "z_out")],
)  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest(name, nearest):
    message = refused(SEED, name)
    assert re.search(rf"; did you mean '{nearest}'\? Known: ", message), message


def test_an_unknown_name_lists_every_name_of_a_small_network():
    message = refused(Network([1, 1], biases=False), "qqqq")
    known = message.partition(" Known: ")[2].split(", ")
    assert message.startswith("unknown quantity 'qqqq'.")
    assert sorted(known) == sorted(
        ["x1", "z_out", "yhat", "dL/dz_out", "w1", "dL/dw1", "w1_new", "L"]
    )


def test_an_unknown_name_of_a_large_network_is_told_the_ranges():
    assert refused(LARGE, "W1[8,0]") == (
        "no quantity is called 'W1[8,0]'; this network has W1[0..7,0..9], W2[0..2,0..7] and, "
        "with the same units, b1[0], z1[0], a1[0], δ1[0], dL/dW1[0,0], W1[0,0]_new"
    )


def test_an_error_never_lists_hundreds_of_names():
    network = Network([4, 4, 3])
    told = refused(network, "z_hh1")
    assert "'z_hh1'; did you mean 'z_h1'? This network has W1[0..3,0..3], " in told
    assert len(told) < 220
    assert refused(network, "nonsense") == (
        "no quantity is called 'nonsense'; this network has W1[0..3,0..3], W2[0..2,0..3] and, with"
        " the same units, b1[0], z1[0], a1[0], δ1[0], dL/dW1[0,0], W1[0,0]_new"
    )


@pytest.mark.parametrize("network", [WIDE, Network([4, 4, 3]), LARGE])
@pytest.mark.parametrize(
    ("theirs", "ours"), [("coefs_[0][0, 1]", "W1[1,0]"), ("intercepts_[1][0]", "b2[0]")]
)
def test_a_name_of_scikit_learn_is_told_as_ours(network, theirs, ours):
    told = refused(network, theirs)
    assert told == f"no quantity is called '{theirs}'; did you mean '{ours}'?"


def test_a_name_of_scikit_learn_that_the_network_has_not_is_unknown():
    assert "coefs_[7][0,0]'; this network has W1[0..7,0..9]" in refused(LARGE, "coefs_[7][0,0]")
    assert "unknown quantity 'intercepts_[0][0]'." in refused(SEED, "intercepts_[0][0]")


@pytest.mark.parametrize("name", ["z_h", "dL/dz_h", "h", "yhat", "delta_h", "y", "x1"])
def test_in_a_batch_a_name_without_its_example_is_told_so(name):
    assert refused(SEED, name, examples=3) == (
        f"'{name}' differs from example to example; ask for one of them, from {name}@1 to {name}@3"
    )


@pytest.mark.parametrize("name", ["z_h@0", "z_h@4", "z_h@", "z_h@x", "z_h@-1", "z_h@1@2"])
def test_an_example_that_is_not_there_is_no_name(name):
    assert refused(SEED, name, examples=3).startswith("unknown quantity ")


def test_of_one_example_the_mark_may_stand_or_not():
    names = Names(SEED)
    assert names.find("z_h@1") == names.find("z_h")
    assert refused(SEED, "z_h@2").startswith("unknown quantity ")


def test_what_all_examples_share_is_found_without_a_mark():
    names = Names(SEED, examples=3)
    assert names.find("L") == Loss()
    assert names.find("w3") == Weight(2, 0, 0)
    assert names.find("dL/dw3") == gradient(Weight(2, 0, 0))
    assert names.find("dL/dw3@2") == gradient(Weight(2, 0, 0), 1)
    assert names.find("L@2") == Loss(1)
