"""train, predict, evaluate, runs and show, as a user types them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from clearprop.cli.watching import figures_text
from clearprop.runs.reading import open_run
from clearprop.training.loop import Progress
from clearprop.training.scoring import Figures
from cli.terminal import Terminal


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def clearprop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


def test_training_prints_scores_the_place_and_what_to_do_next(clearprop: Terminal) -> None:
    printed = clearprop("train", "iris", "--hidden", "4", "--epochs", "30")
    lines = [line.rstrip() for line in printed.splitlines()]
    assert lines[0] == "Training on iris: 150 rows, 4 inputs, 3 classes"
    assert lines[1] == "Network 4-4-3 (tanh, softmax), 35 parameters"
    assert lines[2] == "Learning with adam, rate 0.005, weight decay 0.001, batches of 32"
    assert "held out" in printed
    assert "The result lies in runs/iris-1" in lines
    assert lines[-3:] == [
        "  clearprop show runs/iris-1",
        "  clearprop trace runs/iris-1 --example 0",
        "  clearprop trace runs/iris-1 --example 0 --explain 'w16'",
    ]
    assert "\x1b" not in printed
    assert clearprop.errors == ""


def test_on_a_narrow_terminal_the_speed_makes_room_for_the_bar() -> None:
    progress = Progress(
        3, 10, 12, 40, None, 0.25, Figures(0.5, 0.875), examples_per_second=43734.2  # type: ignore[arg-type]
    )  # fmt: skip
    narrow = "loss 0.25 · accuracy 87.50 %"
    assert figures_text("accuracy", progress, 60) == narrow
    assert figures_text("accuracy", progress, 80) == f"{narrow} · 43,734 examples/s"


def test_runs_are_numbered_listed_and_shown(clearprop: Terminal) -> None:
    for _ in range(2):
        clearprop("train", "xor", "--epochs", "3")
    listed = clearprop("runs")
    assert listed.splitlines()[1].startswith("runs/xor-2  xor   2-32-1")
    assert listed.splitlines()[2].startswith("runs/xor-1  xor   2-32-1")
    shown = clearprop("show", "runs/xor-1")
    assert "xor: 4 rows, 2 inputs, 2 classes" in shown
    assert "3 of 3 epochs, 3 steps" in shown


def test_a_run_without_a_score_is_listed_without_the_part_it_would_be_of(
    clearprop: Terminal,
) -> None:
    options = ("--optimizer", "gradient_descent", "--activation", "relu", "--rate", "1e6")
    clearprop("train", "diabetes", *options, code=1)
    assert re.search(r"10-32-1 +– +diverged", clearprop("runs"))


def test_before_the_first_run_the_list_is_empty(clearprop: Terminal) -> None:
    said = "There are no runs in runs; `clearprop train digits` makes a first one.\n"
    assert clearprop("runs") == said
    Path("runs").mkdir()
    assert clearprop("runs") == said


def test_a_damaged_run_is_listed_with_its_reason(clearprop: Terminal) -> None:
    clearprop("train", "xor", "--epochs", "3")
    Path("runs/xor-1/run.json").write_text("{")
    assert "unreadable:" in clearprop("runs")


def test_what_early_stopping_kept_is_said(clearprop: Terminal) -> None:
    clearprop(
        "train", "wine", "--hidden", "6", "--rate", "0.05", "--epochs", "300",
        "--early-stopping", "--patience", "3", "--out", "run",
    )  # fmt: skip
    outcome = open_run("run").outcome
    assert outcome.step < outcome.steps < 1000
    kept = f"kept      the parameters after step {outcome.step}, the best"
    assert kept in [line.rstrip() for line in clearprop("show", "run").splitlines()]


def test_options_reach_the_run(clearprop: Terminal) -> None:
    clearprop(
        "train", "wine", "--hidden", "6,5", "--activation", "relu", "--loss", "squared_error",
        "--optimizer", "momentum", "--rate", "0.02", "--momentum", "0.8", "--weight-decay", "0.1",
        "--batch-size", "16", "--epochs", "2", "--seed", "4", "--early-stopping", "--patience",
        "5", "--test-size", "0.2", "--validation-size", "0.15", "--dtype", "float32", "--out",
        "my run", "--drop", "ash", "--drop", "hue", "--sample-weight", "alcohol", "--schedule",
        "step", "--decay-factor", "0.5", "--decay-every", "3", "--warmup", "1", "--clip-norm",
        "2", "--dropout", "0.25", "--reduction", "sum", "--initializer", "lecun_normal",
        "--freeze", "biases", "--freeze", "W1[0,1]", "--fast", "--engine", "reference",
        "--threads", "2",
    )  # fmt: skip
    run = open_run("my run")
    assert run.network.layers == (10, 6, 5, 3)
    assert run.network.activations == ("relu", "relu", "sigmoid")
    assert dict(run.learning.constants) == {"rate": 0.02, "momentum": 0.8, "weight_decay": 0.1}
    assert (run.learning.loss, run.learning.optimizer) == ("squared_error", "momentum")
    settings = run.settings
    assert (settings.batch_size, settings.epochs, settings.seed) == (16, 2, 4)
    assert (settings.early_stopping, settings.patience) == (True, 5)
    assert (settings.test_size, settings.validation_size) == (0.2, 0.15)
    assert settings.dtype == "float32"
    assert run.source.drop == ("ash", "hue")
    assert run.source.sample_weight == "alcohol"
    assert (settings.schedule, settings.decay_factor, settings.decay_every) == ("step", 0.5, 3)
    assert (settings.warmup, settings.clip_norm, settings.dropout) == (1, 2.0, 0.25)
    assert (run.learning.reduction, settings.initializer) == ("sum", "lecun_normal")
    assert run.learning.frozen == ("biases", "W1[0,1]")
    assert (settings.arithmetic, settings.engine, settings.threads) == ("fast", "reference", 2)
    shown = " ".join(clearprop("show", "my run").split())
    assert (
        "step schedule (decay factor 0.5, decay every 3), warm-up of 1 epoch, gradients clipped"
        " at 2, dropout 0.25, batches of 16, frozen: biases, W1[0,1]"
    ) in shown
    assert "row weights alcohol" in shown


def test_strict_arithmetic_is_a_flag_of_its_own(clearprop: Terminal) -> None:
    clearprop("train", "xor", "--epochs", "2", "--strict")
    clearprop("train", "xor", "--epochs", "2")
    assert open_run("runs/xor-1").settings.arithmetic == "strict"
    assert open_run("runs/xor-2").settings.arithmetic == "auto"


def test_going_on_from_a_run(clearprop: Terminal) -> None:
    clearprop("train", "iris", "--hidden", "4", "--epochs", "2")
    clearprop("train", "iris", "--init", "runs/iris-1", "--epochs", "2")
    assert open_run("runs/iris-2").init == str(Path("runs/iris-1").absolute())


# --- files ---------------------------------------------------------------------------------------

PEOPLE = "height;colour;kind\n" + "".join(
    f'"{150 + row},5";{("red", "blue")[row % 3 == 0]};{("cat", "dog")[row % 2]}\n'
    for row in range(40)
)


@pytest.fixture
def people() -> str:
    Path("people.csv").write_text(PEOPLE, encoding="utf-8-sig")
    return "people.csv"


def test_predictions_are_csv_with_one_row_per_input_row(clearprop: Terminal, people: str) -> None:
    clearprop("train", people, "--target", "kind", "--epochs", "2", "--out", "run")
    printed = clearprop("predict", "run", people)
    frame = pl.read_csv(printed.encode())
    assert frame.columns == ["prediction", "probability_cat", "probability_dog"]
    assert len(frame) == 40
    clearprop("predict", "run", people, "--output", "found.csv")
    assert Path("found.csv").read_text() == printed


def test_an_unseen_category_is_reported_and_a_target_is_not_needed(
    clearprop: Terminal, people: str
) -> None:
    clearprop("train", people, "--target", "kind", "--epochs", "2", "--out", "run")
    Path("new.csv").write_text("colour;height\ngreen;170,5\nred;160,5\n")
    assert len(clearprop("predict", "run", "new.csv").splitlines()) == 3
    assert clearprop.errors == (
        "clearprop: column 'colour' has 1 cell with a category not seen in training,"
        " taken as none of them\n"
    )


def test_an_output_file_is_never_overwritten_unasked(clearprop: Terminal, people: str) -> None:
    clearprop("train", people, "--target", "kind", "--epochs", "2", "--out", "run")
    Path("found.csv").write_text("mine")
    said = clearprop("predict", "run", people, "--output", "found.csv", code=2)
    assert said == ("clearprop: found.csv exists already; add --force to replace it\n")
    assert Path("found.csv").read_text() == "mine"
    clearprop("predict", "run", people, "--output", "found.csv", "--force")
    assert Path("found.csv").read_text().startswith("prediction,")


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_every_format_can_be_learnt_and_predicted(clearprop: Terminal, ending: str) -> None:
    frame = pl.DataFrame(
        {"a": [k / 7 for k in range(30)], "b": list(range(30)), "y": [k * 1.5 for k in range(30)]}
    )
    path = f"data.{ending}"
    if ending == "csv":
        frame.write_csv(path)
    elif ending == "parquet":
        frame.write_parquet(path)
    else:
        import numpy as np

        np.savez(path, **frame.to_dict(as_series=False))
    clearprop("train", path, "--target", "y", "--epochs", "200", "--out", "run")
    printed = clearprop("evaluate", "run", path)
    assert "R²" in printed
    assert len(clearprop("predict", "run", path).splitlines()) == 31


def test_evaluation_prints_confusion_matrix_and_figures_per_class(clearprop: Terminal) -> None:
    clearprop("train", "iris", "--epochs", "20", "--out", "run")
    printed = clearprop("evaluate", "run")
    for words in ("38 rows (held out)", "actual", "setosa", "precision", "recall", "F1"):
        assert words in printed


def many_classes() -> str:
    rows = (f"{k},{k % 7},class {k % 40}\n" for k in range(400))
    Path("many.csv").write_text("a,b,y\n" + "".join(rows))
    return "many.csv"


def test_confusions_are_listed_where_their_matrix_does_not_fit(clearprop: Terminal) -> None:
    data = many_classes()
    clearprop("train", data, "--target", "y", "--epochs", "2", "--out", "run")
    lines = clearprop("evaluate", "run", data).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("confusions, 30"))
    assert [cell.strip() for cell in lines[start + 2].split("┃")[1:-1]] == [
        "actual", "predicted", "rows",
    ]  # fmt: skip
    counts = [int(line.split("│")[3]) for line in lines[start + 4 : start + 34]]
    assert counts == sorted(counts, reverse=True)
    assert min(counts) > 0


def test_the_matrix_is_whole_where_nothing_limits_its_width(
    clearprop: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_classes()
    clearprop("train", data, "--target", "y", "--epochs", "2", "--out", "run")
    monkeypatch.delenv("COLUMNS")
    lines = clearprop("evaluate", "run", data).splitlines()
    row = next(line for line in lines if line.startswith("│ class 39"))
    assert sum(int(cell) for cell in row.split("│")[2:-1]) == 10


def test_a_single_row_is_a_row(clearprop: Terminal, people: str) -> None:
    clearprop("train", people, "--target", "kind", "--epochs", "1", "--out", "run")
    Path("one.csv").write_text("\n".join(PEOPLE.splitlines()[:2]))
    assert clearprop("evaluate", "run", "one.csv").startswith("1 row (given)\n")
    assert "1 of 1 epoch, 1 step," in clearprop("show", "run")


# --- errors --------------------------------------------------------------------------------------


def test_an_unknown_data_set_comes_with_the_nearest(clearprop: Terminal) -> None:
    assert clearprop("train", "digitz", code=2) == (
        "clearprop: unknown file or built-in data set 'digitz'; did you mean 'digits'? Known:"
        " digits, iris, wine, breast_cancer, diabetes, xor, spirals, moons, circles\n"
    )


def test_hidden_layers_are_numbers_with_commas(clearprop: Terminal) -> None:
    assert clearprop("train", "iris", "--hidden", "3,x", code=2) == (
        "clearprop: --hidden takes the units of each hidden layer, as in 32,16, or none; not"
        " '3,x'\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("train iris --seed x", "Invalid value for '--seed': a whole number is needed, not 'x'"),
        ("train iris --hidden 3,x", "--hidden takes the units of each hidden layer"),
        ("train iris --hidden 0", "hidden layer 1 must have a whole number of at least 1 unit"),
        ("train iris --init gone", "there is no run gone; `clearprop runs` lists"),
        ("show gone", "there is no run gone; `clearprop runs` lists the runs in runs/"),
        ("runs gone", "there is no folder gone; `clearprop train digits` makes a first run"),
        ("predict gone iris", "there is no run gone; `clearprop runs` lists the runs in runs/"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(clearprop: Terminal, words: str, said: str) -> None:
    found = clearprop(*words.split(), code=2)
    assert found.startswith(f"clearprop: {said}")
    assert found.count("\n") == 1


def test_a_place_taken_while_training_is_told(
    clearprop: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    clearprop("train", "xor", "--epochs", "2", "--out", "run")
    monkeypatch.setattr("clearprop.api.check_out", lambda *arguments: None)
    assert "The result lies in run-1" in clearprop("train", "xor", "--epochs", "3", "--out", "run")
    assert clearprop.errors == "clearprop: run was taken meanwhile; the run lies in run-1\n"


def test_the_commands_to_go_on_with_can_be_typed_whatever_the_name(clearprop: Terminal) -> None:
    printed = clearprop("train", "xor", "--epochs", "2", "--out=-x")
    assert "  clearprop show ./-x\n" in printed
    clearprop("show", "./-x")


def test_a_run_is_replaced_only_with_force(clearprop: Terminal) -> None:
    clearprop("train", "xor", "--epochs", "2", "--out", "run")
    assert clearprop("train", "xor", "--epochs", "3", "--out", "run", code=2) == (
        "clearprop: run is there already; choose another --out,"
        " or --force (force=True) to replace it\n"
    )
    clearprop("train", "xor", "--epochs", "3", "--out", "run", "--force")
    assert open_run("run").outcome.epochs == 3


def test_a_rate_that_breaks_the_training_is_said_and_the_run_is_kept(clearprop: Terminal) -> None:
    said = clearprop(
        "train", "diabetes", "--rate", "1e6", "--optimizer", "gradient_descent",
        "--activation", "relu", "--out", "run", code=1,
    )  # fmt: skip
    run = open_run("run")
    assert run.outcome.status == "diverged"
    assert said.startswith(
        f"clearprop: training broke in step {run.outcome.step + 1}: the loss at the outputs of"
        " layer 2 became infinite: L@1 (row 361), from a2[0]@1 = -"
    )
    assert said.endswith(
        f"; the parameters after step {run.outcome.step} are kept in run. A smaller rate may help\n"
    )


@pytest.mark.parametrize("words", ["--out run", ""])
def test_a_reader_that_has_gone_does_not_lose_the_training(words: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", "train", "xor", "--epochs", "5", *words.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(timeout=20)
    assert open_run("run" if words else "runs/xor-1").outcome.epochs == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_cannot_be_written_does_not_lose_the_training() -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "clearprop", "train", "xor", "--epochs", "5", "--out", "run"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
    assert process.returncode == 1
    assert process.stderr == "clearprop: the output cannot be written: No space left on device\n"
    assert open_run("run").outcome.epochs == 5


# --- interruption --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_keeps_what_was_learnt(number: signal.Signals) -> None:
    words = ["train", "iris", "--epochs", "1000000", "--out", "run", "--engine", "reference"]
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.readline()
    process.send_signal(number)
    printed, errors = process.communicate(timeout=20)
    assert errors == ""
    assert process.returncode == 130
    assert "interrupted: stopped by hand after step" in printed
    run = open_run("run")
    assert run.outcome.status == "interrupted"
    assert run.outcome.step == run.outcome.steps


def test_missing_values_are_refused_or_imputed(clearprop: Terminal, people: str) -> None:
    Path(people).write_text(PEOPLE.replace('"150,5"', "").replace("blue", "", 1))
    said = clearprop("train", people, "--target", "kind", code=2)
    assert "has no value" in said
    assert "--impute" in said
    clearprop("train", people, "--target", "kind", "--impute", "--epochs", "2", "--out", "run")
    assert len(clearprop("predict", "run", people).splitlines()) == 41
    assert open_run("run").lesson(example=0).x.shape == (1, 3)


def test_a_forced_kind_of_target_is_taken(clearprop: Terminal) -> None:
    Path("counts.csv").write_text("a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(90)))
    for kind, loss in (("classes", "cross_entropy"), ("numbers", "mean_squared_error")):
        clearprop(
            "train", "counts.csv", "--target", "y", "--kind", kind, "--epochs", "2", "--out", kind
        )
        assert open_run(kind).learning.loss == loss


def test_a_rising_loss_comes_with_advice(clearprop: Terminal) -> None:
    printed = clearprop("train", "iris", "--rate", "1e6", "--epochs", "3", "--activation", "relu")
    run = open_run("runs/iris-1")
    rose = run.history["loss"][-1] > run.history["loss"][0]
    assert ("a smaller --rate may help" in printed) == rose
