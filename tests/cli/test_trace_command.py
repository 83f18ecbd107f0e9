"""`clearprop trace` from end to end: what a user types, what comes out, and how it ends."""

import json
import math
import re
import subprocess
import sys
import tomllib

import pytest

import clearprop
from clearprop.cli import main

# the values that the trace of the seed must give
EXACT = {
    "z_h": 1.1,
    "h": 0.7502601055951177,
    "z_out": 0.6002080844760942,
    "yhat": 0.6457039112315864,
    "L": 0.12552571851659558,
    "dL/dyhat": -0.7085921775368271,
    "dyhat/dz_out": 0.22877037025181798,
    "dL/dz_out": -0.1621048948126419,
    "dL/dw3": -0.12162083549961815,
    "dh/dz_h": 0.18736987954752055,
    "dL/dz_h": -0.02429885969208656,
    "dL/dw1": -0.02429885969208656,
    "dL/dw2": -0.04859771938417312,
    "w3_new": 0.8121620835499619,
    "w1_new": 0.5024298859692087,
    "w2_new": 0.3048597719384173,
}
ORDER = [
    *("z_h", "h", "z_out", "yhat", "L", "dL/dyhat", "dyhat/dz_out", "dL/dz_out", "dz_out/dw3"),
    *("dL/dw3", "w3_new", "dz_out/dh", "dh/dz_h", "dL/dz_h", "dL/dw1", "dL/dw2", "w1_new"),
    *("w2_new", "L_new"),
]
SEED_OPTIONS = [
    *("--layers", "2,1,1", "--weights", "0.5,0.3,0.8", "--no-bias"),
    *("--x", "1,2", "--y", "1", "--rate", "0.1"),
]
SOFTMAX = [
    *("--layers", "2,3,3", "--activation", "tanh,softmax", "--loss", "cross_entropy"),
    *("--x", "1,2;-0.5,0.25", "--y", "0,1,0;1,0,0", "--seed", "1"),
]


