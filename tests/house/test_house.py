"""The house: public names, how files open, how long they are, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop

SOURCE = Path(clearprop.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400  # lines
HEAVY = (
    *(
        "numpy",
        "numba",
        "torch",
        "sklearn",
        "polars",
        "onnx",
        "onnxruntime",
        "scipy",
        "rich",
        "typer",
    ),
    *("starlette", "uvicorn", "websockets", "anywidget", "IPython", "lark", "mpmath"),
)


def test_public_names_are_sorted():
    assert clearprop.__all__ == sorted(clearprop.__all__)
    assert len(set(clearprop.__all__)) == len(clearprop.__all__)


@pytest.mark.parametrize("name", clearprop.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name):
    assert getattr(clearprop, name).__doc__


def test_every_name_that_a_room_exports_is_there():
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        exported = [
            element.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
            for element in node.value.elts
        ]
        assert exported == sorted(exported), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_opens_with_a_docstring(path):
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    first = docstring.partition("\n")[0]
    assert len(first) > 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_file_is_too_long_to_read(path):
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_no_file_is_a_drawer_for_everything():
    drawers = {"utils", "helpers", "common", "core", "misc"}
    assert [path for path in FILES if path.stem in drawers] == []


def imported_by(statement, names=HEAVY):
    """Return which heavy packages a statement brings in, in a process of its own."""
    program = f"{statement}\nimport sys\nprint([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return ast.literal_eval(done.stdout)


def test_the_import_brings_in_nothing_heavy():
    assert imported_by("import clearprop") == []


def seconds_of(statement):
    """Return the processor time of a statement in a process of its own, the best of some."""
    program = f"from time import process_time as t\nstart = t()\n{statement}\nprint(t() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
    return min(float(done.stdout) for done in runs)


def test_the_import_takes_less_time_than_that_of_numpy_alone():
    # which takes 65 ms on an idle machine of 2024: so ours stays below 150 ms on any
    assert seconds_of("import clearprop") < seconds_of("import numpy")


def test_a_completion_offers_the_public_names_and_the_doors_alone():
    offered = [name for name in dir(clearprop) if not name.startswith("_")]
    assert offered == sorted([*clearprop.__all__, "sklearn", "torch"])


def test_a_name_that_is_looked_up_later_is_there_and_is_always_the_same():
    for name in clearprop.LATER:
        assert name in clearprop.__all__
        assert name in dir(clearprop)
        assert getattr(clearprop, name) is getattr(clearprop, name)
    with pytest.raises(AttributeError, match="module 'clearprop' has no attribute 'Netwrok'"):
        clearprop.Netwrok  # noqa: B018


def test_a_trace_brings_in_neither_training_nor_tables():
    found = imported_by("import clearprop as cp; cp.trace().steps", ("sklearn", "polars", "torch"))
    assert found == []


def test_a_first_training_brings_in_neither_a_compiler_nor_what_is_slow_to_import():
    training = "import clearprop as cp; cp.train('xor', hidden=[4], epochs=2).predict([[0, 1]])"
    slow = ("numba", "sklearn", "scipy.linalg", "torch")
    assert imported_by(training, slow) == []


def test_a_heavy_package_would_be_seen():
    assert imported_by("import rich") == ["rich"]


def test_a_command_brings_in_neither_pydantic_nor_the_other_commands(tmp_path):
    words = ["clearprop", "trace", "--output", str(tmp_path / "step.md"), "--digits", "4"]
    program = (
        f"import sys; sys.argv = {words!r}\nfrom clearprop.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    names = ("pydantic", "clearprop.cli.tracing", "clearprop.cli.training")
    assert imported_by(program, names) == ["clearprop.cli.tracing"]
