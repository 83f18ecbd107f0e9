"""Files -> frames: what is read, and what is refused in one sentence."""

import io
import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clearprop.data import memory
from clearprop.data.tables import read_table
from clearprop.errors import DataError


def written(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path)
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b"a,b\n1,x\n2.5,y\n", {"a": [1, 2.5], "b": ["x", "y"]}),
        (b"a,b\r\n1,x\r\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}),
        (b"a,b\r1,x\r2,y\r", {"a": [1, 2], "b": ["x", "y"]}),
        (b"\xef\xbb\xbfa;b\n1,5;x\n2;y", {"a": [1.5, 2], "b": ["x", "y"]}),
        (b"a;b\n1.234,5;x\n1.000;y", {"a": [1234.5, 1000], "b": ["x", "y"]}),
        (b"a\tb\n-1,5\t1e3\n2,25\t.5", {"a": [-1.5, 2.25], "b": [1000, 0.5]}),
        (b"a|b\n1|true\n2|FALSE", {"a": [1, 2], "b": [True, False]}),
        (b'a,b\n"x,1\ny",2\n3,"4"\n', {"a": ["x,1\ny", "3"], "b": [2, 4]}),
        (b'"a ""x""",b\n1,2', {'a "x"': [1], "b": [2]}),
        (b'a,b\n5" pipe,6\n3,4\n', {"a": ['5" pipe', "3"], "b": [6, 4]}),
        (b"\n\na,b\n1,2\n\n3,4\n\n", {"a": [1, 3], "b": [2, 4]}),
        (b"a\n1\n\n3\n\n", {"a": [1, None, 3]}),
        (b",b,\n0,1,\n1,2,\n", {"column 1": [0, 1], "b": [1, 2]}),
        (b"a,b\n,\n1,x\n", {"a": [None, 1], "b": [None, "x"]}),
        (b"a,b\n1,n/a\n NaN ,?\n,3", {"a": [1, None, None], "b": [None, None, 3]}),
        (b"code,n\n007,1\n12,2", {"code": ["007", "12"], "n": [1, 2]}),
        (b"a,b\n2024-01-02,1", {"a": [date(2024, 1, 2)], "b": [1]}),
        (b"a,b\n2024-01-02 03:04,1", {"a": [datetime(2024, 1, 2, 3, 4)], "b": [1]}),
        (b"a,b\n2024-02-30,1", {"a": ["2024-02-30"], "b": [1]}),
        (b"a;b\n1,5;2\n1.5;3", {"a": ["1,5", "1.5"], "b": [2, 3]}),
        (b'a,b\n"1,5",2\n3,"-0,25"', {"a": [1.5, 3], "b": [2, -0.25]}),
        (b'a,b\n"1,234",2\n"5",3', {"a": ["1,234", "5"], "b": [2, 3]}),
        (b'a,b\n"1,5",2\n"x, y",3', {"a": ["1,5", "x, y"], "b": [2, 3]}),
        ("größe,b\nñ,1".encode("latin-1"), {"größe": ["ñ"], "b": [1]}),
        ("größe,b\nфильм,1".encode("utf-16"), {"größe": ["фильм"], "b": [1]}),
    ],
)  # fmt: skip
def test_a_delimited_file_is_read(tmp_path, content, columns):
    assert read_table(written(tmp_path, content)).to_dict(as_series=False) == columns


def test_tsv_is_split_at_tabs_whatever_its_cells_hold(tmp_path):
    frame = read_table(written(tmp_path, b"a;b\tc;d\n1\t2", "t.tsv"))
    assert frame.to_dict(as_series=False) == {"a;b": [1], "c;d": [2]}


def test_quotes_amid_cells_of_a_long_file_do_not_shift_rows(tmp_path):
    lines = [f'{row},{row % 7}" pipe, x' if row % 3 else f"{row},plain,x" for row in range(60_000)]
    frame = read_table(written(tmp_path, "\n".join(["n,what,z", *lines]).encode()))
    assert frame["n"].to_list() == list(range(60_000))
    assert frame["what"].str.contains("plain").sum() == 20_000


def test_missing_last_cells_of_a_long_file_are_no_short_lines(tmp_path):
    lines = [f"{row},{row if row % 5 else ''}" for row in range(10_000)]
    frame = read_table(written(tmp_path, "\n".join(["a,b", *lines]).encode()))
    assert (frame.height, frame["b"].null_count()) == (10_000, 2_000)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "t.csv is empty; it needs a line of column names and one line per row"),
        (b" \n \n", "t.csv is empty; it needs a line of column names and one line per row"),
        (b"a,b\n", "t.csv has a line of column names but no rows; add one line per row"),
        (
            b"1,2.5\n3,4\n",
            (
                "t.csv has no line of column names: its first line holds only numbers;"
                " add a first line such as 'x1,x2'"
            ),
        ),
        (
            b"a,b,a\n1,2,3\n",
            (
                "t.csv has two columns called 'a' (columns 1 and 3);"
                " give every column a name of its own"
            ),
        ),
        (
            b'a,b\n1,"x\ny"\n\n3\n',
            (
                "t.csv line 5 has 1 cell, but the line of column names has 2;"
                " give every line 2 cells, and put a cell that contains ',' in \"double quotes\""
            ),
        ),
        (
            b"a;b\n1;2\n1;2;3\n",
            (
                "t.csv line 3 has 3 cells, but the line of column names has 2;"
                " give every line 2 cells, and put a cell that contains ';' in \"double quotes\""
            ),
        ),
        (
            b'a,b\n1,2\n"3,4\n5,6\n',
            "t.csv line 3 opens a double quote that is never closed; close it or remove it",
        ),
        (
            b'a,b\n"x"y,1\n',
            (
                "t.csv line 2 has text after a closing double quote; put the whole cell in quotes"
                ' and write a quote inside it twice ("")'
            ),
        ),
        (
            b"a,b\n\x00\x01,2\n",
            (
                "t.csv is not a text table: it holds binary data;"
                " CSV and TSV (best as UTF-8), Parquet and NPZ files can be read"
            ),
        ),
        (
            "фильм,b\nx,1".encode("cp1251"),
            (
                "t.csv is written in an encoding that cannot be told with certainty"
                " (not UTF-8, UTF-16 or Western European); save it as UTF-8"
            ),
        ),
        (b"\x1f\x8b\x08\x00", "t.csv is compressed with gzip; unpack it first"),
        (b"PAR1 and no more", "t.csv is a truncated or damaged Parquet file; write it again"),
        (b"PK\x03\x04 and no more", "t.csv is a truncated or damaged NPZ file; write it again"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path, content, sentence):
    assert refusal(written(tmp_path, content)) == sentence


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "sub").mkdir()
    assert refusal(tmp_path / "sub") == "sub is a folder; give one CSV, Parquet or NPZ file"
    assert refusal(tmp_path / "no.csv") == "there is no file no.csv; check the path"
    with pytest.raises(DataError, match="cannot be read: embedded null byte"):
        read_table("a\0b")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == (
        "pipe is a pipe or a device, not a file; save the table as a file first"
    )


