"""Sample weights: a column that is no input, or an array beside a pair."""

import numpy as np
import polars as pl
import pytest

from clearprop.data.table import load
from clearprop.errors import ClearpropError

FRAME = pl.DataFrame(
    {
        "size": [1.0, 2.0, 3.0],
        "count": [2, 0, 1],
        "text": ["1", "2", "x"],
        "gap": [1.0, None, 2.0],
        "debt": [1.0, -2.5, 3.0],
        "none": [0, 0, 0],
        "inf": [1.0, float("inf"), 1.0],
        "day": pl.Series([0, 1, 2]).cast(pl.Date),
        "price": [3.0, 4.0, 5.0],
    }
)


def sentence(**options: object) -> str:
    wanted = {"size", "price", str(options.get("sample_weight"))}
    frame = FRAME.select(name for name in FRAME.columns if name in wanted)
    with pytest.raises(ClearpropError) as raised:
        load(options.pop("source", frame), **{"target": "price", **options})  # type: ignore[arg-type]
    return str(raised.value)


def test_the_column_of_weights_is_no_input() -> None:
    table = load(FRAME.select("size", "count", "price"), "price", sample_weight="count")
    assert table.columns == ("size",)
    assert table.weights is not None
    assert (table.weights.name, table.weights.to_list()) == ("count", [2.0, 0.0, 1.0])
    assert load(FRAME.select("size", "price"), "price").weights is None


def test_weights_may_be_text_that_reads_as_numbers_or_truth_values() -> None:
    frame = FRAME.select("size", "price", w=pl.Series(["1", "0.5", "2"]))
    assert load(frame, "price", sample_weight="w").weights.to_list() == [1, 0.5, 2]  # type: ignore[union-attr]
    frame = FRAME.select("size", "price", w=pl.Series([True, False, True]))
    assert load(frame, "price", sample_weight="w").weights.to_list() == [1, 0, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize("weights", [[1, 0, 2], np.array([1, 0, 2]), pl.Series([1.0, 0.0, 2.0])])
def test_a_pair_takes_weights_as_an_array(weights: object) -> None:
    table = load(([[1], [2], [3]], [0.5, 1.5, 2.0]), sample_weight=weights)
    assert table.columns == ("x1",)
    assert table.weights is not None
    assert (table.weights.name, table.weights.to_list()) == ("sample_weight", [1.0, 0.0, 2.0])


def test_a_pair_may_name_a_column_of_x() -> None:
    table = load((FRAME.select("size", "count"), [0.5, 1.5, 2.0]), sample_weight="count")
    assert table.columns == ("size",)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "colour",
            "unknown column of sample weights 'colour'. Known: size, price",
        ),
        ("price", "'price' is the target column and cannot hold the sample weights too"),
        (
            "text",
            (
                "row 2, column 'text' holds the text 'x', where a number is expected;"
                " correct that cell"
            ),
        ),
        (
            "gap",
            (
                "row 1, column 'gap' has no value (1 such cell in this column); fill it in,"
                " or remove the row"
            ),
        ),
        (
            "debt",
            "row 1, column 'debt' holds the sample weight -2.5; sample weights are at least 0",
        ),
        ("none", "the sample weights in column 'none' are all 0; at least one row must count"),
        ("inf", "row 1, column 'inf' holds an infinite number; correct that cell"),
        ("day", "column 'day' holds dates or times, which are no sample weights"),
    ],
)
def test_columns_that_are_no_weights_are_one_sentence(column: str, expected: str) -> None:
    assert sentence(sample_weight=column) == expected


def test_weights_that_fit_nothing_are_one_sentence() -> None:
    assert sentence(sample_weight="count", drop=["count"]) == (
        "'count' holds the sample weights and cannot be dropped; it is no input anyway"
    )
    assert sentence(sample_weight=[1, 2, 3]) == (
        "sample weights as an array go with a pair (X, y); for other data name their column"
    )
    pair = ([[1], [2], [3]], [0.5, 1.5, 2.0])
    assert sentence(source=pair, target="y", sample_weight=[1, 2]) == (
        "there are 2 sample weights, but X has 3 rows; both need the same number"
    )
    assert sentence(source=pair, target="y", sample_weight=[[1], [2], [3]]) == (
        "sample weights are one number for each row, shape (rows,), not shape (3, 1)"
    )
