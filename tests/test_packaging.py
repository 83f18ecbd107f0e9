"""What is built installs and runs by itself: sdist, wheel, an environment without the checkout."""

import importlib.util
import os
import re
import site
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from conftest import missing

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SOURCE = ROOT / "src" / "clearprop"
FILES = sorted(
    path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in str(path)
)
DATA = {path.relative_to(ROOT / "src") for path in FILES if path.suffix != ".py"}


def run(*command, cwd):
    """Return what a command prints, without anything of this checkout on its path."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the sdist, and the wheel that is built from it."""
    for name in ("build", "hatchling"):
        if importlib.util.find_spec(name) is None:
            missing(f"{name} is not installed: pip install 'clearprop[test]'")
    folder = tmp_path_factory.mktemp("dist")
    paths = os.pathsep.join(filter(None, sys.path))
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory):
    """Return the programs of a fresh environment: the wheel, and what it needs from this one."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", str(built[1]))
    run(sys.executable, "-m", "pip", "--python", str(python), *install, cwd=folder)
    own = run(str(python), "-c", "import site; print(site.getsitepackages()[0])", cwd=folder)
    needed = {sysconfig.get_paths()["purelib"], *site.getsitepackages()}
    # the last on its path, and not looked through for further paths: no editable install is found
    (Path(own.strip()) / "needed.pth").write_text("\n".join(sorted(needed)), encoding="utf-8")
    return folder / "env" / "bin", folder


def test_the_sdist_holds_what_a_test_of_it_needs(built):
    with tarfile.open(built[0]) as sdist:
        names = {Path(*Path(name).parts[1:]) for name in sdist.getnames()}
    assert {path.relative_to(ROOT) for path in FILES} <= names
    for name in ("pyproject.toml", "README.md", "LICENSE", "mkdocs.yml", "tsconfig.json"):
        assert Path(name) in names
    for folder in ("tests", "benchmarks"):  # tests/benchmarks imports the other
        modules = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py")}
        assert modules <= names
    assert not [name for name in names if {"__pycache__", ".venv", "site"} & set(name.parts)]


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built[1]) as wheel:
        names = {Path(name) for name in wheel.namelist()}
        (about,) = (name for name in wheel.namelist() if name.endswith("METADATA"))
        metadata = wheel.read(about).decode()
    package = {name for name in names if name.parts[0] == "clearprop"}
    assert package == {path.relative_to(ROOT / "src") for path in FILES}
    assert {name.parts[0] for name in names - package} == {Path(about).parts[0]}
    assert Path("clearprop/py.typed") in package
    assert {path.suffix for path in DATA} >= {".css", ".html", ".js", ".lark", ".tex", ".toml"}
    for extra in ("studio", "notebook", "torch", "all"):
        assert f"Provides-Extra: {extra}\n" in metadata
    assert "License-Expression: MIT" in metadata
    assert metadata.endswith(README.read_text(encoding="utf-8"))  # what an index shows of it


def test_what_is_installed_is_not_the_checkout(environment):
    programs, folder = environment
    code = "import clearprop, os; print(os.path.dirname(clearprop.__file__))"
    place = Path(run(str(programs / "python"), "-c", code, cwd=folder).strip())
    assert place.is_relative_to(programs.parent)
    assert {path for path in DATA if not (place.parent / path).is_file()} == set()


def test_the_program_runs_and_finds_its_data(environment):
    programs, folder = environment
    program = str(programs / "clearprop")
    assert "≈ 0.1255" in run(program, "trace", cwd=folder)
    assert r"\documentclass" in run(program, "trace", "--format", "latex", cwd=folder)
    run(program, "lesson", "--output", "step.html", cwd=folder)
    assert "<script" in (folder / "step.html").read_text(encoding="utf-8")
    run(program, "trace", "--save-lesson", "seed.toml", cwd=folder)
    (folder / "mine.md").write_text("z_h = 0.5·1 + 0.3·2 = 1.1\n", encoding="utf-8")
    assert "2 right" in run(program, "check", "mine.md", "--lesson", "seed.toml", cwd=folder)
    version = run(str(programs / "python"), "-m", "clearprop", "--version", cwd=folder)
    assert re.fullmatch(r"clearprop \d\S+\n", version)


def test_python_trains_opens_the_run_and_shows_it(environment):
    programs, folder = environment
    code = """
import clearprop as cp
run = cp.train("xor", hidden=[3], epochs=5, out="xor-run")
assert "<polyline" in cp.open_run("xor-run")._repr_html_()
assert cp.document(cp.trace(run.lesson(example=0)), "svg").startswith("<svg")
from clearprop.studio.app import studio_app
print(run.outcome.steps)
"""
    assert run(str(programs / "python"), "-c", code, cwd=folder) == "5\n"
