"""Where a trace comes to its limits: huge numbers, many examples, networks too large to read."""

import warnings

import pytest

import clearprop as cp
from clearprop.errors import SettingError, UnknownName
from clearprop.network.lesson import parse_lesson, seed_lesson
from clearprop.tracing.history import round_stride
from clearprop.tracing.trace import trace_steps


def lesson_of(layers, weights, x, y, loss="squared_error", activations="sigmoid", **constants):
    network = cp.Network(layers, activations, biases=False)
    learning = cp.Learning(loss, constants=constants)
    return cp.Lesson(cp.Parameters.of(network, weights), x, y, learning)


def of_examples(count):
    return lesson_of([2, 1], [[[0.1, 0.2]]], [[1, 2]] * count, [[1]] * count)


def test_cross_entropy_keeps_its_digits_at_large_net_inputs():
    weights = [[[1], [1]]]
    lesson = lesson_of([1, 2], weights, [[1e8]], [[1, 0]], "cross_entropy", "softmax")
    trace = cp.trace(lesson)
    assert trace.loss == 0.6931471805599453
    assert "L:definition" in cp.document(trace, "json")


def test_an_overflowing_update_warns_nobody():
    lesson = lesson_of([1, 1], [[[1e300]]], [[1]], [[1]], weight_decay=1e10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cp.trace(lesson)["w1_new"].value == -float("inf")


@pytest.mark.parametrize("name", ["e", "ln", "max", "sigmoid", "eta"])
def test_a_word_of_the_formulas_is_no_name_for_a_unit(name):
    text = f"[network]\nlayers = [1, 1, 1]\nnames = {{ h = '{name}' }}\n[example]\nx=[[1]]\ny=[[1]]"
    with pytest.raises(SettingError, match=f"the name '{name}' is a built-in one; choose another"):
        parse_lesson(text, "a lesson")


def test_a_hundred_examples_are_worked_one_by_one_and_more_in_an_overview():
    assert len(cp.trace(of_examples(100)).steps) == 4 * 100 + 4
    many = cp.trace(of_examples(101))
    assert many.steps == ()
    assert "Too much to print every number" in cp.document(many)
    assert "the 98 smaller terms, added" in cp.document(many, explain="dL/dw1")


def test_what_a_sum_lacks_stays_a_number_where_the_sum_is_infinite():
    weights = [[[1e308] * 3 + [0.5] * 197]]
    lesson = lesson_of([200, 1], weights, [[1] * 200], [[1]], activations="identity")
    text = cp.document(cp.trace(lesson), explain="z_out")
    assert "rest_z1[0] = 98.5   (the 197 smaller terms, added)" in text
    assert "= inf" in text
    assert "nan" not in text


def test_norms_of_large_numbers_are_numbers():
    lesson = lesson_of([200, 1], [[[1e200] * 200]], [[1] * 200], [[1]])
    rows = {row.title: row for row in cp.trace(lesson).overview}
    assert rows["W[1]_new"].norm == pytest.approx(1e200 * 200**0.5)


def test_by_hand_and_verify_are_refused_where_they_would_show_nothing():
    lesson = of_examples(101)
    for options in ({"by_hand": 3}, {"verify": True}):
        with pytest.raises(SettingError, match="shown line by line, and here are too many lines"):
            cp.document(trace_steps(lesson, **options))


@pytest.mark.parametrize("name", ["L:foo", "L:chain", "w1:chain", "L:definition"])
def test_a_form_that_the_step_does_not_prove_is_unknown(name):
    with pytest.raises(UnknownName, match=f"unknown quantity '{name}'; this step proves no such"):
        trace_steps(seed_lesson()).explain(name)


def test_histories_are_thinned_to_round_steps():
    assert [round_stride(steps, 20) for steps in (1, 18, 19, 1000, 10**6)] == [
        1, 1, 2, 100, 100_000,
    ]  # fmt: skip


def test_the_reduction_is_always_shown():
    assert "  loss: squared_error, mean over 1 example\n" in cp.document(cp.trace())
