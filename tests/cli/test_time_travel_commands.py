"""show --at, trace --at and train --resume, as a user types them."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop.api as cp
from clearprop.runs.lock import Lock
from clearprop.runs.reading import open_run
from clearprop.runs.run import Run
from clearprop.training.loop import Progress
from cli.terminal import Terminal

NO_RUN = "there is no run gone; `clearprop runs` lists the runs in runs/"
NO_PLACE = (
    "--at shows what the optimizer carried, for which a lesson file has no place; leave out"
    " --save-lesson"
)


@pytest.fixture
def clearprop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Terminal(monkeypatch, capsys)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "run"
    cp.train("iris", hidden=[4], epochs=6, seed=2, out=path)
    return path


@pytest.fixture
def run(clearprop: Terminal, trained: Path) -> Run:
    return cp.open_run(shutil.copytree(trained, "run"))


def test_show_prints_the_run_as_it_was_at_a_step(clearprop: Terminal, run: Run) -> None:
    lines = [line.rstrip() for line in clearprop("show", "run", "--at", "6").splitlines()]
    moment = run.at(6)
    rows = ", ".join(map(str, moment.rows[:8]))
    assert moment.watched is not None
    assert moment.watched.score is not None
    assert lines[:6] == [
        "run · after 6 steps",
        "",
        "trained    1 epoch and 2 of 4 steps",
        f"held out   loss {moment.watched.loss:.4g}, accuracy {100 * moment.watched.score:.2f} %",
        f"next step  loss {moment.loss:.4g} on its 32 rows: {rows}, …",
        "rate       0.005",
    ]
    assert lines[7].split() == ["parameters", "norm", "least", "largest"]
    assert [line.split()[0] for line in lines[8:12]] == ["W1", "b1", "W2", "b2"]
    weights, biases = moment.parameters.weights[0], moment.parameters.biases[0]
    assert biases is not None
    values = [*zip(["w₁", "w₂", "w₃", "w₄"], weights[0], strict=True), ("b₁", biases[0])]
    assert lines[13].split("  ")[0] == "h₁"
    assert lines[13].split()[1:] == " ".join(f"{name} = {v:.4g}" for name, v in values).split()
    assert [line.split()[0] for line in lines[13:20]] == ["h₁", "h₂", "h₃", "h₄", "ŷ₁", "ŷ₂", "ŷ₃"]
    assert lines[-2:] == [
        "  clearprop trace run --at 6",
        "  clearprop trace run --at 6 --example 0 --explain 'w16_new'",
    ]


def test_every_step_from_the_start_to_the_end_is_shown(clearprop: Terminal, run: Run) -> None:
    start = [line.rstrip() for line in clearprop("show", "run", "--at", "0").splitlines()]
    assert "trained    0 epochs" in start
    end = clearprop("show", "run", "--at", "24")
    assert f"accuracy {100 * run.scores['test']['accuracy']:.2f} %" in end


def test_a_trace_at_a_step_is_of_the_batch_that_is_taken_next(
    clearprop: Terminal, run: Run
) -> None:
    printed = clearprop("trace", "run", "--at", "6", "--explain", "w3_new", "--digits", "17")
    after = run.at(7).parameters.vector[2]
    assert printed.splitlines()[-1].endswith(f"= {float(after)!r}") or (
        abs(float(printed.split()[-1]) - after) < 1e-15
    )
    example = run.at(6).rows[0]
    alone = clearprop("trace", "run", "--at", "6", "--example", str(example), "--explain", "z_out1")
    assert alone.startswith("Given\n")


def test_what_the_optimizer_carried_stands_among_what_is_given(
    clearprop: Terminal, run: Run
) -> None:
    printed = clearprop("trace", "run", "--at", "6", "--example", "3")
    assert (
        f"row 3 of iris ({'trained on' if 3 in run.split.train else 'held out'}) alone" in printed
    )
    given = printed.partition("Step 1")[0]
    assert f"{run.at(6).optimizer.vectors['m'][0]:.4g}" in given.replace("-0.", "-0.")


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "html", "json", "python"])
def test_every_format_prints_a_moment(clearprop: Terminal, run: Run, format: str) -> None:
    assert clearprop("trace", "run", "--at", "6", "--example", "3", "--format", format)


def test_a_moment_as_a_program_gives_the_next_parameters(clearprop: Terminal, run: Run) -> None:
    strict = cp.train(
        "iris", hidden=[4], epochs=3, arithmetic="strict", engine="reference", batch_size=5
    )
    source = cp.document(cp.trace(strict.at(6).lesson()), "python")
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert repr(float(strict.at(7).parameters.vector[0])) in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "show run --at 25",
            "the step must be a whole number from 0 (the start) to 24 (the run's last), not 25",
        ),
        (
            "trace run --at=-1",
            "the step must be a whole number from 0 (the start) to 24 (the run's last), not -1",
        ),
        ("trace gone", "there is no lesson file and no run gone"),
        ("trace gone --at 3", NO_RUN),
        ("lesson gone --example 3", NO_RUN),
        ("trace --at 3", "--at S goes with a run: clearprop trace RUN --at S"),
        ("trace run --at 3 --rate 1", "--at shows a step of a run as it was; leave out --rate"),
        (
            "trace run --at 3 --save-lesson x.toml",
            NO_PLACE,
        ),
        ("train", "train takes DATA, a built-in set or a file; or --resume RUN"),
        ("train --resume gone", NO_RUN),
        (
            "train --resume run --rate 0.1",
            "--resume goes on with the run's own settings; leave out --rate",
        ),
        (
            "train iris --resume run",
            "--resume goes on with the run's own settings; leave out DATA",
        ),
    ],
)
def test_mistakes_are_one_sentence(clearprop: Terminal, run: Run, words: str, said: str) -> None:
    assert clearprop(*words.split(), code=2) == f"clearprop: {said}\n"


def test_a_finished_run_resumes_to_a_sentence(clearprop: Terminal, run: Run) -> None:
    assert (
        clearprop("train", "--resume", "run") == "run is finished: all of its 6 epochs are done\n"
    )


def test_a_training_that_was_stopped_by_hand_is_resumed(clearprop: Terminal) -> None:
    words = ["train", "iris", "--epochs", "2000", "--out", "run", "--engine", "reference"]
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "  clearprop train --resume run" in printed
    stopped = open_run("run").outcome.steps
    first = clearprop("train", "--resume", "run").splitlines()[0]
    assert first == (
        f"Training on iris: 150 rows, 4 inputs, 3 classes, going on after step {stopped:,}"
    )
    found = open_run("run")
    assert (found.outcome.status, found.outcome.epochs, len(found.history)) == (
        "finished", 2000, 2000,
    )  # fmt: skip


def test_a_run_that_was_cut_off_is_listed_and_shown(
    clearprop: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CutOff(BaseException):
        pass

    def cut_off(progress: object) -> None:
        if progress.step >= 1:  # type: ignore[attr-defined]
            raise CutOff

    with pytest.raises(CutOff):
        cp.train("iris", hidden=[4], epochs=6, out="runs/iris-1", progress=cut_off)
    assert " cut off " in clearprop("runs")
    shown = clearprop("show", "runs/iris-1")
    assert "iris-1 · cut off" in shown
    assert "  clearprop train --resume runs/iris-1" in shown
    clearprop("train", "--resume", "runs/iris-1")
    assert " finished " in clearprop("runs")


def test_a_run_that_another_process_trains_is_told_before_anything_else(
    clearprop: Terminal, tmp_path: Path
) -> None:
    cp.train("xor", epochs=3, progress=stop, out="cut-off")
    lock = Lock(tmp_path / "cut-off")
    output, errors = clearprop.printed(["train", "--resume", "cut-off"], code=2)
    lock.close()
    assert output == ""
    assert errors == ("clearprop: cut-off is being trained at this moment by another process\n")
    assert "finished" in clearprop("train", "--resume", "cut-off")


def stop(progress: Progress) -> None:
    """Stand for ctrl-C at the first step."""
    if progress.step == 0:
        signal.raise_signal(signal.SIGINT)
