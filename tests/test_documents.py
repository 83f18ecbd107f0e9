"""The documents tell the truth: every command and every code block in them is run.

A block of ```console holds commands after `$ ` and what they print; a line of `…` stands for
anything. The blocks of one document run in order in one empty folder. A command ends with 0, or
with 1 where `check` finds a mistake; those of the README run in processes of their own, as its
reader's do. Blocks of ```python are run, those of ```toml read as lessons; of ```sh, which tells
what a person does, every program, target, extra and option is there.
"""

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
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = "clearprop "
SHELL = set("|&;<>*$")  # a command with one of these is for a shell
CHECK = "clearprop check "
LANGUAGES = {"console", "python", "toml", "sh", "text"}  # text is what is no program
PROGRAMS = {"python3", ".", "pytest", "sleep", "kill"}


def blocks(document, language):
    """Return the code blocks of a language in a document."""
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the examples, in which commands are run, on a screen of 100 columns."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Return a function that gives what a command prints.

    What needs no shell is run in this process, which has read the libraries already.
    """

    def printed(command):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output, errors = capsys.readouterr()
        return checked(command, ended.value.code or 0, output, errors)

    return lambda command: in_a_shell(command) if SHELL & set(command) else printed(command)


def in_a_shell(command):
    """Return what a command prints, in processes of its own."""
    line = command.replace(COMMAND, f"{sys.executable} -m clearprop ", 1)
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, encoding="utf-8", check=False
    )
    return checked(command, done.returncode, done.stdout, done.stderr)


def checked(command, code, output, errors):
    """Return the output of a command that ended as it should."""
    assert code in ((0, 1) if command.startswith(CHECK) else (0,)), f"{command}: {errors}"
    return output


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


def assert_blocks_print(document, run):
    """Run the console blocks of a document in order."""
    for block in blocks(document, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *expected = part.rstrip("\n").split("\n")
            assert_prints(expected, run(command))


def test_every_console_block_of_the_readme_prints_what_it_shows(folder):
    assert_blocks_print(README, in_a_shell)


@pytest.mark.parametrize("document", DOCUMENTS[1:], ids=lambda path: path.name)
def test_every_console_block_prints_what_it_shows(document, run):
    assert_blocks_print(document, run)


def test_every_command_in_the_readmes_tables_runs(run):
    commands = re.findall(rf"^\| `({COMMAND}[^`]*)`", README.read_text("utf-8"), re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        assert run(command)


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
