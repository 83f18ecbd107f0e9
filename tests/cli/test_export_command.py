"""`clearprop export` and `clearprop import` from end to end: what they write and refuse."""

import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.interop import extras
from cli.terminal import Terminal


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    cp.train("iris", hidden=[4], epochs=5, out=folder / "iris-run")
    return folder


@pytest.fixture
def terminal(monkeypatch, capsys, tmp_path, runs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris-run").symlink_to(runs / "iris-run")
    return Terminal(monkeypatch, capsys)


@pytest.mark.parametrize("format", ["c", "python", "javascript", "json"])
def test_a_text_goes_to_the_screen(terminal, format):
    printed = terminal("export", "iris-run", "--format", format)
    assert printed == cp.export("iris-run", format)


@pytest.mark.parametrize(
    ("format", "file"), [("onnx", "iris-run.onnx"), ("safetensors", "iris-run.safetensors"),
                         ("torch", "iris-run.pt")]
)  # fmt: skip
def test_what_is_no_text_goes_to_a_file_named_as_the_run(terminal, tmp_path, format, file):
    if format == "torch":
        pytest.importorskip("torch")
    assert terminal("export", "iris-run", "--format", format) == f"Written: {file}\n"
    assert terminal("import", file) == (
        "Written: iris-run.toml: network 4-4-3 (tanh, softmax), 35 parameters\n"
    )
    lesson = cp.read_lesson(tmp_path / "iris-run.toml")
    assert lesson.learning.loss == "cross_entropy"
    x = [[5.0, 3.4, 1.5, 0.2]]
    shares = cp.open_run("iris-run").predict_probabilities(x_frame(x))
    trace = cp.trace(cp.Lesson(lesson.parameters, x, [[1, 0, 0]], lesson.learning))
    found = [trace[f"ŷ{k}"].value for k in (1, 2, 3)]
    np.testing.assert_allclose([found], shares, atol=1e-6)


def x_frame(rows):
    import polars as pl

    names = [c.name for c in cp.open_run("iris-run").encoding.columns]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_name_that_says_no_format_goes_with_any(terminal, tmp_path):
    assert terminal("export", "iris-run", "--format", "c", "-o", "m.h") == "Written: m.h\n"
    assert (tmp_path / "m.h").read_text("utf-8") == cp.export("iris-run", "c")


def test_the_format_is_told_by_the_files_name(terminal, tmp_path):
    assert terminal("export", "iris-run", "-o", "m.js") == "Written: m.js\n"
    assert (tmp_path / "m.js").read_text("utf-8") == cp.export("iris-run", "javascript")


def test_bytes_go_on_where_the_output_goes(tmp_path, runs):
    words = ["export", "iris-run", "--format", "onnx", "--output", "-"]
    done = subprocess.run(
        [sys.executable, "-m", "clearprop", *words], cwd=runs, capture_output=True, check=True
    )
    (tmp_path / "m.onnx").write_bytes(done.stdout)
    assert cp.from_onnx(tmp_path / "m.onnx").network.layers == (4, 4, 3)


def test_an_imported_network_is_traced_drawn_trained_and_exported(terminal):
    terminal("export", "iris-run", "--format", "onnx")
    terminal("import", "iris-run.onnx", "--x", "5,3,1,0.5", "--y", "0,1,0", "-o", "mine.toml")
    told = terminal("trace", "mine.toml", "--explain", "dL/dz_out2")
    assert "x₁ = 5   x₂ = 3   x₃ = 1   x₄ = 0.5" in told
    assert terminal("lesson", "mine.toml") == "Written: lesson.html\n"
    terminal("train", "iris", "--init", "mine.toml", "--epochs", "1", "--out", "further")
    assert cp.open_run("further").network.layers == (4, 4, 3)
    assert "function predict(row)" in terminal("export", "mine.toml", "--format", "javascript")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["export", "iris-run"], ("which format? Give --format with one of onnx, safetensors,"
         " torch, json, c, python, javascript, or --output with a name such as model.onnx")),
        (["export", "iris-run", "--format", "onyx"], ("unknown format 'onyx'; did you mean 'onnx'?"
         " Known: onnx, safetensors, torch, json, c, python, javascript")),
        (["export", "iris-run", "--format", "c", "-o", "m.py"],
         "--format c and --output m.py do not agree, for that name says python; give one of them"),
        (["export", "here.c", "--format", "c"],
         ("here.c is neither a run's folder nor a lesson file (.toml), which export takes; on a"
          " table train first: clearprop train FILE --target COLUMN")),
        (["import", "here.json", "-o", "here.c"],
         "here.json is no file to import: its name may end in .onnx, .safetensors, .pt, .pth"),
        (["export", "none", "--format", "c"],
         "there is no run none; `clearprop runs` lists the runs in runs/"),
        (["export", "iris-run", "-o", "here.c"],
         "here.c exists already; add --force (force=True) to replace it"),
        (["export", "iris-run", "--format", "c", "-o", "no/m.c"],
         "there is no folder {folder}/no to write m.c into"),
        (["import", "here.c"],
         "here.c is no file to import: its name may end in .onnx, .safetensors, .pt, .pth"),
        (["import", "model.keras"], ("model.keras is a file of Keras; write the model as ONNX, in"
         " Keras with model.export('model.onnx', format='onnx'), and import that")),
        (["import", "none.onnx"], "none.onnx cannot be read: No such file or directory"),
        (["import", "none.onnx", "-o", "here.c"],
         "here.c exists already; add --force to replace it"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(terminal, tmp_path, words, sentence):
    (tmp_path / "here.c").write_text("mine")
    said = terminal(*words, code=2)
    assert said == f"clearprop: {sentence.format(folder=tmp_path)}\n"
    assert (tmp_path / "here.c").read_text() == "mine"


@pytest.mark.parametrize(("format", "extra"), [("onnx", "onnx"), ("torch", "torch")])
def test_without_the_extra_one_sentence_has_the_install_line(terminal, monkeypatch, format, extra):
    monkeypatch.setitem(sys.modules, extra, None)
    monkeypatch.setattr(extras, "import_module", lambda name: __import__(name))
    said = terminal("export", "iris-run", "--format", format, code=2)
    what = {"onnx": "the ONNX format", "torch": "the format of PyTorch"}[format]
    assert said == (
        f"clearprop: {what} needs {extra}; install it with pip install 'clearprop[{extra}]'\n"
    )
