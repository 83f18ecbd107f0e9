"""Uploads and choices: what is broken is told in a sentence that fits a browser."""

import shlex

import pytest

from clearprop.data.builtin import BUILT_IN
from clearprop.data.columns import drop_hint
from clearprop.studio.answers import answer
from clearprop.studio.sessions import Opening, Sessions
from clearprop.studio.uploads import ENDINGS, LARGEST_UPLOAD, LONGEST_NAME, MOST_TABLES
from clearprop.studio.wording import in_the_studio

GOOD = "a,b,y\n" + "".join(f"{i},{i * i % 7},{'uv'[i % 3 == 0]}\n" for i in range(30))
ONE_CLASS = GOOD.replace("v", "u")
BROKEN = {
    "nothing": (
        "", "points.csv is empty; it needs a line of column names and one line per row"),
    "no rows": (
        "a,b,y\n", "points.csv has a line of column names but no rows; add one line per row"),
    "no names": (
        "1,2\n3,4\n",
        ("points.csv has no line of column names: its first line holds only numbers; add a first"
         " line such as 'x1,x2'")),
    "a short line": (
        "a,b,y\n1,2,u\n3,v\n",
        ("points.csv line 3 has 2 cells, but the line of column names has 3; give every line 3"
         " cells, and put a cell that contains ',' in \"double quotes\"")),
    "a quote": (
        'a,b,y\n1,"2,u\n3,4,v\n',
        "points.csv line 2 opens a double quote that is never closed; close it or remove it"),
    "one column": (
        "y\n1\n2\n",
        "points.csv: the table has no column beside the target 'y'; it needs at least one"),
    "a gap": (
        GOOD.replace("3,2,", "3,,"),
        ("points.csv: row 3, column 'b' has no value (1 such cell in this column); fill it in,"
         " or take the column out of the file")),
    "an empty column": (
        "a,my b,y\n1,,u\n2,,v\n3,,u\n",
        "points.csv: column 'my b' has no values at all; take the column out of the file"),
    "infinity": (
        "a,y\n1,2\ninf,3\n4,5\n",
        ("points.csv: row 1, column 'a' holds an infinite number; correct that cell, or take the"
         " column out of the file")),
    "binary data": (
        "PK\x03\x04abc", "points.csv is a truncated or damaged NPZ file; write it again"),
}  # fmt: skip


@pytest.fixture
def ask():
    sessions = Sessions(Opening())

    def asked(what, **given):
        return answer(sessions.of("tab"), {"id": 1, "ask": what, **given})

    yield asked
    sessions.close()


def test_an_uploaded_table_can_be_chosen(ask):
    found = ask("train.upload", name="points.csv", text=GOOD)
    assert found == {
        "id": 1, "name": "points.csv", "columns": ["a", "b", "y"], "target": "y",
        "kind": "classes", "rows": 30, "why": "",
    }  # fmt: skip
    assert ask("train.choices")["uploaded"] == ["points.csv"]
    chosen = ask("train.choose", chosen={"data": "points.csv", "hidden": [3]})
    assert (chosen["name"], chosen["inputs"]) == ("points.csv", ["a", "b"])


def test_where_the_likeliest_target_cannot_be_learnt_it_is_said_which_was_taken_and_why(ask):
    found = ask("train.upload", name="points.csv", text=ONE_CLASS)
    assert found["target"] == "b"
    assert found["why"] == (
        "The target is 'b': the target column 'y' holds only the label 'u' in 30 rows; there is"
        " nothing to learn: at least two different values are needed"
    )
    assert ask("train.upload", name="points.csv", text=ONE_CLASS, target="a")["why"] == ""
    ids = "".join(f"{i},{i * i % 7},id{i}\n" for i in range(300))
    assert ask("train.upload", name="ids.csv", text=f"a,b,y\n{ids}")["why"] == (
        "The target is 'b': the target column 'y' has 300 different values in 300 rows, too many"
        " for classes; take another target"
    )


def test_another_target_can_be_chosen(ask):
    ask("train.upload", name="points.csv", text=GOOD)
    found = ask("train.choose", chosen={"data": "points.csv", "hidden": [3], "target": "a"})
    assert (found["target"], found["kind"]) == ("a", "numbers")


