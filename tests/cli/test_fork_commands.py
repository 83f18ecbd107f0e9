"""fork and diff, as a user types them."""

from pathlib import Path

import pytest

import clearprop.api as cp
from clearprop.runs.run import Run
from cli.terminal import Terminal


class Command(Terminal):
    """Its exit code 1 says that runs differ, and is no error."""

    def __call__(self, *words: str, code: int = 0) -> str:
        output, errors = self.printed(words, code)
        return errors if code == 2 else output


@pytest.fixture
def clearprop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    return Command(monkeypatch, capsys)


@pytest.fixture
def run(clearprop: Command) -> Run:
    return cp.train("iris", hidden=[7], epochs=6, seed=2, out="run")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_an_empty_fork_is_a_run_without_a_difference(clearprop: Command, run: Run) -> None:
    printed = lines(clearprop("fork", "run", "--at", "10"))
    assert printed[:2] == [
        f"Fork of {Path('run').absolute()}, step 10: nothing changed",
        "Training on iris: 150 rows, 4 inputs, 3 classes, going on after step 10",
    ]
    assert "  clearprop diff run run-fork-1" in printed
    assert lines(clearprop("diff", "run", "run-fork-1"))[:3] == [
        "run and run-fork-1",
        "",
        "No difference from step 10 to step 24: parameters, optimizer, history.",
    ]


def test_a_fork_with_several_changes_parts_where_it_says(clearprop: Command, run: Run) -> None:
    row, other = run.split.train[:2].tolist()
    clearprop(
        "fork", "run", "--at", "10", "--drop-example", str(row), "--set", "W1[3,2]=0", "--rate",
        "0.01", "--relabel", f"{other}=virginica", "--out", "what",
    )  # fmt: skip
    value = float(run.at(10).parameters.weights[0][3, 2])
    printed = lines(clearprop("diff", "run", "what", code=1))
    assert (
        printed[2] == "First difference after step 10, the first that both have: W1[3,2] is"
        f" {value!r} in run, 0.0 in what."
    )
    settings = [line.split()[-2:] for line in printed if line.startswith(("rate", "rows", "W1"))]
    assert settings == [["–", str(row)], ["0.005", "0.01"], ["–", "0"]]
    shown = clearprop("show", "what")
    assert (
        f"step 10: without row {row}, row {other} labelled 'virginica', W1[3,2] set to 0" in shown
    )
    assert lines(clearprop("trace", "what", "--at", "12"))


def test_the_first_difference_after_a_change_of_the_rate(clearprop: Command, run: Run) -> None:
    clearprop("fork", "run", "--at", "10", "--rate", "0.01", "--out", "fast")
    printed = clearprop("diff", "run", "fast", code=1).splitlines()[2]
    assert printed.startswith("First difference after step 11: W1[0,0] is ")
    assert printed.endswith(" numbers differ then); all steps before are the same, bit for bit.")


WRONG = {
    "--at 25": "the step must be a whole number from 0 (the start) to 24 (the run's last), not 25",
    "--at 3 --set W1[3,2]": "--set takes what stands in 'W1[3,7]=0', not 'W1[3,2]'",
    "--at 3 --set W1[9,2]=1": "no quantity is called 'W1[9,2]'; did you mean 'W1[6,2]'?",
    "--at 3 --set w1=1 --set w1=2": "--set is given twice for w1; leave one out",
    "--at 3 --relabel a=b": "--relabel takes a row of the data, from 0, not 'a'",
    "--at 3 --drop-example 200": "example must be a row of the data, from 0 to 149, not 200",
    "--at 3 --rate -1": "rate must be a number above 0, not -1.0",
    "--at 3 --out run --force": "a fork cannot take the place of run, which it leaves; give it",
    "": "Missing option '--at'",
}


@pytest.mark.parametrize(("options", "said"), WRONG.items())
def test_what_does_not_fit_is_one_sentence(
    clearprop: Command, run: Run, options: str, said: str
) -> None:
    printed = clearprop("fork", "run", *options.split(), code=2)
    assert printed.startswith(f"clearprop: {said}")
    assert printed.count("\n") == 1


def test_runs_of_other_shapes_are_told(clearprop: Command, run: Run) -> None:
    cp.train("iris", hidden=[3], epochs=1, out="other")
    assert clearprop("diff", "run", "other", code=2) == (
        "clearprop: run and other cannot be compared number by number: their networks have"
        " different shapes (4-7-3 and 4-3-3)\n"
    )
