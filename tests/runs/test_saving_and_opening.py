"""A run on disk: what is written reads back to the bit, and damage is said, never computed with."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import clearprop.api as cp
from clearprop.api import keeping
from clearprop.errors import FailedRun, RunError
from clearprop.runs import folder as folders
from clearprop.runs.folder import write_folder
from clearprop.runs.run import Run


@pytest.fixture(scope="module")
def trained() -> Run:
    return cp.train("iris", hidden=[5], epochs=3)


@pytest.fixture
def saved(trained: Run, tmp_path: Path) -> Path:
    trained.save(tmp_path / "iris-1")
    return tmp_path / "iris-1"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def sentence(path: Path) -> str:
    with pytest.raises(RunError) as raised:
        _ = cp.open_run(path).history
    return str(raised.value)


@pytest.mark.parametrize("data", ["iris", "moons", "diabetes", "xor"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_run_reads_back_to_the_bit(data: str, dtype: str, tmp_path: Path) -> None:
    run = cp.train(data, hidden=[4, 3], epochs=2, dtype=dtype, rate=0.0123456789)
    found = cp.open_run(run.save(tmp_path / "run").path or "")
    assert found.parameters.vector.dtype == dtype
    assert np.array_equal(found.parameters.vector, run.parameters.vector)
    assert found.history.equals(run.history)
    for name in ("network", "settings", "encoding", "source", "outcome", "scores"):
        assert getattr(found, name) == getattr(run, name), name
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(found.split, part), getattr(run.split, part))


def test_an_opened_run_can_be_saved_again_with_the_same_files(saved: Path, tmp_path: Path) -> None:
    cp.open_run(saved).save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(saved)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    vectors = [
        cp.train("iris", epochs=3, seed=seed).parameters.vector.tobytes() for seed in (5, 5, 6)
    ]
    assert vectors[0] == vectors[1] != vectors[2]


# --- never overwritten ---------------------------------------------------------------------------


def test_a_run_is_never_overwritten_unasked(trained: Run, saved: Path) -> None:
    with pytest.raises(RunError) as raised:
        trained.save(saved)
    assert str(raised.value) == (
        f"{saved} is there already; choose another --out, or --force (force=True) to replace it"
    )


def test_force_replaces_a_run_but_not_the_files_of_others_in_its_folder(
    trained: Run, saved: Path
) -> None:
    (saved / "note.txt").write_text("mine")
    with pytest.raises(RunError) as raised:
        cp.train("xor", out=saved, force=True, epochs=10**9)
    assert str(raised.value) == (
        f"{saved} holds 'note.txt', which is no file of the run and would be lost; move it away,"
        " or choose another --out"
    )
    (saved / "note.txt").unlink()
    trained.save(saved, force=True)
    assert [path.name for path in saved.parent.iterdir()] == ["iris-1"]


def test_force_replaces_nothing_but_runs(trained: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(RunError) as raised:
        trained.save(tmp_path / "thesis", force=True)
    assert str(raised.value) == (
        f"{tmp_path / 'thesis'} is there already and is no run; --force replaces only runs"
    )
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_a_damaged_run_can_be_replaced(trained: Run, saved: Path) -> None:
    (saved / "run.json").write_text("{")
    trained.save(saved, force=True)
    assert len(cp.open_run(saved).history) == 3


def test_force_through_a_link_replaces_the_run_it_leads_to(trained: Run, saved: Path) -> None:
    link = saved.parent / "link"
    link.symlink_to(saved)
    for _ in range(2):
        trained.save(link, force=True)
        assert link.is_symlink()
        assert len(cp.open_run(saved).history) == 3
    assert sorted(path.name for path in saved.parent.iterdir()) == ["iris-1", "link"]


def test_what_killed_writes_left_behind_is_tidied_away_by_a_later_one(
    trained: Run, tmp_path: Path
) -> None:
    old, new = tmp_path / ".run.partial-old", tmp_path / ".run.partial-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    trained.save(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".run.partial-new", "run"]


def test_two_writers_of_one_path_both_keep_their_run(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place = folders.put_in_place

    def overtaken(partial: Path, path: Path, force: bool) -> None:
        monkeypatch.setattr(folders, "put_in_place", put_in_place)
        trained.save(path)
        put_in_place(partial, path, force)

    monkeypatch.setattr(folders, "put_in_place", overtaken)
    assert keeping.written(trained, tmp_path / "run").path == tmp_path / "run-1"
    assert cp.open_run(tmp_path / "run").network == trained.network


def test_the_next_of_a_series_is_taken_where_another_came_first(trained: Run, saved: Path) -> None:
    assert keeping.written(trained, saved, series="iris").path == saved.parent / "iris-2"


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_a_path_without_a_name_is_no_place_for_a_run(name: str) -> None:
    with pytest.raises(RunError) as raised:
        cp.train("xor", out=name, force=True, epochs=10**9)
    assert str(raised.value) == f"'{name}' is no name for a run; give a folder such as runs/first"


def test_a_name_too_long_for_a_file_system_is_one_sentence(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 300)
    assert sentence(long) == f"{long} cannot be a run's folder: File name too long"
    with pytest.raises(RunError) as raised:
        cp.train("xor", out=tmp_path / ("x" * 240), epochs=10**9)
    assert str(raised.value) == (
        f"the name '{'x' * 20}…' is too long for a run's folder; shorten --out"
    )


def test_a_place_taken_while_training_does_not_lose_the_run(saved: Path, trained: Run) -> None:
    found = keeping.written(trained, saved)
    assert found.path == saved.parent / "iris-1-1"


# --- crashes -------------------------------------------------------------------------------------


def test_a_full_disk_leaves_nothing_behind_and_says_so(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "write_flushed", full)
    with pytest.raises(FailedRun) as raised:
        trained.save(tmp_path / "run")
    assert str(raised.value) == (
        f"the run cannot be written to {tmp_path / 'run'}: No space left on device"
    )
    assert list(tmp_path.iterdir()) == []


class Crash(BaseException):
    """Stands for kill -9: nothing after it is carried out."""


STEPS = ("write_flushed", "flush_folder", "put_in_place")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_crash_while_writing_leaves_the_old_run_whole(
    step: str, times: int, trained: Run, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(saved)
    original, left = getattr(folders, step), [times]

    def crashing(*arguments: object) -> None:
        if not left[0]:
            raise Crash
        left[0] -= 1
        original(*arguments)

    monkeypatch.setattr(folders, step, crashing)
    new = cp.train("iris", hidden=[5], epochs=1)
    with contextlib.suppress(Crash):
        new.save(saved, force=True)
    monkeypatch.undo()
    found = cp.open_run(saved)
    if found.outcome.epochs == 3:
        assert contents(saved) == before
    else:
        assert np.array_equal(found.parameters.vector, new.parameters.vector)


def test_a_replacement_cut_off_between_its_two_renames_is_undone_by_the_next_write(
    trained: Run, saved: Path
) -> None:
    saved.rename(folders.replaced(saved))
    with pytest.raises(RunError):
        trained.save(saved)
    assert [path.name for path in saved.parent.iterdir()] == ["iris-1"]


def test_opening_finds_a_run_amid_its_replacement_and_writes_nothing(
    trained: Run, saved: Path
) -> None:
    saved.rename(folders.replaced(saved))
    found = cp.open_run(saved)
    assert np.array_equal(found.parameters.vector, trained.parameters.vector)
    assert len(found.history) == 3
    assert [path.name for path in saved.parent.iterdir()] == [".iris-1.replaced"]


WRITER = """
import sys
import clearprop.api as cp
run = cp.open_run(sys.argv[1])
print("ready", flush=True)
while True:
    run.save(sys.argv[2], force=True)
