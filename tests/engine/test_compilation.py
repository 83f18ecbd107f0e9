"""Where compiled programs are kept, and what is said before one is compiled."""

import gc
import logging
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from numba import int64

from clearprop.engine import compilation
from clearprop.engine.assembly import Source, generic
from clearprop.network.learning import Learning
from clearprop.network.network import Network
from clearprop.runs.checkpoints import steps_in
from clearprop.training.warming import warm
from engine.trainings import compiled, job_of, state_of

TINY = Source(
    "tiny", "from numba import njit\n\n@njit(cache=True)\ndef run(x):\n    return x + 1\n"
)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "programs"))
    compilation.program.cache_clear()
    yield tmp_path / "programs"
    compilation.program.cache_clear()


def test_a_program_is_compiled_into_the_cache_folder(empty_cache: Path) -> None:
    assert not compilation.is_cached(TINY)
    assert compilation.entry(TINY)(1) == 2
    assert compilation.is_cached(TINY)
    assert compilation.program_path(TINY).read_text() == TINY.text


def test_a_cache_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path / "file" / "programs"))
    compilation.program.cache_clear()
    assert compilation.usable_folder() == compilation.temporary_folder()
    assert compilation.entry(TINY)(1) == 2
    compilation.program.cache_clear()


def test_what_a_read_only_cache_holds_is_not_compiled_again(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compilation.entry(TINY)(1)
    (empty_cache / compilation.program_path(TINY).name).touch()  # as by a copy: its time is lost
    monkeypatch.setattr(compilation, "check_writable", refuse)
    monkeypatch.setattr(compilation, "temporary_folder", cache(lambda: empty_cache.parent))
    compilation.program.cache_clear()
    assert not compilation.is_kept()
    assert compilation.entry(TINY)(1) == 2
    run = compilation.program(TINY).run
    assert (run.stats.cache_hits, run.stats.cache_misses) == ({(int64,): 1}, {})


def test_what_this_process_has_compiled_is_not_announced_again_without_a_cache(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "check_writable", refuse)
    monkeypatch.setattr(compilation, "temporary_folder", cache(lambda: empty_cache.parent))
    assert not compilation.is_cached(TINY)
    compilation.entry(TINY)(1)
    assert compilation.is_cached(TINY)


def refuse(folder: Path) -> None:
    raise PermissionError(folder)


def test_a_cache_that_was_copied_without_its_times_serves(empty_cache: Path) -> None:
    compilation.entry(TINY)(1)
    compilation.program_path(TINY).touch()
    compilation.program.cache_clear()
    assert compilation.entry(TINY)(1) == 2
    assert not compilation.program(TINY).run.stats.cache_misses


def test_another_python_is_another_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    compilation.compiler.cache_clear()
    here = compilation.program_path(TINY)
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    compilation.compiler.cache_clear()
    assert compilation.program_path(TINY) != here
    compilation.compiler.cache_clear()


def test_another_text_is_another_program(empty_cache: Path) -> None:
    other = Source("tiny", TINY.text.replace("x + 1", "x + 2"))
    assert [compilation.entry(source)(1) for source in (TINY, other)] == [2, 3]


def test_other_makers_make_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    here = compilation.program_path(TINY)
    monkeypatch.setattr(compilation, "makers", lambda: "another")
    assert compilation.program_path(TINY) != here


def test_garbage_is_looked_for_again_after_compiling(empty_cache: Path) -> None:
    assert gc.isenabled()
    compilation.entry(TINY)(1)
    assert gc.isenabled()
    gc.disable()
    compilation.program.cache_clear()
    compilation.entry(TINY)(1)
    assert not gc.isenabled()
    gc.enable()


def test_a_damaged_cache_is_compiled_again(empty_cache: Path) -> None:
    compilation.entry(TINY)(1)
    for file in (empty_cache / "__pycache__").glob("tiny*.nb?"):
        file.write_bytes(b"damaged")
    compilation.program.cache_clear()
    assert compilation.entry(TINY)(1) == 2


def test_what_has_to_be_compiled_is_said_in_one_line_and_only_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(Network([3, 5, 2], ["tanh", "softmax"]), Learning("cross_entropy"))
    warm = compiled(job)
    warm.advance(state_of(warm), 1)
    caplog.clear()
    with caplog.at_level(logging.WARNING, "clearprop"):
        again = compiled(job)
        again.advance(state_of(again), 1)
    assert caplog.messages == []
    monkeypatch.setattr("clearprop.training.compiled.is_cached", lambda source, name: False)
    monkeypatch.setattr("clearprop.training.compiled.loaded", set())
    fresh = compiled(job)
    fresh.advance(state_of(fresh), 1)
    (line,) = caplog.messages
    assert line == (
        "Compiling, once on this machine: the generic training loop in strict float64 and the"
        " rules of tanh, softmax, cross_entropy_of_softmax, gradient_descent …"
    )


def test_programs_have_no_path_of_this_machine_in_them() -> None:
    assert str(Path.home()) not in generic("float64", "strict").text


def test_importing_clearprop_does_not_import_numba() -> None:
    code = "import sys, clearprop; clearprop.trace(); print('numba' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def training(run: Path, **environment: str) -> subprocess.Popen[str]:
    """A long training in compiled code that has told what it trains."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", "train", "digits", "--engine", "generic",
         "--epochs", "1000000", "--out", str(run)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Learning with"):
            break
    return process


def test_ctrl_c_in_compiled_code_keeps_what_was_learnt(tmp_path: Path) -> None:
    warm("fast", "float64")
    process = training(tmp_path / "run")
    over = time.monotonic() + 60
    while len(steps_in(tmp_path / "run" / "checkpoints")) < 2 and time.monotonic() < over:
        time.sleep(0.1)  # until the loop is loaded and trains
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "stopped by hand after step" in output
    assert (tmp_path / "run" / "run.json").exists()


def test_ctrl_c_while_compiling_ends_at_once(tmp_path: Path) -> None:
    process = training(tmp_path / "run", CLEARPROP_CACHE=str(tmp_path / "programs"))
    time.sleep(3)  # numba is imported and compiles
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("hidden", ["2", "20"])  # in lanes, and one by one
def test_ctrl_c_while_a_sweep_compiles_ends_at_once(tmp_path: Path, hidden: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "clearprop", "sweep", "xor", "--hidden", hidden, "--seeds", "9"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "CLEARPROP_CACHE": str(tmp_path / "programs")},
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Compiling")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
