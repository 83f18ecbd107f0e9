"""Sources -> Table: built-in sets, frames and pairs; targets, kinds and defects."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from clearprop.data.builtin import builtin, builtin_frame, builtin_names
from clearprop.data.table import load, read_frame
from clearprop.data.targets import kind_of, sorted_labels
from clearprop.errors import ClearpropError, DataError, SettingError, UnknownName


def frame(**columns) -> pl.DataFrame:
    return pl.DataFrame(columns)


def refusal(source, *args, **kwargs) -> str:
    with pytest.raises(ClearpropError) as caught:
        load(source, *args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "rows", "columns", "labels"),
    [
        ("digits", 1797, 64, tuple("0123456789")),
        ("iris", 150, 4, ("setosa", "versicolor", "virginica")),
        ("wine", 178, 13, ("class_0", "class_1", "class_2")),
        ("breast_cancer", 569, 30, ("benign", "malignant")),
        ("diabetes", 442, 10, ()),
        ("xor", 4, 2, ("0", "1")),
        ("spirals", 500, 2, ("first", "second")),
        ("moons", 500, 2, ("lower", "upper")),
        ("circles", 500, 2, ("inner", "outer")),
    ],
)
def test_every_built_in_set_loads(name, rows, columns, labels):
    table = load(name)
    assert (table.rows, len(table.columns), table.labels) == (rows, columns, labels)
    assert table.kind == ("classes" if labels else "numbers")
    assert table.holds_out == (name != "xor")
    assert table.source == builtin(name).source


def test_generated_sets_follow_their_seed_rows_and_noise():
    for name in ("spirals", "moons", "circles"):
        one = builtin_frame(name, rows=21, noise=0.2, seed=3)
        assert one.equals(builtin_frame(name, rows=21, noise=0.2, seed=3))
        assert not one.equals(builtin_frame(name, rows=21, noise=0.2, seed=4))
        assert one.height == 21
        assert sorted(one["y"].value_counts()["count"].to_list()) == [10, 11]


def test_generated_points_lie_where_they_should():
    moons = builtin_frame("moons", rows=40, noise=0)
    upper = moons.filter(y="upper").select(pl.col("x1") ** 2 + pl.col("x2") ** 2).to_series()
    assert np.allclose(upper, 1)
    circles = builtin_frame("circles", rows=40, noise=0).with_columns(
        r2=pl.col("x1") ** 2 + pl.col("x2") ** 2
    )
    assert np.allclose(circles.filter(y="inner")["r2"], 0.25)
    spirals = builtin_frame("spirals", noise=0)
    assert spirals["x1"].abs().max() <= 6.5


def test_settings_of_built_in_sets_are_checked():
    fixed = "'iris' is as it is and takes no rows or noise; spirals, moons and circles do"
    assert refusal("iris", rows=5) == fixed
    assert refusal("moons", rows=3) == "rows is 3, but a generated data set needs at least 4"
    assert refusal("moons", noise=-1) == (
        "noise is -1, but it must be a finite number of 0 or more"
    )
    assert refusal("moons", seed=-1) == "seed is -1, but it must be from 0 to 4294967295"
    assert refusal(frame(a=[1]), "a", rows=3) == (
        "rows and noise are for the generated sets spirals, moons and circles"
    )


def test_an_unknown_name_is_told_with_the_nearest_built_in_set():
    assert refusal("irs") == (
        "unknown file or built-in data set 'irs'; did you mean 'iris'?"
        f" Known: {', '.join(builtin_names())}"
    )
    assert refusal("no/such.csv", "y") == "there is no file no/such.csv; check the path"


def test_frames_pairs_and_files_give_the_same_table(tmp_path):
    x, y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]), ["a", "b", "a"]
    whole = frame(x1=[1.0, 3, 5], x2=[2.0, 4, 7], y=y)
    path = tmp_path / "t.csv"
    whole.write_csv(path)
    tables = [load((x, y)), load(whole, "y"), load(path, "y"), load(str(path), "y")]
    tables.append(load((whole.drop("y"), whole["y"])))
    for table in tables:
        assert table.frame.cast({"x1": pl.Float64, "x2": pl.Float64}).equals(whole)
    assert [table.name for table in tables] == ["table", "table", "t.csv", "t.csv", "table"]


def test_pandas_frames_are_read():
    pandas = pytest.importorskip("pandas")
    given = pandas.DataFrame({"a": [1.5, None, 3], "b": ["x", None, "y"], "y": [True, False, True]})
    table = load(given, "y", missing="impute")
    assert table.frame.fill_nan(None).to_dict(as_series=False) == {
        "a": [1.5, None, 3], "b": ["x", None, "y"], "y": ["true", "false", "true"],
    }  # fmt: skip


def test_arrays_of_objects_keep_a_type_for_each_column():
    table = load((np.array([[1, "a"], [2.5, "b"]], dtype=object), [0, 1]))
    assert table.frame.to_dict(as_series=False) == {
        "x1": [1, 2.5], "x2": ["a", "b"], "y": ["0", "1"],
    }  # fmt: skip


def test_several_targets_are_for_the_estimators():
    table = frame(length=[1, 2], width=[3, 4], species=["a", "b"])
    assert refusal(table, "width, species") == (
        "a run learns one column, not 2 (width, species); several targets at once are for the"
        " estimators of clearprop.sklearn"
    )
    assert refusal(table, "width,specie").startswith("unknown target column 'width,specie'")


def test_a_target_that_is_not_there_is_told_with_the_nearest_column():
    assert refusal(frame(length=[1, 2], species=["a", "b"]), "spezies") == (
        "unknown target column 'spezies'; did you mean 'species'? Known: length, species"
    )
    wide = frame(**{f"x{i}": [1, 2] for i in range(30)}, y=[0, 1])
    shown = ", ".join(f"x{i}" for i in range(19))
    assert refusal(wide, "x99") == (
        f"unknown target column 'x99'; did you mean 'x9'? Known: {shown}, … (31 in all)"
    )
    assert refusal(frame(a=[1, 2], b=[0, 1])) == (
        "which column is to be learnt? Name it with --target; the columns are: a, b"
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"], "classes"),
        ([True, False], "classes"),
        ([0, 1, 1, 0], "classes"),
        ([3, 7, 7, 3], "classes"),
        ([0.0, 1.0, 2.0] * 2, "classes"),
        ([1, 2, 3, 3, 2, 1], "classes"),
        ([1, 2, 3], "numbers"),
        ([1, 2, 4] * 5, "numbers"),
        ([1, 2, 4] * 20, "classes"),
        (list(range(21)) * 50, "numbers"),
        ([0.5, 1.5, 0.5], "numbers"),
        ([12, 13, 14, 15, 16, 17, 18, 19] * 3, "numbers"),
    ],
)
def test_classes_and_numbers_are_told_apart(values, kind):
    assert kind_of(pl.Series("y", values)) == kind


def test_the_kind_of_a_target_can_be_forced():
    whole = frame(a=[1, 2, 3, 4], y=[0, 1, 1, 0])
    assert load(whole, "y").labels == ("0", "1")
    numbers = load(whole, "y", "numbers")
    assert (numbers.kind, numbers.labels) == ("numbers", ())
    assert numbers.frame["y"].to_list() == [0.0, 1.0, 1.0, 0.0]
    assert load(frame(a=[1, 2, 3], y=[1.5, 2.0, 1.5]), "y", "classes").labels == ("1.5", "2")
    assert refusal(frame(a=[1, 2], y=["u", "v"]), "y", "numbers") == (
        "row 0, column 'y' holds the text 'u', where a number is expected; correct that cell"
    )
    assert refusal(whole, "y", "number") == (
        "unknown kind of target 'number'; did you mean 'numbers'? Known: classes, numbers"
    )


def test_labels_are_sorted_by_number_where_all_are_numbers():
    assert sorted_labels(pl.Series(["10", "9", "b"])) == ("10", "9", "b")
    assert sorted_labels(pl.Series(["10", "9", None, "9"])) == ("9", "10")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"age": [1.0, None, float("nan")], "y": ["a", "b", "a"]},
            (
                "row 1, column 'age' has no value (2 such cells in this column); fill it in,"
                " use --impute, or leave the column out with --drop age"
            ),
        ),
        (
            {"the town": ["x", "y", ""], "y": ["a", "b", "a"]},
            (
                "row 2, column 'the town' has no value (1 such cell in this column); fill it in,"
                " use --impute, or leave the column out with --drop 'the town'"
            ),
        ),
        (
            {"age": [1.0, 2.0, float("-inf")], "y": ["a", "b", "a"]},
            (
                "row 2, column 'age' holds an infinite number; correct that cell,"
                " or leave the column out with --drop age"
            ),
        ),
        (
            {"age": ["1", "n/a", "3"], "y": ["a", "b", "a"]},
            (
                "row 1, column 'age' holds the text 'n/a', but most of this column are numbers;"
                " correct that cell, or leave the column out with --drop age"
            ),
        ),
        (
            {"age": [None, None, None], "y": ["a", "b", "a"]},
            "column 'age' has no values at all; leave the column out with --drop age",
        ),
        (
            {"age": [[1], [2], [3]], "y": ["a", "b", "a"]},
            (
                "column 'age' holds values of type List(Int64); numbers, truth values,"
                " text and dates can be learnt from; leave the column out with --drop age"
            ),
        ),
        (
            {"age": [1, 2, 3], "y": ["a", None, "a"]},
            (
                "row 1, target column 'y' has no value (1 such cell in this column); fill it in or"
                " remove the row, for a target is never imputed"
            ),
        ),
        (
            {"age": [1, 2, 3], "y": [None, None, None]},
            "the target column 'y' has no values at all",
        ),
        (
            {"age": [1, 2, 3], "y": ["a", "a", "a"]},
            (
                "the target column 'y' holds only the label 'a' in 3 rows;"
                " there is nothing to learn: at least two different values are needed"
            ),
        ),
        (
            {"age": [1, 2, 3], "y": [1.5, 1.5, 1.5]},
            (
                "the target column 'y' holds only the number 1.5 in 3 rows;"
                " there is nothing to learn: at least two different values are needed"
            ),
        ),
        ({"age": [], "y": []}, "the table has no rows; it needs at least one"),
        ({"y": [1, 2]}, "the table has no column beside the target 'y'; it needs at least one"),
        (
            {"age": list(range(30)), "y": [f"name {i}" for i in range(30)]},
            (
                "the target column 'y' has 30 different values in 30 rows, too many for classes;"
                " take another target, or numbers with --kind numbers"
            ),
        ),
    ],
)
def test_a_defect_is_named_in_one_sentence(columns, sentence):
    assert refusal(pl.DataFrame(columns), "y") == sentence


def test_n_a_in_a_file_is_a_missing_value_and_other_text_is_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("age,y\n1,a\nn/a,b\n3,a\n")
    assert refusal(path, "y") == (
        "row 1, column 'age' has no value (1 such cell in this column); fill it in,"
        " use --impute, or leave the column out with --drop age"
    )
    assert load(path, "y", missing="impute").frame["age"].to_list() == [1, None, 3]
    path.write_text("age,y\n1,a\n12O,b\n3,a\n")
    for missing in ("error", "impute"):
        assert refusal(path, "y", missing=missing) == (
            "row 1, column 'age' holds the text '12O', but most of this column are numbers;"
            " correct that cell, or leave the column out with --drop age"
        )


def test_an_infinite_target_is_named():
    assert refusal(frame(a=[1, 2, 3], y=[1.5, 2, float("inf")]), "y") == (
        "row 2, column 'y' holds an infinite number; correct that cell"
    )


def test_dropped_columns_are_gone_and_unknown_ones_told():
    whole = frame(id=["p", "q"], a=[1, 2], y=["u", "v"])
    assert load(whole, "y", drop=["id"]).columns == ("a",)
    assert refusal(whole, "y", drop=["ids"]) == (
        "unknown column to drop 'ids'; did you mean 'id'? Known: id, a, y"
    )
    assert refusal(whole, "y", drop=["y"]) == ("'y' is the target column and cannot be dropped")


def test_other_things_are_no_tables():
    with pytest.raises(DataError) as caught:
        read_frame(3)
    assert str(caught.value) == (
        "int cannot be read as a table; give a built-in name, a file,"
        " a polars or pandas frame, or a pair (X, y)"
    )
    assert refusal(([[1], [2]], [1])) == (
        "the pair (X, y): array 'y' has 1 rows, but 'x1' has 2;"
        " all arrays need the same number of rows"
    )
    assert refusal(([[1], [2, 3]], [1, 2])) == (
        "the pair (X, y): 'x' is no array: its rows have different lengths;"
        " give every row the same number of values"
    )


def test_the_kinds_of_errors_are_as_the_tree_of_errors_says():
    with pytest.raises(UnknownName):
        load("irs")
    with pytest.raises(SettingError):
        load("iris", rows=3)


def test_importing_the_room_imports_nothing_heavy():
    code = "import sys, clearprop.data; print({'polars', 'scipy', 'sklearn'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_commas_that_may_mean_two_things_are_asked_about():
    frame = pl.DataFrame({"a": ["1,234", "5"], "b": [1, 2], "y": ["u", "v"]})
    assert refusal(frame, "y") == (
        "column 'a' holds '1,234': is that comma a decimal one, or does it mark thousands? Write"
        " the numbers with a decimal point and without thousands marks, or leave the column out"
        " with --drop a"
    )
    assert refusal(frame, "a") == (
        "column 'a' holds '1,234': is that comma a decimal one, or does it mark thousands? Write"
        " the numbers with a decimal point and without thousands marks"
    )
    assert load(frame, "y", drop=["a"]).columns == ("b",)
