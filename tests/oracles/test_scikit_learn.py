"""Scaling and scores, held to scikit-learn: it takes a second to import, so these are our own."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.preprocessing import StandardScaler

from clearprop.data.codings import fitted_numbers
from clearprop.data.scores import class_scores, number_scores
from clearprop.errors import DataError

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LABELS = ["a", "b", "c", "d"]
FIGURES = ("precision", "recall", "f1", "support")


@contextmanager
def silence() -> Iterator[None]:
    """Let scikit-learn compute what overflows, or has no meaning, without a word."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


# --- scaling -------------------------------------------------------------------------------------


@st.composite
def columns(draw: st.DrawFn) -> list[float]:
    """Numbers of any size, of like size, all the same, or apart by roundings alone."""
    count = draw(st.integers(1, 40))
    kind = draw(st.sampled_from(["any", "like", "same", "nearly the same"]))
    if kind == "any":
        return draw(st.lists(FLOATS, min_size=count, max_size=count))
    middle = draw(st.one_of(FLOATS, st.floats(-1e6, 1e6)))
    if kind == "like":
        share = st.floats(-1, 1)
        return [middle * draw(share) for _ in range(count)]
    steps = st.integers(-3, 3) if kind == "nearly the same" else st.just(0)
    spacing = np.spacing(middle) if abs(middle) < 1e308 else 0.0
    return [middle + draw(steps) * spacing for _ in range(count)]


@settings(max_examples=150, deadline=None)
@given(columns())
@example([0.1] * 3)  # whose mean is not 0.1
@example([1e8 + 0.1] * 11)
@example([0.0])
@example([-0.0, 0.0])
@example([5e-324, 0.0])
@example([1e-200, 2e-200])  # whose squares are 0
@example([1e154, -1e154])
@example([1e200, -1e200])
@example([1.7e308, 1.7e308])
@example([1.7e308, -1.7e308])
def test_a_column_is_scaled_to_the_bits_of_scikit_learn(values: list[float]) -> None:
    with silence():
        scaler = StandardScaler().fit(np.array(values).reshape(-1, 1))
    if np.isfinite(scaler.mean_[0]) and np.isfinite(scaler.var_[0]):
        found = fitted_numbers(pl.Series("x", values))
        assert (found.mean, found.scale) == (scaler.mean_[0], scaler.scale_[0])
    else:  # scikit-learn goes on with a scale of 1, or with NaN
        with pytest.raises(DataError, match="too large to scale"):
            fitted_numbers(pl.Series("x", values))


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 127, 128, 129, 1000, 100_003])
def test_long_columns_are_scaled_to_the_same_bits_too(rows: int) -> None:
    values = np.random.default_rng(rows).normal(3, 2, rows)
    scaler = StandardScaler().fit(values.reshape(-1, 1))
    found = fitted_numbers(pl.Series("x", values))
    assert (found.mean, found.scale) == (scaler.mean_[0], scaler.scale_[0])


def test_gaps_do_not_count() -> None:
    values = [1.5, None, 4.0, None, 9.25]
    scaler = StandardScaler().fit([[1.5], [4.0], [9.25]])
    found = fitted_numbers(pl.Series("x", values))
    assert (found.mean, found.scale) == (scaler.mean_[0], scaler.scale_[0])


# --- classes -------------------------------------------------------------------------------------

PAIRS = st.lists(st.tuples(st.sampled_from([*LABELS, "unseen"]), st.sampled_from(LABELS)),
                 min_size=1, max_size=30)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(PAIRS, st.permutations(LABELS))
@example([("a", "b")], LABELS)  # classes without rows, and one that was never predicted
@example([("unseen", "a"), ("a", "a")], LABELS)
@example([("c", "c")] * 5, LABELS)
def test_scores_of_classes_are_scikit_learns(
    pairs: list[tuple[str, str]], labels: list[str]
) -> None:
    actual, predicted = ([pair[k] for pair in pairs] for k in (0, 1))
    found = class_scores(actual, predicted, labels)
    assert found.accuracy == metrics.accuracy_score(actual, predicted)
    if not set(actual) & set(labels):  # which scikit-learn refuses
        assert not found.confusion.any()
        return
    confusion = metrics.confusion_matrix(actual, predicted, labels=labels)
    assert found.confusion.tolist() == confusion.tolist()
    expected = metrics.precision_recall_fscore_support(
        actual, predicted, labels=labels, zero_division=0
    )
    for figure, values in zip(FIGURES, expected, strict=True):
        assert [getattr(one, figure) for one in found.classes] == values.tolist(), figure


def test_scores_of_arrays_of_labels_are_those_of_lists() -> None:
    actual, predicted = ["a", "b", "b"], ["b", "b", "longer"]
    arrays = class_scores(np.array(actual), np.array(predicted), ["a", "b", "longer"])
    lists = class_scores(actual, predicted, ["a", "b", "longer"])
    assert arrays.classes == lists.classes
    assert np.array_equal(arrays.confusion, lists.confusion)


# --- numbers -------------------------------------------------------------------------------------


@st.composite
def targets_and_outputs(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Targets, often all the same, and predictions."""
    count = draw(st.integers(1, 30))
    sizes = draw(st.sampled_from([st.floats(-1e3, 1e3), FLOATS]))
    numbers = st.lists(sizes, min_size=count, max_size=count)
    targets = [draw(sizes)] * count if draw(st.booleans()) else draw(numbers)
    return targets, draw(numbers)


@settings(max_examples=150, deadline=None)
@given(targets_and_outputs())
@example(([0.1] * 3, [0.1, 0.2, 0.3]))  # all the same, though their mean is another number
@example(([1e-200, 2e-200], [1e-200, 2e-200]))  # whose squares are 0
@example(([1e200, -1e200], [0.0, 0.0]))  # whose squares are infinite
@example(([1.7e308, 1.7e308], [-1.7e308, 1.7e308]))
@example(([2.0], [3.0]))
def test_scores_of_numbers_are_scikit_learns(pair: tuple[list[float], list[float]]) -> None:
    targets, outputs = map(np.array, pair)
    found = number_scores(targets, outputs)
    with silence():
        assert found.mean_absolute_error == metrics.mean_absolute_error(targets, outputs)
        expected = metrics.root_mean_squared_error(targets, outputs)
        assert found.root_mean_squared_error == expected
        r2 = metrics.r2_score(targets, outputs) if len(targets) > 1 else np.nan
        spread = np.square(targets - targets.mean()).sum()
    if len(set(pair[0])) == 1 or spread == 0 or not np.isfinite(r2):
        assert found.r2 is None
    else:
        assert found.r2 == r2
