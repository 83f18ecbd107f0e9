"""`clearprop doctor`: every engine is named, and what it says of the cache is so."""

from clearprop.cli.doctor import doctor
from clearprop.engine import compilation
from clearprop.render.doctor_text import SHAPES
from clearprop.training.shapes import MAKERS
from clearprop.training.warming import VARIANTS


def test_it_knows_every_engine():
    assert [name for name, *_ in SHAPES] == [*MAKERS, "lanes"]


def test_an_empty_cache_has_nothing_compiled(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "programs"))
    monkeypatch.setenv("COLUMNS", "250")  # the path of the cache in one line
    doctor()
    page = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"
    assert f"cache      {tmp_path / 'programs'}\n" in page
    assert f"not yet: {', '.join(map(' '.join, VARIANTS))}" in page
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