def test_the_plane_is_over_columns_that_are_not_all_the_same(ask):
    rows = "".join(f"1,{k},{k * k},{'uv'[k % 2]}\n" for k in range(12))
    ask("train.upload", name="points.csv", text=f"always,b,c,y\n{rows}")
    board = ask("train.choose", chosen={"data": "points.csv"})["board"]
    assert board["columns"] == ["b", "c"]
    assert board["features"] == []


def test_a_table_with_other_rows_under_the_same_name_is_trained_anew(ask):
    chosen = {"data": "points.csv", "hidden": [3], "test_size": 0}
    ask("train.upload", name="points.csv", text=GOOD)
    assert ask("train.choose", chosen=chosen)["rows"] == 30
    ask("train.upload", name="points.csv", text=GOOD + "30,4,u\n31,3,v\n")
    assert ask("train.choose", chosen=chosen)["rows"] == 32


def test_a_table_that_was_put_out_and_comes_back_with_other_rows_is_trained_anew(ask):
    chosen = {"data": "points.csv", "hidden": [3], "test_size": 0}
    ask("train.upload", name="points.csv", text=GOOD)
    ask("train.choose", chosen=chosen)
    for place in range(MOST_TABLES):
        ask("train.upload", name=f"{place}.csv", text=GOOD)
    ask("train.upload", name="points.csv", text=GOOD + "30,4,u\n")
    assert ask("train.choose", chosen=chosen)["rows"] == 31


def test_the_same_table_once_more_keeps_its_training(ask):
    chosen = {"data": "points.csv", "hidden": [3]}
    ask("train.upload", name="points.csv", text=GOOD)
    ask("train.choose", chosen=chosen)
    ask("train.play", per_second=5)
    ask("train.upload", name="points.csv", text=GOOD)
    assert ask("train.choose", chosen=chosen)["per_second"] == 5


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_told_in_a_sentence_that_fits_a_browser(ask, case):
    text, sentence = BROKEN[case]
    assert ask("train.upload", name="points.csv", text=text) == {"id": 1, "error": sentence}
    assert ask("train.choices")["uploaded"] == []


def test_a_table_that_is_found_unfit_later_is_told_likewise(ask):
    rows = "".join(f"word{i},{i},{'uv'[i % 2]}\n" for i in range(300))
    ask("train.upload", name="ids.csv", text=f"id,b,y\n{rows}")
    assert ask("train.choose", chosen={"data": "ids.csv"})["error"] == (
        "column 'id' has 225 different texts in 225 training rows (an identifier or free text?),"
        " too many to be categories; take the column out of the file"
    )
    ask("train.upload", name="two.csv", text="a,b,y\n1,2,u\n2,1,v\n")
    assert ask("train.choose", chosen={"data": "two.csv"})["error"] == (
        "a test size of 0.25 of 2 rows is less than one row; hold out nothing, or a larger share"
    )


@pytest.mark.parametrize("column", ["b", "my b", "it's", "ü;,", "a'\"'b"])
def test_no_option_of_the_command_line_is_offered(column):
    told = in_the_studio(f"row 1 is odd; use another unit, or {drop_hint(column)}")
    assert told == "row 1 is odd; use another unit, or take the column out of the file"
    assert shlex.quote(column) not in told


