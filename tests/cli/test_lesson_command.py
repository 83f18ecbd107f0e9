"""`clearprop lesson` from end to end: the file it writes, and what it refuses."""

import subprocess
import sys

import pytest

import clearprop as cp
from clearprop.cli import main


@pytest.fixture
def lesson(monkeypatch, capsys, tmp_path):
    """Return a function that runs the program in an empty folder, and the folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["clearprop", "lesson", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        return subprocess.CompletedProcess(
            arguments, ended.value.code or 0, written.out, written.err
        )

    call.folder = tmp_path
    return call


def test_the_seeds_page_is_written_and_said(lesson):
    done = lesson()
    assert (done.returncode, done.stdout, done.stderr) == (0, "Written: lesson.html\n", "")
    page = (lesson.folder / "lesson.html").read_text("utf-8")
    assert page == cp.document(cp.trace(), "lesson")


def test_the_options_are_those_of_trace(lesson):
    done = lesson("--layers", "1,1", "--x", "2", "--y", "1", "--by-hand", "3", "-o", "mine.html")
    assert (done.returncode, done.stdout) == (0, "Written: mine.html\n")
    page = (lesson.folder / "mine.html").read_text("utf-8")
    assert "1-1 network" in page
    assert "with 3 digits" in page


@pytest.mark.parametrize("arguments", [("--format", "svg"), ("-o", "lesson.svg")])
def test_an_image_by_format_or_by_name(lesson, arguments):
    assert lesson(*arguments).stdout == "Written: lesson.svg\n"
    assert (lesson.folder / "lesson.svg").read_text("utf-8").startswith("<svg ")


def test_a_step_of_a_run(lesson):
    run = cp.train("xor", hidden=[2], epochs=3, out=lesson.folder / "run")
    done = lesson("run", "--at", "1", "--example", "2")
    assert (done.returncode, done.stderr) == (0, "")
    trace = cp.trace(run.at(1).lesson(2))
    assert (lesson.folder / "lesson.html").read_text("utf-8") == cp.document(trace, "lesson")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.toml"], "there is no lesson file none.toml"),
        (["--format", "pdf"], "unknown format 'pdf'. Known: html, svg"),
        (
            ["-o", "x.PDF"],
            (
                "a lesson is written as a page (.html) or an image (.svg), not as .pdf; open the"
                " page in a browser and print it, or give --format"
            ),
        ),
        (["--example", "1"], "--example K goes with a run: clearprop lesson RUN --example K"),
        (["--at", "1"], "--at S goes with a run: clearprop lesson RUN --at S"),
        (["--at", "1", "--rate", "2"], "--at shows a step of a run as it was; leave out --rate"),
        (["--digits", "0"], "digits must be a whole number from 1 to 17, not 0"),
        (["-o", "."], ". is a folder; name a file in it"),
    ],
)
def test_what_does_not_fit_is_one_sentence(lesson, arguments, sentence):
    done = lesson(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"clearprop: {sentence}\n")
    assert list(lesson.folder.iterdir()) == []


def test_a_page_that_is_there_is_replaced_only_with_force(lesson):
    (lesson.folder / "lesson.html").write_text("mine")
    done = lesson()
    assert done.stderr == "clearprop: lesson.html exists already; add --force to replace it\n"
    assert (lesson.folder / "lesson.html").read_text() == "mine"
    assert lesson("--force").returncode == 0
