"""`clearprop doctor`: every engine is named, and what it says of the cache is so."""

import re
from importlib.metadata import version

from clearprop.cli.doctor import doctor
from clearprop.engine import compilation
from clearprop.render.doctor_text import SHAPES
from clearprop.training import health
from clearprop.training.shapes import MAKERS
from clearprop.training.warming import VARIANTS


def test_it_knows_every_engine():
    assert [name for name, *_ in SHAPES] == [*MAKERS, "lanes"]


def test_it_tells_what_is_installed_and_how_to_install_what_is_not(monkeypatch):
    lines = [
        "numpy>=2.0",
        "starlette>=0.40; extra == 'studio'",
        'no-such-thing>=1; extra == "onnx"',
        "neither.this; extra == 'onnx'",
        "pytest>=8.2; extra == 'test'",
    ]
    monkeypatch.setattr(health, "requires", lambda name: lines)
    found = health.facts()
    assert found["[studio]"] == f"starlette {version('starlette')}"
    missing = "no-such-thing, neither.this are missing: pip install 'clearprop[onnx]'"
    assert found["[onnx]"] == missing
    assert "[test]" not in found


def test_the_extras_are_those_of_the_installed_package():
    assert {"notebook", "studio", "torch"} <= set(health.extras())
    assert "uvicorn" in health.extras()["studio"]


def test_it_names_the_processor_the_blas_and_what_the_cache_holds(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))
    (tmp_path / "program.py").write_bytes(b"x" * 1_500_000)
    found = health.facts()
    assert found["in it"].endswith(": 1 file, 1.5 MB")
    assert found["machine"].startswith(health.processor())
    assert found["BLAS"]


def test_an_empty_cache_has_nothing_compiled(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "programs"))
    monkeypatch.setenv("COLUMNS", "250")  # the path of the cache in one line
    doctor()
    page = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"
    assert re.search(rf"^cache +{tmp_path / 'programs'}$", page, re.MULTILINE)
    assert f"not yet in full: {', '.join(map(' '.join, VARIANTS))}" in page
    assert page.endswith(
        "clearprop doctor --warm compiles now what trainings would wait for later.\n"
    )
    for name, what, *_ in SHAPES:
        assert name in page
        assert what in page


def test_nothing_is_compiled_beforehand_where_it_would_be_lost(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "file"))
    monkeypatch.setenv("COLUMNS", "250")
    assert not compilation.is_kept()
    doctor(warm=True)
    page = capsys.readouterr()
    assert page.err == "Nothing is compiled beforehand, for the cache cannot be written\n"
    assert f"{tmp_path / 'file'} cannot be written: what is missing there is compiled" in page.out
    assert "--warm" not in page.out
