"""Shell completion: commands, options, and what stands in the tables or lies in the folder."""

import os
import shutil
import subprocess
import sys

import pytest
from typer.main import get_command

from clearprop.cli import COMMANDS, program
from clearprop.cli.completion import PLACES, TABLES, completed

BASH = shutil.which("bash")


def offered(line, folder):
    """Return what the program offers where a line ends."""
    words = line.split(" ")
    env = {
        **os.environ,
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_CLEARPROP_COMPLETE": "complete_bash",
    }
    start = "import sys; sys.argv = ['clearprop']; from clearprop.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_options_and_names_are_completed(tmp_path):
    assert offered("clearprop tra", tmp_path) == ["trace", "train"]
    assert offered("clearprop train --early", tmp_path) == ["--early-stopping"]
    assert offered("clearprop sweep xor --optimizer ada", tmp_path) == ["adam", "adamw"]


def test_runs_lessons_and_data_are_those_of_the_folder(tmp_path, monkeypatch):
    for name in ("runs/digits-1", "runs/nothing", "mine", "far/away/run-7"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("runs/digits-1", "mine", "far/away/run-7"):
        (tmp_path / name / "run.json").touch()
    for name in ("digest.csv", "digits.md", "lesson.toml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert completed("show", "run", "") == ["mine", "runs/digits-1"]
    assert completed("diff", "other", "far/away/") == ["far/away/run-7"]
    assert completed("train", "data", "dig") == ["digest.csv", "digits"]
    assert completed("trace", "source", "") == ["lesson.toml", "mine", "runs/digits-1"]
    assert completed("worksheet", "source", "") == ["lesson.toml"]
    assert completed("trace", "source", "/") == completed("trace", "source", "../") == []


def test_every_name_that_is_completed_is_one_that_a_command_takes():
    commands = get_command(program(COMMANDS)).commands
    known = {name for command in commands.values() for name in (p.name for p in command.params)}
    for name in (*TABLES, *PLACES):
        command, _, parameter = name.rpartition(" ")
        assert parameter in known
        if command:
            assert parameter in {p.name for p in commands[command].params}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_names(name):
    command, _, parameter = name.rpartition(" ")
    words = completed(command, parameter, "")
    assert len(words) > 1
    assert completed(command, parameter, words[0]) == [w for w in words if w.startswith(words[0])]


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_a_real_bash_completes(tmp_path):
    tool = tmp_path / "clearprop"
    tool.write_text(f"#!{sys.executable}\nfrom clearprop.cli import main\nmain()\n")
    tool.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = subprocess.run(
        [tool],
        env={**env, "_CLEARPROP_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    asked = "COMP_WORDS=(clearprop trace --format l); COMP_CWORD=3; _clearprop_completion clearprop"
    done = subprocess.run(
        [BASH, "-c", f"{script}\n{asked}\necho ${{COMPREPLY[@]}}"], env=env,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["latex", "lesson"]
