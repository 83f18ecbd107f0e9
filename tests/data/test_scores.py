"""Scores, held to numbers counted by hand."""

import numpy as np
import pytest

from clearprop.data.scores import ClassFigures, NumberScores, class_scores, number_scores
from clearprop.errors import ClearpropError
from clearprop.training.scoring import r_squared


def test_scores_of_classes_are_counted_per_class():
    actual, predicted = ["a", "a", "a", "b", "b", "c"], ["a", "a", "b", "b", "b", "a"]
    scores = class_scores(actual, predicted, ["a", "b", "c"])
    assert scores.accuracy == pytest.approx(4 / 6)
    assert scores.confusion.tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert scores.classes == (
        ClassFigures("a", pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3), 3),
        ClassFigures("b", pytest.approx(2 / 3), 1.0, pytest.approx(0.8), 2),
        ClassFigures("c", 0.0, 0.0, 0.0, 1),
    )
    assert not scores.confusion.flags.writeable


def test_scores_of_numbers_are_in_the_units_of_the_target():
    scores = number_scores([1, 2, 3, 6], [[1], [2], [5], [4]])
    assert scores == NumberScores(pytest.approx(1 - 8 / 14), 1.0, pytest.approx(2**0.5))


def test_r_squared_of_equal_targets_has_no_value():
    assert number_scores([2, 2], [2, 3]) == NumberScores(None, 0.5, pytest.approx(0.5**0.5))
    assert number_scores([2], [2]).r2 is None
    assert number_scores([0.1] * 3, [0.1, 0.2, 0.3]).r2 is None  # whose mean is not 0.1
    assert r_squared(np.array([[0.1], [0.2], [0.3]]), np.full((3, 1), 0.1)) is None


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: class_scores(["a"], ["a", "b"], ["a", "b"]),
            "there are 2 predictions for 1 rows; one per row is needed",
        ),
        (lambda: number_scores([], []), "there are no rows to score; at least one is needed"),
        (
            lambda: number_scores([1, 2], [1, float("nan")]),
            "row 1: the prediction is nan, not a finite number",
        ),
    ],
)
def test_predictions_that_do_not_fit_are_refused(call, sentence):
    with pytest.raises(ClearpropError) as caught:
        call()
    assert str(caught.value) == sentence
