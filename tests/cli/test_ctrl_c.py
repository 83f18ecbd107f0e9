"""What ctrl-C does where a command has no work to keep."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop.api as cp

PROGRAM = """
from signal import SIGINT, raise_signal
from clearprop.cli.screen import end_at_ctrl_c

end_at_ctrl_c(with_polars={with_polars})
import polars

polars.Series([1, 2]).sum()
raise_signal(SIGINT)
print("still here")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_ends_the_program_though_polars_takes_the_signal_over():
    ended = {
        with_polars: subprocess.run(
            [sys.executable, "-c", PROGRAM.format(with_polars=with_polars)],
            capture_output=True, text=True, check=False,
        )
        for with_polars in (True, False)
    }  # fmt: skip
    assert (ended[True].returncode, ended[True].stdout) == (-signal.SIGINT, "")
    assert ended[False].stdout == "still here\n"  # where polars no longer does, the rest can go


TRACED = """
import sys
from pathlib import Path
from signal import SIGINT, raise_signal
from clearprop.cli.screen import end_at_ctrl_c
from clearprop.cli.tracing import read_source

end_at_ctrl_c(with_polars=False)  # as for a lesson file
read_source(Path(sys.argv[1]), None, 3)
raise_signal(SIGINT)
print("still here")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_ends_the_trace_of_a_run_too(tmp_path: Path):
    cp.train("xor", hidden=[2], epochs=4, out=tmp_path / "run")
    ended = subprocess.run(
        [sys.executable, "-c", TRACED, str(tmp_path / "run")],
        capture_output=True, text=True, check=False, env=environment(),
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


IMPORTED = """
from signal import SIGINT, raise_signal, signal

signal(SIGINT, lambda *given: None)  # as Polars does
raise_signal(SIGINT)
print("all of it")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_one_that_comes_while_polars_is_imported_is_not_lost(tmp_path: Path):
    (tmp_path / "polars.py").write_text(IMPORTED, "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(with_polars=True)],
        capture_output=True, text=True, check=False, env=environment(tmp_path),
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


def environment(*first: Path) -> dict[str, str]:
    """The environment of a program that imports what is imported here."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, first), *sys.path])}