def test_a_file_larger_than_the_memory_is_refused_with_both_sizes(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 900)
    ways_out = "; take fewer rows or columns, or a machine with more memory"
    big = written(tmp_path, b"a,b\n" + b"1,2\n" * 1000)
    assert refusal(big) == (
        "reading t.csv needs about 20.0 kB of memory, but only 900 bytes are free" + ways_out
    )
    zeros = io.BytesIO()
    np.savez_compressed(zeros, x=np.zeros((1000, 10)))
    assert refusal(written(tmp_path, zeros.getvalue(), "t.npz")) == (
        "reading t.npz needs about 240.4 kB of memory, but only 900 bytes are free" + ways_out
    )
    same = parquet(pl.DataFrame({"a": [1] * 1000}))
    assert refusal(written(tmp_path, same, "t.parquet")) == (
        "reading t.parquet needs about 16.0 kB of memory, but only 900 bytes are free" + ways_out
    )


def test_parquet_keeps_its_types(tmp_path):
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "007"], "c": [date(2024, 1, 2), None]})
    assert read_table(written(tmp_path, parquet(frame), "t.parquet")).equals(frame)


def test_truncated_and_empty_parquet_files_are_refused(tmp_path):
    whole = parquet(pl.DataFrame({"a": [1, 2]}))
    truncated = "t.parquet is a truncated or damaged Parquet file; write it again"
    for size in (10, len(whole) // 2, len(whole) - 1):
        assert refusal(written(tmp_path, whole[:size], "t.parquet")) == truncated
    empty = parquet(pl.DataFrame({"a": []}))
    assert refusal(written(tmp_path, empty, "t.parquet")) == (
        "t.parquet has no rows; a table needs at least one"
    )


def test_npz_holds_x_and_y_or_one_array_per_column(tmp_path):
    pair = npz(X=np.arange(6.0).reshape(3, 2), y=np.array(["a", "b", "a"]))
    assert read_table(written(tmp_path, pair)).to_dict(as_series=False) == {
        "x1": [0, 2, 4], "x2": [1, 3, 5], "y": ["a", "b", "a"],
    }  # fmt: skip
    columns = npz(age=np.array([1, 2], ">i2"), well=np.array([True, False]))
    assert read_table(written(tmp_path, columns)).to_dict(as_series=False) == {
        "age": [1, 2], "well": [True, False],
    }  # fmt: skip
    images = npz(x=np.zeros((2, 3, 4), np.float16))
    assert read_table(written(tmp_path, images)).shape == (2, 12)


def test_npz_files_that_do_not_fit_are_refused(tmp_path):
    def refused(content: bytes) -> str:
        return refusal(written(tmp_path, content, "t.npz"))

    assert refused(npz(x=np.array([{}], dtype=object))) == (
        "t.npz holds pickled Python objects, which could run any code and are never loaded;"
        " save plain arrays of numbers or text instead"
    )
    assert refused(npz(a=np.arange(3), b=np.arange(4))) == (
        "t.npz: array 'b' has 4 rows, but 'a' has 3; all arrays need the same number of rows"
    )
    assert refused(npz(x=np.zeros((2, 2)), y=np.zeros((2, 3)))) == (
        "t.npz: array 'y' has shape (2, 3), but a column has one dimension;"
        " give arrays x (rows, columns) and y (rows,), or one array per column"
    )
    assert refused(npz(x=np.zeros((2, 2), complex))) == (
        "t.npz: array 'x1' holds complex128 values;"
        " numbers, truth values, text and dates can be learnt from"
    )
    assert refused(npz(x=np.zeros((0, 2)))) == (
        "t.npz: array 'x' holds no rows; it needs shape (rows, columns)"
    )
    assert refused(npz()) == ("t.npz holds no arrays; it needs x and y, or one array per column")
    whole = npz(x=np.arange(600).reshape(300, 2))
    for size in (40, 900, len(whole) - 9):
        truncated = "t.npz is a truncated or damaged NPZ file; write it again"
        assert refused(whole[:size]) == truncated
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    assert refused(workbook.getvalue()) == (
        "t.npz is a zip archive, but holds no NumPy arrays (the first entry is 'xl/workbook.xml');"
        " unpack it and give the CSV, Parquet or NPZ file inside"
    )