"""


def test_kill_9_while_writing_never_leaves_half_a_run(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    for wait in (0.0, 0.003, 0.011, 0.017, 0.029):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(saved), str(target)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if target.exists() or folders.replaced(target).exists():
            assert len(cp.open_run(target).history) == 3


# --- damage --------------------------------------------------------------------------------------


def test_no_run_is_one_sentence(tmp_path: Path) -> None:
    assert sentence(tmp_path / "gone") == (
        f"there is no run {tmp_path / 'gone'}; `clearprop runs` lists the runs in runs/"
    )
    assert sentence(tmp_path) == f"{tmp_path} is no run: it has no run.json"
    (tmp_path / "run.json").write_text("{}")
    assert sentence(tmp_path) == f"{tmp_path} is no run of clearprop: its run.json does not say so"


def test_what_is_no_run_is_one_error_and_not_a_chain_of_them(tmp_path: Path) -> None:
    with pytest.raises(RunError) as raised:
        cp.open_run(tmp_path)
    assert raised.value.__context__ is None


def test_a_newer_format_is_one_sentence(saved: Path) -> None:
    change(saved, "format_version", 3)
    assert sentence(saved) == (
        f"{saved} was written by a newer clearprop (format 3; this one reads up to 2);"
        " update clearprop"
    )


def change(run: Path, key: str, value: object) -> None:
    values = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**values, key: value}))


@pytest.mark.parametrize("name", ["parameters.safetensors", "split.safetensors", "history.parquet"])
def test_damaged_files_are_named(name: str, saved: Path) -> None:
    file, content = saved / name, (saved / name).read_bytes()
    file.write_bytes(content[:-1])
    assert sentence(saved) == f"{file} is truncated: its SHA-256 is not the one in run.json"
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert sentence(saved) == (
        f"{file} is damaged or changed: its SHA-256 is not the one in run.json"
    )
    file.unlink()
    assert sentence(saved) == f"{saved} is damaged: {name} is missing"


def test_a_truncated_manifest_is_one_sentence(saved: Path) -> None:
    text = (saved / "run.json").read_text()
    (saved / "run.json").write_text(text[: len(text) // 2])
    assert sentence(saved) == f"{saved / 'run.json'} is truncated or damaged: it is no JSON"


def test_every_entry_of_the_manifest_may_be_missing_or_foreign_without_a_traceback(
    saved: Path, tmp_path: Path
) -> None:
    values = json.loads((saved / "run.json").read_text())
    for key in values:
        for value in (None, 7, "x", [], {}, {"x": 1}):
            if key == "init" and value in (None, "x"):
                continue
            damaged = tmp_path / "damaged"
            shutil.copytree(saved, damaged)
            change(damaged, key, value)
            with pytest.raises(RunError):
                _ = cp.open_run(damaged).history
            shutil.rmtree(damaged)


PARTS = ("network", "learning", "settings", "outcome", "data")


@pytest.mark.parametrize("part", PARTS)
def test_no_entry_of_a_part_has_a_default_when_it_is_read(part: str, saved: Path) -> None:
    values = json.loads((saved / "run.json").read_text())
    for name in values[part]:
        change(saved, part, {key: values[part][key] for key in values[part] if key != name})
        said = sentence(saved)
        head = f"{saved / 'run.json'} is damaged: {part} must have the keys "
        assert said.startswith(head)
        assert set(said.removeprefix(head).split(", ")) == values[part].keys()


@pytest.mark.parametrize(
    ("part", "entry", "reason"),
    [
        ("outcome", {"status": "x"}, "status of outcome is 'x'"),
        ("outcome", {"seconds": -1}, "seconds of outcome is -1"),
        (
            "outcome",
            {"created": "2026-01-02T03:04:05"},
            "created of outcome is '2026-01-02T03:04:05', without a time zone",
        ),
        ("data", {"kind": "x"}, "kind of data is 'x'"),
        ("data", {"kind": "numbers"}, "kind of data does not fit the encoding"),
        ("data", {"drop": [1]}, "drop of data is [1]"),
        ("settings", {"hidden": []}, "hidden of settings does not fit layers of network"),
        ("settings", {"epochs": "3"}, "epochs of settings is '3'"),
        ("settings", {"schedule": "step"}, "settings lack a constant of the schedule"),
        (
            "settings",
            {"dropout": 2},
            "dropout must be a probability, at least 0 and less than 1, not 2",
        ),
        ("data", {"sample_weight": 3}, "sample_weight of data is 3"),
        ("learning", {"constants": {}}, "constants of learning have no rate"),
    ],
)
def test_entries_that_no_training_can_have_are_damage(
    part: str, entry: dict[str, object], reason: str, saved: Path
) -> None:
    values = json.loads((saved / "run.json").read_text())
    change(saved, part, {**values[part], **entry})
    assert sentence(saved) == f"{saved / 'run.json'} is damaged: {reason}"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_damage(number: str, saved: Path) -> None:
    text = (saved / "run.json").read_text()
    seconds = json.loads(text)["outcome"]["seconds"]
    (saved / "run.json").write_text(text.replace(f'"seconds": {seconds}', f'"seconds": {number}'))
    assert sentence(saved) == f"{saved / 'run.json'} is truncated or damaged: it is no JSON"


def test_the_history_is_a_frame_of_one_row_per_epoch(saved: Path) -> None:
    history = cp.open_run(saved).history
    assert history.schema == {
        "epoch": pl.Int64,
        "step": pl.Int64,
        "loss": pl.Float64,
        "held_out_loss": pl.Float64,
        "score": pl.Float64,
    }
    assert history["step"].to_list() == [4, 8, 12]


def test_write_folder_makes_the_folders_above(tmp_path: Path) -> None:
    write_folder(tmp_path / "a" / "b", {"run.json": b"{}"})
    assert (tmp_path / "a" / "b" / "run.json").read_bytes() == b"{}"


@pytest.mark.parametrize("place", ["HOME", "TMP"])
def test_a_run_that_cannot_be_written_is_kept_at_home_or_with_the_temporary_files(
    place: str, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / ("spare" if place == "HOME" else "file")))
    monkeypatch.setattr(Path, "cwd", lambda: tmp_path / "file")
    monkeypatch.setattr(keeping, "gettempdir", lambda: str(tmp_path / "spare"))
    with pytest.raises(FailedRun) as raised:
        keeping.written(trained, tmp_path / "file" / "run")
    assert str(raised.value) == (
        f"the run cannot be written to {tmp_path / 'file' / 'run'}: File exists;"
        f" it is kept in {tmp_path / 'spare' / 'clearprop-run-1'}"
    )
    assert cp.open_run(tmp_path / "spare" / "clearprop-run-1").network == trained.network


def test_an_out_that_cannot_be_written_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError) as raised:
        cp.train("xor", out=tmp_path / "file" / "run", epochs=10**9)
    assert str(raised.value) == (
        f"the run cannot be written to {tmp_path / 'file' / 'run'}: {tmp_path / 'file'} is not a"
        " folder"
    )
