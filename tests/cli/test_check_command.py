"""`clearprop check` and `clearprop worksheet`, as a user types them."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearprop import api
from clearprop.checking.report import Judgement, Mark, Report
from clearprop.checking.source import LARGEST
from clearprop.cli import main
from clearprop.network.lesson import Lesson, seed_lesson


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solution.md").write_text("h = σ(1.1)\n  = 0.750\n", encoding="utf-8")
    return tmp_path


class Terminal:
    """Runs commands in this process and keeps what they printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        """Return what the command printed, when it ended with an exit code."""
        self.monkeypatch.setattr(sys, "argv", ["clearprop", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        self.errors = printed.err
        assert (ended.value.code or 0) == code, printed.err
        return printed.out


@pytest.fixture
def clearprop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


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


def test_where_all_holds_it_ends_with_0(clearprop: Terminal, judge: Judge) -> None:
    judge.report = report("right", "rounding")
    printed = clearprop("check", "solution.md")
    assert printed.splitlines()[:2] == ["✓ 1 │ z1 = 1", "≈ 2 │ z2 = 2"]
    assert printed.splitlines()[-1] == "Nothing is wrong."
    assert clearprop.errors == ""


def test_where_anything_is_wrong_it_ends_with_1(clearprop: Terminal, judge: Judge) -> None:
    judge.report = report("right", "wrong", "follows")
    assert "✗ 2 │ z2 = 2" in clearprop("check", "solution.md", code=1)
    assert clearprop.errors == ""


def test_where_nothing_is_understood_it_ends_with_2_and_says_what_to_do(
    clearprop: Terminal, judge: Judge
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
    clearprop: Terminal, judge: Judge
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
                "binary is no text in UTF-8; a solution is Markdown, LaTeX, plain text, or a CSV or "
                "JSON sheet"
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
    clearprop: Terminal, folder: Path, words: list[str], sentence: str
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
    clearprop: Terminal, judge: Judge, folder: Path
) -> None:
    judge.report = report("right", "wrong")
    found = json.loads(clearprop("check", "solution.md", "--format", "json", code=1))
    assert [line["mark"] for line in found["lines"]] == ["right", "wrong"]
    words = ("--format", "html", "--output", "page.html")
    assert clearprop("check", "solution.md", *words, code=1) == ""
    assert (folder / "page.html").read_text("utf-8").startswith("<!doctype html>")
