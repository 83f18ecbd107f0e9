"""Table -> arrays and back: fitted on training rows, by column name, through JSON unchanged."""

import copy
import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data import memory
from clearprop.data.encoding import Encoding
from clearprop.data.table import load, read_frame
from clearprop.errors import ClearpropError, DataError


def houses() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "rooms": [1, 2, 3, 6],
            "town": ["Bern", "Oslo", "Bern", "Rome"],
            "garden": [True, False, True, False],
            "built": [date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 3), date(1970, 1, 3)],
            "same": [7.0, 7.0, 7.0, 7.0],
            "price": [10.5, 20.5, 30.5, 99.5],
        }
    )


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(ClearpropError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_numbers_are_standardised_and_texts_one_hot_from_the_training_rows_alone():
    table = load(houses(), "price")
    encoding = Encoding.fit(table, [0, 1, 2])
    assert encoding.input_names == ("rooms", "town=Bern", "town=Oslo", "garden", "built", "same")
    step, half = np.sqrt(1.5), np.sqrt(0.5)
    assert np.allclose(
        encoding.inputs(table.frame),
        [
            [-step, 1, 0, half, -step, 0],
            [0, 0, 1, -2 * half, 0, 0],
            [step, 1, 0, half, step, 0],
            [4 * step, 0, 0, -2 * half, step, 0],
        ],
    )
    assert encoding.unseen(table.frame) == {"town": 1}
    assert np.allclose(encoding.targets(table.frame)[:, 0], [-step, 0, step, 7.9 * step])
    assert np.allclose(encoding.decode_numbers(encoding.targets(table.frame)), table.frame["price"])


def test_arrays_are_read_only():
    encoding = Encoding.fit(load(houses(), "price"))
    assert not encoding.inputs(houses()).flags.writeable
    assert not encoding.targets(houses()).flags.writeable


def test_the_order_of_columns_and_extra_columns_do_not_matter():
    encoding = Encoding.fit(load(houses(), "price"))
    shuffled = houses().select(sorted(houses().columns), extra=pl.lit("x")).drop("price")
    assert np.array_equal(encoding.inputs(shuffled), encoding.inputs(houses()))


def test_two_classes_take_one_output_or_two_and_more_are_one_hot():
    whole = pl.DataFrame({"a": [1, 2, 3], "y": ["no", "yes", "no"]})
    one = Encoding.fit(load(whole, "y"))
    assert (one.n_outputs, one.targets(whole).tolist()) == (1, [[0], [1], [0]])
    assert one.decode_labels([[0.2], [0.5], [0.9]]).tolist() == ["no", "yes", "yes"]
    two = Encoding.fit(load(whole, "y"), one_output=False)
    assert (two.n_outputs, two.targets(whole).tolist()) == (2, [[1, 0], [0, 1], [1, 0]])
    assert two.decode_labels([[0.2, 0.8]]).tolist() == ["yes"]
    iris = load("iris")
    encoding = Encoding.fit(iris)
    assert encoding.targets(iris.frame).shape == (150, 3)
    decoded = encoding.decode_labels(encoding.targets(iris.frame))
    assert decoded.tolist() == iris.frame["species"].to_list()


def test_missing_values_are_an_error_or_imputed_by_mean_and_most_frequent():
    gaps = houses().with_columns(
        rooms=pl.Series([1, None, 3, 5]), town=pl.Series(["Oslo", "Bern", None, "Oslo"])
    )
    table = load(gaps, "price", missing="impute")
    assert refusal(Encoding.fit, table) == (
        "row 1, column 'rooms' has no value (1 such cell in this column); fill it in,"
        " use --impute, or leave the column out with --drop rooms"
    )
    encoding = Encoding.fit(table, impute=True)
    inputs = encoding.inputs(gaps)
    assert inputs[1, encoding.input_names.index("rooms")] == 0
    assert inputs[2, encoding.input_names.index("town=Oslo")] == 1
    assert encoding.unseen(gaps) == {}
    assert refusal(encoding.targets, gaps.with_columns(price=pl.Series([1, None, 3, 4]))) == (
        "row 1, target column 'price' has no value (1 such cell in this column); fill it in or"
        " remove the row, for a target is never imputed"
    )


def test_new_data_are_checked_against_the_training():
    encoding = Encoding.fit(load(houses(), "price"))
    assert refusal(encoding.inputs, houses().drop("town", "same")) == (
        "the data lack the column 'town' that was there in training;"
        " the columns given are: rooms, garden, built, price"
    )
    assert refusal(encoding.targets, houses().drop("price", "same")) == (
        "the data lack the target column 'price' that was there in training;"
        " the columns given are: rooms, town, garden, built"
    )
    as_text = houses().with_columns(rooms=pl.Series(["1", "two", "3", "4"]))
    assert refusal(encoding.inputs, as_text) == (
        "row 1, column 'rooms' holds the text 'two', where a number is expected; correct that cell"
    )
    classes = Encoding.fit(load("iris"))
    other = load("iris").frame.with_columns(species=pl.lit("tulip"))
    assert refusal(classes.targets, other) == (
        "row 0, target column 'species' holds the label 'tulip', which was not in training;"
        " the labels are: setosa, versicolor, virginica"
    )


def test_a_batch_whose_types_read_otherwise_gives_the_same_inputs():
    whole = pl.DataFrame({"grade": ["1", "2", "A", "A"], "n": [1, 2, 3, 4], "y": [1.5, 2, 3, 4]})
    encoding = Encoding.fit(load(whole, "y"))
    batch = pl.DataFrame({"grade": [1, 2], "n": ["1", "2"]})
    assert np.array_equal(encoding.inputs(batch), encoding.inputs(whole.head(2)))
    assert encoding.unseen(batch) == {}


def test_columns_are_read_as_in_training_and_not_as_their_cells_look(tmp_path):
    path = tmp_path / "t.csv"
    cells = ("True;1.134,5;1.50", "False;2,5;2.5", "unknown;3,25;2.5")
    path.write_text("flag;n;y\n" + "\n".join(cells))
    encoding = Encoding.fit(load(path, "y", "classes"))
    assert encoding.readings == {"flag": "text", "n": "decimal comma", "y": "number"}
    whole = encoding.inputs(load(path, "y").frame)
    path.write_text("flag;n;y\nTrue;1.134,5;1.500\nFalse;1.134;2.50")
    frame = read_frame(path, encoding.readings)
    assert frame.to_dict(as_series=False) == {
        "flag": ["True", "False"], "n": [1134.5, 1134], "y": [1.5, 2.5],
    }  # fmt: skip
    assert encoding.unseen(frame) == {}
    assert encoding.inputs(frame)[0].tolist() == whole[0].tolist()
    assert encoding.targets(frame).tolist() == [[0], [1]]
    assert Encoding.from_json(encoding.to_json()).readings == encoding.readings


def test_text_in_arrays_is_read_as_in_training_too(tmp_path):
    encoding = Encoding.fit(load(([["True", "1"], ["no", "2"], ["no", "3"]], ["u", "v", "u"])))
    frame = read_frame(np.array([["True", "1"]]), encoding.readings)
    assert encoding.unseen(frame) == {}
    assert encoding.inputs(frame)[0, :2].tolist() == [1, 0]


def test_dates_and_truth_values_do_not_pass_for_numbers():
    numbers = Encoding.fit(load(pl.DataFrame({"a": [1, 2, 3], "y": ["u", "v", "u"]}), "y"))
    for cells, held in (([date(2020, 1, 1)], "dates or times"), ([True], "truth values")):
        assert refusal(numbers.inputs, pl.DataFrame({"a": cells})) == (
            f"column 'a' holds {held}, but held numbers in training; give the same column as there"
        )
    assert refusal(numbers.inputs, pl.DataFrame({"a": ["true"]})) == (
        "row 0, column 'a' holds the text 'true', where a number is expected; correct that cell"
    )
    truths = Encoding.fit(load(houses(), "price"))
    assert refusal(truths.inputs, houses().with_columns(garden=pl.lit(7))) == (
        "column 'garden' holds numbers, but held truth values in training;"
        " give the same column as there"
    )
    as_bits = houses().with_columns(pl.col("garden").cast(pl.Int64))
    assert np.array_equal(truths.inputs(as_bits), truths.inputs(houses()))


def test_a_gap_in_new_data_names_only_what_helps_there():
    encoding = Encoding.fit(load(houses(), "price"))
    gap = houses().with_columns(rooms=pl.Series([1, None, 3, 5]))
    assert refusal(encoding.inputs, gap) == (
        "row 1, column 'rooms' has no value (1 such cell in this column); fill it in, or train"
        " with --impute"
    )


def test_an_identifier_is_refused_as_a_category():
    table = load(pl.DataFrame({"id": [f"p{i}" for i in range(50)], "y": [0, 1] * 25}), "y")
    assert refusal(Encoding.fit, table) == (
        "column 'id' has 50 different texts in 50 training rows (an identifier or free text?),"
        " too many to be categories; leave the column out with --drop id"
    )


def test_training_rows_that_cannot_be_learnt_from_are_refused():
    whole = pl.DataFrame({"a": [1e200, 1, 1e200], "y": ["u", "v", "u"]})
    assert refusal(Encoding.fit, load(whole, "y")) == (
        "column 'a' has numbers too large to scale (up to 1e+200); use another unit,"
        " or leave the column out with --drop a"
    )
    small = load(pl.DataFrame({"a": [1, 2, 3], "y": ["u", "v", "u"]}), "y")
    assert refusal(Encoding.fit, small, [0, 2]) == (
        "the training rows hold only the label 'u' of the target 'y';"
        " at least two classes are needed"
    )
    assert refusal(Encoding.fit, small, []) == "an encoding needs at least one training row"


def test_inputs_larger_than_the_memory_are_refused(monkeypatch):
    encoding = Encoding.fit(load("iris"))
    monkeypatch.setattr(memory, "available_bytes", lambda: 900)
    assert refusal(encoding.inputs, load("iris").frame) == (
        "the array of all inputs needs about 4.8 kB of memory, but only 900 bytes are free;"
        " take fewer rows or columns, or a machine with more memory"
    )


def test_outputs_that_do_not_fit_are_refused():
    classes = Encoding.fit(load("iris"))
    assert refusal(classes.decode_labels, np.zeros((5, 2))) == (
        "outputs have shape (5, 2), but the encoding has 3 outputs: shape (rows, 3) is needed"
    )
    assert refusal(classes.decode_numbers, np.zeros((5, 3))) == (
        "the target 'species' is classes, not numbers"
    )
    numbers = Encoding.fit(load("diabetes"))
    assert refusal(numbers.decode_labels, np.zeros(5)) == (
        "the target 'progression' is numbers, not classes"
    )


finite = st.floats(-1e100, 1e100)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_encoding_comes_back_from_json_exactly(data):
    rows = data.draw(st.integers(2, 8))

    def column(cells):
        return data.draw(st.lists(cells, min_size=rows, max_size=rows))

    names = data.draw(st.lists(texts.filter(lambda name: name != "y"), min_size=2, max_size=2,
                               unique=True))  # fmt: skip
    letters = [f"t{cell}" for cell in column(texts)]
    target = data.draw(st.sampled_from([["u", "v"], [1.5, 2.5], [0, 1]]))
    whole = pl.DataFrame(
        {names[0]: column(finite), names[1]: letters, "y": (target * rows)[:rows]}, strict=False
    )
    encoding = Encoding.fit(load(whole, "y"))
    back = Encoding.from_json(json.loads(json.dumps(encoding.to_json())))
    assert back == encoding
    assert np.array_equal(back.inputs(whole), encoding.inputs(whole))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda e: [], "the encoding is damaged: it is [], not an object"),
        (lambda e: e | {"format": 2}, "the encoding is damaged: 'format' is 2, but must be 1"),
        (
            lambda e: e | {"impute": "no"},
            "the encoding is damaged: 'impute' is 'no', but must be true or false",
        ),
        (
            lambda e: e | {"columns": []},
            "the encoding is damaged: 'columns' is [], but must be a list with at least one column",
        ),
        (
            lambda e: e["columns"][0].update(mean=float("nan")) or e,
            "the encoding, columns[0] is damaged: 'mean' is nan, but must be a finite number",
        ),
        (
            lambda e: e["columns"][0].update(scale=0) or e,
            "the encoding, columns[0] is damaged: 'scale' is 0, but must be a number above 0",
        ),
        (
            lambda e: e["columns"][0].update(reading="tea leaves") or e,
            (
                "the encoding, columns[0] is damaged: 'reading' is 'tea leaves', but must be one"
                " of text, number, decimal comma, truth, time"
            ),
        ),
        (
            lambda e: e["columns"][1].update(form="other") or e,
            (
                "the encoding, columns[1] is damaged: 'form' is 'other',"
                " but must be 'number' or 'category'"
            ),
        ),
        (
            lambda e: e["columns"][1].pop("categories") and e,
            "the encoding, columns[1] is damaged: it has no 'categories'",
        ),
        (
            lambda e: e["columns"][1].update(fill="Paris") or e,
            (
                "the encoding, columns[1] is damaged: 'fill' is 'Paris', but must be one of the"
                " categories"
            ),
        ),
        (
            lambda e: e["target"].update(form="class", labels=["a", "a"]) or e,
            (
                "the encoding, target is damaged: 'labels' is ['a', 'a'],"
                " but must be a list of different texts"
            ),
        ),
    ],
)
def test_a_damaged_encoding_is_told_where(change, sentence):
    values = Encoding.fit(load(houses(), "price")).to_json()
    with pytest.raises(DataError) as caught:
        Encoding.from_json(change(copy.deepcopy(values)))
    assert str(caught.value) == sentence


def test_an_encoding_is_told_by_what_goes_in_and_out():
    told = repr(Encoding.fit(load(houses(), target="price")))
    assert told == "<Encoding of 5 columns and price: 7 inputs, 1 output>"
