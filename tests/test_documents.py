"""The documents tell the truth: every command and every code block in them is run.

A block of ```console holds commands after `$ ` and what they print; a line of `…` stands for
anything. The blocks of one document run in order in one empty folder. A command ends with 0, or
with 1 where `check` finds a mistake. Blocks of ```python are run, those of ```toml read as lessons;
of ```sh, which tells what a person does, every program, target, extra and option is there.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from clearprop import cli
from clearprop.network.lesson import parse_lesson

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = "clearprop "
CHECK = "clearprop check "
LANGUAGES = {"console", "python", "toml", "sh", "text"}  # text is what is no program
PROGRAMS = {"python3", ".", "pytest", "sleep", "kill"}


def blocks(document, language):
    """Return the code blocks of a language in a document."""
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def run(command, folder):
    """Return what a clearprop command prints in a folder."""
    line = command.replace(COMMAND, f"{sys.executable} -m clearprop ", 1)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )
    ends = (0, 1) if command.startswith(CHECK) else (0,)
    assert done.returncode in ends, f"{command}: {done.stderr}"
    return done.stdout


def assert_prints(expected, printed):
    """Compare what is printed with what a document shows, line by line, … for anything."""
    lines = iter(printed.rstrip("\n").splitlines())
    skipping = False
    for want in expected:
        if want == "…":
            skipping = True
            continue
        found = next((line for line in lines if not skipping or line.rstrip() == want), None)
        assert found is not None, f"not printed: {want!r}"
        assert found.rstrip() == want
        skipping = False
    assert skipping or next(lines, None) is None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_console_block_prints_what_it_shows(document, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for block in blocks(document, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *expected = part.rstrip("\n").split("\n")
            assert_prints(expected, run(command, tmp_path))


def test_every_command_in_the_readmes_tables_runs(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(rf"^\| `({COMMAND}[^`]*)`", text, flags=re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        assert run(command, tmp_path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_python_block_runs(document, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for block in blocks(document, "python"):
        if "torch" in block:
            pytest.importorskip("torch")
        exec(compile(block, document.name, "exec"), {})
        capsys.readouterr()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_toml_block_is_a_lesson(document):
    for block in blocks(document, "toml"):
        assert tomllib.loads(block)
        assert parse_lesson(block, document.name).parameters.network.depth >= 1


def sh_commands(document):
    """Yield the commands of a document's ```sh blocks, as words."""
    for block in blocks(document, "sh"):
        for line in block.splitlines():
            for command in re.split(r"[;&]", line.partition(" #")[0].removeprefix("#")):
                if words := shlex.split(command):
                    yield words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_sh_block_calls_is_there(document):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for program, *words in sh_commands(document):
        if program == "make":
            assert set(words) <= set(targets)
        elif program == "pip":
            extras = re.findall(r"\[(.*)\]", words[-1])
            named = {name for found in extras for name in found.split(",")}
            assert words[0] == "install"
            assert named <= set(project["optional-dependencies"])
        elif program == "clearprop":
            assert_understood(words)
        else:
            assert program in PROGRAMS


def assert_understood(words):
    """Assert that a command takes the options it is given."""
    command = get_command(cli.program([words[0]])).commands[words[0]]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_says_what_it_is_so_that_it_is_tried(document):
    text = document.read_text(encoding="utf-8")
    fences = re.findall(r"^ *```(.*)$", text, flags=re.MULTILINE)
    assert set(fences[::2]) <= LANGUAGES
    assert set(fences[1::2]) <= {""}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        script = ROOT / "examples" / "notebooks" / f"{Path(target).stem}.py"  # run for the site
        made = target.startswith("notebooks/") and script.exists()
        assert made or (document.parent / target).exists(), target


def test_a_document_that_shows_other_output_is_found():
    with pytest.raises(AssertionError):
        assert_prints(["L = 1"], "L = 2\n")
    with pytest.raises(AssertionError, match="not printed: 'L = 1'"):
        assert_prints(["…", "L = 1"], "a\nL = 2\n")
    assert_prints(["…", "L = 2", "…"], "a\nL = 2\nb\n")
