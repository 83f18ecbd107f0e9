"""Edits of a lesson: what they change, what they keep, what is refused."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.errors import ClearpropError
from clearprop.network.lesson import lesson_from_tables, lesson_toml, parse_lesson, seed_lesson
from clearprop.studio.lesson_edits import edited

SEED = lesson_toml(seed_lesson())
NETWORK = lesson_toml(
    lesson_from_tables(
        {
            "network": {
                "layers": [2, 3, 2],
                "activations": ["tanh", "sigmoid"],
                "names": {"h2": "edge", "w8": "strong"},
            },
            "example": {"x": [[1, -2], [0.5, 3]], "y": [[1, 0], [0, 1]]},
            "learning": {"frozen": ["w8", "b1"], "optimizer": "momentum"},
        }
    )
)


def lesson_after(text, *edits):
    """Return the lesson after edits, each of which is a kind and its entries."""
    for kind, entries in edits:
        text = edited(text, {"kind": kind, **entries})
    return parse_lesson(text, "it")


def refusal(text, kind, **entries):
    """Return the sentence that an edit is refused with."""
    with pytest.raises(ClearpropError) as caught:
        edited(text, {"kind": kind, **entries})
    return str(caught.value)


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.1", 0.1), ("1e-3", 0.001), ("−2", -2), (" +.5 ", 0.5), ("7.", 7), ("1E3", 1000)],
)
def test_a_weight_takes_a_number_as_people_type_it(typed, value):
    assert lesson_after(SEED, ("set", {"name": "w3", "value": typed})).parameters.weights[1] == [
        [value]
    ]


def test_numbers_are_set_by_either_name():
    lesson = lesson_after(
        NETWORK,
        ("set", {"name": "W1[2,1]", "value": "0.25"}),
        ("set", {"name": "b4", "value": "1"}),
        ("set", {"name": "x2@2", "value": "-3"}),
        ("set", {"name": "y1@1", "value": "0.9"}),
        ("set", {"name": "eta", "value": "0.5"}),
        ("set", {"name": "momentum", "value": "0.8"}),
    )
    assert lesson.parameters.weights[0][2, 1] == 0.25
    assert lesson.parameters.biases[1][0] == 1
    assert lesson.x.tolist() == [[1, -2], [0.5, -3]]
    assert lesson.y.tolist() == [[0.9, 0], [0, 1]]
    assert lesson.learning.constant("rate") == 0.5
    assert lesson.learning.constant("momentum") == 0.8


def test_a_constant_of_an_activation_belongs_to_the_network():
    lesson = lesson_after(
        SEED,
        ("activation", {"layer": 1, "name": "leaky_relu"}),
        ("set", {"name": "leaky_relu_slope", "value": "0.2"}),
    )
    assert lesson.network.constants == {"leaky_relu_slope": 0.2}


def test_what_does_not_fit_is_refused_in_a_sentence():
    assert refusal(SEED, "set", name="w3", value="much") == (
        "w3 must be a number, as in 0.25, -2 or 1e-3, not 'much'"
    )
    assert refusal(SEED, "set", name="w3", value="nan").startswith("w3 must be a number")
    assert refusal(SEED, "set", name="w3", value="1e999") == (
        "w3 must be a number below 1.8e308 in size, and this is more"
    )
    assert refusal(SEED, "set", name="w4", value="1").startswith("unknown quantity 'w4'")
    assert refusal(SEED, "set", name="yhat", value="1") == (
        "yhat follows from the other numbers; change a weight, a bias, an input, a target or a "
        "constant of the learning"
    )
    assert refusal(SEED, "set", name="rate", value="0") == "rate must be a number above 0, not 0.0"
    assert refusal(SEED, "rule", what="loss", name="cross_entropy").startswith(
        "cross_entropy takes outputs of softmax"
    )
    assert refusal(SEED, "paint").startswith("unknown edit 'paint'")
    assert refusal(SEED, "activation", layer=3, name="tanh") == (
        "there is no layer 3; they go from 1 to 2"
    )


# --- units and layers ----------------------------------------------------------------------------


def test_a_unit_comes_with_drawn_weights_and_all_others_stay():
    lesson = lesson_after(SEED, ("add unit", {"layer": 1}))
    assert lesson.network.layers == (2, 2, 1)
    assert lesson.parameters.weights[0][0].tolist() == [0.5, 0.3]
    assert lesson.parameters.weights[1][0, 0] == 0.8
    assert all(lesson.parameters.weights[0][1] != 0)
    assert lesson_after(SEED, ("add unit", {"layer": 1})).parameters.vector.tolist() == (
        lesson.parameters.vector.tolist()
    )


def test_each_draw_records_its_seed_and_takes_another():
    once = edited(SEED, {"kind": "add unit", "layer": 1})
    twice = edited(edited(once, {"kind": "remove unit", "layer": 1, "unit": 0}), {
        "kind": "add unit", "layer": 1
    })  # fmt: skip
    assert [tomllib.loads(text)["network"]["seed"] for text in (once, twice)] == [1, 2]
    first, second = parse_lesson(twice, "it").parameters.weights[0].tolist()
    assert first != second


def test_the_initializer_of_the_lesson_draws_and_stays_in_its_text():
    text = SEED.replace("[parameters]", 'initializer = "he_normal"\n\n[parameters]', 1)
    drawn = edited(text, {"kind": "add unit", "layer": 0})
    assert tomllib.loads(drawn)["network"]["initializer"] == "he_normal"
    assert drawn != edited(SEED, {"kind": "add unit", "layer": 0})


def test_a_unit_leaves_with_its_weights_its_name_and_what_was_frozen_of_it():
    lesson = lesson_after(NETWORK, ("remove unit", {"layer": 1, "unit": 0}))
    old = parse_lesson(NETWORK, "it")
    assert lesson.parameters.weights[0].tolist() == old.parameters.weights[0][1:].tolist()
    assert lesson.parameters.weights[1].tolist() == old.parameters.weights[1][:, 1:].tolist()
    assert lesson.network.names == {"h1": "edge", "w5": "strong"}
    assert lesson.learning.frozen == ("w5",)


def test_inputs_and_outputs_come_and_go_with_their_examples():
    lesson = lesson_after(NETWORK, ("add unit", {"layer": 0}), ("add unit", {"layer": 2}))
    assert lesson.x.tolist() == [[1, -2, 1], [0.5, 3, 1]]
    assert lesson.y.tolist() == [[1, 0, 0], [0, 1, 0]]
    lesson = lesson_after(NETWORK, ("remove unit", {"layer": 0, "unit": 0}))
    assert lesson.x.tolist() == [[-2], [3]]


def test_a_layer_is_put_before_the_outputs_and_taken_away():
    lesson = lesson_after(SEED, ("add layer", {}))
    assert lesson.network.layers == (2, 1, 2, 1)
    assert lesson.parameters.weights[0].tolist() == [[0.5, 0.3]]
    lesson = lesson_after(SEED, ("remove layer", {"layer": 1}))
    assert lesson.network.layers == (2, 1)


def test_the_last_of_a_kind_stays():
    assert refusal(SEED, "remove unit", layer=1, unit=0) == (
        "layer 1 has only this unit; remove the whole layer instead"
    )
    assert refusal(SEED, "remove unit", layer=2, unit=0) == (
        "this is the only output, and a network has to have one"
    )
    assert refusal(SEED, "remove layer", layer=2) == (
        "the last layer gives the outputs; remove a hidden layer instead"
    )
    alone = edited(SEED, {"kind": "remove layer", "layer": 1})
    assert refusal(alone, "remove layer", layer=1) == (
        "this is the only layer, and a network has to have one"
    )
    assert refusal(SEED, "remove example") == (
        "this is the only example, and a step needs one; change its numbers"
    )


def test_biases_come_at_zero_and_go():
    lesson = lesson_after(SEED, ("biases", {"layer": 2, "on": True}))
    assert lesson.parameters.biases[0] is None
    assert lesson.parameters.biases[1].tolist() == [0]
    assert lesson_toml(
        lesson_after(
            SEED, ("biases", {"layer": 2, "on": True}), ("biases", {"layer": 2, "on": False})
        )
    ) == (SEED)


# --- any edits -----------------------------------------------------------------------------------

NUMBERS = st.floats(-5, 5).map(repr)
LAYERS = st.integers(0, 3)
EDITS = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("set"),
            "name": st.sampled_from(["w1", "w3", "b1", "x1", "y", "y1@1", "rate", "x2@2"]),
            "value": NUMBERS,
        }
    ),
    st.fixed_dictionaries({"kind": st.just("add unit"), "layer": LAYERS}),
    st.fixed_dictionaries(
        {"kind": st.just("remove unit"), "layer": LAYERS, "unit": st.integers(0, 2)}
    ),
    st.sampled_from([{"kind": kind} for kind in ("add layer", "add example", "remove example")]),
    st.fixed_dictionaries({"kind": st.just("remove layer"), "layer": LAYERS}),
    st.fixed_dictionaries({"kind": st.just("biases"), "layer": LAYERS, "on": st.booleans()}),
    st.fixed_dictionaries(
        {
            "kind": st.just("activation"),
            "layer": LAYERS,
            "name": st.sampled_from(["tanh", "relu", "softmax", "sigmoyd"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("rule"),
            "what": st.sampled_from(["loss", "optimizer"]),
            "name": st.sampled_from(["huber", "cross_entropy", "adam", "momentum"]),
        }
    ),
)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([SEED, NETWORK]), st.lists(EDITS, max_size=8))
def test_after_any_edits_a_lesson_can_be_read_and_is_written_the_same_again(text, edits):
    for edit in edits:
        try:
            text = edited(text, edit)
        except ClearpropError:
            continue
        lesson = parse_lesson(text, "it")
        assert parse_lesson(lesson_toml(lesson), "it").parameters.vector.tolist() == (
            lesson.parameters.vector.tolist()
        )
        nothing = {"kind": "set", "name": "rate", "value": repr(lesson.learning.constant("rate"))}
        assert edited(text, nothing) == text
