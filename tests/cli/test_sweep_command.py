"""`clearprop sweep`, as a user types it."""

import re
import shlex
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from clearprop.cli import main

XOR = ("sweep", "xor", "--hidden", "2", "--seeds", "300", "--epochs", "300")


@pytest.fixture
def clearprop(tmp_path, monkeypatch, capsys):
    """Run commands in this process, in a folder of their own, and return what they printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["clearprop", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        return printed.err if code else printed.out

    return run


def test_the_command_of_the_page_prints_summary_histogram_and_a_command(clearprop):
    printed = clearprop(*XOR)
    lines = [line.rstrip() for line in printed.splitlines()]
    assert lines[:5] == [
        "Sweeping over xor: 4 rows, 2 inputs, 2 classes",
        "Networks 2-2-1 (tanh, sigmoid), 9 parameters",
        "Learning with adam, rate 0.005, weight decay 0.001, batches of 32",
        "300 networks of 300 epochs: seeds 0 to 299",
        "Converged means every output less than 0.4 from its target",
    ]
    assert re.search(
        r"converged +\d+ of 300 +[\d.]+ %  95 % interval [\d.]+ % to [\d.]+ %", lines[6]
    )
    bars = [line.split()[-1] for line in lines if re.match(r" +([\d,]+ to [\d,]+|never) ", line)]
    assert sum(map(int, bars)) == 300
    command = "clearprop train xor --hidden 2 --epochs 300 --seed"
    assert re.search(rf"One row again +{command} \d+", printed)


def test_the_printed_command_trains_that_row(clearprop, tmp_path):
    printed = clearprop(*XOR, "--strict", "--frame", "rows.csv")
    command = re.search(r"One row again +(.*)", printed)[1].strip()
    seed = int(command.split("--seed ")[1].split()[0])
    row = pl.read_csv(tmp_path / "rows.csv").row(seed, named=True)
    report = clearprop(*shlex.split(command)[1:], "--out", "again")
    assert f"{row['loss']:.4g}" in report
    history = pl.read_parquet(tmp_path / "again" / "history.parquet")
    assert history["held_out_loss"][-1] == row["loss"]


def test_a_grid_is_a_table(clearprop):
    printed = clearprop(
        "sweep", "xor", "--seeds", "20", "--epochs", "300", "--hidden", "2", "--optimizer",
        "momentum", "--rates", "0.05,0.5", "--momenta", "0,0.9",
    )  # fmt: skip
    rows = re.findall(r"^ *(0\.05|0\.5) +(0|0\.9) +[\d.]+ %", printed, re.MULTILINE)
    assert rows == [("0.05", "0"), ("0.05", "0.9"), ("0.5", "0"), ("0.5", "0.9")]
    assert "80 networks of 300 epochs: seeds 0 to 19; rates 0.05, 0.5; momenta 0, 0.9" in printed


def test_frame_and_picture_are_written_where_asked(clearprop, tmp_path):
    clearprop(*XOR, "--frame", "rows.parquet", "--output", ".")
    assert len(pl.read_parquet(tmp_path / "rows.parquet")) == 300
    assert (tmp_path / "histogram.svg").read_text().startswith("<svg")
    told = clearprop(*XOR, "--output", "histogram.svg", code=2)
    assert told == "clearprop: histogram.svg exists already; add --force to replace it\n"
    clearprop(*XOR, "--output", "histogram.svg", "--force")


NO_MOMENTUM = (
    "momentum is a constant of momentum and nesterov, and the optimizer is adam;"
    " add --optimizer momentum"
)
RATES = "--rates takes numbers with commas between them, as in 0.1,0.5; not 'fast'"
WIDTHS = "--widths takes numbers with commas between them, as in 2,3,4; not '2.5'"
FRAME = "the frame is written as .csv or .parquet, not as 'rows.txt'"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--rates", "fast"), RATES),
        (("--widths", "2.5"), WIDTHS),
        (("--frame", "rows.txt"), FRAME),
        (("--optimizer", "adam", "--momenta", "0.5"), NO_MOMENTUM),
    ],
)
def test_a_mistake_is_told_in_a_sentence(clearprop, words, sentence):
    assert clearprop("sweep", "xor", *words, code=2) == f"clearprop: {sentence}\n"


def test_ctrl_c_reports_what_is_finished_within_a_second(clearprop, tmp_path):
    clearprop(*XOR)  # compiles
    words = ["sweep", "xor", "--hidden", "2", "--seeds", "5000000", "--epochs", "300"]
    program = "from clearprop.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words, "--frame", "rows.csv"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(5):
        process.stdout.readline()
    time.sleep(4.0)
    started = time.perf_counter()
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert time.perf_counter() - started < 8  # a second, and the files, on a busy machine
    assert "Stopped by hand" in printed
    rows = len(pl.read_csv(tmp_path / "rows.csv"))
    assert rows < 5_000_000
    assert f"of {rows:,}" in printed
