"""Crashes: a training that was cut off goes on to the very bits of one that never stopped."""

import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import clearprop.api as cp
from clearprop.errors import FailedRun, RunError, SettingError
from clearprop.runs import disk, recording
from clearprop.runs.checkpoints import state_hash, steps_in
from clearprop.runs.recording import Spacing
from clearprop.runs.run import Run
from clearprop.training import loop
from runs.faulty_disk import Crash, FaultyDisk

SMALL: dict[str, Any] = {"hidden": [2], "epochs": 4, "batch_size": 3, "engine": "reference"}
LARGER: dict[str, Any] = {
    "hidden": [4], "epochs": 5, "early_stopping": True, "patience": 2, "batch_size": 20,
    "rate": 0.1, "dropout": 0.2, "engine": "reference",
}  # fmt: skip


INSIDE = ("write", "flush", "rename")
CLOSE = Spacing(0.0, longest=0.0, room=1, least=5, share=math.inf, aside=False)


@pytest.fixture(autouse=True)
def close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every step, of which at most five are kept."""
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr(recording, "SPACING", CLOSE)


def bits(run: Run) -> dict[str, Any]:
    """All that must not depend on where a training was cut off."""
    kept = {name: value for name, value in run.outcome.__dict__.items()
            if name not in ("seconds", "created")}  # fmt: skip
    return {
        "parameters": run.parameters.vector.tobytes(),
        "state": state_hash(run.at(run.outcome.steps).state),
        "start": state_hash(run.at(0).state),
        "history": run.history.to_dict(as_series=False),
        "scores": dict(run.scores),
        "outcome": kept,
        "picture": run.pictures["loss.svg"],
    }


def states_of(run: Run) -> list[str]:
    """The hash of every state of a training."""
    return [state_hash(run.at(step).state) for step in range(run.outcome.steps + 1)]


def train_or_crash(path: Path, data: str, options: dict[str, Any]) -> None:
    """Begin, or go on with, a training in a folder."""
    if path.exists():
        cp.resume(path)
    else:
        cp.train(data, out=path, **options)


def test_a_crash_at_any_operation_loses_nothing_but_the_last_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cp.train("xor", out=tmp_path / "whole", **SMALL)
    expected, states = bits(cp.open_run(tmp_path / "whole")), states_of(whole)
    crashes = []
    for how in ("before", "amid"):
        for at in range(1, 1_000):
            path = tmp_path / f"{how}-{at}"
            with monkeypatch.context() as patch:
                disk = FaultyDisk(at, how).install(patch)
                try:
                    cp.train("xor", out=path, **SMALL)
                except Crash:
                    crashes.append(disk.told[-1])
                else:
                    break
            if path.exists():
                found = cp.open_run(path)
                assert (
                    state_hash(found.at(found.outcome.steps).state) == states[found.outcome.steps]
                )
            with monkeypatch.context() as patch:
                FaultyDisk(0, "before").install(patch)
                train_or_crash(path, "xor", SMALL)
            assert bits(cp.open_run(path)) == expected, (how, at)
            assert not [*path.rglob("*.partial")]
            shutil.rmtree(path)
    inside = [name for name in crashes if name in INSIDE]
    assert len(inside) >= 130


def test_a_training_that_crashes_again_and_again_ends_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cp.train("iris", out=tmp_path / "whole", **LARGER)
    expected, states = bits(cp.open_run(tmp_path / "whole")), states_of(whole)
    chance, crashes = random.Random(5), []
    for chain in range(2):
        path = tmp_path / f"run-{chain}"
        done = False
        while not done:
            with monkeypatch.context() as patch:
                at, how = chance.randint(1, 25), chance.choice(("before", "amid"))
                disk = FaultyDisk(at, how).install(patch)
                try:
                    train_or_crash(path, "iris", LARGER)
                    done = True
                except Crash:
                    crashes.append(disk.told[-1])
            if path.exists():
                found = cp.open_run(path)
                steps = found.outcome.steps
                assert state_hash(found.at(steps).state) == states[steps]
                assert found.history.equals(whole.history[: found.outcome.epochs])
        assert bits(cp.open_run(path)) == expected
    inside = [name for name in crashes if name in INSIDE]
    assert len(inside) >= 70


# --- the disk ------------------------------------------------------------------------------------


def test_a_write_that_fails_once_does_not_stop_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cp.train("xor", out=tmp_path / "whole", **SMALL)
    expected, said = bits(cp.open_run(tmp_path / "whole")), set()
    for at in range(12, 70, 3):
        path = tmp_path / f"run-{at}"
        caplog.clear()
        with monkeypatch.context() as patch:
            FaultyDisk(at, "once").install(patch)
            try:
                cp.train("xor", out=path, **SMALL)
            except FailedRun as error:
                said.add(str(error).partition(";")[0].replace(str(path), "PATH"))
            said |= set(caplog.messages)
        train_or_crash(path, "xor", SMALL)
        assert bits(cp.open_run(path)) == expected
    missed = (
        "1 checkpoint of the training could not be recorded: No space left on device; the steps"
        " there are replayed from the one before"
    )
    assert said == {missed, "the run cannot be written to PATH: No space left on device"}


def test_a_disk_that_is_full_for_good_loses_nothing_that_was_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cp.train("xor", out=tmp_path / "whole", **SMALL)
    expected, spare = bits(cp.open_run(tmp_path / "whole")), tmp_path / "spare"
    monkeypatch.setattr(Path, "home", lambda: spare)
    spare.mkdir()
    for at in (15, 30, 45, 60):
        path = tmp_path / f"run-{at}"
        with monkeypatch.context() as patch:
            FaultyDisk(at, "full", spare).install(patch)
            with pytest.raises(FailedRun) as raised:
                cp.train("xor", out=path, **SMALL)
        kept = spare / f"clearprop-run-{at}-1"
        assert str(raised.value) == (
            f"the run cannot be written to {path}: No space left on device; it is kept in {kept}"
        )
        assert bits(cp.open_run(kept)) == expected
        assert bits(cp.resume(path)) == expected  # when there is room again


def test_a_disk_that_is_still_full_when_a_run_goes_on_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cp.train("xor", out=tmp_path / "run", progress=interrupted(4), **SMALL)
    whole = cp.train("xor", out=tmp_path / "whole", **SMALL)
    for at in (1, 2, 3):
        with monkeypatch.context() as patch:
            FaultyDisk(at, "full").install(patch)
            with pytest.raises(FailedRun) as raised:
                cp.resume(tmp_path / "run")
        assert str(raised.value) == (
            f"the run cannot go on in {tmp_path / 'run'}: No space left on device"
        )
    cp.resume(tmp_path / "run")  # when there is room again
    assert bits(cp.open_run(tmp_path / "run")) == bits(cp.open_run(whole.path or ""))


def test_a_folder_that_vanishes_is_written_once_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def vanish(progress: loop.Progress) -> None:
        if progress.step == 4:
            shutil.rmtree(tmp_path / "run")

    run = cp.train("xor", out=tmp_path / "run", progress=vanish, **SMALL)
    (said,) = caplog.messages
    assert said == (
        f"{tmp_path / 'run'} vanished while it was trained, and its checkpoints with it; it is"
        " written once more, with the first state and the last: steps between are replayed from"
        " the start"
    )
    whole = cp.train("xor", out=tmp_path / "whole", **SMALL)
    assert run.path == tmp_path / "run"
    assert bits(cp.open_run(tmp_path / "run")) == bits(cp.open_run(whole.path or ""))


def test_a_folder_that_is_emptied_is_written_beside(tmp_path: Path) -> None:
    def empty(progress: loop.Progress) -> None:
        if progress.step == 4:
            for path in [*(tmp_path / "run").iterdir()]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            (tmp_path / "run" / "notes.txt").write_text("mine", "utf-8")

    run = cp.train("xor", out=tmp_path / "run", progress=empty, **SMALL)
    whole = cp.train("xor", out=tmp_path / "whole", **SMALL)
    assert run.path == tmp_path / "run-1"
    assert bits(cp.open_run(tmp_path / "run-1")) == bits(cp.open_run(whole.path or ""))


def test_a_run_whose_checkpoints_were_removed_is_written_beside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def remove(progress: loop.Progress) -> None:
        if progress.step == 4:
            shutil.rmtree(tmp_path / "run" / "checkpoints")

    run = cp.train("xor", out=tmp_path / "run", progress=remove, **SMALL)
    whole = cp.train("xor", out=tmp_path / "whole", **SMALL)
    assert run.path == tmp_path / "run-1"
    assert "vanished while it was trained" in caplog.messages[0]
    assert bits(cp.open_run(tmp_path / "run-1")) == bits(cp.open_run(whole.path or ""))


def test_a_folder_that_another_run_took_is_left_alone(tmp_path: Path) -> None:
    def usurp(progress: loop.Progress) -> None:
        if progress.step == 4:
            shutil.rmtree(tmp_path / "run")
            cp.train("iris", epochs=1, out=tmp_path / "run")

    run = cp.train("xor", out=tmp_path / "run", progress=usurp, **SMALL)
    assert run.path == tmp_path / "run-1"
    assert cp.open_run(tmp_path / "run").source.name == "iris"
    assert cp.open_run(tmp_path / "run-1").outcome.epochs == SMALL["epochs"]


# --- going on ------------------------------------------------------------------------------------


def interrupted(at: int) -> Callable[[loop.Progress], None]:
    def watch(progress: loop.Progress) -> None:
        if progress.step == at:
            signal.raise_signal(signal.SIGINT)

    return watch


@pytest.mark.parametrize("engine", ["reference", "generic"])
@pytest.mark.parametrize("at", [0, 3, 7, 10])
def test_an_interrupted_training_goes_on_to_the_same_bits(
    at: int, engine: str, tmp_path: Path
) -> None:
    options = {**LARGER, "epochs": 3, "engine": engine}
    cp.train("iris", out=tmp_path / "whole", **options)
    run = cp.train("iris", out=tmp_path / "run", progress=interrupted(at), **options)
    assert (run.outcome.status, run.outcome.steps) == ("interrupted", at)
    again = cp.resume(tmp_path / "run", progress=interrupted(at + 1))
    assert (again.outcome.status, again.outcome.steps) == ("interrupted", at + 1)
    assert again.outcome.created == run.outcome.created
    cp.resume(tmp_path / "run")
    assert bits(cp.open_run(tmp_path / "run")) == bits(cp.open_run(tmp_path / "whole"))


def test_a_finished_run_is_returned_as_it_is(tmp_path: Path) -> None:
    run = cp.train("xor", out=tmp_path / "run", **SMALL)
    before = (tmp_path / "run" / "run.json").read_bytes()
    assert bits(cp.resume(tmp_path / "run")) == bits(run)
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def test_a_file_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "flush", full)
    with pytest.raises(OSError, match="No space left"):
        disk.replace_whole(tmp_path / "history", b"1,2")
    assert [*tmp_path.iterdir()] == []


def test_a_diverged_run_does_not_go_on(tmp_path: Path) -> None:
    options: dict[str, Any] = {"activation": "relu", "optimizer": "gradient_descent", "rate": 1e6}
    with pytest.raises(cp.DivergedRun) as first:
        cp.train("diabetes", out=tmp_path / "run", **options)
    with pytest.raises(cp.DivergedRun) as second:
        cp.resume(tmp_path / "run")
    assert str(first.value) == str(second.value)
    last = first.value.run.outcome.steps
    assert cp.open_run(tmp_path / "run").at(last).step == last


def test_a_run_in_memory_has_nothing_to_go_on_with() -> None:
    run = cp.train("xor", progress=interrupted(2), **SMALL)
    with pytest.raises(SettingError) as raised:
        cp.resume(run)
    assert str(raised.value) == "the run on xor is in memory only: nothing was cut off"


def test_a_run_that_is_being_trained_is_left_to_its_trainer(tmp_path: Path) -> None:
    said = []

    def meddle(progress: loop.Progress) -> None:
        if progress.step != 3:
            return
        for call in (
            lambda: cp.resume(tmp_path / "run"),
            lambda: cp.train("xor", out=tmp_path / "run", force=True, **SMALL),
        ):
            with pytest.raises(RunError) as raised:
                call()
            said.append(str(raised.value))
        now = cp.open_run(tmp_path / "run")
        assert (now.outcome.status, now.outcome.steps) == ("training", 3)
        assert now.predict([[0, 1]]).shape == (1,)

    cp.train("xor", out=tmp_path / "run", progress=meddle, **SMALL)
    assert said == [
        f"{tmp_path / 'run'} is being trained at this moment by another process",
        f"{tmp_path / 'run'} is being trained at this moment; choose another --out",
    ]


# --- real processes ------------------------------------------------------------------------------


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "clearprop", "train", *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_kill_9_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    """Processes are killed while they train, with checkpoints as close as they ever are."""
    words = ["iris", "--hidden", "6", "--epochs", "8000", "--engine", "reference", "--dropout"]
    options: dict[str, Any] = {"hidden": [6], "epochs": 8_000, "engine": "reference"}
    path, chance, kills = tmp_path / "run", random.Random(3), 0
    going_on = command(*words, "0.1", "--out", str(path))
    for _ in range(6):
        process = subprocess.Popen(
            going_on, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
        )
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        while process.poll() is None and not (path / "checkpoints").exists():
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.4))  # of the two or three that the training takes
        process.kill()
        killed = process.wait() == -signal.SIGKILL
        process.stdout.close()
        kills += killed and cp.open_run(path).outcome.status == "training"
        going_on = command("--resume", str(path))
    assert kills >= 4
    subprocess.run(going_on, capture_output=True, env=environment(), check=True)
    whole = cp.train("iris", dropout=0.1, **options)
    found = cp.open_run(path)
    assert found.outcome.status == "finished"
    assert found.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
    assert found.history.equals(whole.history)
    assert found.scores == whole.scores
    assert state_hash(found.at(999).state) == state_hash(whole.at(999).state)
    assert len(steps_in(path / "checkpoints")) >= 2
