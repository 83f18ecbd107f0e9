"""`clearprop check` and `clearprop worksheet`, as a user types them."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearprop import api
from clearprop.checking.report import Judgement, Mark, Report
from clearprop.checking.source import LARGEST
from clearprop.network.lesson import Lesson, lesson_toml, seed_lesson
from cli.terminal import Terminal


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solution.md").write_text("h = σ(1.1)\n  = 0.750\n", encoding="utf-8")
    return tmp_path


class Command(Terminal):
    """Its exit code tells what was found; `errors` is what it said on the other stream."""

    def __call__(self, *words: str, code: int = 0) -> str:
        return self.printed(words, code)[0]


@pytest.fixture
def clearprop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def report(*marks: Mark, lesson: Lesson | None = None) -> Report:
    """Return a marked solution whose lines have these marks."""
    found = tuple(Judgement(k, f"z{k} = {k}", mark) for k, mark in enumerate(marks, start=1))
    return Report(tuple(judgement.text for judgement in found), found, lesson)


class Judge:
    """Stands in for the judging: keeps what it is asked, and gives a report made beforehand."""

    def __init__(self) -> None:
        self.report = report("right")
        self.asked: tuple[object, ...] = ()

    def __call__(self, text: object, lesson: object, names: Mapping[str, str]) -> Report:
        self.asked = (text, lesson, names)
        return self.report


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    judge = Judge()
    monkeypatch.setattr(api, "check", judge)
    return judge


# --- how it ends ---------------------------------------------------------------------------------


def test_where_all_holds_it_ends_with_0(clearprop: Command, judge: Judge) -> None:
    judge.report = report("right", "rounding")
    printed = clearprop("check", "solution.md")
    assert printed.splitlines()[:2] == ["✓ 1 │ z1 = 1", "≈ 2 │ z2 = 2"]
    assert printed.splitlines()[-1].startswith("Nothing is wrong")
    assert clearprop.errors == ""


def test_where_anything_is_wrong_it_ends_with_1(clearprop: Command, judge: Judge) -> None:
    judge.report = report("right", "wrong", "follows")
    assert "✗ 2 │ z2 = 2" in clearprop("check", "solution.md", code=1)
    assert clearprop.errors == ""


def test_where_nothing_is_understood_it_ends_with_2_and_says_what_to_do(
    clearprop: Command, judge: Judge
) -> None:
    judge.report = report("not understood")
    assert "? 1 │ z1 = 1" in clearprop("check", "solution.md", code=2)
    assert clearprop.errors == (
        "clearprop: The network and its numbers could not be read out of the solution; give them "
        "with --lesson LESSON.toml\n"
    )
    judge.report = report("not understood", lesson=seed_lesson())
    clearprop("check", "solution.md", code=2)
    assert "--name net_h1=z_h1" in clearprop.errors
    judge.report = report()
    clearprop("check", "solution.md", code=2)
    assert "no equality" in clearprop.errors


# --- what it is given ----------------------------------------------------------------------------


def test_the_solution_the_lesson_and_the_names_are_handed_on(
    clearprop: Command, judge: Judge
) -> None:
    words = ("--lesson", "a.toml", "--name", "net_h1=z_h1", "--name", "o = yhat")
    clearprop("check", "solution.md", *words)
    names = {"net_h1": "z_h1", "o": "yhat"}
    assert judge.asked == (Path("solution.md"), Path("a.toml"), names)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing.md"], "there is no solution nothing.md"),
        (["."], "there is no solution"),
        (["folder"], "folder is a folder; name the file with the solution"),
        (
            ["binary"],
            (
                "binary is no text in UTF-8; a solution is Markdown, LaTeX, plain text, or a CSV "
                "or JSON sheet"
            ),
        ),
        (["large"], "large is too large for a worked solution (1,000,000 bytes)"),
        (["solution.md", "--lesson", "none.toml"], "there is no lesson file none.toml"),
        (
            ["solution.md", "--format", "htm"],
            "unknown format 'htm'; did you mean 'html'? Known: text, markdown, html, json",
        ),
        (
            ["solution.md", "--name", "net_h1"],
            "--name takes THEIRS=OURS, as in net_h1=z_h1, not 'net_h1'",
        ),
        (
            ["solution.md", "--name", "a=h", "--name", "a=z_h"],
            "--name gives a two meanings, h and z_h",
        ),
        (
            ["solution.md", "--output", "solution.md"],
            "solution.md exists already; add --force to replace it",
        ),
    ],
)
def test_what_is_given_wrongly_is_told_in_one_sentence(
    clearprop: Command, folder: Path, words: list[str], sentence: str
) -> None:
    (folder / "folder").mkdir()
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    (folder / "large").write_bytes(b"a" * (LARGEST + 1))
    if words == ["."]:
        sentence = ". is a folder; name the file with the solution"
    assert clearprop("check", *words, code=2) == ""
    assert clearprop.errors == f"clearprop: {sentence}\n"


# --- what it writes ------------------------------------------------------------------------------


def test_json_is_printed_and_a_page_is_written(
    clearprop: Command, judge: Judge, folder: Path
) -> None:
    judge.report = report("right", "wrong")
    found = json.loads(clearprop("check", "solution.md", "--format", "json", code=1))
    assert [line["mark"] for line in found["lines"]] == ["right", "wrong"]
    words = ("--format", "html", "--output", "page.html")
    assert clearprop("check", "solution.md", *words, code=1) == ""
    assert (folder / "page.html").read_text("utf-8").startswith("<!doctype html>")


# --- worksheets ----------------------------------------------------------------------------------


SMALL = ("--layers", "2,1,1", "--no-bias")


def test_an_exercise_is_printed_and_its_key_and_sheet_are_asked_for(
    clearprop: Command, folder: Path
) -> None:
    printed = clearprop("worksheet", *SMALL, "--sheet", "empty.csv", "--save-lesson", "a.toml")
    assert printed.startswith("# Exercise 1: one training step of a 2-1-1 network\n")
    key = clearprop("worksheet", *SMALL, "--answers", "--sheet", "filled.csv")
    assert key.startswith("# Exercise 1: one training step of a 2-1-1 network: answers\n")
    names = [line.split(",")[0] for line in (folder / "empty.csv").read_text().splitlines()]
    assert names[:3] == ["name", "z_h", "h"]
    assert "Nothing is wrong." in clearprop("check", "filled.csv", "--lesson", "a.toml")


def test_a_wrong_answer_on_a_sheet_is_found(clearprop: Command, folder: Path) -> None:
    clearprop("worksheet", *SMALL, "--answers", "--sheet", "filled.csv", "--save-lesson", "a.toml")
    rows = (folder / "filled.csv").read_text().splitlines()
    place = next(k for k, row in enumerate(rows) if row.startswith("dL/dw3,"))
    rows[place] = "dL/dw3,12.3"
    (folder / "filled.csv").write_text("\n".join(rows))
    printed = clearprop("check", "filled.csv", "--lesson", "a.toml", code=1)
    assert f"✗ {place + 1:>2} │ dL/dw3,12.3" in printed


def test_a_folder_gets_all_files_of_every_exercise(clearprop: Command, folder: Path) -> None:
    words = ("worksheet", *SMALL, "--seeds", "1-2,5", "--output", "sheets", "--format", "html")
    assert clearprop(*words) == (
        "Written: sheets: 3 exercises, each with its key, answer sheets and lesson\n"
    )
    endings = ("-answers.csv", "-answers.html", ".csv", ".html", ".toml")
    names = [f"exercise-{seed}{ending}" for seed in ("01", "02", "05") for ending in endings]
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == names
    clearprop(*words, code=2)
    assert "exists already; add --force to replace it" in clearprop.errors
    clearprop(*words, "--force")


def test_several_exercises_go_into_one_file_by_its_suffix(clearprop: Command, folder: Path) -> None:
    clearprop("worksheet", *SMALL, "--seeds", "1-2", "--output", "all.tex")
    text = (folder / "all.tex").read_text("utf-8")
    assert text.count(r"\section*{Exercise ") == 2
    assert text.count(r"\newpage") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give a lesson file, or --layers as in --layers 2,2,1"),
        (["none.toml"], "there is no lesson file none.toml"),
        (["none.toml", "--layers", "2,1"], "give a lesson file, or --layers"),
        (["--layers", "2,x"], "--layers takes whole numbers"),
        (["--layers", "2,1", "--seeds", "a"], "--seeds takes whole numbers, as in 1-30"),
        (["--layers", "2,1", "--seeds", "9-3"], "from the smaller to the larger, not '9-3'"),
        (["--layers", "2,1", "--format", "pdf"], "unknown format 'pdf'"),
        (["--layers", "2,1", "--loss", "l2"], "unknown loss 'l2'"),
        (["--layers", "2,1", "--seeds", "1-3", "--sheet", "a.csv"], "--sheet is for one exercise"),
        (["--layers", "2,1", "--sheet", "a.md", "--output", "a.md"], "name a.md"),
        (["--layers", "2,1", "--output", "f", "--sheet", "a.csv"], "the folder f gets the answer"),
        (["--layers", "2,1", "--rate", "nan"], "rate must be"),
    ],
)
def test_a_worksheet_that_cannot_be_made_is_told_in_one_sentence(
    clearprop: Command, words: list[str], sentence: str
) -> None:
    assert clearprop("worksheet", *words, code=2) == ""
    assert sentence in clearprop.errors
    assert clearprop.errors.startswith("clearprop: ")
    assert clearprop.errors.count("\n") == 1


def test_a_name_that_the_network_does_not_have_is_told(clearprop: Command) -> None:
    (Path("a.toml")).write_text(lesson_toml(seed_lesson()), encoding="utf-8")
    clearprop("check", "solution.md", "--lesson", "a.toml", "--name", "o=yhatt", code=2)
    assert "'yhatt'" in clearprop.errors


def test_a_solution_comes_in_by_the_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clearprop", "check", "-", "--format", "json"],
        input="z = 0.5 × 1 = 5.5",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "wrong" in [line["mark"] for line in json.loads(done.stdout)["lines"]]
