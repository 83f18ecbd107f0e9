"""Rows -> parts: nothing shared, nothing lost, every class in training."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data.splits import split
from clearprop.errors import ClearpropError


def refusal(*args, **kwargs) -> str:
    with pytest.raises(ClearpropError) as caught:
        split(*args, **kwargs)
    return str(caught.value)


@settings(max_examples=100, deadline=None)
@given(
    labels=st.lists(st.sampled_from("aaabbc"), min_size=2, max_size=60),
    sizes=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    seed=st.integers(0, 2**32 - 1),
    stratified=st.booleans(),
)
def test_the_parts_share_no_row_lose_none_and_train_on_every_class(labels, sizes, seed, stratified):
    test_size, validation_size = sizes
    given_labels = labels if stratified else None
    try:
        parts = split(len(labels), test_size, validation_size, seed, given_labels)
    except ClearpropError:
        return
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(rows) == list(range(len(labels)))
    assert parts.test.size == round(len(labels) * test_size)
    assert parts.validation.size == round(len(labels) * validation_size)
    assert parts.train.size > 0
    if stratified:
        assert {labels[row] for row in parts.train} == set(labels)
    again = split(len(labels), test_size, validation_size, seed, given_labels)
    for one, other in zip(vars(parts).values(), vars(again).values(), strict=True):
        assert np.array_equal(one, other)
        assert not one.flags.writeable


def test_classes_keep_their_shares():
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    parts = split(100, 0.2, 0.1, labels=labels)
    assert Counter(labels[row] for row in parts.test) == {"a": 12, "b": 6, "c": 2}
    assert Counter(labels[row] for row in parts.validation) == {"a": 6, "b": 3, "c": 1}


def test_a_class_with_a_single_row_stays_in_training():
    labels = ["a", "b"] * 10 + ["c"]
    for seed in range(20):
        assert 20 in split(21, 0.3, 0.2, seed, labels).train


def test_another_seed_gives_other_parts():
    assert not np.array_equal(split(100, seed=0).test, split(100, seed=1).test)


def test_sizes_of_zero_leave_their_parts_empty():
    parts = split(4, 0, 0, labels=list("0110"))
    assert [part.size for part in vars(parts).values()] == [4, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (10, 1.0),
            "the test size is 1.0, but it is a share of all rows: at least 0 and less than 1",
        ),
        (
            (10, 0.1, float("nan")),
            "the validation size is nan, but it is a share of all rows: at least 0 and less than 1",
        ),
        (
            (10, 0.5, 0.5),
            (
                "a test size of 0.5 and a validation size of 0.5 leave nothing to train on;"
                " together they must be less than 1"
            ),
        ),
        (
            (4, 0.1),
            (
                "a test size of 0.1 of 4 rows is less than one row;"
                " give --test-size 0 or a larger share"
            ),
        ),
        (
            (3, 0.4, 0.59),
            (
                "of 3 rows, 1 for testing and 2 for validation leave none to train on;"
                " take smaller parts"
            ),
        ),
        ((0,), "there are no rows to split; at least one is needed"),
        ((10, 0.1, 0, -1), "seed is -1, but it must be from 0 to 4294967295"),
        ((3, 0.4, 0, 0, ["a"]), "1 labels were given for 3 rows; give one per row"),
    ],
)
def test_a_split_that_cannot_be_is_refused_in_one_sentence(arguments, sentence):
    assert refusal(*arguments) == sentence


def test_a_class_that_would_be_missing_in_training_is_named():
    assert refusal(4, 0.5, 0.25, labels=["a", "b", "c", "d"]) in {
        f"the training part would have no row of class '{label}' (of 1 in all);"
        " hold fewer rows out, or take another seed"
        for label in "abcd"
    }


def test_a_split_is_told_by_the_sizes_of_its_parts():
    assert (
        repr(split(8, test_size=0.25, seed=1)) == "<Split: 6 training, 0 validation, 2 test rows>"
    )