def test_a_table_that_is_too_large_is_refused(ask):
    found = ask("train.upload", name="big.csv", text="é" * (LARGEST_UPLOAD // 2 + 50_000))
    assert found["error"] == (
        "big.csv has 10.1 MB, and the studio takes 10 MB; clearprop train takes files of any size"
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../x", "x.csv"),
        ("../../../etc/passwd", "passwd.csv"),
        ("C:\\data\\x.tsv", "x.tsv"),
        ("<script>alert(1)</script>", "script>.csv"),
        ("<img src=x onerror=y>.csv", "<img src=x onerror=y>.csv"),
        ("", "table.csv"),
        ("..", "table.csv"),
        (".csv", "table.csv"),
        ("x" * 10_000, "x" * LONGEST_NAME + ".csv"),
        ("a\x00\n\ud800b.csv", "ab.csv"),
        ("iris", "iris.csv"),
        ("drawn", "drawn.csv"),
        ("x.tar.gz", "x.tar.gz.csv"),
    ],
)
def test_a_hostile_name_is_harmless(ask, given, name):
    text = GOOD.replace(",", "\t") if name.endswith(".tsv") else GOOD
    assert ask("train.upload", name=given, text=text)["name"] == name
    assert ask("train.choose", chosen={"data": name, "hidden": [3]})["name"] == name


def test_no_upload_stands_in_the_place_of_a_built_in_set(ask):
    ask("train.upload", name="iris", text=GOOD)
    assert ask("train.choose", chosen={"data": "iris", "hidden": [3]})["rows"] == 150
    assert not any(name.endswith(ENDINGS) for name in BUILT_IN)


@pytest.mark.parametrize("given", [{}, {"name": 1, "text": ""}, {"name": "x", "text": ["a"]}])
def test_an_upload_without_name_or_text_is_refused(ask, given):
    assert "reload it" in ask("train.upload", **given)["error"]


def test_only_the_latest_tables_are_kept(ask):
    for place in range(MOST_TABLES + 2):
        ask("train.upload", name=f"{place}.csv", text=GOOD)
    ask("train.upload", name="3.csv", text=GOOD)
    kept = ask("train.choices")["uploaded"]
    assert len(kept) == MOST_TABLES
    assert kept[-2:] == [f"{MOST_TABLES + 1}.csv", "3.csv"]


def test_columns_of_dates_and_of_decimal_commas_can_be_learnt_from_and_drawn(ask):
    dates = "".join(f"2024-01-{i + 1:02},{i},{i * 5 % 8},{'uv'[i % 2]}\n" for i in range(28))
    ask("train.upload", name="dates.csv", text=f"d,a,b,y\n{dates}")
    assert ask("train.choose", chosen={"data": "dates.csv", "hidden": [3]})["board"]
    commas = "".join(f"1,{i};2,{i * 3 % 7};{'uv'[i % 2]}\n" for i in range(28))
    ask("train.upload", name="commas.csv", text=f"a;b;y\n{commas}")
    assert ask("train.choose", chosen={"data": "commas.csv", "hidden": [3]})["board"]


# --- choices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"data": "spiral"}, "unknown data set 'spiral'; did you mean 'spirals'? Known: "),
        ({"rate": float("nan")}, "rate must be a number, not nan"),
        ({"rate": "fast"}, "rate must be a number, not 'fast'"),
        ({"batch_size": 1.5}, "batch size must be a whole number, not 1.5"),
        ({"hidden": 4}, "hidden must be a list, not 4"),
        ({"hidden": ["4"]}, "hidden units must be a number, not '4'"),
        ({"features": [[1]]}, "unknown feature '[1]'"),
        ({"features": ["a³"]}, "unknown feature 'a³'"),
        ({"features": []}, "the network needs at least one input; choose a feature"),
        ({"activation": "rely"}, "unknown activation 'rely'; did you mean 'relu'?"),
        ({"data": "drawn", "points": [[0, 0, "a"]]},
         "draw at least two points of each of two colours"),
        ({"data": "drawn", "points": [[0, float("inf"), "a"]]},
         "a drawn point is two numbers and a label"),
        ({"data": "run"}, "the studio was opened without a run; give its folder: clearprop studio"),
    ],
)  # fmt: skip
def test_a_choice_that_does_not_fit_is_told(ask, chosen, sentence):
    assert ask("train.choose", chosen={"data": "moons", **chosen})["error"].startswith(sentence)


def test_what_was_chosen_before_is_kept_where_a_choice_does_not_fit(ask):
    ask("train.choose", chosen={"data": "xor", "hidden": [4]})
    ask("train.choose", chosen={"data": "xor", "hidden": [0]})
    assert ask("train.stands")["step"] == 0


def test_a_file_in_no_unicode_comes_as_bytes_and_is_read_as_any_file(ask):
    text = "größe;art\n1,5;Käse\n2;Maus\n3;Käse\n4;Maus\n"
    found = ask("train.upload", name="l.csv", text=text, bytes=True)  # each letter is a byte
    assert found["columns"] == ["größe", "art"]
    text = "x,art\n1,Мышь\n2,Сыр\n".encode("cp1251").decode("latin-1")
    assert (
        "encoding that cannot be told"
        in ask("train.upload", name="k.csv", text=text, bytes=True)["error"]
    )