def run(*arguments, cwd=None):
    """Run the program as a user does and return how it ended and what it wrote."""
    return subprocess.run(
        [sys.executable, "-m", "clearprop", "trace", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        check=False,
    )


@pytest.fixture
def trace(monkeypatch, capsys):
    """Return a function that runs the program inside this process: the same, but sooner."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["clearprop", "trace", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(arguments, code or 0, written.out, written.err)

    return call


@pytest.fixture
def page(trace):
    """Return a function that gives what the program wrote, when it ended well."""

    def call(*arguments):
        done = trace(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return call


@pytest.fixture
def document(page):
    return lambda *arguments: json.loads(page(*arguments, "--format", "json"))


def lines_of(document):
    return [line for step in document["steps"] for line in step["lines"]]


# --- the seed ------------------------------------------------------------------------------------


def test_the_seed_in_a_process_of_its_own():
    done = run("--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(json.loads(done.stdout))
    assert [line["id"] for line in lines] == ORDER
    values = {line["id"]: line["value"] for line in lines}
    assert {name: values[name] for name in EXACT} == EXACT


def test_the_seed_has_its_eight_steps_with_a_title_each(document):
    assert [(step["title"], step["phase"], len(step["lines"])) for step in document()["steps"]] == [
        ("Forward pass: from the inputs to the hidden layer", "forward", 2),
        ("Forward pass: from the hidden layer to the output", "forward", 2),
        ("The loss: how far the outputs are from the targets", "loss", 1),
        ("Backward pass: the gradient at the output", "backward", 3),
        ("Backward pass: the gradient of the output weights, and their update", "backward", 3),
        ("Backward pass: the error of the hidden layer", "backward", 3),
        ("Backward pass: the gradient of the hidden weights, and their update", "backward", 4),
        ("One training step is complete", "update", 1),
    ]


def test_the_seed_as_text(page):
    text = page()
    for line in (
        "  x₁ ──w₁──┐",
        "           ├─► h ──w₃────► ŷ ────► Loss",
        "  x₁ = 1   x₂ = 2   y = 1   w₁ = 0.5   w₂ = 0.3   w₃ = 0.8   η = 0.1",
        "Step 1. Forward pass: from the inputs to the hidden layer",
        "  z_h = w₁ × x₁ + w₂ × x₂ = 0.5 × 1 + 0.3 × 2 = 1.1",
        "  h = σ(z_h) = 1 / (1 + e^(-z_h)) = 1 / (1 + e^(-1.1)) ≈ 0.7503",
        "  L = (y - ŷ)² = (1 - 0.6457)² ≈ 0.1255",
        "  ∂L/∂w₃ = ∂L/∂z_out × ∂z_out/∂w₃ = -0.1621 × 0.7503 ≈ -0.1216",
        "  w₃_new = w₃ - η × ∂L/∂w₃ = 0.8 - 0.1 × (-0.1216) ≈ 0.8122",
        "  ∂L/∂z_h = ∂L/∂z_out × ∂z_out/∂h × ∂h/∂z_h = -0.1621 × 0.8 × 0.1874 ≈ -0.02430",
        "  w₁: 0.5 → 0.5024",
        "  The loss fell from 0.1255 to 0.1238.",
    ):
        assert line in text.splitlines()


def test_the_equals_signs_of_a_broken_line_stand_below_each_other(page):
    lines = page().splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("  L_new ="))
    assert {re.search("[=≈]", line).start() for line in lines[first : first + 3]} == {8}


# --- the JSON ------------------------------------------------------------------------------------


def shape(nested):
    return () if not isinstance(nested, list) else (len(nested), *shape(nested[0]))


def test_the_keys_and_shapes_of_the_json(document):
    found = document(*SOFTMAX)
    assert found["clearprop"] == clearprop.__version__
    assert {"clearprop", "network", "forward", "loss", "backward", "updated", "steps"} <= set(found)
    assert [shape(z) for z in found["forward"]["z"]] == [(2, 3), (2, 3)]
    assert [shape(a) for a in found["forward"]["a"]] == [(2, 2), (2, 3), (2, 3)]
    assert found["forward"]["a"][0] == [[1, 2], [-0.5, 0.25]]
    assert [shape(d) for d in found["backward"]["delta"]] == [(2, 3), (2, 3)]
    for part in ("backward", "updated"):
        assert [shape(w) for w in found[part]["weights"]] == [(3, 2), (3, 3)]
        assert [shape(b) for b in found[part]["biases"]] == [(3,), (3,)]
    for step in found["steps"]:
        assert set(step) == {"title", "phase", "lines"}
        assert step["phase"] in ("forward", "loss", "backward", "update")
        for line in step["lines"]:
            assert {"id", "symbol", "formula", "substitution", "value"} <= set(line)
            assert isinstance(line["value"], float)


def test_a_line_of_the_json(document):
    line = next(line for line in lines_of(document()) if line["id"] == "dL/dw3")
    assert line == {
        "id": "dL/dw3",
        "symbol": "∂L/∂w₃",
        "formula": "∂L/∂z_out × ∂z_out/∂w₃",
        "substitution": "-0.1621 × 0.7503",
        "value": -0.12162083549961815,
    }


def test_delta_contains_one_over_m_and_a_gradient_is_the_plain_sum(document):
    mean, added = document(*SOFTMAX), document(*SOFTMAX, "--reduction", "sum")
    for of_mean, of_sum in zip(mean["backward"]["delta"], added["backward"]["delta"], strict=True):
        for row_mean, row_sum in zip(of_mean, of_sum, strict=True):
            assert row_mean == pytest.approx([value / 2 for value in row_sum], rel=1e-14)
    delta, a = mean["backward"]["delta"][1], mean["forward"]["a"][1]
    for unit in range(3):
        for source in range(3):
            whole = delta[0][unit] * a[0][source] + delta[1][unit] * a[1][source]
            assert mean["backward"]["weights"][1][unit][source] == whole
    assert mean["backward"]["biases"][1] == [d0 + d1 for d0, d1 in zip(*delta, strict=True)]


def test_biases_of_a_layer_without_are_null(document):
    found = document()
    assert found["backward"]["biases"] == found["updated"]["biases"] == [None, None]


def test_numbers_that_are_not_finite_are_words(document):
    found = document("--activation", "identity", "--weights", "1e200,1e200,1e200", "--no-bias")
    assert found["loss"] == "Infinity"
    values = [line["value"] for line in lines_of(found)]
    assert {value for value in values if isinstance(value, str)} <= {
        "NaN", "Infinity", "-Infinity",
    }  # fmt: skip


def test_digits_change_only_the_strings(document):
    def strings_cut(found):
        for line in lines_of(found):
            del line["formula"], line["substitution"]
            line.pop("function", None)
        return found

    few, many = document("--digits", "2"), document("--digits", "17")
    assert few != many
    assert strings_cut(few) == strings_cut(many)


# --- options -------------------------------------------------------------------------------------


def test_the_network_on_the_command_line_is_the_seed():
    assert run(*SEED_OPTIONS).stdout == run().stdout


def test_the_seed_as_options_over_the_seed(page):
    assert page("--weights", "0.5,0.3,0.8", "--rate", "0.1") == page()


def test_several_steps_have_a_history(document):
    found = document("--steps", "5")
    assert [row["step"] for row in found["history"]] == [0, 1, 2, 3, 4, 5]
    losses = [row["loss"] for row in found["history"]]
    assert losses[0] == EXACT["L"]
    assert losses == sorted(losses, reverse=True)
    # the last step in full: its loss is that of the weights after four updates
    assert found["loss"] == losses[4]
    one = document("--weights", ",".join(map(repr, weights_after(document, 4))))
    assert one["steps"] == found["steps"]
    assert "history" not in one


def weights_after(document, steps):
    weights = document("--steps", steps)["updated"]["weights"]
    return [value for layer in weights for row in layer for value in row]


def test_a_long_history_is_thinned_to_round_steps_and_at_most_a_thousand_rows(document):
    history = document("--steps", "2500")["history"]
    steps = [row["step"] for row in history]
    assert steps == list(range(0, 2501, 5))
    assert history[-1]["loss"] < history[0]["loss"]


def test_several_steps_as_text_show_the_first_the_last_and_a_table_between(page):
    text = page("--steps", "3")
    first, between, last = (text.index(f"──── {w}") for w in ("The first", "Between", "The last"))
    assert first < between < last
    assert text.count("Step 1. Forward pass: from the inputs to the hidden layer") == 2
    rows = [row.split() for row in text[between:last].splitlines()[2:] if row.strip()]
    assert [row[0] for row in rows] == ["steps", "0", "1", "2", "3"]
    assert rows[0] == ["steps", "L", "w₁", "w₂", "w₃"]
    assert rows[1] == ["0", "0.1255", "0.5", "0.3", "0.8"]


def test_a_derivation_has_every_operand_before_it_is_used(document):
    lines = document("--explain", "dL/dw1")["lines"]
    known = []
    for line in lines:
        used = re.findall(r"∂\w+/∂\w+|[^\W\d]\w*", line["formula"] or "")
        assert set(used) - {"e", "ln"} <= set(known), line
        known.append(line["symbol"])
    assert lines[-1]["id"] == "dL/dw1"
    assert lines[-1]["value"] == EXACT["dL/dw1"]
    assert {line["id"] for line in lines} == {
        *("x1", "x2", "y", "w1", "w2", "w3", "z_h", "h", "z_out", "yhat"),
        *("dL/dyhat", "dyhat/dz_out", "dL/dz_out", "dz_out/dh", "dh/dz_h", "dL/dz_h", "dL/dw1"),
    }


@pytest.mark.parametrize("name", ["dL/dz_h", "∂L/∂z_h", "δ_h", "delta_h", "dL/dz1[0]"])
def test_any_spelling_is_explained(page, name):
    assert page("--explain", name) == page("--explain", "dL/dz_h")


def test_verify_prints_the_central_difference_beside_each_gradient(document, page):
    lines = {line["id"]: line for line in lines_of(document("--verify"))}
    beside = {name for name, line in lines.items() if "central_difference" in line}
    assert beside == {"dL/dw1", "dL/dw2", "dL/dw3"}
    for name in beside:
        assert lines[name]["central_difference"] == pytest.approx(EXACT[name], rel=1e-8)
    assert "≈ -0.1216   (central difference -0.121621)" in page("--verify")


def test_by_hand_is_added_to_each_line(document):
    lines = lines_of(document("--by-hand", "3"))
    found = {line["id"]: line["by_hand"] for line in lines}
    assert list(found) == ORDER
    assert (found["L"], found["dh/dz_h"], found["dL/dw2"]) == (0.125, 0.1875, -0.0486)
    assert {line["id"]: line["value"] for line in lines if line["id"] in EXACT} == EXACT


def test_a_saved_lesson_gives_the_same_trace(page, document, tmp_path):
    path = tmp_path / "lesson.toml"
    first = document(*SOFTMAX, "--optimizer", "adam", "--save-lesson", path)
    assert tomllib.loads(path.read_text("utf-8"))["learning"]["optimizer"] == "adam"
    assert document(path) == first
    again = tmp_path / "again.toml"
    page(path, "--save-lesson", again)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "html", "json"])
def test_what_is_written_to_a_file_is_what_is_printed(page, tmp_path, format):
    path = tmp_path / f"page.{format}"
    assert page("--format", format, "--output", path) == ""
    assert path.read_text("utf-8") == page("--format", format)


def test_a_file_that_is_there_is_replaced_only_by_force(trace, page, tmp_path):
    path = tmp_path / "page.txt"
    path.write_text("mine")
    done = trace("--output", path)
    assert done.returncode == 2
    assert done.stderr == f"clearprop: {path} exists already; add --force to replace it\n"
    assert path.read_text() == "mine"
    page("--output", path, "--force")
    assert path.read_text("utf-8") == page()


def test_a_large_network_is_summed_up_and_says_how_to_ask(page):
    text = page(*LARGE)
    assert len(text.splitlines()) < 40
    assert "∂L/∂W[1]" in text
    name = re.search(r"add, for example, --explain '([^']+)'", text)[1]
    assert f"∂{name.removeprefix('d').replace('/d', '/∂')} =" in page(*LARGE, "--explain", name)


LARGE = ["--layers", "8,8,3", "--x", "1,2,3,4,5,6,7,8", "--y", "0,1,0"]


def test_a_long_sum_shows_its_largest_terms_and_a_rest_that_adds_up(document):
    lines = document(
        *("--layers", "12,8,3", "--x", ",".join(map(str, range(1, 13))), "--y", "0,1,0"),
        *("--explain", "z1[0]", "--digits", "17"),
    )["lines"]
    values = {line["id"]: line["value"] for line in lines}
    last = lines[-1]
    assert last["formula"].endswith("+ rest_z1[0]")
    assert 1 <= last["formula"].count("×") <= 5
    assert values["rest_z1[0]"] + math.fsum(
        values[w] * values[x] for w, x in re.findall(r"(W1\[0,\d+\]) × (x\[\d+\])", last["formula"])
    ) == pytest.approx(last["value"], rel=1e-14)


# --- bad input -----------------------------------------------------------------------------------

WRONG = [
    (["--activation", "sigmoyd"], "unknown activation 'sigmoyd'; did you mean 'sigmoid'? Known: "),
    (["--loss", "squared"], "unknown loss 'squared'; did you mean 'squared_error'? Known: "),
    (["--optimizer", "adm"], "unknown optimizer 'adm'; did you mean 'adam'? Known: "),
    (["--initializer", "he"], "unknown initializer 'he'"),
    (["--reduction", "average"], "unknown reduction 'average'. Known: mean, sum"),
    (["--format", "pdf"], "unknown format 'pdf'. Known: text, markdown, latex, html, json"),
    (["--explain", "z_hh"], "unknown quantity 'z_hh'; did you mean 'z_h'? Known: "),
    (["--explain", ""], "unknown quantity ''. Known: "),
    (
        ["--layers", "2,2,1", "--x", "1,2;3,4", "--y", "1;0", "--explain", "h1"],
        "'h1' differs from example to example; ask for one of them, from h1@1 to h1@2",
    ),
    (["--explain", "m_w1"], "m_w1 is no quantity of this step with gradient_descent and "),
    (["--explain", "w1_new_new"], "unknown quantity 'w1_new_new'"),
    (["--weights", "1,2"], "--weights takes 3 numbers for these layers (1×2 + 1×1), not 2"),
    (["--weights", "a,b,c"], "--weights takes numbers separated by commas, not 'a,b,c'"),
    (["--weights", "nan,1,1"], "the weights of layer 1 must be finite numbers, but they hold nan"),
    (["--weights", "1e400,1,1"], "the weights of layer 1 must be finite numbers"),
    (["--biases", "1"], "--biases takes 2 numbers for these layers, not 1"),
    (["--no-bias", "--biases", "1,2"], "--no-bias and --biases exclude each other"),
    (
        ["--x", "1,2,3"],
        "the network has 2 inputs, so x must have shape (examples, 2); the x given ",
    ),
    (["--x", "1,2;3"], "--x must have as many numbers in each example, not 2, 1"),
    (["--x", "1,inf"], "x must be finite numbers, but they hold inf at [0, 1]"),
    (["--x", "1,2;3,4"], "x has 2 examples, but y has 1"),
    (["--x", ""], "--x takes numbers separated by commas, not ''"),
    (["--x", ";"], "--x takes numbers separated by commas, not ''"),
    (["--y", "1,2"], "the network has 1 output, so y must have shape (examples, 1); the y given "),
    (["--layers", "2,1,1"], "--layers needs the example too: add --x and --y"),
    (["--layers", "2,a", "--x", "1", "--y", "1"], "--layers takes whole numbers separated by "),
    (["--layers", "2", "--x", "1,2", "--y", "1"], "layers must list the inputs and then the units"),
    (["--layers", "2,0,1", "--x", "1,2", "--y", "1"], "the size of layer 1 must be a whole number"),
    (["--layers", "-2,1", "--x", "1,2", "--y", "1"], "the number of inputs must be a whole number"),
    (["--layers", "2,999999999,999999999", "--x", "1,2", "--y", "1"], "these layers have 999,999,"),
    (["--activation", "relu,relu,relu"], "activations must have one entry for each of the 2 "),
    (["--activation", ""], "unknown activation ''. Known: "),
    (
        ["--loss", "cross_entropy"],
        "cross_entropy takes outputs of softmax, but the output ",
    ),
    (
        ["--loss", "binary_cross_entropy", "--y", "2"],
        "binary_cross_entropy takes targets from ",
    ),
    (["--rate", "0"], "rate must be a number above 0, not 0.0"),
    (["--rate", "nan"], "rate must be a number above 0, not nan"),
    (["--rate", "fast"], "Invalid value for '--rate': "),
    (["--momentum", "1.5"], "momentum must be a number from 0 to 1, not 1.5"),
    (["--weight-decay", "-1"], "weight_decay must be a number at least 0, not -1.0"),
    (["--seed", "-1"], "seed must be a whole number of at least 0, not -1"),
    (["--digits", "0"], "digits must be a whole number from 1 to 17, not 0"),
    (["--digits", "18"], "digits must be a whole number from 1 to 17, not 18"),
    (["--by-hand", "0"], "--by-hand takes 1 to 15 digits, not 0"),
    (["--by-hand", "99"], "--by-hand takes 1 to 15 digits, not 99"),
    (["--steps", "0"], "--steps takes a whole number of at least 1, not 0"),
    (["--steps", "-3"], "--steps takes a whole number of at least 1, not -3"),
    (["--steps", "many"], "Invalid value for '--steps': "),
    (["--example", "3"], "--example K goes with a run: clearprop trace RUN --example K"),
    (["--output", "missing/page.txt"], "there is no folder "),
    (["--output", "."], ". is a folder; name a file in it"),
    (["--save-lesson", "missing/lesson.toml"], "there is no folder "),
    (["missing.toml"], "there is no lesson file missing.toml"),
    (["."], ". is no run: it has no run.json"),
    (["--nosuch"], "No such option: --nosuch; see "),
    (["one.toml", "two.toml"], "Got unexpected extra argument(s) (two.toml); see "),
]


def named(value):
    return " ".join(value)[:40] if isinstance(value, list) else ""


@pytest.mark.parametrize(("arguments", "sentence"), WRONG, ids=named)
def test_bad_input_is_one_sentence_and_exit_code_2(
    trace, tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    done = trace(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"clearprop: {sentence}")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("\n")
    assert list(tmp_path.iterdir()) == []


LESSON_MISTAKES = {
    "syntax.toml": "[network\n",
    "key.toml": "[network]\nlayer = [2, 1]\n",
    "shape.toml": "[network]\nlayers = [2, 1]\n[example]\nx = [[1]]\ny = [[1]]\n",
    "kind.toml": "[network]\nlayers = [1, 1]\nseed = []\n[example]\nx = [[1]]\ny = [[1]]\n",
    "bytes.toml": "\x00",
    "empty.toml": "",
}


@pytest.mark.parametrize("name", LESSON_MISTAKES)
def test_a_bad_lesson_file_is_named(trace, tmp_path, name):
    path = tmp_path / name
    path.write_text(LESSON_MISTAKES[name])
    done = trace(path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"clearprop: {path}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["--activation", "sigmoyd"], ["--nosuch"], ["missing.toml"], ["--steps", "x"]]
)
def test_bad_input_in_a_process_of_its_own_has_no_traceback(tmp_path, arguments):
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("clearprop: ")
    assert done.stderr.count("\n") == 1


def test_a_rate_that_makes_the_loss_overflow_is_a_failed_run(trace):
    done = trace("--activation", "identity", "--rate", "1e10", "--steps", "50")
    assert done.returncode == 1
    assert re.fullmatch(
        r"clearprop: (the loss is (inf|nan) after \d+ steps|step \d+ gives layer \d a weight that "
        r"is not finite); a smaller rate or smaller weights help\n",
        done.stderr,
    )
