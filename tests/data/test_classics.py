from pathlib import Path

import polars as pl
import pytest

from clearprop.data import classics
from clearprop.data.classics import classic_frame, loaded


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "target", "kind"),
    [("iris", "species", "classes"), ("diabetes", "progression", "numbers")],
)
def test_a_set_is_kept_as_it_was_loaded(cache, monkeypatch, name, target, kind) -> None:
    first = classic_frame(name, target, kind)
    monkeypatch.setattr(classics, "loaded", lambda *given: pytest.fail("it is kept"))
    again = classic_frame(name, target, kind)
    assert again.equals(first)
    assert again.schema == first.schema


def test_a_kept_set_that_cannot_be_read_is_loaded_again(cache: Path) -> None:
    classic_frame("wine", "grower", "classes")
    (kept,) = cache.glob("wine*.parquet")
    kept.write_bytes(b"PAR1 cut off")
    assert classic_frame("wine", "grower", "classes").equals(loaded("wine", "grower", "classes"))
    assert pl.read_parquet(kept).height == 178


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "file"))
    assert classic_frame("iris", "species", "classes").height == 150
